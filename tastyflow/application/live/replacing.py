"""
One order takes the place of another in production: what is recorded of both, and when.

    the claim   take_place           beside the new order's claim: ReplaceRequested, and the book counts the two as one
    news        record_of_replaced   the old order's snapshots: cancelled for the new one is OrderReplaced
    any end     free_replaced        beside the end of a new order that took no place: ReplaceDenied
    refused     truthful             why the venue would not: the old order has filled, say

Nothing here asks a venue. The new order is sent once, like any other; what became of the old one, the venue says.
"""

from collections.abc import Iterable
from typing import Final

from attrs import evolve

from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.telling.wording import briefly_filled
from tastyflow.domain.book import Book
from tastyflow.domain.events import Because
from tastyflow.domain.order import Order, Stage
from tastyflow.domain.order.events import FoundBy
from tastyflow.domain.order.replacing import (
    broker_order_of,
    came_to_nothing,
    is_nowhere,
    may_yet_be_found,
    require_replaceable,
    require_same_left,
    why_nothing,
)
from tastyflow.domain.order.stages import MENU
from tastyflow.domain.venue import BrokerOrder, Status, Venue
from tastyflow.domain.venue.hearing import hear
from tastyflow.errors import Refused, VenueRefused

WITHOUT_WORD: Final = "The venue ended it by itself."


def require_free_place(tx: Transaction, new: Order) -> Order:
    """
    The order whose place *new* is to take, as it is now.

    Raises:
        Refused: It cannot be replaced any more, it has another quantity left than *new* is for, or it is taking the
            place of a third order itself.
    """
    if new.replaces is None or new.ticket is None:
        raise Refused("It replaces no order.", code="not_replacing")
    old = tx.require(Order, new.replaces)
    require_replaceable(old, by=new.id)
    require_same_left(old, new.ticket)
    third = tx.get(Order, old.replaces) if old.replaces else None
    if third is not None and third.replacement == old.id and not third.stage.is_over:
        raise Refused(
            f"Order {old.reference} is taking the place of order {third.reference} at this moment.",
            code="being_replaced",
            hint="Try again in a moment.",
        )
    return old


def take_place(tx: Transaction, new: Order, why: Because) -> None:
    """
    Record that *new* is about to take the place of the order that it replaces. It is claimed in the same append.

    Raises:
        Refused: As `require_free_place`.
    """
    old = require_free_place(tx, new)
    if old.replacement is None:  # else it was asked for by an attempt of *new* that never left
        tx.record(old.request_replace(new.id, digest=new.digest, why=why))
    if new.book is not None:
        tx.record(tx.require(Book, new.book).replacing(new.id, old.id, why=why))


def free_replaced(tx: Transaction, new: Order, why: Because) -> None:
    """Record on the old order that *new* came to nothing, where that is known."""
    if new.replaces is None or not came_to_nothing(new):
        return
    old = tx.get(Order, new.replaces)
    if old is not None and old.replacement == new.id:
        _deny(tx, old, new, why)


def record_of_replaced(
    tx: Transaction, old: Order, snapshots: Iterable[BrokerOrder], *, found_by: FoundBy, why: Because
) -> None:
    """Record what *snapshots* add to *old*, which is being replaced."""
    for shown in snapshots:
        now = tx.require(Order, old.id)
        new = tx.get(Order, now.replacement) if now.is_being_replaced and now.replacement else None
        if new is None:
            tx.record_all(hear(now, Venue.PRODUCTION, shown, found_by=found_by, why=why))
        else:
            _hear_of_replaced(tx, now, new, shown, found_by=found_by, why=why)


def _hear_of_replaced(
    tx: Transaction, old: Order, new: Order, shown: BrokerOrder, *, found_by: FoundBy, why: Because
) -> None:
    ended = shown.status is Status.CANCELLED
    has_its_place = ended and shown.replaced_by is not None and shown.replaced_by == broker_order_of(new)
    is_early = ended and not has_its_place and _may_change(new, shown, found_by)
    heard = evolve(shown, status=Status.REPLACE_REQUESTED) if has_its_place or is_early else shown
    tx.record_all(hear(old, Venue.PRODUCTION, heard, found_by=found_by, why=why))
    old = tx.require(Order, old.id)
    if has_its_place and "replace" in MENU[old.stage]:
        tx.record(old.replace(new.id, broker_order=shown.replaced_by or "", why=why))
    elif old.stage.is_over or (_works(shown) and found_by is not FoundBy.STREAM and is_nowhere(new)):
        _deny(tx, old, new, why)


def _may_change(new: Order, shown: BrokerOrder, found_by: FoundBy) -> bool:
    """Whether the next look at the old order can tell more of its end: whether *new* is what it was cancelled for."""
    if shown.replaced_by is not None:
        return may_yet_be_found(new)
    return found_by is FoundBy.STREAM and not new.stage.is_over


def _works(shown: BrokerOrder) -> bool:
    return shown.status is Status.LIVE


def _deny(tx: Transaction, old: Order, new: Order, why: Because) -> None:
    if "deny_replace" not in MENU[old.stage]:
        return
    message = WITHOUT_WORD if old.stage.is_over and not came_to_nothing(new) else why_nothing(new)
    tx.record(old.deny_replace(message=message, why=why))


def truthful(refusal: VenueRefused, old: Order) -> VenueRefused:
    """*refusal* of a replacement in words that say how *old*, just asked about, stands."""
    filled = "; ".join(briefly_filled(old))
    if old.stage is Stage.FILLED:
        message = f"Order {old.reference} was filled before it could be replaced: {filled}."
    elif old.stage.is_over:
        message = f"Order {old.reference} was {old.stage} before it could be replaced."
    else:
        message = f"Order {old.reference} was not replaced, and works on: {refusal.message}"
    return VenueRefused(message, code=refusal.code, hint=refusal.hint)
