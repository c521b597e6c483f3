"""
The composition root: settings in, a desk that works out. The only place that knows every part by name.

    Settings ─▶ clock ─▶ ledger (log.db) ─▶ venues of each account (two brokers, and market data) ─▶ Desk

    fake                    books in the home: one for rehearsals, one for each account
    sandbox, production     tastytrade: connections ─▶ pinned? ─▶ sessions ─▶ brokers, market data

Every part is an argument with the production's own as its default: a test, or a program of yours, hands in another.
Nothing ever falls back to another environment.
"""

import asyncio
import logging
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    ExitStack,
    asynccontextmanager,
    closing,
    contextmanager,
    suppress,
)
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import frozen

from tastyflow.application.context import Context
from tastyflow.application.desk import Desk
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.traders import Traders
from tastyflow.domain.trader import Limits
from tastyflow.domain.trader.accounts import MAIN
from tastyflow.domain.trader.permissions import GRANTABLE
from tastyflow.domain.venue import Venue
from tastyflow.errors import Misconfigured, NotSent, OutcomeUnknown, Refused, StoreFailure, VenueFailure
from tastyflow.ports import Broker, Clock, Language, MarketData, Recipient
from tastyflow_adapters.clock import clock_from
from tastyflow_adapters.config.choices import DEMO, INSTALLATION, PLATFORM, Choices, Environment
from tastyflow_adapters.config.loading import load
from tastyflow_adapters.language import Grammar
from tastyflow_adapters.store.log import open_log

if TYPE_CHECKING:
    from tastyflow_adapters.fake import FileBookStore
    from tastyflow_adapters.tastytrade.http.connection import Connection
    from tastyflow_adapters.tastytrade.http.pinning import Pin
    from tastyflow_adapters.tastytrade.http.session import VenueSession

logger = logging.getLogger(__name__)

DEMO_LIMITS: Final = Limits(
    max_notional_usd=Decimal(25_000),
    max_open_notional_usd=Decimal(250_000),
    max_defined_loss_usd=None,
    max_loss_pct=None,
    max_underlying_pct=None,
    max_order_buying_power_pct=None,
    max_buying_power_pct=None,
    max_market_usd=None,
    option_market_orders=True,
    orders_a_minute=None,
    orders_a_day=None,
    max_working=None,
    max_working_a_symbol=None,
)
"""What the demo trader may do where nothing can be lost: sizes in dollars show how limits work, the rest is open."""
VERIFIED_WITHIN_S: Final = 10.0
"""How long a start waits for a venue that is away, when its account was verified before."""


@frozen
class Venues:
    """
    Where the orders of one account go.

    Attributes:
        production: The live venue; None in an environment without one.
        account, sandbox_account: What the settings call the account, and the one for its rehearsals.
    """

    market: MarketData
    sandbox: Broker
    production: Broker | None
    account: str = MAIN
    sandbox_account: str = MAIN


def clock_of(settings: Choices) -> Clock:
    """The clock that the settings ask for."""
    return clock_from(settings.now)


@contextmanager
def open_ledger(settings: Choices) -> Iterator[Ledger]:
    """
    The ledger of this environment's log, closed in the end.

    Raises:
        Misconfigured: code ``home_unwritable``.
        StoreFailure: The log cannot be used.
    """
    make_home(settings)
    with closing(open_log(settings.log)) as ledger:
        yield ledger


