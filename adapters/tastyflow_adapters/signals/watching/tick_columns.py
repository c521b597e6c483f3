"""
Ticks of one batch as columns: what a watch takes, and what a recording keeps of it.

    ticks, indexes ─▶ columns_of ─▶ TickColumns…    one, or more where the feed was away in between
"""

from array import array
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from math import isfinite, nan
from typing import Final

from attrs import define, field

from tastyflow.domain.instruments import EquityOption
from tastyflow.ports import FeedGap, GreeksTick, InterestTick, OpenTick, SpotTick, Tick

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
NO_INTEREST: Final = -1

SpotRow = tuple[float, str, int, bool]
"""Price (NaN where there is none), its source, when it was so in microseconds since 1970, whether it was crossed."""


def microseconds(moment: datetime) -> int:
    """Since 1970, exactly."""
    return (moment - EPOCH) // MICROSECOND


def moment_of(since_1970_us: int) -> datetime:
    """The moment in UTC."""
    return EPOCH + timedelta(microseconds=since_1970_us)


@define(eq=False)
class TickColumns:
    """
    Attributes:
        heard_at: When the batch came, in microseconds since 1970, as all moments here are.
        gap_since: The feed was away from then on, before anything of this was said; None where it was not.
        places, gammas, volatilities, greeks_at: One element for each greeks tick; NaN where there is none.
        interest_places, interest, interest_days: Likewise; `NO_INTEREST`, and days as ``date.toordinal()``.
        opened: The session's first price, and its day.
    """

    heard_at: int
    gap_since: int | None = None
    places: "array[int]" = field(factory=lambda: array("I"))
    gammas: "array[float]" = field(factory=lambda: array("d"))
    volatilities: "array[float]" = field(factory=lambda: array("d"))
    greeks_at: "array[int]" = field(factory=lambda: array("q"))
    interest_places: "array[int]" = field(factory=lambda: array("I"))
    interest: "array[int]" = field(factory=lambda: array("q"))
    interest_days: "array[int]" = field(factory=lambda: array("q"))
    spots: list[SpotRow] = field(factory=list)
    opened: tuple[float, int] | None = None

    @property
    def ticks(self) -> int:
        """How many there are in it."""
        return len(self.places) + len(self.interest_places) + len(self.spots)


def columns_of(ticks: Iterable[Tick], indexes: Mapping[EquityOption, int], heard_at: datetime) -> list[TickColumns]:
    """*ticks* in columns; what is about no contract of *indexes* is left out."""
    columns = TickColumns(microseconds(heard_at))
    found = [columns]
    for tick in ticks:
        if isinstance(tick, GreeksTick):
            place = indexes.get(tick.option)
            if place is not None:
                columns.places.append(place)
                columns.gammas.append(nan if tick.gamma is None else tick.gamma)
                columns.volatilities.append(nan if tick.volatility is None else tick.volatility)
                columns.greeks_at.append(microseconds(tick.at))
        elif isinstance(tick, InterestTick):
            place = indexes.get(tick.option)
            if place is not None:
                columns.interest_places.append(place)
                columns.interest.append(NO_INTEREST if tick.contracts is None else tick.contracts)
                columns.interest_days.append(tick.day.toordinal())
        elif isinstance(tick, SpotTick):
            price = nan if tick.price is None or not isfinite(tick.price) else tick.price
            columns.spots.append((price, tick.source.value, microseconds(tick.at), tick.is_crossed))
        elif isinstance(tick, OpenTick):
            columns.opened = tick.price, tick.day.toordinal()
        elif isinstance(tick, FeedGap):
            columns = TickColumns(microseconds(heard_at), gap_since=microseconds(tick.since))
            found.append(columns)
    return [each for each in found if each.ticks or each.opened or each.gap_since is not None]


def day_of(ordinal: int) -> date:
    """The day of a column."""
    return date.fromordinal(ordinal)
