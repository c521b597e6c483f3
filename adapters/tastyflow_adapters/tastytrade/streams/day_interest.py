"""Open interest that is known of the present trading day, and what has to be asked for: it is counted overnight."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import partial
from typing import Final

from tastyflow.domain.expirations import is_trading_day, new_york_date, session, trading_day_on_or_before
from tastyflow.domain.instruments import EquityOption
from tastyflow.ports import Clock, InterestTick
from tastyflow_adapters.tastytrade.streams.interest_file import MOST_OPEN, InterestFile

MISSING_AGAIN_S: Final = 60.0
ASK_AGAIN_S: Final = 1_800.0
"""How long open interest that was never said is let be before it is asked for again; and such of another day."""


class DayInterest:
    """
    By streamer symbol. It outlives connections; what is of an earlier day is asked for again.

    Args:
        kept: Where it outlives the process too; nowhere where none is given. What is heard before the session opens is
            not kept: the count of the night may come still.
    """

    def __init__(self, clock: Clock, *, kept: InterestFile | None = None) -> None:
        self._clock, self._kept = clock, kept
        self._unkept: dict[str, int] = {}
        self._unkept_day = date.min
        self._known: dict[str, InterestTick] = {}
        self._asked_s: dict[str, float] = {}

    def put(self, ticks: Iterable[InterestTick]) -> None:
        """What was said."""
        ticks = tuple(ticks)
        self._known.update((tick.option.streamer, tick) for tick in ticks)
        if self._kept is None or self._is_early():
            return
        today = self._today()
        if today != self._unkept_day:
            self._unkept, self._unkept_day = {}, today
        self._unkept |= {
            tick.option.streamer: tick.contracts
            for tick in ticks
            if tick.contracts is not None and tick.contracts <= MOST_OPEN and tick.day == today
        }

    def recall(self, options: Mapping[str, EquityOption]) -> None:
        """What is kept of the present day about *options*, and was not heard by this process."""
        if self._kept is None:
            return
        today = self._today()
        for symbol, contracts in self._kept.read(today).items():
            known = self._known.get(symbol)
            if symbol in options and (known is None or known.contracts is None or known.day < today):
                self._known[symbol] = InterestTick(options[symbol], contracts, today)

    def heaviest_first(self, symbols: Iterable[str]) -> list[str]:
        """Those with the most open interest first, then what is not known, in its order, then those with none."""
        known = {symbol: self._known[symbol].contracts for symbol in symbols if symbol in self._known}
        return sorted(symbols, key=lambda symbol: _weight(known.get(symbol)))

    def keeping(self) -> Callable[[], None] | None:
        """What keeps all that was heard since the last time, in any thread; None where there is nothing to keep."""
        unkept, self._unkept = self._unkept, {}
        return None if self._kept is None or not unkept else partial(self._kept.keep, self._unkept_day, unkept)

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

    def _is_early(self) -> bool:
        now = self._clock.now()
        today = new_york_date(now)
        return is_trading_day(today) and now < session(today).opens_at

    def _today(self) -> date:
        return trading_day_on_or_before(new_york_date(self._clock.now()))


def _weight(contracts: int | None) -> tuple[int, int]:
    if contracts is None:
        return 1, 0
    return (0, -contracts) if contracts else (2, 0)
