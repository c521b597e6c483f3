"""
``tastyflow run`` at work: log, leases, venues and desk opened, signals heard, the init system told.

    SIGTERM, SIGINT ─▶ stop: no new orders, what is in hand is finished      again ─▶ stop now
    ready ─▶ READY=1      every third of the watchdog's time, while the lease is held ─▶ WATCHDOG=1

The event loop never writes to the terminal: a terminal that is held (Ctrl-S) would hold up the orders.
"""

import asyncio
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final

from tastyflow.application.anchoring.anchorer import AnchorPlace
from tastyflow.application.desk import Desk
from tastyflow.application.service.holder import SILENT_AFTER_S
from tastyflow.application.service.leases import Leases, telling
from tastyflow.application.service.service import Hears, Ready, Role, Service
from tastyflow.application.service.supervision import MayAct, ServicePart, Supervised
from tastyflow.application.waiting import ended, first_done
from tastyflow.ports import Recipient
from tastyflow_adapters.anchors.keys import AnchorKeys
from tastyflow_adapters.bootstrap import (
    clock_of,
    environment_of_criteria,
    init_system,
    open_desk,
    open_ledger,
    tell_always,
)
from tastyflow_adapters.config.choices import Choices
from tastyflow_adapters.discord.overseeing.incident_posts import has_place
from tastyflow_adapters.discord.ties import DiscordTies
from tastyflow_adapters.service.fencing import FencedBroker
from tastyflow_adapters.service.health import HealthReport
from tastyflow_adapters.service.notify import READY, STOPPING, WATCHDOG, Notifier
from tastyflow_adapters.service.process import is_gone, this_process
from tastyflow_adapters.service.server import HealthServer
from tastyflow_adapters.service.venue_watch import VenueWatch
from tastyflow_adapters.service.warnings_aside import warned_aside
from tastyflow_adapters.signals.running.status import SignalsStatus

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
OPENING_S: Final = 1.0
"""How long the start waits for the health page: it is no reason not to trade."""


class ServiceProgress(Hears):
    """Says how the service goes on: to *say* in words, and to the init system."""

    def __init__(self, say: Callable[[str], None], notifier: Notifier, server: Callable[[], int]) -> None:
        self._say = say
        self._notifier = notifier
        self._port = server

    def standing_by(self) -> None:
        self._say("standing by: another service works on this home")
        self._notifier.tell(READY, "STATUS=standing by")

    def ready(self, ready: Ready) -> None:
        orders = "1 open order" if ready.open_orders == 1 else f"{ready.open_orders} open orders"
        health = f"; health at http://127.0.0.1:{self._port()}/health" if self._port() else ""
        self._say(f"ready in {ready.took_s:.1f} s, {orders}{health}")
        self._notifier.tell(READY, f"STATUS=working, {orders}")

    def found(self, line: str) -> None:
        self._say(line)

    def lost(self) -> None:
        self._say("another service has taken over; this one stands by")

    def stopping(self) -> None:
        self._say("stopping: no new orders; what is in hand is finished")
        self._notifier.tell(STOPPING)

    def died(self, part: Supervised) -> None:
        self._say(f"the part {part.part.name!r} died and is started again: {part.trouble}")


class HearTogether(Hears):
    """Tells each of *all_of* how the service goes on."""

    def __init__(self, *all_of: Hears) -> None:
        self._all = all_of

    def standing_by(self) -> None:
        for each in self._all:
            each.standing_by()

    def ready(self, ready: Ready) -> None:
        for each in self._all:
            each.ready(ready)

    def lost(self) -> None:
        for each in self._all:
            each.lost()

    def stopping(self) -> None:
        for each in self._all:
            each.stopping()

    def found(self, line: str) -> None:
        for each in self._all:
            each.found(line)

    def died(self, part: Supervised) -> None:
        for each in self._all:
            each.died(part)


def parts_of(
    settings: Choices, discord: DiscordTies, signals: SignalsStatus, say: Callable[[str], None], desk: Desk
) -> Sequence[ServicePart]:
    """The parts that this house adds to the service: one line each."""
    return (
        ServicePart(
            "operators",
            lambda _may_act: tell_always(
                settings, desk.context, beside=(discord.operators,) if has_place(settings.discord) else ()
            ),
            lease=telling("operators"),
        ),
        ServicePart("venue watch", VenueWatch(desk).run),
        ServicePart("signals", partial(_signals, settings, desk, signals, say), lease="signals"),
        *(_discord(settings, discord, desk) if settings.discord.is_on else ()),
        *_anchors(settings, discord, desk),
    )


