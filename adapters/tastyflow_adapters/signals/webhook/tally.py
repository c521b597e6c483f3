"""
What became of every alert, as numbers, and one line in the program's log each minute in which any was refused.

Never a body, never a name that a stranger sent: only what the alerts were refused for, and how many.
"""

import logging
from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from tastyflow.domain.signal_rule.alert import AlertOutcome

TOLD_EVERY_S: Final = 60.0

logger = logging.getLogger(__name__)


class AlertFault(StrEnum):
    """Why an alert was not taken."""

    TOO_MANY = "too_many"  # its source asked too often
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    NO_HTTP = "no_http"  # the framework could not read it as a request
    PATH = "path"  # another path, or no POST
    NOT_JSON = "not_json"  # its content type is another
    HEADERS = "headers"  # one is missing, there twice, or not of its form
    UNSIGNED = "unsigned"  # no rule of that name, or not its secret
    OLD = "old"  # signed well, and its time is too long ago
    AHEAD = "ahead"  # signed well, and its time is to come
    NO_RULE = "no_rule"  # signed well, and no rule of that name takes alerts now
    BODY = "body"  # signed well, and not understood
    BUSY = "busy"  # signed well, and nothing took it in time


class _Counting(logging.Handler):
    def __init__(self, tally: "AlertTally") -> None:
        super().__init__()
        self._tally = tally

    def emit(self, record: logging.LogRecord) -> None:
        self._tally.refuse(AlertFault.NO_HTTP)


def counting_logger(tally: "AlertTally") -> logging.Logger:
    """What the framework writes to about requests that it cannot read: it quotes them, so they are counted only."""
    quiet = logging.Logger("webhook", logging.ERROR)
    quiet.addHandler(_Counting(tally))
    return quiet


class AlertTally:
    """Counts since the service began; `accepted` by what became of them, `refused` by why."""

    def __init__(self) -> None:
        self.accepted: Counter[AlertOutcome] = Counter()
        self.refused: Counter[AlertFault] = Counter()
        self._told: Counter[AlertFault] = Counter()
        self._told_at_s: float | None = None

    def accept(self, outcome: AlertOutcome) -> None:
        """One more alert became *outcome*."""
        self.accepted[outcome] += 1

    def refuse(self, fault: AlertFault) -> None:
        """One more alert was refused for *fault*."""
        self.refused[fault] += 1

    def tell(self, now_s: float) -> None:
        """Write one line about what was refused since the last one, at most once a minute."""
        news = self.refused - self._told
        if not news or (self._told_at_s is not None and now_s - self._told_at_s < TOLD_EVERY_S):
            return
        self._told, self._told_at_s = self.refused.copy(), now_s
        counts = ", ".join(f"{fault} {count}" for fault, count in sorted(news.items()))
        logger.warning("%d alerts were refused: %s", news.total(), counts)

    def as_json(self) -> Mapping[str, Mapping[str, int]]:
        """Every count, by name."""
        return {
            "accepted": {str(outcome): self.accepted[outcome] for outcome in AlertOutcome},
            "refused": {str(fault): self.refused[fault] for fault in AlertFault},
        }
