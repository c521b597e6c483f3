"""
The alerts that were answered, for as long as their time counts: the same one again is the same answer.

    source_id ─▶ taken once, by one task; the same id again meanwhile waits for the same task

What failed is forgotten, so that sending it again tries again. Nothing that still counts is forgotten to make room: a
full table takes no more alerts.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from attrs import evolve, frozen

from tastyflow.application.waiting import ended
from tastyflow.domain.signal_rule.alert import AlertAnswer, AlertOutcome, HeardAlert

MOST_ANSWERED: Final = 4_096
ANSWERED_WITHIN_S: Final = 10.0

logger = logging.getLogger(__name__)


@frozen
class _KeptAnswer:
    taking: "asyncio.Task[AlertAnswer]"
    until_s: float


class AnsweredAlerts:
    """Hands each alert to *take* once, and keeps the answer for *keep_s*."""

    def __init__(
        self, take: Callable[[HeardAlert], Awaitable[AlertAnswer]], *, keep_s: float, most: int = MOST_ANSWERED
    ) -> None:
        self._take = take
        self._keep_s = keep_s
        self._most = most
        self._kept: dict[tuple[str, str], _KeptAnswer] = {}

    async def answer(self, heard: HeardAlert, now_s: float) -> AlertAnswer | None:
        """What became of *heard*; None where that is not known in time, it failed, or too many are remembered."""
        self._forget(now_s)
        name = heard.rule, heard.source_id
        kept = self._kept.get(name)
        is_first = kept is None
        if kept is None:
            if len(self._kept) >= self._most:
                return None
            taking = asyncio.create_task(self._taken(heard), name=f"alert for {heard.rule}")
            kept = self._kept[name] = _KeptAnswer(taking, now_s + self._keep_s)
        done, _ = await asyncio.wait((kept.taking,), timeout=ANSWERED_WITHIN_S)
        if not done:
            return None
        if kept.taking.cancelled() or (error := kept.taking.exception()) is not None:
            if self._kept.get(name) is kept:
                del self._kept[name]
            if not kept.taking.cancelled() and is_first:
                logger.warning("An alert for the rule %s was not taken (%s)", heard.rule, type(error).__name__)
            return None
        found = kept.taking.result()
        return found if is_first or found.signal is None else evolve(found, outcome=AlertOutcome.REPEATED)

    async def close(self) -> None:
        """Wait for no answer any more."""
        await ended(*(each.taking for each in self._kept.values()))

    async def _taken(self, heard: HeardAlert) -> AlertAnswer:
        return await self._take(heard)

    def _forget(self, now_s: float) -> None:
        for name in [name for name, each in self._kept.items() if each.until_s < now_s and each.taking.done()]:
            del self._kept[name]
