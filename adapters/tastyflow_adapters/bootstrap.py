"""
The composition root: settings in, a desk that works out. The only place that knows every part by name.

    Settings ─▶ clock ─▶ ledger (log.db) ─▶ venues of each account (two brokers, and market data) ─▶ Desk

    fake                    `venues/fake_venues.py`: books in the home
    sandbox, production     `venues/tastytrade_venues.py`

Every part is an argument with the production's own as its default: a test, or a program of yours, hands in another.
Nothing ever falls back to another environment.
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    closing,
    contextmanager,
    suppress,
)
from decimal import Decimal
from typing import Final

from attrs import evolve

from tastyflow.application.context import Context
from tastyflow.application.desk import Desk
from tastyflow.application.incidents.unrecorded import Unrecorded
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.queue_places import QueuePlaces
from tastyflow.application.reconciling.head import keep_last_head
from tastyflow.application.traders import Traders
from tastyflow.domain.trader.limits import SIZES_ONLY
from tastyflow.domain.trader.permissions import GRANTABLE
from tastyflow.errors import Refused, TastyflowError
from tastyflow.ports import Broker, Channel, Clock, Language, Recipient
from tastyflow_adapters.anchors.keys import PUBLIC
from tastyflow_adapters.clock import clock_from
from tastyflow_adapters.config.choices import DEMO, INSTALLATION, PLATFORM, PREFIX, Choices, Environment
from tastyflow_adapters.config.loading import load
from tastyflow_adapters.config.log_address import LogKind
from tastyflow_adapters.home import make_home
from tastyflow_adapters.language import Grammar
from tastyflow_adapters.store.head_file import HeadFile
from tastyflow_adapters.store.log import open_log
from tastyflow_adapters.venues.account_venues import Venues
from tastyflow_adapters.venues.fake_venues import fake_venues
from tastyflow_adapters.venues.tastytrade_venues import tastytrade_venues

logger = logging.getLogger(__name__)

PINNED: Final = "venues.json"
"""Where a home keeps which venues and accounts it was used with (`tastytrade.http.pinning`)."""

TOLD_WITHIN_S: Final = 8.0
"""How long a command waits, in the end, for the channels of the operators."""

DEMO_LIMITS: Final = evolve(
    SIZES_ONLY,
    max_notional_usd=Decimal(25_000),
    max_open_notional_usd=Decimal(250_000),
    daily_loss_reducing_pct=Decimal(2),
    daily_loss_halt_pct=Decimal(4),
    zero_dte=False,
)
"""What the demo trader may do where nothing can be lost: sizes and the loss of a day show how limits work."""


def clock_of(settings: Choices) -> Clock:
    """The clock that the settings ask for."""
    return clock_from(settings.now)


@contextmanager
def open_ledger(settings: Choices, *, of_the_service: bool = False) -> Iterator[Ledger]:
    """
    The ledger of this environment's log; in the end its head is kept, what is due is anchored, and it is closed.

    Args:
        of_the_service: Whatever is new is anchored in the end, due or not.

    Raises:
        Misconfigured: code ``home_unwritable``.
        StoreFailure: The log cannot be used.
    """
    was_used, heads = was_used_before(settings), head_file_of(settings)
    make_home(settings)
    with closing(open_log(settings.log)) as ledger:
        try:
            yield ledger
        finally:
            if heads is not None:
                keep_last_head(ledger, heads, was_used=was_used)
            if (settings.home / PUBLIC).exists():
                from tastyflow_adapters.anchors.wiring import anchors_at_the_end

                anchors_at_the_end(settings, ledger, clock_of(settings), of_the_service=of_the_service)


@asynccontextmanager
async def open_desk(
    settings: Choices | None = None,
    *,
    recipients: Sequence[Recipient] = (),
    clock: Clock | None = None,
    language: Language | None = None,
    ledger: Ledger | None = None,
    venues: Venues | None = None,
    fence: Callable[[Broker], Broker] | None = None,
) -> AsyncIterator[Desk]:
    """
    A desk on everything it needs, all of it closed in the end. What is not handed in is what *settings* ask for.

    Args:
        fence: What stands before each broker; nothing where it is not named.

    Raises:
        Misconfigured: The settings cannot be used, or something is missing.
        StoreFailure: The log, or the fake venue's file, cannot be used.
        VenueFailure: A venue does not let us in.
    """
    settings = settings or load()
    clock = clock or clock_of(settings)
    async with AsyncExitStack() as stack:
        was_used = was_used_before(settings)  # asked before the venues are: the first use leaves its traces
        ledger = ledger or stack.enter_context(open_ledger(settings))
        there = (venues,) if venues else await stack.enter_async_context(VENUES[settings.env](settings, clock))
        there = there if fence is None else fenced(there, fence)
        names = tuple(each.account for each in there)
        await prepare(settings, ledger, clock)
        unrecorded, queue_places = Unrecorded(), QueuePlaces()
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
                heads=head_file_of(settings),
                was_used=was_used,
                unrecorded=unrecorded,
                queue_places=queue_places,
                feed=each.feed,
            )
            for each in there
        )
        try:
            async with Desk(first, recipients, others) as desk:
                yield desk
        finally:
            await tell_operators(settings, ledger, clock, unrecorded)


async def tell_operators(settings: Choices, ledger: Ledger, clock: Clock, unrecorded: Unrecorded) -> None:
    """
    Tell the operators what is left to a person, once the work of a command is done; for `TOLD_WITHIN_S` at most.

    What goes wrong here is a line in the log: the command has done what it was asked for. Where a service runs it finds
    that the operators were told, and tells them again later.
    """
    from tastyflow.application.incidents.alarming import Alarms

    try:
        async with asyncio.timeout(TOLD_WITHIN_S):
            alarms = Alarms(ledger, clock, (), settings.rules.operators_waits_s, unrecorded)
            if unrecorded.is_empty and not alarms.due():
                return
            from tastyflow_adapters.operators.choosing import channels_of

            alarms = Alarms(ledger, clock, await channels_of(settings), settings.rules.operators_waits_s, unrecorded)
            await alarms.tell_unrecorded()
            await alarms.tell_due()
    except (TastyflowError, TimeoutError) as trouble:
        logger.warning("The operators could not be told: %s", trouble or "no answer in time")


async def tell_always(settings: Choices, context: Context, *, beside: Sequence[Channel] = ()) -> None:
    """Tell the operators what is due, for ever: a part of the service. *beside* are channels of other parts."""
    from tastyflow.application.incidents.alarming import Alarms
    from tastyflow_adapters.operators.choosing import channels_of

    channels, waits_s = (*await channels_of(settings), *beside), context.policy.operators_waits_s
    await Alarms(context.ledger, context.clock, channels, waits_s, context.unrecorded).run()


def fenced(venues: Sequence[Venues], fence: Callable[[Broker], Broker]) -> tuple[Venues, ...]:
    """*venues* with a fence before each broker; accounts that share one share it still."""
    brokers = {id(each): each for venue in venues for each in (venue.sandbox, venue.production) if each is not None}
    behind = {key: fence(each) for key, each in brokers.items()}
    return tuple(
        evolve(
            each,
            sandbox=behind[id(each.sandbox)],
            production=None if each.production is None else behind[id(each.production)],
        )
        for each in venues
    )


def init_system() -> tuple[str, float]:
    """Where the init system listens, and within how many seconds it wants a sign of life; empty and 0 without one."""
    is_for_us = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    microseconds = os.environ.get("WATCHDOG_USEC", "") if is_for_us else ""
    return os.environ.get("NOTIFY_SOCKET", ""), int(microseconds) / 1e6 if microseconds.isdigit() else 0.0


def environment_of_criteria() -> Mapping[str, str]:
    """The variables for the process of a criterion of one's own: no setting, no secret, no way to the init system."""
    of_service = (PREFIX, "CREDENTIALS_", "NOTIFY_", "WATCHDOG_", "LISTEN_")
    return {name: value for name, value in os.environ.items() if not name.upper().startswith(of_service)}


def head_file_of(settings: Choices) -> HeadFile | None:
    """Where the head of this environment's log is kept; None of a log in memory, which begins anew each time."""
    return None if settings.log.kind is LogKind.MEMORY else HeadFile(settings.folder / "head.json")


def was_used_before(settings: Choices) -> bool:
    """Whether this environment's venues were used from this home, whatever its log says."""
    return (settings.folder / PINNED).exists() or any(settings.folder.glob("production*.db"))


async def prepare(settings: Choices, ledger: Ledger, clock: Clock) -> None:
    """
    What every use of an environment begins with: its traders are those of the installation; and in fake and before
    simulators there is one to try all accounts with.
    """
    if settings.log_url or (settings.home / INSTALLATION).exists():
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


VENUES: Final[Mapping[Environment, Callable[[Choices, Clock], AbstractAsyncContextManager[tuple[Venues, ...]]]]] = {
    Environment.FAKE: fake_venues,
    Environment.SANDBOX: tastytrade_venues,
    Environment.PRODUCTION: tastytrade_venues,
}