def _anchors(settings: Choices, ties: DiscordTies, desk: Desk) -> Sequence[ServicePart]:
    if not AnchorKeys(settings.home).exist:
        return ()
    from tastyflow_adapters.anchors.standard_out import StandardOutput
    from tastyflow_adapters.anchors.wiring import anchorer_of, folders_of

    chosen, context = settings.anchors, desk.context
    places: list[AnchorPlace] = [*folders_of(settings)]
    if chosen.standard_output:
        places.append(StandardOutput())
    if chosen.discord_channel:
        places.append(ties.anchors)
    anchorer = anchorer_of(settings, context.ledger, context.clock, places)
    return (ServicePart("anchors", lambda _may_act: anchorer.run(), lease="anchors"),)


def _discord(settings: Choices, ties: DiscordTies, desk: Desk) -> Sequence[ServicePart]:
    from tastyflow_adapters.discord.part import DiscordPart  # discord.py takes a moment to import
    from tastyflow_adapters.discord.telling_all import tell_all

    part = DiscordPart(
        settings, desk, ties.status, tells=partial(tell_all, ties, anchors_channel=settings.anchors.discord_channel)
    )
    return (ServicePart("discord", part.run, lease=telling("discord"), ends_misconfigured=True),)


async def _signals(
    settings: Choices, desk: Desk, status: SignalsStatus, say: Callable[[str], None], may_act: MayAct
) -> None:
    from tastyflow_adapters.secrets import Secrets  # pydantic and numpy take a moment to import
    from tastyflow_adapters.signals.running.opening import watch_opener
    from tastyflow_adapters.signals.running.part import SignalsHome, SignalsPart
    from tastyflow_adapters.signals.running.rule_files import RuleFolder

    context = desk.context

    def folder() -> RuleFolder:
        return RuleFolder(settings.signal_rules, context.language, context.clock)

    home = SignalsHome(
        folder=folder,
        open_watch=watch_opener(context, settings.gex),
        chosen=settings.signals,
        secrets=Secrets.of(settings),
        environment=environment_of_criteria(),
    )
    await SignalsPart(desk, home, status, say).run(may_act)


async def run_service(
    settings: Choices, say: Callable[[str], None], *, version: str, recipients: Sequence[Recipient] = ()
) -> None:
    """
    Run the service until it is told to stop.

    Raises:
        Misconfigured: The settings cannot be used.
        StoreFailure, VenueFailure: The log cannot be opened; a venue does not let us in.
        PartsDied: A vital part died again and again.
    """
    clock, (address, watchdog_s) = clock_of(settings), init_system()
    notifier, discord, signals = Notifier(address, watchdog_s), DiscordTies.make(clock), SignalsStatus()
    with warned_aside(), open_ledger(settings, of_the_service=True) as ledger:
        leases = Leases(ledger, clock, this_process(), is_gone=is_gone)
        service = Service(
            ledger,
            clock,
            leases,
            lambda may_act: open_desk(
                settings,
                recipients=recipients,
                clock=clock,
                ledger=ledger,
                fence=lambda broker: FencedBroker(broker, may_act),
            ),
            accounts=settings.account_names,
            more_parts=partial(parts_of, settings, discord, signals, say),
            hears=HearTogether(ServiceProgress(say, notifier, lambda: server.port), discord.bulletin),
            drain_s=settings.drain_s,
        )
        report = HealthReport(
            service,
            ledger,
            clock,
            environment=settings.env.value,
            version=version,
            discord=discord.status if settings.discord.is_on else None,
            signals=signals,
        )
        server = HealthServer(report, clock, settings.health_port)
        beside = [
            asyncio.create_task(server.run(), name="health"),
            asyncio.create_task(_pulse(service, notifier), name="watchdog"),
            asyncio.create_task(_know_port(server, leases), name="port"),
        ]
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(OPENING_S):
                    await server.is_open.wait()
            await _until_told(service)
        finally:
            await ended(*beside)


async def _until_told(service: Service) -> None:
    """Run *service*; a first signal asks it to stop, a second one stops it."""
    loop, running = asyncio.get_running_loop(), asyncio.ensure_future(service.run())

    def heard() -> None:
        if service.is_asked_to_stop:
            running.cancel()
        service.stop()

    for each in SIGNALS:
        with suppress(NotImplementedError):  # not on every system
            loop.add_signal_handler(each, heard)
    try:
        await asyncio.wait((running,))
        if not running.cancelled():
            running.result()
    finally:
        for each in SIGNALS:
            with suppress(NotImplementedError):  # then none was added above
                loop.remove_signal_handler(each)
        await ended(running)


async def _know_port(server: HealthServer, leases: Leases) -> None:
    await server.is_open.wait()
    leases.know_port(server.port)


async def _pulse(service: Service, notifier: Notifier) -> None:
    """A sign of life, as long as there is one: the loop runs, and the lease is written."""
    if not notifier.pulse_s:
        return
    while True:
        is_alive = service.role is not Role.WORKING or service.held is None or service.held.age_s < 2 * SILENT_AFTER_S
        if is_alive:
            notifier.tell(WATCHDOG)
        await first_done(asyncio.sleep(notifier.pulse_s))
