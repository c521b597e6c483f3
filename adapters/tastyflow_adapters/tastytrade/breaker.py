"""
When to stop logging in. tastytrade blocks an address for hours after too many failed logins.

    closed ── 3 failures within 10 minutes ──▶ open ── cool-down ──▶ one try ── succeeds ──▶ closed
                                                ▲                        └─ fails ─┐
                                                └─────────────────────────────────┘

Only definite refusals count: of a login (a revoked grant, a wrong secret), or of a token that a login has just brought.
A service that is away says nothing about our login.
"""

from enum import StrEnum
from typing import Final

from attrs import frozen

from tastyflow.ports import Clock

FAILURES: Final = 3
WINDOW_S: Final = 600.0
COOL_DOWN_S: Final = 1800.0


class Cause(StrEnum):
    """What was refused."""

    LOGIN = "login"
    TOKEN = "token"  # noqa: S105  a name, no secret


@frozen
class BreakerState:
    """
    Attributes:
        failures: Failures that still count.
        closes_in_s: How long no login is tried; 0 when one may be.
        reason: Why the last one failed.
    """

    failures: int
    closes_in_s: float
    reason: str

    @property
    def is_open(self) -> bool:
        return self.closes_in_s > 0


class Breaker:
    """Counts what is refused of one connection."""

    def __init__(
        self,
        clock: Clock,
        *,
        failures: int = FAILURES,
        window_s: float = WINDOW_S,
        cool_down_s: float = COOL_DOWN_S,
    ) -> None:
        self._clock = clock
        self._limit = failures
        self._window_s = window_s
        self._cool_down_s = cool_down_s
        self._failed: list[tuple[float, Cause]] = []
        self._opened_at: float | None = None
        self._reason = ""

    @property
    def state(self) -> BreakerState:
        """Where it stands now, for whoever asks."""
        left_s = 0.0
        if self._opened_at is not None:
            left_s = max(0.0, self._opened_at + self._cool_down_s - self._clock.monotonic())
        return BreakerState(len(self._recent()), left_s, self._reason)

    def failed(self, reason: str, cause: Cause = Cause.LOGIN) -> None:
        """A login, or the token of a new one, was refused for good."""
        now = self._clock.monotonic()
        self._failed = [*self._recent(), (now, cause)]
        self._reason = reason
        if self._opened_at is not None or len(self._failed) >= self._limit:
            self._opened_at = now

    def succeeded(self, cause: Cause = Cause.LOGIN) -> None:
        """It was accepted: what was refused of it before is forgotten."""
        if cause is Cause.LOGIN or not any(each is Cause.LOGIN for _, each in self._failed):
            self._opened_at = None
        self._failed = [(at, each) for at, each in self._failed if each is not cause]
        if not self._failed:
            self._reason = ""

    def _recent(self) -> list[tuple[float, Cause]]:
        now = self._clock.monotonic()
        return [(at, cause) for at, cause in self._failed if now - at < self._window_s]
