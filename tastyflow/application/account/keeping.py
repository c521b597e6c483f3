"""
What an append of an order means for its account's book, and for what it holds of its trader's capacity.

    filled, adopted, of unknown outcome, over    ─▶ said in the book
    over                                         ─▶ its capacity is free again
    at work after its end                        ─▶ entered again, and holds its capacity again
    found at the venue, asked for by no trader   ─▶ entered
    changed there by other hands                 ─▶ counts, and holds its capacity, as what it is now

Called by the one way to change an order (`tastyflow.application.context.Context.change`), in the append of the change.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final
from uuid import UUID

from attrs import frozen

from tastyflow.application.ledger.transaction import Transaction
from tastyflow.domain.book import Book
from tastyflow.domain.book.events import FilledLeg
from tastyflow.domain.events import Because
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import FillRecorded, OrderChangedOutside
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.risk.worst_case import Trade
from tastyflow.domain.trader import Reservation, Trader
from tastyflow.domain.venue import Venue


@frozen
class _Progress:
    """How far an order has come, as its book knows it."""

    is_adopted: bool
    is_unknown: bool
    is_over: bool


_AT_FIRST: Final = _Progress(is_adopted=False, is_unknown=False, is_over=False)


def keep_book(tx: Transaction, order_id: UUID, *, is_live: bool, why: Because) -> None:
    """
    Say in the book of the account how the order went on in this append.

    Args:
        is_live: Whether the environment has a live venue: without one a rehearsed order goes no further.
    """
    order, before = tx.require(Order, order_id), tx.read.get(order_id)
    if order.book is None or order is before:
        return
    was = before if isinstance(before, Order) else None
    if before is None and order.asked.trader is None:
        _take_up(tx, order, why)
    elif any(isinstance(e, OrderChangedOutside) and e.originator_id == order_id for e in tx.events):
        _resize(tx, order, was or order, why)
    fills, now = _fills_of(tx, order), _progress_of(order, is_live=is_live)
    then = _progress_of(was, is_live=is_live) if was else _AT_FIRST
    if not fills and now == then:
        return
    if was is not None and then.is_over and not now.is_over:
        _take_back(tx, order, was, why)
    tx.record(
        tx.require(Book, order.book).progress(
            order.id,
            trader=order.owner,
            filled=fills,
            is_adopted=now.is_adopted,
            is_unknown=now.is_unknown,
            is_over=now.is_over,
            has_failed=order.stage is Stage.REJECTED,
            was_put_away=order.stage.is_over and order.needs_confirmation,
            why=why,
        )
    )


def release_if_over(tx: Transaction, order_id: UUID, *, is_live: bool, why: Because) -> None:
    """An order that goes no further gives back the capacity that it held."""
    order = tx.require(Order, order_id)
    if order.ticket is None or order.asked.trader is None or not _goes_no_further(order, is_live=is_live):
        return
    trader = tx.get(Trader, order.asked.trader)
    if trader is not None:
        tx.record(trader.release(order_id, why=why))


def _take_up(tx: Transaction, order: Order, why: Because) -> None:
    """An order that was found at the venue counts in the book of its account, as one that no trader asked for."""
    if order.book is not None and order.id not in tx.require(Book, order.book).entries:
        _enter_again(tx, order, [0] * len(order.legs), why)


def _take_back(tx: Transaction, order: Order, was: Order, why: Because) -> None:
    """An order that was over works after all: it counts in the book again, and holds its capacity."""
    trader = tx.get(Trader, order.owner)
    _enter_again(tx, order, _filled_of(was, order), why)
    if order.ticket is not None and trader is not None and order.id not in trader.reserved:
        _reserve(tx, trader, order, why)


def _resize(tx: Transaction, order: Order, was: Order, why: Because) -> None:
    """An order that other hands changed counts, and holds its capacity, as what it is now."""
    if order.book is None or order.ticket is None:
        return
    tx.record(
        tx.require(Book, order.book).resize(
            order.id,
            trader=order.owner,
            ticket=order.ticket,
            cash_usd=_cash_usd(order),
            filled=_filled_of(was, order),
            why=why,
        )
    )
    trader, size = tx.get(Trader, order.owner), Reservation(order.contracts, order.notional_usd)
    if trader is not None and trader.reserved.get(order.id, size) != size and not order.stage.is_over:
        tx.record(trader.release(order.id, why=why))
        _reserve(tx, tx.require(Trader, order.owner), order, why)


def _enter_again(tx: Transaction, order: Order, filled: Sequence[int], why: Because) -> None:
    """Enter it in the book of its account, of which *filled* of each leg counts there already."""
    if order.book is None or order.ticket is None:
        return
    tx.record(
        tx.require(Book, order.book).enter_again(
            order.id, trader=order.owner, ticket=order.ticket, cash_usd=_cash_usd(order), filled=filled, why=why
        )
    )


def _reserve(tx: Transaction, trader: Trader, order: Order, why: Because) -> None:
    tx.record(trader.reserve(order.id, contracts=order.contracts, notional_usd=order.notional_usd, why=why))


def _progress_of(order: Order, *, is_live: bool) -> _Progress:
    is_adopted = any(a.venue is Venue.PRODUCTION and a.broker_order for a in order.attempts)
    return _Progress(is_adopted, order.is_of_unknown_outcome, _goes_no_further(order, is_live=is_live))


def _goes_no_further(order: Order, *, is_live: bool) -> bool:
    """Whether it is over, or rehearsed where there is no live venue."""
    return order.stage.is_over or (order.stage is Stage.REHEARSED and not is_live)


def _fills_of(tx: Transaction, order: Order) -> list[FilledLeg]:
    """What this append records as filled in the account: a rehearsal's fills are undone, and are no position."""
    buys = {leg.instrument.occ: leg.action.buys for leg in order.legs}
    return [
        FilledLeg(fill.symbol, fill.quantity if buys[fill.symbol] else -fill.quantity, fill.price)
        for fill in tx.events
        if isinstance(fill, FillRecorded) and fill.originator_id == order.id and fill.venue is Venue.PRODUCTION
    ]


def _filled_of(was: Order, order: Order) -> list[int]:
    """How much of each leg of *order* had filled in production before this append."""
    return [was.filled(Venue.PRODUCTION, leg.instrument.occ) for leg in order.legs]


def _cash_usd(order: Order) -> Decimal:
    """What the account receives if *order* fills whole, in dollars; negative: pays."""
    if order.ticket is None or order.ticket.price is None:
        return -order.notional_usd
    return Trade.of(order.ticket, {}).cash_usd
