"""
The words of each order, read again: do they ask for what was rehearsed, tested and sent?

    the canonical words ─▶ read again ─▶ every leg, price and duration of the ticket, to the letter
    the typed words     ─▶ read again ─▶ whatever they say themselves: symbol, sides, strikes, sizes, days, prices

A text is read by the language that the order was read by. Where the language is another one by now, its meaning may be,
too: such orders are counted, and not held against it. A text that means something only beside what was said before it
(an answer, ``close it``) is not read again.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from attrs import frozen

from tastyflow.application.audit.findings import MAX_FINDINGS, AuditFinding, Report, in_order
from tastyflow.application.audit.log import Row, entry_of
from tastyflow.application.audit.replaying import subject_of
from tastyflow.domain.commands import AskedLeg, AskedOption, Command, PlaceOrder
from tastyflow.domain.instruments import Equity
from tastyflow.domain.order.events import OrderDrafted
from tastyflow.domain.rules import broken_rules
from tastyflow.domain.ticket import Leg, Ticket
from tastyflow.errors import NotUnderstood, TastyflowError
from tastyflow.ports import Language

WORDING: Final[Mapping[str, str]] = {
    "words": "The words of every order, read again by the language of then, ask for what its ticket says.",
}
"""What is asked of the words of every order, by name."""


@frozen
class Wording:
    """
    What reading the words again came to.

    Attributes:
        report: The findings.
        by_another: How many orders were read by another language than the one that is here.
    """

    report: Report
    by_another: int


def check_words(rows: Iterable[Row], language: Language) -> Wording:
    """Hold the tickets of the drafts among *rows* against their words."""
    version = language.version()
    findings: list[AuditFinding] = []
    read = by_another = found = 0
    for row in rows:
        if row.topic != OrderDrafted.TOPIC:
            continue
        try:
            drafted = entry_of(row).event
        except TastyflowError:
            continue  # which the structure tells
        assert isinstance(drafted, OrderDrafted)  # noqa: S101  its topic says so
        if drafted.language != version:
            by_another += 1
            continue
        read += 1
        for why in _against(drafted, language):
            found += 1
            if len(findings) < MAX_FINDINGS:
                findings.append(AuditFinding(row.id, "words", subject_of(row.topic, row.originator_id), why))
    asked = {"words": read} if read else {}
    return Wording(Report(0, 0, {}, asked, in_order(findings), found), by_another)


def _against(drafted: OrderDrafted, language: Language) -> Iterator[str]:
    ticket = drafted.ticket
    canonical = _read(drafted.words, drafted, language)
    if not isinstance(canonical, PlaceOrder) or not _is_all_of(canonical, ticket):
        yield f"Its words, {drafted.words[:80]!r}, do not ask for its ticket."
    typed = _read(drafted.asked.text, drafted, language)
    if isinstance(typed, PlaceOrder) and drafted.replaces is None:
        for what in _unlike(typed, ticket):
            yield f"What was typed, {drafted.asked.text[:80]!r}, asks for {what}."


def _read(text: str, drafted: OrderDrafted, language: Language) -> Command | None:
    try:
        return language.parse(text, as_of=drafted.at)
    except NotUnderstood:
        return None


def _is_all_of(command: PlaceOrder, ticket: Ticket) -> bool:
    """Whether *command*, in which everything is said, is *ticket*."""
    said = (command.order_type, command.price, command.price_effect, command.stop, command.time_in_force)
    of_ticket = (ticket.order_type, ticket.price, ticket.price_effect, ticket.stop, ticket.time_in_force)
    return said == of_ticket and sorted(map(_asked, command.legs)) == sorted(map(_traded, ticket.legs))


def _asked(leg: AskedLeg) -> tuple[str, ...]:
    asked = leg.instrument
    what: tuple[str, ...] = (asked.underlying,)
    if isinstance(asked, AskedOption):
        what = (asked.underlying, asked.right.value, str(asked.strike.normalize()), str(asked.expiration))
    return (leg.action.value, str(leg.quantity), *what)


def _traded(leg: Leg) -> tuple[str, ...]:
    traded = leg.instrument
    what: tuple[str, ...] = (traded.underlying,)
    if not isinstance(traded, Equity):
        strike = str(Decimal(traded.strike).normalize())
        what = (traded.underlying, traded.right.value, strike, str(traded.expiration))
    return (leg.action.value, str(leg.quantity), *what)


def _unlike(typed: PlaceOrder, ticket: Ticket) -> Iterable[str]:
    """What *typed* says that *ticket* does not have."""
    options = [leg.instrument for leg in ticket.legs if not isinstance(leg.instrument, Equity)]
    asked = [leg.instrument for leg in typed.legs if isinstance(leg.instrument, AskedOption)]
    strikes = {Decimal(each.strike) for each in options}
    days = {each.expiration for each in options}
    named_days = {each.expiration for each in asked if isinstance(each.expiration, date)}
    buys = {leg.action.buys for leg in typed.legs}
    price = typed.price if isinstance(typed.price, Decimal) else None
    sizes = {leg.quantity for leg in typed.legs if isinstance(leg.quantity, int)}
    return broken_rules(
        (
            {leg.instrument.underlying for leg in typed.legs} == {leg.instrument.underlying for leg in ticket.legs},
            "another symbol",
        ),
        (len(asked) == len(options) or not asked, "another number of options"),
        ({each.right for each in asked} <= {each.right for each in options}, "other rights"),
        ({each.strike for each in asked} <= strikes, "other strikes"),
        (named_days <= days, "other days"),
        (None in buys or buys == {leg.action.value.startswith("buy") for leg in ticket.legs}, "another side"),
        (sizes <= {leg.quantity for leg in ticket.legs}, "other sizes"),
        (price is None or price == ticket.price, "another price"),
        (typed.stop is None or typed.stop == ticket.stop, "another stop"),
    )
