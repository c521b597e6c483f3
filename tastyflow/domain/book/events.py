"""
What can happen to the book of an account, and what each event does to its state.

    BookOpened ─ OrderEntered      in the append that drafts an order, or finds it at work after its end: it can fill
               ├ OrderReplacing    in the append that claims an order which is to take the place of another
               ├ OrderResized      in the append that records how other hands changed it at the venue
               └ OrderProgressed   in the append that records fills, an unknown outcome, or its end

What is held beyond what fills explain has events of its own (`position_events`).

These shapes are stored: add fields with defaults, or a new version of the topic.
"""

from abc import abstractmethod
from datetime import date
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from attrs import evolve, frozen

from tastyflow.domain.book.state import (
    MAX_ASKS,
    MAX_FAILURES,
    Ask,
    BookedFill,
    BookState,
    Day,
    Entry,
    Failure,
    Taken,
    Track,
)
from tastyflow.domain.book.sums import kept_of, with_entry, with_quantity, with_taken
from tastyflow.domain.changing import changed
from tastyflow.domain.events import Event, topic
from tastyflow.domain.expirations import new_york_date, next_trading_day
from tastyflow.domain.instruments import from_occ
from tastyflow.domain.persistent_map import PersistentMap
from tastyflow.domain.ticket import Ticket

S = TypeVar("S", bound=BookState)


@frozen(kw_only=True, repr=False)
class BookEvent(Event):
    """An event of a book that was opened."""

    @abstractmethod
    def change(self, book: S) -> S:
        """*book* after this event."""


@topic("tastyflow.book.opened@1")
@frozen(kw_only=True, repr=False)
class BookOpened(Event):
    """The first order of *account* is about to be entered. The number is masked."""

    account: str

    def begin(self, kind: type[S]) -> S:
        """The book that this event makes."""
        return kind(id=self.originator_id, version=self.originator_version, account=self.account)


@frozen
class FilledLeg:
    """What filled of one leg since the last event: its OCC symbol, a signed quantity, and the price per share."""

    symbol: str
    quantity: int
    price: Decimal


@topic("tastyflow.book.order_entered@1")
@frozen(kw_only=True, repr=False)
class OrderEntered(BookEvent):
    """
    An order was drafted within its limits, or turned out not to be over: from now on it counts as if it could fill.

    Attributes:
        cash_usd: What the account receives if the order fills whole; negative: pays.
        takes_usd: What it takes of buying power, by the venue's dry run; zero where there was none.
        held: The position in each leg's instrument at that moment, in the order of the ticket's legs.
        net_liquidating_value_usd: Of the account at that moment; None where the venue did not say.
        again: Whether it was in the book before, and over: it was not asked for now, and *held* is empty.
        filled: What of each leg had filled then, in the order of the ticket's legs; empty for nothing.
    """

    order: UUID
    trader: UUID
    ticket: Ticket
    cash_usd: Decimal
    takes_usd: Decimal
    held: tuple[int, ...]
    net_liquidating_value_usd: Decimal | None = None
    again: bool = False
    filled: tuple[int, ...] = ()

    def change(self, book: S) -> S:
        filled = self.filled or (0,) * len(self.ticket.legs)
        entry = Entry(self.order, self.trader, self.ticket, self.cash_usd, self.takes_usd, filled)
        return with_entry(self._asked(book), None, entry)

    def _asked(self, book: S) -> S:
        """*book* with what was asked for, and what was held then."""
        tracks, filled = kept_of(book, self)
        if self.again:
            return changed(book, version=self.originator_version, tracks=tracks, filled=filled)
        for leg, held in zip(self.ticket.legs, self.held, strict=True):
            track = tracks.get(leg.instrument) or Track(self.at, self.at, 0)
            if track.is_stale:  # what is held is not known for sure: it is looked at again once its fills have settled
                tracks = tracks.having(leg.instrument, evolve(track, touched_at=self.at))
                continue
            base = held - sum(fill.quantity for fill in track.fills)
            tracks = tracks.having(leg.instrument, Track(self.at, self.at, base, track.fills))
        lately = book.asks.get(self.trader, ())
        return changed(
            book,
            version=self.originator_version,
            tracks=tracks,
            filled=filled,
            asks=book.asks.having(self.trader, (*lately[1 - MAX_ASKS :], Ask(self.at, self.ticket.digest))),
            day=self._day(book.day),
        )

    def _day(self, day: Day | None) -> Day:
        today, seen_usd = new_york_date(self.at), self.net_liquidating_value_usd
        if day is None or day.day != today:
            began_with_usd = began_with(day, today, seen_usd)
            latest_usd = began_with_usd if seen_usd is None else seen_usd
            return Day(today, began_with_usd, latest_usd, PersistentMap({self.trader: 1}))
        return Day(
            today,
            seen_usd if day.began_with_usd is None else day.began_with_usd,
            day.latest_usd if seen_usd is None else seen_usd,
            day.orders.having(self.trader, day.orders.get(self.trader, 0) + 1),
        )


def began_with(before: Day | None, today: date, seen_usd: Decimal | None) -> Decimal | None:
    """What the losses of *today* are counted from: what was seen last on the trading day before, else *seen_usd*."""
    if before is not None and before.latest_usd is not None and next_trading_day(before.day) == today:
        return before.latest_usd
    return seen_usd


