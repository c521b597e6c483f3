"""
The venues of ``sandbox`` and ``production``: tastytrade, logged in, with the accounts that they had before.

    connections ─▶ secrets masked ─▶ pinned? ─▶ sessions ─▶ accounts verified ─▶ brokers, market data
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Final

from tastyflow.domain.venue import Venue
from tastyflow.errors import Misconfigured, NotSent, OutcomeUnknown, VenueFailure
from tastyflow.ports import Broker, Clock
from tastyflow_adapters.config.choices import Choices
from tastyflow_adapters.home import make_home
from tastyflow_adapters.venues.account_venues import Venues

if TYPE_CHECKING:
    from tastyflow_adapters.tastytrade.http.connection import Connection
    from tastyflow_adapters.tastytrade.http.pinning import Pin
    from tastyflow_adapters.tastytrade.http.session import VenueSession

logger = logging.getLogger(__name__)

VERIFIED_WITHIN_S: Final = 10.0
"""How long a start waits for a venue that is away, when its account was verified before."""


@asynccontextmanager
async def tastytrade_venues(settings: Choices, clock: Clock) -> AsyncIterator[tuple[Venues, ...]]:
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
    from tastyflow_adapters.tastytrade.http.shared_rates import RatesFile
    from tastyflow_adapters.tastytrade.market_data import TastytradeMarket
    from tastyflow_adapters.tastytrade.option_feed import TastytradeFeed
    from tastyflow_adapters.tastytrade.streams.interest_file import InterestFile
    from tastyflow_adapters.tastytrade.streams.quote_stream import QuoteStream

    make_home(settings)
    pinning.check(settings.folder, *connections)
    verified = pinning.read(settings.folder)
    async with AsyncExitStack() as stack:
        sessions = [
            VenueSession(
                each,
                clock,
                memory=FailedLogins(settings.folder, each, clock),
                register=RatesFile(settings.folder, each.venue),
            )
            for each in connections
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
        feed = TastytradeFeed(sessions[-1], clock, kept=InterestFile(settings.folder))  # opened by its first follower
        yield tuple(Venues(market, sandbox, broker, name, rehearses, feed=feed) for name, broker in live[0].items())


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
