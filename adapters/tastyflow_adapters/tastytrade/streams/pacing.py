"""How many subscriptions may be changed: dxFeed takes ten thousand a minute from one session."""

from collections import deque

from tastyflow.ports import Clock

MINUTE_S = 61.0
"""A minute, and a little: two clocks never agree."""


class ChangeBudget:
    """
    Args:
        per_min: Changes within any minute.
    """

    def __init__(self, clock: Clock, *, per_min: int) -> None:
        self._clock, self._per_min = clock, per_min
        self._spent: deque[tuple[float, int]] = deque()

    async def take(self, count: int) -> None:
        """Return when *count* changes may be sent, which is no more than a minute's; they count from then on."""
        while (wait_s := self._wait_s(count)) > 0:
            await self._clock.sleep(wait_s)
        self._spent.append((self._clock.monotonic(), count))

    def _wait_s(self, count: int) -> float:
        now_s = self._clock.monotonic()
        while self._spent and self._spent[0][0] <= now_s - MINUTE_S:
            self._spent.popleft()
        over = sum(spent for _, spent in self._spent) + min(count, self._per_min) - self._per_min
        for at_s, spent in self._spent:
            if over <= 0:
                break
            over -= spent
            if over <= 0:
                return at_s + MINUTE_S - now_s
        return 0.0
