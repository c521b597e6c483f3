"""
Signals as a part of the service: everything in this room, put together.

    every `LOOK_S`: rule files ─▶ loaded into the log ─▶ which chains and criteria are needed ─▶ kept
                    data that hold a rule back for too long ─▶ it turns itself off (`evaluating`)
    each figures:   every rule that reads them: held, near, fires ─▶ handed over (`acting`)
    each alert:     of the webhook, of a criterion ─▶ its rule (`alerts`)
    beside it:      what lies open, marks that are due (`after`)
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from itertools import count
from typing import Final

from attrs import field, frozen

from tastyflow.application.desk import Desk
from tastyflow.application.service.supervision import MayAct
from tastyflow.application.waiting import ended
from tastyflow.domain.signal_rule import RuleMode
from tastyflow.domain.signal_rule.figures import Figures
from tastyflow.errors import Refused
from tastyflow_adapters.config.signals_choices import STANDARD, SignalsChoices
from tastyflow_adapters.secrets import Secrets
from tastyflow_adapters.signals.running.acting import ActsInTasks
from tastyflow_adapters.signals.running.after import After
from tastyflow_adapters.signals.running.alerts import Alerts
from tastyflow_adapters.signals.running.criteria_at_work import CriteriaAtWork, wants_watch
from tastyflow_adapters.signals.running.evaluating import Evaluating
from tastyflow_adapters.signals.running.lines import FillsLines
from tastyflow_adapters.signals.running.rule_files import RuleFolder
from tastyflow_adapters.signals.running.rules_at_work import RulesAtWork
from tastyflow_adapters.signals.running.status import SignalsStatus, status_of
from tastyflow_adapters.signals.running.watches import OpenWatch, Watch, Watched, Watches
from tastyflow_adapters.signals.webhook.keys import RuleKeys
from tastyflow_adapters.signals.webhook.server import WebhookServer

LOOK_S: Final = 1.0
FILES_EVERY: Final = 3
"""Looks at the rules between two at their files."""

NO_PORT: Final = "Alerts are taken nowhere: signals.webhook_port is not set."
NO_FEED: Final = "This environment has no market data of production: no rule that reads the market is watched."


@frozen(kw_only=True)
class SignalsHome:
    """
    What the part takes from the installation that it runs in.

    Attributes:
        folder: Reads the rule files; made anew each time the part begins.
        open_watch: Opens the watch of a chain; None where there is no market data to watch.
        chosen: What was chosen for the webhook.
        secrets: Where the secrets of rules are found; None where no webhook is wanted.
        environment: The variables of the processes of criteria: no secret is among them.
    """

    folder: Callable[[], RuleFolder]
    open_watch: OpenWatch | None
    chosen: SignalsChoices = STANDARD
    secrets: Secrets | None = field(default=None, repr=False)
    environment: Mapping[str, str] = field(factory=dict, repr=False)


class SignalsPart:
    """
    Watches the market for the rules of *home*, and hands what they fire to *desk*.

    Args:
        status: Where it says how the rules are.
        say: Told what the operator should know, in a sentence.
    """

    def __init__(self, desk: Desk, home: SignalsHome, status: SignalsStatus, say: Callable[[str], None]) -> None:
        self._desk = desk
        self._home = home
        self._status = status
        self._say = say

    async def run(self, may_act: MayAct) -> None:
        """For ever; it begins anew where it died."""
        work = _Work(self._desk, self._home, self._status, self._say, may_act)
        tasks = [asyncio.create_task(each, name=f"signals-{name}") for name, each in work.parts().items()]
        try:
            over, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            over.pop().result()
        finally:
            await ended(*tasks)
            await work.close()


class _Work:
    """One run of the part."""

    def __init__(
        self, desk: Desk, home: SignalsHome, status: SignalsStatus, say: Callable[[str], None], may_act: MayAct
    ) -> None:
        clock, signalling = desk.context.clock, desk.signalling

        def may() -> bool:
            return may_act() and not desk.is_draining

        self._home, self._status, self._clock, self._may = home, status, clock, may
        self._rules = RulesAtWork(home.folder(), signalling, say)
        lines = FillsLines(desk.context.market, desk.context.language, clock)
        self._acting = ActsInTasks(signalling, lines.line, clock, may_act=may, say=say)
        self._evaluating = Evaluating(
            self._rules, signalling, self._acting, clock, halt=desk.context.halt, may_act=may, say=say
        )
        self._watches = Watches(home.open_watch or no_feed, clock, self._heard, say)
        self._alerts = Alerts(self._rules, self._watches, signalling, self._acting)
        self._criteria = CriteriaAtWork(
            self._alerts, clock, environment=home.environment, turn_off=self._evaluating.turn_off, say=say
        )
        self._have_looked = asyncio.Event()
        self._after = After(signalling, clock, in_hand=lambda: self._acting.in_hand, may_act=may, say=say)
        status.off = NO_FEED if home.open_watch is None else ""

    def parts(self) -> dict[str, Coroutine[None, None, None]]:
        """What runs beside each other; where one ends, the part does."""
        parts = {"look": self._look(), "after": self._after.run()}
        if self._home.chosen.webhook_port and self._home.secrets is not None:
            parts["webhook"] = self._take_alerts(self._webhook(self._home.secrets))
        else:
            self._status.webhook = lambda: {"trouble": NO_PORT if self._alerts.names() else None}
        return parts

    async def close(self) -> None:
        """Let everything go; what was raised is gone on from by the next service."""
        await self._watches.close()
        await self._criteria.close()
        await self._evaluating.close()
        await self._acting.close()

    async def _take_alerts(self, server: WebhookServer) -> None:
        """Alerts are taken once the rules are known: before that, each would be one for no rule."""
        await self._have_looked.wait()
        await server.run()

    def _webhook(self, secrets: Secrets) -> WebhookServer:
        keys = RuleKeys(secrets, self._clock, self._alerts.names)
        server = WebhookServer(
            self._home.chosen, self._clock, keys=keys, figures_of=self._alerts.figures_of, take=self._alerts.take
        )
        self._status.webhook = lambda: {
            "port": server.port or None,
            "trouble": server.trouble or keys.trouble or None,
            "without_secret": list(keys.without),
            **server.tally.as_json(),
        }
        return server

    def _heard(self, watched: Watched, figures: Figures) -> None:
        self._evaluating.heard(watched, figures)
        self._criteria.heard(watched, figures)

    async def _look(self) -> None:
        for looks in count():
            if self._may() and looks % FILES_EVERY == 0:
                await self._rules.refresh()
            self._rules.reread()
            await self._watches.keep(self._wanted())
            await self._criteria.keep(tuple(self._rules))
            self._evaluating.waited(self._watches)
            self._status.complaints = self._rules.complaints
            self._status.rules = [
                status_of(each, self._watches, self._evaluating.held_now(each, self._watches), self._acting.in_hand)
                for each in self._rules
            ]
            self._have_looked.set()
            await self._clock.sleep(LOOK_S)

    def _wanted(self) -> frozenset[Watched]:
        if self._home.open_watch is None:
            return frozenset()
        at_work = (each for each in self._rules if each.mode is not RuleMode.OFF and wants_watch(each.rule))
        return frozenset(Watched.by(each.rule) for each in at_work)


def no_feed(watched: Watched) -> AbstractAsyncContextManager[Watch]:
    """In place of a watch, where there is nothing to watch."""
    raise Refused(f"{watched.symbol}: {NO_FEED}", code="no_feed")
