"""
One side of the simulator: a sandbox or a production, with its own login, book and streams.

                        ┌─ tokens ── who may come in
    SimulatedSide ──────┼─ books ─── one for each account: its orders, positions, money
       (rest, streams)  └─ market, clock, faults, journal ── shared with the other side

Fills happen by themselves because a task settles the book:

    settle ─▶ when is the book's next step? ─▶ sleep until then, or until woken ─▶ settle …
"""

import asyncio
import logging
import random
from datetime import datetime, timedelta
from typing import Final

from attrs import frozen

from tastyflow_simulator.addresses import Addresses
from tastyflow_simulator.admin.faults import FaultKind, Faults, SimulatorFault
from tastyflow_simulator.admin.journal import Journal
from tastyflow_simulator.book import Book
from tastyflow_simulator.clock import SimulatorClock
from tastyflow_simulator.credentials import Login, Tokens, account_numbers, login_of
from tastyflow_simulator.market import Market
from tastyflow_simulator.options import Options, Side

LOGGER: Final = logging.getLogger(__name__)
IDLE: Final = timedelta(hours=1)
RETRY: Final = timedelta(seconds=1)
ORDERS_OF_AN_ACCOUNT: Final = 100_000_000
"""How far apart the order numbers of two accounts begin: as at tastytrade, a number is of one order only."""
AT_LEAST: Final = timedelta(milliseconds=1)
"""Between two settlements, so that a book with ever more to do leaves the loop to others."""


@frozen
class SideHazards:
    """The faults of one side, as its book asks for them."""

    side: Side
    faults: Faults

    def strikes(self, kind: FaultKind, *, order: str = "") -> SimulatorFault | None:
        return self.faults.take(kind, side=self.side, order=order)


class SimulatedSide:
    """
    Attributes:
        books: The book of each account, by its number; `book` is that of the first.
        api_url: Where it serves, once it does; so for the other two.
        failed_logins: In a row; how many block an address is an option.
    """

    def __init__(
        self,
        side: Side,
        options: Options,
        *,
        clock: SimulatorClock,
        market: Market,
        faults: Faults,
        journal: Journal,
    ) -> None:
        self.side = side
        self.options = options
        self.clock = clock
        self.market = market
        self.faults = faults
        self.journal = journal
        self.login: Login = login_of(side)
        self.tokens = Tokens(clock, life_s=options.token_life_s)
        self.books: dict[str, Book] = {
            account: Book(
                account=account,
                market=market,
                options=options,
                side=side,
                luck=random.Random(f"{side}/{options.seed}" + (f"/{nth}" if nth else "")),  # noqa: S311  repeatable
                hazards=SideHazards(side, faults),
                orders_from=nth * ORDERS_OF_AN_ACCOUNT,
            )
            for nth, account in enumerate(account_numbers(side, options.accounts))
        }
        self.book = self.books[self.login.account]
        self.api_url = self.streamer_url = self.dxlink_url = ""
        self.failed_logins = 0
        self.blocked_until: datetime | None = None

    @property
    def is_sandbox(self) -> bool:
        return self.side is Side.SANDBOX

    def serve_at(self, port: int) -> None:
        """Remember where this side serves."""
        at = Addresses(self.options.host, port)
        self.api_url, self.streamer_url, self.dxlink_url = at.api_url, at.streamer_url, at.dxlink_url

    def settle(self) -> datetime:
        """Let happen what is due in the book; the moment until which it has."""
        now = self.clock.now()
        for book in self.books.values():
            book.settle(now)
        return now

    async def keep_settled(self) -> None:
        """Settle the book whenever something is due, until cancelled. A failure is logged, and tried again."""
        while True:
            now = self.clock.now()
            try:
                self.settle()
                due = min(book.next_due(now) or now + IDLE for book in self.books.values())
            except Exception:
                LOGGER.exception("The book of %s could not be settled", self.side)
                due = now + RETRY
            await self.clock.sleep_until(max(due, now + AT_LEAST))
            await asyncio.sleep(0)

    def reset(self) -> None:
        """The night: orders, positions and money as at the start. The ledger and the login stay."""
        now = self.settle()
        for book in self.books.values():
            book.reset(now)
        self.clock.wake()
