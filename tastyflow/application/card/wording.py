"""
A card in a trader's words: rows of a name and its lines, for a terminal or a chat to render.

    symbol        SPY · SPDR S&P 500 ETF Trust
    order         buy to open 10 SPY 450 call · none held
                     Fri Dec 18 2026, 28 days · settles PM
    market        7.96 bid · 8.015 mid · 8.07 ask
    price         limit 8.01 debit, good for the day
                  0.005 (0.1 %) better than mid, $5.00 in all
    pays          $8,010.00
    risk          maximum loss $8,010.00 …

Plain text without markup: a name of a user or the words of a venue can be in it, and are printed as text.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from attrs import frozen

from tastyflow.application.card.model import Card, CardCosts, CardLeg, Expires
from tastyflow.application.card.price_words import market_lines, price_lines, sides
from tastyflow.domain.expirations import NEW_YORK
from tastyflow.domain.instruments import EquityOption, chat_symbol, plain
from tastyflow.domain.new_york_time import clock_in_words
from tastyflow.domain.risk.finding import usd
from tastyflow.domain.risk.outcomes import RiskOutcome
from tastyflow.domain.risk.worst_case import loss_in_words
from tastyflow.domain.ticket import Duration
from tastyflow.ports import MarketSession

NO_NAME: Final = "its name is not known"


@frozen
class CardRow:
    """
    One row of a card.

    Attributes:
        is_warning, is_refusal: What a reader must not overlook.
        is_strong: Its first line is what a reader looks for first.
    """

    name: str
    lines: tuple[str, ...]
    is_warning: bool = False
    is_refusal: bool = False
    is_strong: bool = False


def rows_of(card: Card) -> tuple[CardRow, ...]:
    """The rows of *card*, the most important first."""
    return tuple(
        row
        for row in (
            *_refusal(card),
            *_replaces(card),
            CardRow("symbol", (symbol_words(card.ticket.underlying, card.name),)),
            CardRow("order", tuple(_legs(card))),
            CardRow("settled", card.completions),
            CardRow("market", market_lines(card)),
            CardRow("price", price_lines(card)),
            *_cash(card),
            CardRow("risk", _risk(card), is_strong=True),
            CardRow("costs", costs_lines(card.costs)),
            works_row(card.session, is_extended=card.ticket.time_in_force.duration is Duration.EXT),
            *_checks(card),
        )
        if row.lines
    )


def title_of(card: Card) -> str:
    """``preview``, ``order 3f2a11``, with the environment and the account first: ``PRODUCTION · order 3f2a11``"""
    return f"{card.place} · {f'order {card.reference}' if card.reference else 'preview'}"


def offer_of(card: Card) -> str:
    """Until when the order can be confirmed, or that nothing was sent; one line under the card."""
    if card.confirm_until is not None:
        left = max(0, round((card.confirm_until - card.seen_at).total_seconds()))
        return (
            f"Nothing was sent yet. It waits for your yes until {clock_in_words(card.confirm_until)}, {left} seconds."
        )
    return "" if card.reference else "Nothing was sent, and nothing is reserved."


def symbol_words(symbol: str, name: str) -> str:
    """``FORD · Forward Industries Inc``: what is meant by a symbol can be read, and not only known."""
    return f"{chat_symbol(symbol)} · {name or NO_NAME}"


# ── what it is ─────────────────────────────────────────────────────────────────────────────────────────────────


def _replaces(card: Card) -> Iterator[CardRow]:
    if card.replaces:
        yield CardRow("replaces", (f"order {card.replaces}: {card.replaced_words}",), is_strong=True)


def _legs(card: Card) -> Iterator[str]:
    """A line for each leg; when they end stands under them once where all end together."""
    several, ends = len(card.legs) > 1, dict.fromkeys(each.expires for each in card.legs)
    width = max(len(traded_words(each)) for each in card.legs)
    for each in card.legs:
        if several:
            yield f"{traded_words(each):<{width}}  {sides(each.quote) if each.quote else 'no quote'}"
        else:
            yield f"{traded_words(each)} · {_held(each)}"
        if several and each.held != 0:
            yield f"   {_held(each)}"
        if len(ends) > 1 and each.expires is not None:
            yield f"   {_ends(each.expires)}"
    if len(ends) == 1 and (end := card.legs[0].expires) is not None:
        yield f"   {_ends(end)}"


def traded_words(each: CardLeg) -> str:
    """``buy to open 10 SPY 450 call``: the day stands by itself."""
    leg, option = each.leg, each.leg.instrument
    if not isinstance(option, EquityOption):
        return leg.in_words()
    side = f"{leg.action.replace('_', ' ')} {leg.quantity:,}"
    return f"{side} {chat_symbol(option.root)} {plain(option.strike)} {option.right}"


def _ends(end: Expires) -> str:
    days = "today" if not end.days else f"{end.days} day{'' if end.days == 1 else 's'}"
    settles = {True: f" · settles AM, last trade {end.last_trade_day:%a %b %d}", False: " · settles PM", None: ""}
    return f"{end.day:%a %b %d %Y}, {days}{settles[end.settles_am]}"


def _held(each: CardLeg) -> str:
    if each.held is None:
        return "held: not known"
    being_closed = f", {each.closing:,} being closed by working orders" if each.closing else ""
    return f"{each.held:+,} held{being_closed}" if each.held else "none held"


# ── what it risks and costs ────────────────────────────────────────────────────────────────────────────────────


def _cash(card: Card) -> Iterator[CardRow]:
    if card.cash_usd is None:
        return
    about = "" if card.is_cash_exact else "about "
    after = "" if card.is_cash_exact else ", by the quotes"
    yield CardRow(
        "receives" if card.cash_usd > 0 else "pays", (f"{about}{usd(abs(card.cash_usd))}{after}",), is_strong=True
    )


def _risk(card: Card) -> tuple[str, ...]:
    lines = []
    if (profile := card.profile) is not None:
        lines += [profile.loss_in_words(), profile.gain_in_words(), profile.break_evens_in_words()]
    if not card.is_judged:
        return (*lines, "what it adds to the account is not known")
    if card.loss_usd is None:
        return (*lines, f"adds unlimited loss to the account, counted as {usd(card.counted_usd)}")
    if not card.loss_usd:
        return (*lines, "adds nothing to what the account can lose")
    if profile is None or card.loss_usd != profile.max_loss_usd:
        lines.append(f"adds {loss_in_words(card.loss_usd)} to the account")
    return tuple(lines)


def costs_lines(costs: CardCosts) -> tuple[str, ...]:
    """Fees and buying power, or why they are not known."""
    if costs.fees_usd is None or costs.buying_power_change_usd is None:
        return (f"fees and buying power are not known: {costs.failure or 'the dry run was not asked'}",)
    change = costs.buying_power_change_usd
    power = "buying power stays as it is"
    if change:
        power = f"{'takes' if change < 0 else 'frees'} {usd(abs(change))} of buying power"
    left = (f"leaves {usd(costs.buying_power_after_usd)}",) if costs.buying_power_after_usd is not None else ()
    return (f"fees {usd(costs.fees_usd)}, estimated", power, *left)


# ── when, and what was checked ─────────────────────────────────────────────────────────────────────────────────


def works_row(session: MarketSession | None, *, is_extended: bool = False) -> CardRow:
    """When the order begins to work."""
    if session is None:
        return CardRow("works", ("whether the market is open is not known",), is_warning=True)
    if session.is_open:
        until = f"is open until {_moment(session.changes_at)}" if session.changes_at else "trades at any hour"
        return CardRow("works", (f"at once: the market {until}",))
    if is_extended:
        return CardRow("works", ("in extended hours: the regular market is closed",), is_warning=True)
    if session.changes_at is None:
        return CardRow("works", ("not now: the market is closed",), is_warning=True)
    return CardRow("works", (f"not now: the market is closed. From {_moment(session.changes_at)}",), is_warning=True)


def _checks(card: Card) -> Iterator[CardRow]:
    checks = card.checks
    passed, not_run = checks.having(RiskOutcome.PASSED), checks.having(RiskOutcome.COULD_NOT_RUN)
    total = len(checks.made)
    if total:
        count = f"{len(passed)} of {total} passed"
        missing = f"not run: {', '.join(check.code for check in not_run)}" if not_run else ""
        yield CardRow("checks", tuple(line for line in (count, missing) if line))
    needs = checks.having(RiskOutcome.NEEDS_APPROVAL) if card.refusal is None else ()
    said = {check.detail for check in needs}  # what warns because it wants an approval stands below that alone
    if told := tuple(each for each in (*checks.warnings, *card.costs.warnings) if each not in said):
        yield CardRow("warnings", told, is_warning=True)
    if needs:
        yield CardRow("approval", tuple(f"needed: {check.detail}" for check in needs), is_warning=True)


def _refusal(card: Card) -> Iterator[CardRow]:
    if (no := card.refusal) is not None:
        meant = (f"did you mean: {words}" for words in no.suggestions)
        yield CardRow("refused", tuple(line for line in (no.message, no.hint, *meant) if line), is_refusal=True)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(NEW_YORK):%a %b %d %Y %H:%M} New York"
