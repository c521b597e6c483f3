"""
The pauses between tries: each is longer than the one before, up to a longest one, and drawn by chance.

    Backoff ─▶ tenacity's exponential wait ─▶ × a random factor ─▶ seconds, for the caller to sleep on its Clock

tenacity itself would sleep on the machine's clock, so only its calculation is used. It is imported with the first
pause: most commands never need one.
"""

import math
from collections.abc import Iterator
from functools import cache
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tenacity import RetryCallState, wait_exponential

_CHANCE: Final = Random()  # noqa: S311  spreads retries; guards nothing


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
        self._first_s, self._longest_s, self._growth = first_s, longest_s, growth
        self._spread = spread
        self._rng = rng or _CHANCE
        self._tries = 0

    def next(self) -> float:
        """The next pause, in seconds."""
        wait, state = _tenacity(self._first_s, self._longest_s, self._growth)
        self._tries += 1
        state.attempt_number = self._tries
        return wait(state) * self._rng.uniform(*self._spread)

    def some(self, tries: int) -> Iterator[float]:
        """The next *tries* pauses."""
        return islice(iter(self.next, None), tries)

    def reset(self) -> None:
        """It worked: the next pause is the first one again."""
        self._tries = 0


@cache
def _tenacity(first_s: float, longest_s: float, growth: float) -> "tuple[wait_exponential, RetryCallState]":
    """How tenacity calculates these pauses, and the state that tells it which try it is."""
    from tenacity import RetryCallState, Retrying, wait_exponential

    wait = wait_exponential(multiplier=first_s, max=longest_s, exp_base=growth)
    return wait, RetryCallState(Retrying(), None, (), {})


def jitter(rng: Random | None = None) -> float:
    """By what a pause that is not one of a `Backoff` is multiplied, so that what failed together is spread."""
    return (rng or _CHANCE).uniform(1.0, 1.25)


def question_retries(rng: Random | None = None) -> Backoff:
    """The pauses before a failed question is asked again: a quarter of a second, then three quarters."""
    return Backoff(0.25, growth=3.0, spread=(1.0, 1.25), rng=rng)
