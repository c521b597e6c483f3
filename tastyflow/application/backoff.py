"""
The pauses between tries: each is longer than the one before, up to a longest one, and drawn by chance.

    Backoff ─▶ tenacity's exponential wait ─▶ × a random factor ─▶ seconds, for the caller to sleep on its Clock

tenacity itself would sleep on the machine's clock, so only its calculation is used. It is imported with the first
`Backoff`: most commands never need one.
"""

import math
from collections.abc import Iterator
from itertools import islice
from random import Random


class Backoff:
    """
    The pauses of one thing that is tried again and again.

    Args:
        first_s: The first pause.
        longest_s: No pause is longer, before it is multiplied by chance.
        growth: How many times longer each pause is than the one before.
        spread: Each pause is multiplied by a number between these two.
        rng: Draws that number; seeded in tests.
    """

    def __init__(
        self,
        first_s: float,
        *,
        longest_s: float = math.inf,
        growth: float = 2.0,
        spread: tuple[float, float] = (1.0, 1.0),
        rng: Random | None = None,
    ) -> None:
        from tenacity import RetryCallState, Retrying, wait_exponential

        self._wait = wait_exponential(multiplier=first_s, max=longest_s, exp_base=growth)
        self._spread = spread
        self._rng = rng or Random()  # noqa: S311  spreads retries; guards nothing
        self._state = RetryCallState(Retrying(), None, (), {})

    def next(self) -> float:
        """The next pause, in seconds."""
        pause_s = self._wait(self._state)
        self._state.attempt_number += 1
        return pause_s * self._rng.uniform(*self._spread)

    def some(self, tries: int) -> Iterator[float]:
        """The next *tries* pauses."""
        return islice(iter(self.next, None), tries)

    def reset(self) -> None:
        """It worked: the next pause is the first one again."""
        self._state.attempt_number = 1


def question_retries(rng: Random | None = None) -> Backoff:
    """The pauses before a failed question is asked again: a quarter of a second, then three quarters."""
    return Backoff(0.25, growth=3.0, spread=(1.0, 1.25), rng=rng)
