"""Open interest that is known of the present trading day, and what has to be asked for: it is counted overnight."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from tastyflow.domain.expirations import new_york_date, trading_day_on_or_before
from tastyflow.ports import Clock, InterestTick

MISSING_AGAIN_S: Final = 60.0
ASK_AGAIN_S: Final = 1_800.0
"""How long open interest that was never said is let be before it is asked for again; and such of another day."""


class DayInterest:
    """By streamer symbol. It outlives connections; what is of an earlier day is asked for again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[str, InterestTick] = {}
        self._asked_s: dict[str, float] = {}

    def put(self, ticks: Iterable[InterestTick]) -> None:
        """What was said."""
        self._known.update((tick.option.streamer, tick) for tick in ticks)

    def get(self, symbol: str) -> InterestTick | None:
        """What was said last; None where nothing was."""
        return self._known.get(symbol)

    def asked(self, symbols: Iterable[str]) -> None:
        """They are asked for now."""
        self._asked_s.update(dict.fromkeys(symbols, self._clock.monotonic()))

    def lacks(self, symbol: str) -> bool:
        """Whether *symbol* has to be asked for: it is not known of the present day, and was not asked for lately."""
        known = self._known.get(symbol)
        if known is not None and known.contracts is not None and known.day >= self._today():
            return False
        asked_s = self._asked_s.get(symbol)
        again_s = MISSING_AGAIN_S if known is None else ASK_AGAIN_S
        return asked_s is None or self._clock.monotonic() - asked_s >= again_s

    def keep(self, symbols: frozenset[str]) -> None:
        """Forget what no chain has that is followed, and is not of the present day."""
        today = self._today()
        for symbol in [each for each, tick in self._known.items() if each not in symbols and tick.day < today]:
            del self._known[symbol]
            self._asked_s.pop(symbol, None)

    def _today(self) -> date:
        return trading_day_on_or_before(new_york_date(self._clock.now()))
