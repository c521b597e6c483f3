"""
The book of an account, and what can be done with it: enter an order, and say how it goes on.

    Book.open ─ enter(order) ─ progress(filled, unknown, over)
                           └─ replacing(order, replaces)      one of the two can fill

`tastyflow.application.context.Context.change` records progress in the same append as what the venue said.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Self
from uuid import UUID

from attrs import frozen

from tastyflow.domain.book.events import (
    BookEvent,
    BookOpened,
    FilledLeg,
    OrderEntered,
    OrderProgressed,
    OrderReplacing,
    OrderResized,
)
from tastyflow.domain.book.position_events import (
    PositionExpired,
    PositionExplained,
    PositionsTaken,
    PositionUnexplained,
)
from tastyflow.domain.book.state import BookState
from tastyflow.domain.book.sums import with_entry
from tastyflow.domain.events import Because, Event, born, derived_id, next_of
from tastyflow.domain.instruments import Instrument
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import Account
from tastyflow.errors import IllegalStep

SHOWN_DIGITS = 4


@frozen
class Book(BookState):
    """The book of one account. Every verb takes *why*: who, from what cause, when."""

    @classmethod
    def born_of(cls, event: Event) -> Self:
        """The book that its first event makes."""
        if isinstance(event, BookOpened):
            return event.begin(cls)
        raise TypeError(f"{type(event).__name__} begins no book")

    def evolved(self, event: Event) -> Self:
        """The book after *event*."""
        if isinstance(event, BookEvent):
            return event.change(self)
        raise TypeError(f"{type(event).__name__} follows on no book")

    @staticmethod
    def id_of(account: Account) -> UUID:
        """The id of the book of *account*."""
        return derived_id("book", account.venue.value, account.number)

    @staticmethod
    def open(account: Account, *, why: Because) -> BookOpened:
        """Begin the book of *account*."""
        masked = "*" * max(len(account.number) - SHOWN_DIGITS, 0) + account.number[-SHOWN_DIGITS:]
        return BookOpened(**born(Book.id_of(account), why), account=masked)

    def enter(
        self,
        order: UUID,
        *,
        trader: UUID,
        ticket: Ticket,
        cash_usd: Decimal,
        takes_usd: Decimal,
        held: Sequence[int],
        net_liquidating_value_usd: Decimal | None,
        why: Because,
    ) -> OrderEntered:
        """Count *order* as one that can fill. The checks of `tastyflow.domain.risk` say before whether it may."""
        if order in self.entries:
            raise IllegalStep("with that order in it", "enter", ("progress",), subject="a book")
        return OrderEntered(
            **next_of(self, why),
            order=order,
            trader=trader,
            ticket=ticket,
            cash_usd=cash_usd,
            takes_usd=takes_usd,
            held=tuple(held),
            net_liquidating_value_usd=net_liquidating_value_usd,
        )

    def enter_again(
        self, order: UUID, *, trader: UUID, ticket: Ticket, cash_usd: Decimal, filled: Sequence[int], why: Because
    ) -> OrderEntered:
        """
        Count *order* once more: it was over, and the venue has it after all. Its buying power is the venue's to count.
        """
        if order in self.entries:
            raise IllegalStep("with that order in it", "enter", ("progress",), subject="a book")
        return OrderEntered(
            **next_of(self, why),
            order=order,
            trader=trader,
            ticket=ticket,
            cash_usd=cash_usd,
            takes_usd=Decimal(0),
            held=(),
            again=True,
            filled=tuple(filled),
        )

    def apart_from(self, order: UUID) -> Self:
        """The book as if *order* could not fill: for judging again an order that is in it. It was asked for, still."""
        return with_entry(self, self.entries.get(order), None)

    def replacing(self, order: UUID, replaces: UUID, *, why: Because) -> OrderReplacing | None:
        """
        Say that *order* is about to take the place of *replaces*: of both, only as much can fill as that has left.

        Saying it again is not news; nor is it where one of them is not in the book.
        """
        new, old = self.entries.get(order), self.entries.get(replaces)
        if new is None or old is None or new.twin == replaces:
            return None
        return OrderReplacing(**next_of(self, why), order=order, replaces=replaces)

    def resize(
        self, order: UUID, *, trader: UUID, ticket: Ticket, cash_usd: Decimal, filled: Sequence[int], why: Because
    ) -> OrderResized | None:
        """Count *order*, changed at the venue by other hands, as what it is now; no news where it is in no book."""
        if order not in self.entries:
            return None
        return OrderResized(
            **next_of(self, why), order=order, trader=trader, ticket=ticket, cash_usd=cash_usd, filled=tuple(filled)
        )

    def take_positions(self, held: Mapping[Instrument, int], *, why: Because) -> PositionsTaken | None:
        """From now on fills must explain what the account holds. Once: what was taken before stands."""
        if self.explained is not None:
            return None
        known = sorted((instrument.occ, quantity) for instrument, quantity in held.items() if quantity)
        return PositionsTaken(
            **next_of(self, why),
            symbols=tuple(symbol for symbol, _ in known),
            quantities=tuple(quantity for _, quantity in known),
        )

    def expire(self, instrument: Instrument, *, why: Because) -> PositionExpired | None:
        """What was held of an option is gone with its expiration. No news where none was."""
        quantity = self.explained.get(instrument, 0) if self.explained is not None else 0
        return PositionExpired(**next_of(self, why), symbol=instrument.occ, quantity=quantity) if quantity else None

    def hold(
        self, instrument: Instrument, held: int, *, why: Because
    ) -> PositionUnexplained | PositionExplained | None:
        """The account holds *held* of *instrument*: news where that no more is what fills explain, or is it again."""
        if self.explained is None:
            return None
        explained = self.explained.get(instrument, 0)
        if held - explained == self.unexplained.get(instrument, 0):
            return None
        if held == explained:
            return PositionExplained(**next_of(self, why), symbol=instrument.occ, held=held)
        return PositionUnexplained(**next_of(self, why), symbol=instrument.occ, held=held, explained=explained)

    def progress(
        self,
        order: UUID,
        *,
        trader: UUID,
        filled: Sequence[FilledLeg] = (),
        is_adopted: bool = False,
        is_unknown: bool = False,
        is_over: bool = False,
        has_failed: bool = False,
        was_put_away: bool = False,
        why: Because,
    ) -> OrderProgressed | None:
        """Say how *order* went on. Saying what the book has already is not news; a fill always is."""
        entry = self.entries.get(order)
        if not filled and (entry is None or not (is_over or is_unknown != entry.is_unknown)):
            came = entry is not None and is_adopted and entry.adopted_at is None and entry.takes_usd
            if not came:  # who has an order that takes no buying power makes no difference to anything
                return None
        return OrderProgressed(
            **next_of(self, why),
            order=order,
            trader=trader,
            filled=tuple(filled),
            is_adopted=is_adopted,
            is_unknown=is_unknown,
            is_over=is_over,
            has_failed=has_failed and entry is not None,
            was_put_away=was_put_away and entry is not None,
        )
