"""
The composition root: settings in, a desk that works out. The only place that knows every part by name.

    Settings ─▶ clock ─▶ ledger (log.db) ─▶ venues (two brokers and their market data) ─▶ Desk

Every part is an argument with the production's own as its default: a test, or a program of yours, hands in another.
"""

import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager, closing, contextmanager, suppress
from datetime import UTC
from decimal import Decimal
from pathlib import Path
from typing import Final

from attrs import frozen

from tastyflow.application.desk import Desk
from tastyflow.application.floor import Floor
from tastyflow.application.ledger import Ledger
from tastyflow.application.roster import Roster
from tastyflow.domain.trader import Limits, Permission
from tastyflow.domain.venue import Venue
from tastyflow.errors import Misconfigured, Refused, StoreFailure, VenueFailure
from tastyflow.ports import Broker, Clock, Language, MarketData, Notice, Notifier
from tastyflow_adapters.clock import AnchoredClock, SystemClock
from tastyflow_adapters.fake import FakeBroker, FakeMarket, FileShelf, QuoteModel, TableModel
from tastyflow_adapters.language import Grammar
from tastyflow_adapters.settings import DEMO, Environment, Settings, load
from tastyflow_adapters.store.opening import open_application
from tastyflow_adapters.unconnected import UnconnectedBroker, UnconnectedMarket

PLATFORM: Final = "cli"
"""The platform of identities on the command line, and of programs that use this library."""

DEMO_LIMITS: Final = Limits(max_notional_usd=Decimal(25_000), max_open_notional_usd=Decimal(250_000))
FILL_MODELS: Final = {"quote": QuoteModel, "table": TableModel}


@frozen
class Venues:
    """Where orders go. *production* is None in an environment without a live venue."""

    market: MarketData
    sandbox: Broker
    production: Broker | None


class Silence:
    """A notifier for whom nobody listens."""

    async def tell(self, trader: str, notice: Notice) -> None:
        """Nothing."""


def clock_of(settings: Settings) -> Clock:
    """The clock that the settings ask for."""
    return SystemClock() if settings.now is None else AnchoredClock(settings.now.astimezone(UTC))


@contextmanager
def open_ledger(settings: Settings) -> Iterator[Ledger]:
    """
    The ledger of this environment's log, closed in the end.

    Raises:
        Misconfigured: code ``home_unwritable``.
        StoreFailure: The log cannot be used.
    """
    make_home(settings)
    with closing(open_application(Ledger, settings.log)) as ledger:
        yield ledger


def make_home(settings: Settings) -> None:
    """
    Make the folders, for the owner's eyes only.

    Raises:
        Misconfigured: code ``home_unwritable``.
    """
    for folder in (settings.home, settings.folder):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            usable = os.access(folder, os.R_OK | os.X_OK)
            why = "this user may not look into it"
        except OSError as error:
            usable, why = False, error.strerror or str(error)
        if not usable:
            raise Misconfigured(
                f"The folder {folder} cannot be used: {why}.",
                code="home_unwritable",
                hint="Set TASTYFLOW_HOME to a folder that you may write to.",
            )


@asynccontextmanager
async def open_desk(
    settings: Settings | None = None,
    *,
    notifier: Notifier | None = None,
    clock: Clock | None = None,
    language: Language | None = None,
    ledger: Ledger | None = None,
    venues: Venues | None = None,
) -> AsyncIterator[Desk]:
    """
    A desk on everything it needs, all of it closed in the end. What is not handed in is what *settings* ask for.

    Raises:
        Misconfigured: The settings cannot be used.
        StoreFailure: The log, or the fake venue's file, cannot be used.
    """
    settings = settings or load()
    clock = clock or clock_of(settings)
    with ExitStack() as stack:
        ledger = ledger or stack.enter_context(open_ledger(settings))
        venues = venues or stack.enter_context(VENUES[settings.env](settings, clock))
        await prepare(settings, Roster(ledger, clock))
        floor = Floor(
            ledger=ledger,
            language=language or Grammar(),
            market=venues.market,
            sandbox=venues.sandbox,
            production=venues.production,
            clock=clock,
            notifier=notifier or Silence(),
            policy=settings.rules,
        )
        async with Desk(floor) as desk:
            yield desk


async def prepare(settings: Settings, roster: Roster) -> None:
    """What the first use of an environment needs: in fake, a trader to try it with."""
    if settings.env is Environment.FAKE and roster.find(DEMO) is None:
        with suppress(Refused):  # another process, in its own first use, was faster
            await roster.add(DEMO, PLATFORM, limits=DEMO_LIMITS, permissions=frozenset(Permission), by="first use")


@contextmanager
def _fake(settings: Settings, clock: Clock) -> Iterator[Venues]:
    """Two fake exchanges, each with a book of its own in the home, shared by all who use the home."""
    make_home(settings)
    market = FakeMarket(clock)
    model = FILL_MODELS[settings.fake_fills]
    with ExitStack() as stack:

        def broker(venue: Venue, seed: int) -> Broker:
            shelf = stack.enter_context(closing(_shelf(settings.folder / f"{venue.value}.db")))
            return FakeBroker(
                venue, clock, market, shelf=shelf, model=model(), seed=seed, cash_usd=settings.fake_cash_usd
            )

        yield Venues(market, broker(Venue.SANDBOX, 0), broker(Venue.PRODUCTION, 1))


def _shelf(file: Path) -> FileShelf:
    try:
        return FileShelf(file)
    except (sqlite3.Error, OSError, VenueFailure) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or str(error).rstrip(".")
        raise StoreFailure(
            f"The fake venue's file {file} cannot be used: {why}.",
            code="fake_file",
            hint="Nothing was placed. End the program that holds it, or make it writable. Moved away, a new one begins "
            "with an empty account.",
        ) from error


@contextmanager
def _unconnected(settings: Settings, _clock: Clock) -> Iterator[Venues]:
    live = UnconnectedBroker(Venue.PRODUCTION) if settings.has_live_venue else None
    yield Venues(UnconnectedMarket(), UnconnectedBroker(Venue.SANDBOX), live)


VENUES: Final[Mapping[Environment, Callable[[Settings, Clock], AbstractContextManager[Venues]]]] = {
    Environment.FAKE: _fake,
    Environment.SANDBOX: _unconnected,
    Environment.PRODUCTION: _unconnected,
}
