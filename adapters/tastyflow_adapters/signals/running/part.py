"""
Signals as a part of the service: everything in this room, put together.

    every `LOOK_S`: rule files ─▶ loaded into the log ─▶ which chains are needed ─▶ watched
                    data that hold a rule back for too long, a halt ─▶ it turns itself off (`evaluating`)
    each figures:   every rule that reads them: held, near, fires ─▶ handed over (`acting`)
    beside it:      what lies open, marks that are due (`after`)
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from itertools import count
from typing import Final

from tastyflow.application.desk import Desk
from tastyflow.application.service.supervision import MayAct
from tastyflow.application.waiting import ended
from tastyflow.domain.signal_rule import RuleMode
from tastyflow.errors import Refused
from tastyflow_adapters.signals.running.acting import Acting
from tastyflow_adapters.signals.running.after import After
from tastyflow_adapters.signals.running.evaluating import Evaluating, reads_market
from tastyflow_adapters.signals.running.lines import Lines
from tastyflow_adapters.signals.running.rule_files import RuleFolder
from tastyflow_adapters.signals.running.rules_at_work import RuleAtWork, RulesAtWork
from tastyflow_adapters.signals.running.status import RuleStatus, SignalsStatus
from tastyflow_adapters.signals.running.watches import OpenWatch, Watch, Watched, Watches

LOOK_S: Final = 1.0
FILES_EVERY: Final = 3
"""Looks at the rules between two at their files."""

NO_FEED: Final = "This environment has no market data of production: no rule that reads the market is watched."


class SignalsPart:
    """
    Watches the market for the rules of *folder*, and hands what they fire to *desk*.

    Args:
        open_watch: Opens the watch of a chain; None where there is no market data to watch.
        status: Where it says how the rules are.
        say: Told what the operator should know, in a sentence.
    """

    def __init__(
        self,
        desk: Desk,
        folder: Callable[[], RuleFolder],
        open_watch: OpenWatch | None,
        status: SignalsStatus,
        say: Callable[[str], None],
    ) -> None:
        self._desk = desk
        self._folder = folder
        self._open_watch = open_watch
        self._status = status
        self._say = say

    async def run(self, may_act: MayAct) -> None:
        """For ever; it begins anew where it died."""
        desk, clock, say = self._desk, self._desk.context.clock, self._say

        def may() -> bool:
            return may_act() and not desk.is_draining

        rules = RulesAtWork(self._folder(), desk.signalling, say)
        lines = Lines(desk.context.market, desk.context.language, clock)
        acting = Acting(desk.signalling, lines.line, clock, may_act=may, say=say)
        evaluating = Evaluating(rules, desk.signalling, acting, clock, halt=desk.context.halt, may_act=may, say=say)
        after = After(desk.signalling, clock, in_hand=lambda: acting.in_hand, may_act=may, say=say)
        watches = Watches(self._open_watch or no_feed, clock, evaluating.heard, say)
        self._status.off = NO_FEED if self._open_watch is None else ""
        work = [
            asyncio.create_task(self._look(rules, watches, evaluating, acting, may), name="signals-look"),
            asyncio.create_task(after.run(), name="signals-after"),
        ]
        try:
            over, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
            over.pop().result()
        finally:
            await ended(*work)
            await watches.close()
            await evaluating.close()
            await acting.close()

    async def _look(
        self,
        rules: RulesAtWork,
        watches: Watches,
        evaluating: Evaluating,
        acting: Acting,
        may: Callable[[], bool],
    ) -> None:
        for looks in count():
            if may() and looks % FILES_EVERY == 0:
                await rules.refresh()
            await watches.keep(self._wanted(rules))
            evaluating.waited(watches)
            self._status.complaints = rules.complaints
            self._status.rules = [_status(each, watches, evaluating, acting) for each in rules]
            await self._desk.context.clock.sleep(LOOK_S)

    def _wanted(self, rules: RulesAtWork) -> frozenset[Watched]:
        if self._open_watch is None:
            return frozenset()
        return frozenset(
            Watched.by(each.rule) for each in rules if each.mode is not RuleMode.OFF and reads_market(each.rule)
        )


def no_feed(watched: Watched) -> AbstractAsyncContextManager[Watch]:
    """In place of a watch, where there is nothing to watch."""
    raise Refused(f"{watched.symbol}: {NO_FEED}", code="no_feed")


def _status(at_work: RuleAtWork, watches: Watches, evaluating: Evaluating, acting: Acting) -> RuleStatus:
    rule, look = at_work.rule, at_work.look
    state = watches.state_of(Watched.by(rule))
    figures = state.figures if state is not None else None
    return RuleStatus(
        name=rule.name,
        version=rule.version,
        mode=at_work.standing.mode.value if at_work.standing is not None else "",
        symbol=rule.symbol,
        rests=at_work.rests,
        at=figures.at if figures is not None else None,
        spot=figures.get("spot") if figures is not None else None,
        coverage=figures.coverage if figures is not None else None,
        oldest_age_s=figures.oldest_age_s if figures is not None else None,
        held=tuple(each.sentence for each in evaluating.held_now(at_work, watches)) if not at_work.rests else (),
        holds=look.trigger.holds if look is not None else None,
        is_near=look is not None and look.trigger.is_near,
        conditions=tuple((each.holds, each.sentence) for each in look.trigger.conditions) if look is not None else (),
        trouble=state.trouble if state is not None else "",
        in_hand=rule.name in acting.in_hand,
    )
