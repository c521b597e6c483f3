"""
Rules held against figures, as they come.

    heard     figures ─▶ each rule that reads them: held by its data? near? fires ─▶ handed over, once
    waited    every second ─▶ data that hold a rule back for too long, silent ones too; a halt ─▶ it turns itself off

`heard` waits for nothing. Whatever one rule does, the next one is looked at.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from tastyflow.application.signalling.signalling import Signalling
from tastyflow.application.waiting import Tasks
from tastyflow.domain.halt import Halt, Trading
from tastyflow.domain.signal_rule import OffCode, RuleMode
from tastyflow.domain.signal_rule.figures import FIGURES, Figures
from tastyflow.domain.signal_rule.holding import HeldBack, held_by_data
from tastyflow.domain.signal_rule.rule import SignalRule
from tastyflow.domain.signal_rule.trigger import is_in_session
from tastyflow.errors import StoreFailure, TastyflowError
from tastyflow.ports import Clock
from tastyflow_adapters.signals.running.acting import ActsInTasks, Fired
from tastyflow_adapters.signals.running.patience import OLD, TurnOff
from tastyflow_adapters.signals.running.rules_at_work import RuleAtWork, RulesAtWork
from tastyflow_adapters.signals.running.watches import Watched, Watches

logger = logging.getLogger(__name__)

TOLD_AFTER_S: Final = 30.0
"""Data that hold a rule back for a moment are no line for the operator."""

HALTED: Final = TurnOff(OffCode.HALT, "Trading was halted.")
SILENT: Final = HeldBack(OLD, "Nothing was heard of the market yet.")


class Evaluating:
    """
    Looks at figures for *rules*, until it is closed.

    Args:
        halt: Whether orders may leave.
        may_act: Whether this process may raise signals now.
        say: Told what the operator should know, in a sentence.
    """

    def __init__(
        self,
        rules: RulesAtWork,
        signalling: Signalling,
        acting: ActsInTasks,
        clock: Clock,
        *,
        halt: Callable[[], Halt],
        may_act: Callable[[], bool],
        say: Callable[[str], None],
    ) -> None:
        self._rules = rules
        self._signalling = signalling
        self._acting = acting
        self._clock = clock
        self._halt = halt
        self._may_act = may_act
        self._say = say
        self._tasks = Tasks()
        self._turning: set[str] = set()
        self._owed: dict[str, TurnOff] = {}

    async def close(self) -> None:
        """Let go what is not recorded yet."""
        await self._tasks.close()

    # ── at each figures ────────────────────────────────────────────────────────────────────────────────────────

    def heard(self, watched: Watched, figures: Figures) -> None:
        """Hold every rule that reads *watched* against *figures*."""
        for each in self._rules:
            if each.run is None or each.rule.source != "figures" or Watched.by(each.rule) != watched:
                continue
            try:
                self._look(each, figures)
            except Exception:
                logger.exception("The rule %s cannot be looked at", each.rule.name)

    def _look(self, at_work: RuleAtWork, figures: Figures) -> None:
        if at_work.run is None or at_work.mode is RuleMode.OFF:
            return
        at_work.run, at_work.look = at_work.run.seen(figures, self._clock.now())
        look, rule = at_work.look, at_work.rule
        patience, now_s = at_work.patience, self._clock.monotonic()
        patience.told(figures.coverage, now_s)
        if (turned := patience.looked(look, at_work.mode)) is not None and not patience.is_told_at(now_s):
            self.turn_off(rule.name, turned)
        if not look.fires or not self._may_act() or rule.name in self._owed:
            return
        held = None
        with suppress(StoreFailure):  # the append of the signal asks again, and is tried again
            held = self._signalling.held_back(rule, figures)
        if held is not None:
            self._say(f"the rule {rule.name} fired, and is held back: {held.sentence}")
            return
        self._acting.hand_over(Fired(rule=rule, figures=figures, reasons=look.trigger.reasons))

    # ── every second ───────────────────────────────────────────────────────────────────────────────────────────

    def waited(self, watches: Watches) -> None:
        """Turn off what waited too long, and what was not turned off by the halt itself; say what holds still."""
        is_halted = self._halt().trading is Trading.HALTED
        self._turn_off_owed()
        for each in self._rules:
            if is_halted and each.mode.asks:  # who halted it knew of no rules
                self.turn_off(each.rule.name, HALTED)
            held = self.held_now(each, watches)
            turned = each.patience.waited(held, each.mode, self._clock.monotonic(), is_open=self.is_open)
            if turned is not None:
                self.turn_off(each.rule.name, turned)
            self._tell(each, held)

    @property
    def is_open(self) -> bool:
        """Whether the session is open now."""
        return is_in_session(self._clock.now())

    def held_now(self, at_work: RuleAtWork, watches: Watches) -> tuple[HeldBack, ...]:
        """Why the data hold a rule back at this moment, whether anything is heard or not; none where it reads none."""
        if not reads_market(at_work.rule):
            return ()
        state = watches.state_of(Watched.by(at_work.rule))
        if state is None or state.figures is None:
            return (SILENT,)
        return held_by_data(at_work.rule, state.figures, self._clock.now())

    def _tell(self, at_work: RuleAtWork, held: tuple[HeldBack, ...]) -> None:
        now_s, name = self._clock.monotonic(), at_work.rule.name
        if at_work.mode is RuleMode.OFF or not held or not self.is_open:
            if at_work.is_told and not held:
                self._say(f"the data of the rule {name} are fit again")
            at_work.held_since_s, at_work.is_told = None, False
            return
        at_work.held_since_s = now_s if at_work.held_since_s is None else at_work.held_since_s
        if not at_work.is_told and now_s - at_work.held_since_s >= TOLD_AFTER_S:
            at_work.is_told = True
            self._say(f"the rule {name} holds still: {held[0].sentence}")

    # ── turning off ────────────────────────────────────────────────────────────────────────────────────────────

    def turn_off(self, name: str, turned: TurnOff) -> None:
        """Turn a rule off, in a task; what cannot be recorded is tried again, and the rule fires nothing meanwhile."""
        if name in self._turning or not self._may_act():
            return
        self._turning.add(name)
        task = self._tasks.start(self._turned_off(name, turned), name=f"turn-off-{name}")
        task.add_done_callback(lambda _: self._turning.discard(name))

    def _turn_off_owed(self) -> None:
        """What should be off, and is not: the log took nothing. Where it is off by now, nothing is owed any more."""
        for name, turned in tuple(self._owed.items()):
            at_work = self._rules.get(name)
            if at_work is None or at_work.mode is RuleMode.OFF:
                del self._owed[name]
            else:
                self.turn_off(name, turned)

    async def _turned_off(self, name: str, turned: TurnOff) -> None:
        try:
            standing = await self._signalling.turn_itself_off(name, turned.code, turned.reason)
        except TastyflowError as error:
            if name not in self._owed:
                self._say(f"the rule {name} should be off, and that is tried again: {error.message}")
            self._owed[name] = turned
            return
        self._owed.pop(name, None)
        if (at_work := self._rules.get(name)) is not None:
            at_work.standing = standing
        self._say(f"the rule {name} turned itself off: {turned.reason}")


def reads_market(rule: SignalRule) -> bool:
    """Whether *rule* reads a figure that is worked out from the market."""
    return any(name in FIGURES for name in rule.figures)
