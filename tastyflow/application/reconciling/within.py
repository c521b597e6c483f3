"""
How long one reconciliation may take: what was not reached by then is said, and asked the next time.

    Within ── asked(what, ask) ─▶ the answer
                              └▶ none: *what* stands in `missing`, with why
"""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

from tastyflow.application.waiting import answer_of
from tastyflow.errors import StoreFailure, TastyflowError
from tastyflow.ports import Clock

T = TypeVar("T")


class Within:
    """
    The time of one reconciliation.

    Args:
        within_s: So many seconds of *clock*, from now on.
    """

    def __init__(self, clock: Clock, within_s: float) -> None:
        self._clock = clock
        self._within_s = within_s
        self._until_s = clock.monotonic() + within_s
        self.missing: list[str] = []
        """What could not be asked, in sentences."""

    async def asked(self, what: str, ask: Callable[[], Coroutine[Any, Any, T]], *, share: float = 1.0) -> T | None:
        """
        What *ask* gives; None where that fails, or the time is over: then *what* is missing.

        Args:
            share: How much of the time that is left it may take: the rest is for what comes after it.

        Raises:
            StoreFailure: The log cannot be read or written.
        """
        left_s = (self._until_s - self._clock.monotonic()) * share
        try:
            if left_s <= 0:
                raise TimeoutError
            return await answer_of(ask(), partial(self._clock.sleep, left_s))
        except StoreFailure:
            raise
        except TastyflowError as failure:
            self.missing.append(f"{what}: {failure.message}")
        except TimeoutError:
            self.missing.append(f"{what}: no answer came in time, of {self._within_s:g} seconds for the whole account.")
        return None
