"""What time it is, and waiting: by three clocks that are never taken for one another."""

from datetime import datetime
from typing import Protocol

from tastyflow.domain.age import Mark


class Clock(Protocol):
    def now(self) -> datetime:
        """The present, in UTC, timezone-aware."""
        ...

    def monotonic(self) -> float:
        """Seconds that never run backwards, for measuring."""
        ...

    def mark(self) -> Mark:
        """A reading of the clock that counts sleep, comparable between the processes of one machine."""
        ...

    async def sleep(self, seconds: float) -> None: ...
