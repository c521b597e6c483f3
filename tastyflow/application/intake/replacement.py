"""
What a replacement asks for: the old order as it stands, for what is left of it, with what the trader types anew.

    the ticket of what is left ─▶ as a command ─┐
    ReplaceOrder: price, type, stop, lasting ───┴─▶ PlaceOrder ─▶ completed and judged like any other
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from attrs import evolve

from tastyflow.application.intake.completion import as_command
from tastyflow.application.intake.open_or_close import as_asked
from tastyflow.domain.book import Entry
from tastyflow.domain.commands import PlaceOrder, ReplaceOrder
from tastyflow.domain.instruments import plain
from tastyflow.domain.order import Order
from tastyflow.domain.order.replacing import left_of, require_replaceable
from tastyflow.domain.risk.facts import Facts
from tastyflow.domain.ticket import OrderType, Strategy, Ticket
from tastyflow.errors import NotUnderstood, Refused, TastyflowError
from tastyflow.ports import Language


def asked_instead(old: Order, change: ReplaceOrder) -> PlaceOrder:
    """
    The order that *change* asks for in the place of *old*.

    Raises:
        Refused: *old* cannot be replaced, or not by this.
    """
    require_replaceable(old)
    left = left_of(old)
    if change.quantity is not None:
        raise Refused(
            "The quantity of a working order cannot be replaced, only price, type, stop and time in force.",
            code="quantity_fixed",
            hint=f"Type 'cancel {old.reference}', then the order as it should be.",
        )
    _refuse_lost_part(old, left, change)
    command = as_command(left, old.strategy or Strategy.CUSTOM)
    if change.time_in_force is not None:
        command = evolve(command, time_in_force=change.time_in_force)
    if change.order_type is None:
        return command
    is_limited = change.order_type in (OrderType.LIMIT, OrderType.STOP_LIMIT)
    return evolve(
        command,
        order_type=change.order_type,
        price=change.price,
        price_effect=change.price_effect or (left.price_effect if is_limited else None),
        stop=change.stop,
    )


def require_change(old: Order, ticket: Ticket) -> None:
    """
    *ticket* is another order than what *old* has left.

    Raises:
        Refused: code ``nothing_changed``.
    """
    if ticket.digest == left_of(old).digest:
        raise Refused(
            f"Order {old.reference} is exactly that already.",
            code="nothing_changed",
            hint=f"Name what is new: 'replace {old.reference} @ PRICE', or a stop, or 'gtc'.",
        )


def without_its_buying_power(facts: Facts, entry: Entry | None, taken_at: datetime) -> Facts:
    """
    *facts* with the buying power free that the order to be replaced takes, by its *entry*, of what the venue counts.

    At *taken_at* the account was looked at: what came to the venue since then is not in its numbers.
    """
    used = facts.buying_power_used_usd
    if used is None or entry is None or entry.adopted_at is None or entry.adopted_at >= taken_at:
        return facts
    return evolve(facts, buying_power_used_usd=max(used - entry.takes_usd, Decimal(0)))


def with_changes_offered(error: TastyflowError, old: Order, language: Language, now: datetime) -> TastyflowError:
    """*error* with each order that it offers written as a change of *old*; what is no change of it is not offered."""
    error.suggestions = tuple(dict.fromkeys(_changes(error.suggestions, old, language, now)))
    return error


def _changes(suggestions: Sequence[str], old: Order, language: Language, now: datetime) -> Iterator[str]:
    for words in suggestions:
        try:
            offer = language.parse(words, as_of=now)
        except NotUnderstood:
            continue
        if isinstance(offer, ReplaceOrder):
            yield words
        elif isinstance(offer, PlaceOrder) and offer.legs == as_asked(left_of(old).legs):
            lasting = offer.time_in_force if old.ticket and offer.time_in_force != old.ticket.time_in_force else None
            change = ReplaceOrder(
                old.reference, None, offer.order_type, offer.price, offer.price_effect, offer.stop, lasting
            )
            yield language.render(change, as_of=now)


def _refuse_lost_part(old: Order, left: Ticket, change: ReplaceOrder) -> None:
    """
    A stop-limit order keeps both: a typed limit could trade at once, and a typed stop could go at any price.

    Raises:
        Refused: code ``ambiguous``, with both written out.
    """
    if left.stop is not None and change.order_type is OrderType.LIMIT:
        stop, limit = left.stop, change.price
        message = f"Order {old.reference} waits for its stop at {plain(left.stop)}: is that the limit behind it?"
    elif left.order_type is OrderType.STOP_LIMIT and change.order_type is OrderType.STOP and change.stop:
        stop, limit = change.stop, left.price
        message = f"Order {old.reference} has a limit behind its stop: shall that stay?"
    else:
        return
    shown = limit if isinstance(limit, str) or limit is None else plain(limit)
    raise Refused(
        message,
        code="ambiguous",
        hint="Write both. For a plain one, cancel it and type the order anew.",
        suggestions=[f"replace {old.reference} stop {plain(stop)} limit {shown}"],
    )
