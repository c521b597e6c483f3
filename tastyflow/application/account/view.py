"""
What the account looks like to an order that is being drafted: number, positions and balances, asked at once.

    look() ─▶ account (asked once) · positions · balances ─▶ AccountSnapshot ─▶ + book ─▶ Holdings: what is really held

Messages that ask at the same time share one answer: a venue allows about one such question a second.
"""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from attrs import frozen

from tastyflow.application.account.unexplained import Unexplained, unexplained_of
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.domain.book import Book, Standing, standing
from tastyflow.domain.expirations import new_york_date
from tastyflow.domain.instruments import Instrument
from tastyflow.domain.trader.accounts import MAIN
from tastyflow.domain.venue import Account, Balances, Position
from tastyflow.errors import VenueFailure
from tastyflow.ports import Broker, Clock

ZERO: Final = Decimal(0)

POSITIONS_LAG_S: Final = 60.0
"""How long a snapshot of positions can lag a fill: tastytrade's was seen to lag by one to three seconds."""


@frozen
class AccountSnapshot:
    """
    The account as the venue showed it.

    Attributes:
        taken_at: When it was asked for.
        balances: None where the venue did not say.
        name: What the settings call the account; *among* are the names of all that the environment has.
    """

    taken_at: datetime
    account: Account
    positions: tuple[Position, ...]
    balances: Balances | None
    name: str = MAIN
    among: tuple[str, ...] = (MAIN,)

    @property
    def shown(self) -> Mapping[Instrument, int]:
        """The signed quantity of each position."""
        return {position.instrument: position.quantity for position in self.positions}

    @property
    def book(self) -> UUID:
        """The id of the account's book."""
        return Book.id_of(self.account)

    def standing(self, book: Book | None) -> Standing:
        """What is held, by this snapshot and the book of the account. Read *book* after the snapshot was taken."""
        return standing(book, self.shown, taken_at=self.taken_at, lag_s=POSITIONS_LAG_S)

    def positions_by(self, held: Standing, book: Book | None, *, with_untold: bool = False) -> Iterator[Position]:
        """
        Each position as it is by *held*, with what it cost: fills that are not shown yet at their own price.

        Args:
            with_untold: Whether fills are in it that the venue shows and the log does not have yet.
        """
        shown = {position.instrument: position for position in self.positions}
        for instrument in held:
            quantity = held[instrument] if with_untold else held.holding(instrument).told
            position = shown.get(instrument, Position(instrument, 0, ZERO))
            if quantity == position.quantity:
                yield position
            elif quantity:
                track = book.tracks.get(instrument) if book else None
                price = track.fills[-1].price if track and track.fills else position.average_open_price
                cost = position.quantity * position.average_open_price + (quantity - position.quantity) * price
                yield Position(instrument, quantity, max(cost / quantity, ZERO))


class AccountView:
    """
    Looks at one account.

    Args:
        ledger: Where the account's book is; without one, what the venue shows is taken as it is.
        name, among: What the settings call the account, and all accounts of the environment.
    """

    def __init__(
        self,
        broker: Broker,
        clock: Clock,
        ledger: Ledger | None = None,
        *,
        name: str = MAIN,
        among: tuple[str, ...] = (MAIN,),
    ) -> None:
        self._broker = broker
        self._name, self._among = name, among
        self._clock = clock
        self._ledger = ledger
        self._account: Account | None = None
        self._asking: asyncio.Task[AccountSnapshot] | None = None

    async def look(self) -> AccountSnapshot:
        """
        The account now, or as another caller is being told at this moment.

        Raises:
            VenueFailure: The positions are not to be had.
        """
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._look())
            self._asking.add_done_callback(_retrieved)
        return await asyncio.shield(self._asking)

    def held(self, snapshot: AccountSnapshot, *, apart_from: UUID | None = None) -> Standing:
        """
        What is held by *snapshot* and the book as this process knows it: decide again in a transaction.

        *apart_from* is an order that is not counted: what it closes can be closed by the one that takes its place.
        """
        book = self._ledger.latest(Book, snapshot.book) if self._ledger else None
        return snapshot.standing(book.apart_from(apart_from) if book and apart_from else book)

    async def positions(self) -> tuple[Position, ...]:
        """
        What is really held now: the venue's snapshot, with the fills of ours that it does not show yet.

        Raises:
            VenueFailure: The positions are not to be had.
        """
        return (await self.positions_and_unexplained())[0]

    async def positions_and_unexplained(self) -> tuple[tuple[Position, ...], tuple[Unexplained, ...]]:
        """
        As `positions`, and what of them the log cannot explain.

        Raises:
            VenueFailure: The positions are not to be had.
        """
        snapshot = await self.look()
        book = self._ledger.read(Book, snapshot.book) if self._ledger else None
        held = snapshot.standing(book)
        positions = tuple(each for each in snapshot.positions_by(held, book, with_untold=True) if each.quantity)
        return positions, unexplained_of(book, held, new_york_date(self._clock.now()))

    async def _look(self) -> AccountSnapshot:
        if self._account is None:
            self._account = await self._broker.account()
        taken_at = self._clock.now()
        positions, balances = await asyncio.gather(self._broker.positions(), self._balances())
        return AccountSnapshot(taken_at, self._account, tuple(positions), balances, self._name, self._among)

    async def _balances(self) -> Balances | None:
        try:
            return await self._broker.balances()
        except VenueFailure:
            return None


def _retrieved(task: "asyncio.Task[AccountSnapshot]") -> None:
    if not task.cancelled():
        task.exception()  # every caller may have given up by now