def make_home(settings: Choices) -> None:
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
    settings: Choices | None = None,
    *,
    recipients: Sequence[Recipient] = (),
    clock: Clock | None = None,
    language: Language | None = None,
    ledger: Ledger | None = None,
    venues: Venues | None = None,
) -> AsyncIterator[Desk]:
    """
    A desk on everything it needs, all of it closed in the end. What is not handed in is what *settings* ask for.

    Raises:
        Misconfigured: The settings cannot be used, or something is missing.
        StoreFailure: The log, or the fake venue's file, cannot be used.
        VenueFailure: A venue does not let us in.
    """
    settings = settings or load()
    clock = clock or clock_of(settings)
    async with AsyncExitStack() as stack:
        ledger = ledger or stack.enter_context(open_ledger(settings))
        there = (venues,) if venues else await stack.enter_async_context(VENUES[settings.env](settings, clock))
        names = tuple(each.account for each in there)
        await prepare(settings, ledger, clock)
        first, *others = (
            Context(
                ledger=ledger,
                language=language or Grammar(),
                market=each.market,
                sandbox=each.sandbox,
                production=each.production,
                clock=clock,
                policy=settings.rules,
                environment=settings.env.value,
                account_name=each.account,
                sandbox_account=each.sandbox_account,
                accounts=names,
                is_simulated=settings.is_simulated,
            )
            for each in there
        )
        async with Desk(first, recipients, others) as desk:
            yield desk


async def prepare(settings: Choices, ledger: Ledger, clock: Clock) -> None:
    """
    What every use of an environment begins with: its traders are those of the installation; and in fake and before
    simulators there is one to try all accounts with.
    """
    if (settings.home / INSTALLATION).exists():
        from tastyflow_adapters.installation import follow_installation

        await follow_installation(settings, ledger)
    traders = Traders(ledger, clock)
    if not settings.begins_with_demo:
        return
    names = settings.account_names
    demo = traders.find(DEMO)
    if demo is None:
        with suppress(Refused):  # another process, in its own first use, was faster
            await traders.add(DEMO, PLATFORM, limits=DEMO_LIMITS, permissions=frozenset(GRANTABLE), by="first use")
    if len(names) > 1 and not (demo and demo.accounts):
        await traders.give_accounts(DEMO, names, known=names, by="first use")


@asynccontextmanager
async def _fake(settings: Choices, clock: Clock) -> AsyncIterator[tuple[Venues, ...]]:
    """Two fake exchanges, with a book for each account in the home, shared by all who use the home."""
    from tastyflow_adapters.fake import FakeBroker, FakeMarket, QuoteModel, TableModel

    make_home(settings)
    market = FakeMarket(clock)
    model = QuoteModel if settings.fake_fills == "quote" else TableModel
    with ExitStack() as stack:

        def broker(venue: Venue, seed: int, account: str = MAIN) -> Broker:
            of = "" if account == MAIN else f"-{account}"
            book_file = stack.enter_context(closing(_book_file(settings.folder / f"{venue.value}{of}.db")))
            return FakeBroker(
                venue,
                clock,
                market,
                store=book_file,
                model=model(),
                seed=seed,
                cash_usd=settings.fake_cash_usd,
                account=of.removeprefix("-"),
            )

        sandbox = broker(Venue.SANDBOX, 0)
        yield tuple(
            Venues(market, sandbox, broker(Venue.PRODUCTION, seed, account), account)
            for seed, account in enumerate(settings.fake_accounts, start=1)
        )


def _book_file(file: Path) -> "FileBookStore":
    from tastyflow_adapters.fake import FileBookStore

    try:
        return FileBookStore(file)
    except (sqlite3.Error, OSError, VenueFailure) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or str(error).rstrip(".")
        raise StoreFailure(
            f"The fake venue's file {file} cannot be used: {why}.",
            code="fake_file",
            hint="Nothing was placed. End the program that holds it, or make it writable. Moved away, a new one begins "
            "with an empty account.",
        ) from error