@topic("tastyflow.book.order_progressed@1")
@frozen(kw_only=True, repr=False)
class OrderProgressed(BookEvent):
    """
    An order in the book is at the venue, filled, is of unknown outcome, or is over and leaves the book.

    Attributes:
        filled: What filled since the last event.
        is_adopted: Whether production has it.
        is_unknown: Whether it is not known if production has it.
        is_over: Whether it can fill no more.
        has_failed: Whether the venue rejected it.
        was_put_away: Whether it ended before its trader said yes to it: the same order again repeats nothing.
    """

    order: UUID
    trader: UUID
    filled: tuple[FilledLeg, ...] = ()
    is_adopted: bool = False
    is_unknown: bool = False
    is_over: bool = False
    has_failed: bool = False
    was_put_away: bool = False

    def change(self, book: S) -> S:
        tracks, filled = kept_of(book, self)
        explained = book.explained
        for leg in self.filled:
            instrument = from_occ(leg.symbol)
            track = tracks.get(instrument) or Track(self.at, self.at, None)
            tracks = tracks.having(instrument, track.with_fill(BookedFill(self.at, leg.quantity, leg.price)))
            filled = (*filled, (self.at, instrument))
            explained = with_quantity(explained, instrument, leg.quantity)
        entry = book.entries.get(self.order)
        progressed = changed(
            book,
            version=self.originator_version,
            tracks=tracks,
            filled=filled,
            explained=explained,
            failures=self._failures(book),
            asks=self._asks(book, entry),
            spent=self._spent(book, entry),
            adopted=self._adopted(book, entry),
            given_up=(*book.given_up[1 - MAX_FAILURES :], self.at)
            if self.is_over and self.is_unknown
            else book.given_up,
        )
        return progressed if entry is None else with_entry(progressed, entry, self._after(entry))

    def _failures(self, book: BookState) -> tuple[Failure, ...]:
        """An order that production had, and did not reject, ends the trader's row of failures."""
        if self.has_failed:
            return (*book.failures[1 - MAX_FAILURES :], Failure(self.at, self.trader))
        ends_well = self.is_over and self.is_adopted
        return tuple(each for each in book.failures if each.trader != self.trader) if ends_well else book.failures

    def _asks(self, book: BookState, entry: Entry | None) -> PersistentMap[UUID, tuple[Ask, ...]]:
        """It was asked for, and counts among the orders of a minute; its content is forgotten where it was put away."""
        if not self.was_put_away or entry is None:
            return book.asks
        lately = list(book.asks.get(self.trader, ()))
        for number in reversed(range(len(lately))):
            if lately[number].digest == entry.ticket.digest:
                lately[number] = evolve(lately[number], digest="")
                break
        return book.asks.having(self.trader, tuple(lately))

    def _spent(self, book: BookState, entry: Entry | None) -> tuple[Taken, ...]:
        has_filled = entry is not None and (self.filled or any(entry.filled))
        if entry is None or not (self.is_over and has_filled and entry.takes_usd):
            return book.spent
        return with_taken(book.spent, Taken(self.at, entry.order, entry.takes_usd))

    def _adopted(self, book: BookState, entry: Entry | None) -> tuple[Taken, ...]:
        if entry is None or not (self.is_adopted and entry.adopted_at is None and entry.takes_usd):
            return book.adopted
        return with_taken(book.adopted, Taken(self.at, entry.order, entry.takes_usd))

    def _after(self, entry: Entry) -> Entry | None:
        if self.is_over:
            return None
        amounts = {leg.symbol: 0 for leg in self.filled}
        for leg in self.filled:
            amounts[leg.symbol] += abs(leg.quantity)
        legs = zip(entry.ticket.legs, entry.filled, strict=True)
        filled = tuple(done + amounts.get(leg.instrument.occ, 0) for leg, done in legs)
        adopted_at = entry.adopted_at or (self.at if self.is_adopted else None)
        got_usd = entry.got_usd - sum(leg.quantity * leg.price * from_occ(leg.symbol).multiplier for leg in self.filled)
        return evolve(entry, filled=filled, adopted_at=adopted_at, is_unknown=self.is_unknown, got_usd=got_usd)


@topic("tastyflow.book.order_replacing@1")
@frozen(kw_only=True, repr=False)
class OrderReplacing(BookEvent):
    """
    *order* is about to take the place of *replaces*, for what that has left: of both together, only that much can fill.

    The one that costs more counts for both, until one of them is over.
    """

    order: UUID
    replaces: UUID

    def change(self, book: S) -> S:
        changed_book = changed(book, version=self.originator_version)
        new, old = book.entries.get(self.order), book.entries.get(self.replaces)
        if new is None or old is None:
            return changed_book
        new_counts = _costs_more(new, old)
        for entry, twin, is_silent in ((new, old, not new_counts), (old, new, new_counts)):
            changed_book = with_entry(changed_book, entry, evolve(entry, twin=twin.order, is_silent=is_silent))
        return changed_book


@topic("tastyflow.book.order_resized@1")
@frozen(kw_only=True, repr=False)
class OrderResized(BookEvent):
    """Other hands changed *order* at the venue: from now on it counts with *ticket*, and what filled of it before."""

    order: UUID
    trader: UUID
    ticket: Ticket
    cash_usd: Decimal
    filled: tuple[int, ...]

    def change(self, book: S) -> S:
        resized, entry = changed(book, version=self.originator_version), book.entries.get(self.order)
        if entry is None:
            return resized
        now = evolve(entry, ticket=self.ticket, cash_usd=self.cash_usd, filled=self.filled)
        return with_entry(resized, entry, now)


def _costs_more(one: Entry, other: Entry) -> bool:
    """Whether *one* is the worse of two orders of the same legs, whatever part of it fills."""
    (unit, times), (other_unit, other_times) = one.units(), other.units()
    return (times, -unit.cash_usd) >= (other_times, -other_unit.cash_usd)
