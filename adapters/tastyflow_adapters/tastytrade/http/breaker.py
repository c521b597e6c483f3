"""
When to stop logging in. tastytrade blocks an address for hours after too many failed logins.

    closed ── 3 failures within 10 minutes ──▶ open ── cool-down ──▶ one try ── succeeds ──▶ closed
                                                ▲                        └─ fails ─┐
                                                └─────────────────────────────────┘

Only definite refusals count: of a login (a revoked grant, a wrong secret), or of a token that a login has just brought.
A service that is away says nothing about our login. What is refused is remembered for the next process, too.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, Protocol

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


class Memory(Protocol):
    """Where refused logins are kept between processes."""

    def recall(self) -> Sequence[float]:
        """How many seconds ago each was refused, the oldest first."""
        ...

    def note(self) -> None: ...

    def forget(self) -> None: ...


class Breaker:
    """
    Counts what is refused of one connection.

    Args:
        memory: What was refused before this process began, and where the next one finds it.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        memory: Memory | None = None,
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
        self._memory = memory
        for age_s in memory.recall() if memory else ():
            self._count(clock.monotonic() - age_s, Cause.LOGIN)
            self._reason = "logins were refused before this program began."

    @property
    def state(self) -> BreakerState:
        """Where it stands now."""
        left_s = 0.0
        if self._opened_at is not None:
            left_s = max(0.0, self._opened_at + self._cool_down_s - self._clock.monotonic())
        return BreakerState(len(self._recent(self._clock.monotonic())), left_s, self._reason)

    def failed(self, reason: str, cause: Cause = Cause.LOGIN) -> None:
        """A login, or the token of a new one, was refused for good."""
        self._count(self._clock.monotonic(), cause)
        self._reason = reason
        if self._memory is not None and cause is Cause.LOGIN:
            self._memory.note()

    def succeeded(self, cause: Cause = Cause.LOGIN) -> None:
        """It was accepted: what was refused of it before is forgotten."""
        if self._memory is not None and cause is Cause.LOGIN:
            self._memory.forget()
        if cause is Cause.LOGIN or not any(each is Cause.LOGIN for _, each in self._failed):
            self._opened_at = None
        self._failed = [(at, each) for at, each in self._failed if each is not cause]
        if not self._failed:
            self._reason = ""

    def _count(self, at: float, cause: Cause) -> None:
        self._failed = [*self._recent(at), (at, cause)]
        if self._opened_at is not None or len(self._failed) >= self._limit:
            self._opened_at = at

    def _recent(self, now: float) -> list[tuple[float, Cause]]:
        return [(at, cause) for at, cause in self._failed if now - at < self._window_s]