@asynccontextmanager
async def _tastytrade(settings: Choices, clock: Clock) -> AsyncIterator[tuple[Venues, ...]]:
    """
    tastytrade's sandbox and, in production, production: logged in, and the accounts that they were before.

    One login serves all accounts of a venue. Where orders become real, all rehearse in the sandbox's one account.
    """
    from tastyflow_adapters.config.connecting import connections_of
    from tastyflow_adapters.config.settings import Settings, check

    if not isinstance(settings, Settings):
        raise Misconfigured("Nothing is chosen about the venues.")
    check(settings)
    connections = connections_of(settings)
    quieten(settings, *connections)
    from tastyflow_adapters.tastytrade.http import pinning
    from tastyflow_adapters.tastytrade.http.failed_logins import FailedLogins
    from tastyflow_adapters.tastytrade.http.session import VenueSession
    from tastyflow_adapters.tastytrade.market_data import TastytradeMarket
    from tastyflow_adapters.tastytrade.streams.quote_stream import QuoteStream

    make_home(settings)
    pinning.check(settings.folder, *connections)
    verified = pinning.read(settings.folder)
    async with AsyncExitStack() as stack:
        sessions = [
            VenueSession(each, clock, memory=FailedLogins(settings.folder, each, clock)) for each in connections
        ]
        admitted = await asyncio.gather(
            *(_admitted(each, clock, stack, verified=_was_verified(each.connection, verified)) for each in sessions),
            return_exceptions=True,
        )
        for refused in admitted:
            if isinstance(refused, BaseException):
                raise refused
        pinning.hold(settings.folder, *connections)
        stream = QuoteStream(sessions[-1], clock)  # opened where quotes cannot be had by asking
        market = await stack.enter_async_context(TastytradeMarket(sessions[-1], clock, quotes=stream))
        sandboxes, *live = [brokers for brokers in admitted if not isinstance(brokers, BaseException)]
        if not live:
            yield tuple(Venues(market, broker, None, name, name) for name, broker in sandboxes.items())
            return
        rehearses, sandbox = next(iter(sandboxes.items()))
        yield tuple(Venues(market, sandbox, broker, name, rehearses) for name, broker in live[0].items())


def _was_verified(connection: "Connection", pinned: "Mapping[Venue, Pin]") -> bool:
    """Whether every account of *connection* is one of the first use, or of one since then."""
    return connection.venue in pinned and connection.accounts.keys() <= pinned[connection.venue].accounts.keys()


async def _admitted(
    session: "VenueSession", clock: Clock, stack: AsyncExitStack, *, verified: bool
) -> Mapping[str, Broker]:
    """
    A broker for each account of *session*, by name, all verified; accounts that were verified before need not be, while
    their venue is away: what works at the other one can still be looked at and cancelled. A login that is refused is
    not away.
    """
    from tastyflow_adapters.tastytrade.broker import TastytradeBroker
    from tastyflow_adapters.tastytrade.http.account_check import check_accounts

    await stack.enter_async_context(session.opened())
    brokers = {
        name: TastytradeBroker(session, clock, account=number) for name, number in session.connection.accounts.items()
    }
    for broker in brokers.values():
        stack.push_async_exit(broker)
    try:
        async with asyncio.timeout(VERIFIED_WITHIN_S if verified else None):
            await check_accounts(session)
    except (NotSent, OutcomeUnknown, TimeoutError) as away:
        if not verified:
            raise
        told = away.message if isinstance(away, VenueFailure) else "it does not answer"
        logger.warning("The accounts in %s are not verified this time: %s", session.connection.venue, told)
    return brokers


def quieten(settings: Choices, *connections: "Connection") -> None:
    """Let no secret of *connections* into any log, and write what the settings ask for to standard error."""
    from tastyflow_adapters import redaction

    for each in connections:
        redaction.REDACTOR.know((each.client_secret, each.refresh_token), accounts=each.accounts.values())
    redaction.install(info=settings.verbosity == "info", debug=settings.verbosity == "debug")
    if settings.verbosity != "warning":
        logging.basicConfig(level=settings.verbosity.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")


VENUES: Final[Mapping[Environment, Callable[[Choices, Clock], AbstractAsyncContextManager[tuple[Venues, ...]]]]] = {
    Environment.FAKE: _fake,
    Environment.SANDBOX: _tastytrade,
    Environment.PRODUCTION: _tastytrade,
}
