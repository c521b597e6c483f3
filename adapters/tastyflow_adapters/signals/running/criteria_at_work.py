"""
The criteria of rules, each in a process of its own for as long as its rule may raise signals.

    a rule that names a criterion as its source ─▶ its process ─▶ alerts ─▶ `alerts`
    the criterion is over, whatever it did      ─▶ its rule turns itself off: nothing else is touched
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Final

from attrs import frozen

from tastyflow.application.waiting import Tasks, ended
from tastyflow.domain.signal_rule import OffCode, RuleMode
from tastyflow.domain.signal_rule.figures import Figures
from tastyflow.domain.signal_rule.rule import SignalRule
from tastyflow.errors import TastyflowError
from tastyflow.ports import Clock
from tastyflow_adapters.signals.criteria.faults import CriterionFailed
from tastyflow_adapters.signals.criteria.running import RunningCriterion
from tastyflow_adapters.signals.running.alerts import WEBHOOK, Alerts
from tastyflow_adapters.signals.running.evaluating import reads_market
from tastyflow_adapters.signals.running.patience import TurnOff
from tastyflow_adapters.signals.running.rules_at_work import RuleAtWork
from tastyflow_adapters.signals.running.watches import Watched

OURS: Final = frozenset({"figures", WEBHOOK})
"""Sources that are no criterion."""


@frozen
class _AtWork:
    rule: SignalRule
    criterion: RunningCriterion
    task: asyncio.Task[None]


class CriteriaAtWork:
    """
    The criteria of the rules that it is told to keep, until it is closed.

    Args:
        environment: The variables of their processes: no secret is among them.
        turn_off: Turns a rule off, by its name.
        say: Told what the operator should know, in a sentence.
    """

    def __init__(
        self,
        alerts: Alerts,
        clock: Clock,
        *,
        environment: Mapping[str, str],
        turn_off: Callable[[str, TurnOff], None],
        say: Callable[[str], None],
    ) -> None:
        self._alerts = alerts
        self._clock = clock
        self._environment = environment
        self._turn_off = turn_off
        self._say = say
        self._tasks = Tasks()
        self._at_work: dict[str, _AtWork] = {}

    async def keep(self, rules: Collection[RuleAtWork]) -> None:
        """Let the criteria of *rules* that may raise signals work, and no others."""
        wanted = {each.rule.name: each.rule for each in rules if names_criterion(each.rule) and _may(each)}
        for name in [name for name, each in self._at_work.items() if wanted.get(name) != each.rule or each.task.done()]:
            await ended(self._at_work.pop(name).task)
        for name, rule in wanted.items():
            if name not in self._at_work:
                criterion = RunningCriterion(
                    rule.source,
                    name,
                    self._clock,
                    symbol=rule.symbol,
                    brings=rule.brings,
                    environment=self._environment,
                )
                task = self._tasks.start(self._listen(rule, criterion), name=f"criterion-{name}")
                self._at_work[name] = _AtWork(rule, criterion, task)

    def heard(self, watched: Watched, figures: Figures) -> None:
        """Show *figures* to the criteria of the rules on *watched*; waits for nothing."""
        for each in self._at_work.values():
            if Watched.by(each.rule) == watched:
                each.criterion.look(figures)

    async def close(self) -> None:
        """End their processes."""
        self._at_work.clear()
        await self._tasks.close()

    async def _listen(self, rule: SignalRule, criterion: RunningCriterion) -> None:
        try:
            async with criterion:
                async for heard, market in criterion.alerts():
                    try:
                        answer = await self._alerts.take(heard, market)
                    except TastyflowError as error:
                        self._say(f"an alert of {rule.source} for the rule {rule.name} was not taken: {error.message}")
                    else:
                        said = f": {' '.join(answer.reasons)}" if answer.reasons else ""
                        self._say(f"an alert of {rule.source} for the rule {rule.name} was {answer.outcome}{said}")
        except CriterionFailed as over:
            self._turn_off(rule.name, TurnOff(OffCode.CRITERION, over.message))


def names_criterion(rule: SignalRule) -> bool:
    """Whether the signals of *rule* come from a criterion."""
    return rule.source not in OURS


def wants_watch(rule: SignalRule) -> bool:
    """Whether the chain of *rule* is watched for it: it reads the market, or its criterion is shown it."""
    return names_criterion(rule) or reads_market(rule)


def _may(at_work: RuleAtWork) -> bool:
    return at_work.mode is not RuleMode.OFF
