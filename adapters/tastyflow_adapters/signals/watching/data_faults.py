"""
Why figures are not to be traded on: what is watched for in the data itself, whatever a rule's own limits say.

    SpotTrust     a price that moved further between two ticks than a market does is believed once it has stood
    ClockTrust    ticks from the future, or a clock of ours that went back
    GapTrust      after a gap, until nearly everything was said again
    is_old_interest, is_switched_interest     of the open interest of the whole chain
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

import numpy as np

from tastyflow.domain.age import AHEAD
from tastyflow.domain.expirations import (
    is_trading_day,
    new_york_date,
    previous_trading_day,
    session,
    trading_day_on_or_before,
)
from tastyflow_adapters.signals.gamma import NO_DAY, NO_INTEREST, GammaColumns
from tastyflow_adapters.signals.gamma.amounts import Flags, Floats

CLOCK_HELD_S: Final = 60.0
"""For how long after the last odd moment the clocks are not trusted."""

SAID_AGAIN: Final = 0.95
"""The share of what was known before a gap that must be said again."""

OLD_SHARE: Final = 0.05
"""The share of the open interest that may be of another day: some contracts have no summary every day."""

SWITCHED_TIMES: Final = 1.5
LEAST_INTEREST: Final = 1_000
"""Contracts. Open interest lies out of the money: where so much more lies in it, calls and puts are switched."""


class SpotTrust:
    """
    Whether the price of the underlying is believed.

    Args:
        jump_percent: How far it may move between two ticks.
        after_s: How long it must have stood elsewhere to be believed there.
        believed: The price that was believed last, before a feed was opened anew; None where there was none.
    """

    def __init__(self, jump_percent: float, after_s: float, *, believed: float | None = None) -> None:
        self._jump, self._after_s = jump_percent / 100, after_s
        self._believed = believed
        self._elsewhere: float | None = None
        self._since_s = 0.0

    @property
    def believed(self) -> float | None:
        """The newest price that is believed; None before the first."""
        return self._believed

    @property
    def has_jumped(self) -> bool:
        """Whether the newest price is not believed yet."""
        return self._elsewhere is not None

    def take(self, price: float, at_s: float) -> None:
        """The next price; *at_s* is when it was heard."""
        if self._believed is None or self._is_near(price, self._believed):
            self._believed, self._elsewhere = price, None
            return
        if self._elsewhere is None or not self._is_near(price, self._elsewhere):
            self._since_s = at_s
        self._elsewhere = price
        if at_s - self._since_s >= self._after_s:
            self._believed, self._elsewhere = price, None

    def _is_near(self, price: float, other: float) -> bool:
        return abs(price / other - 1) <= self._jump


class ClockTrust:
    """Whether our clock and the feed's agree. Moments are seconds since 1970."""

    def __init__(self) -> None:
        self._newest_s = self._odd_s = float("-inf")

    def heard(self, now_s: float, newest_tick_s: float) -> None:
        """Something came at *now_s*, the newest of it of *newest_tick_s*."""
        if newest_tick_s > now_s + AHEAD.total_seconds():
            self._odd_s = now_s
        self.looked(now_s)

    def looked(self, now_s: float) -> bool:
        """It is *now_s* by our clock; whether it went back."""
        went_back = now_s < self._newest_s - AHEAD.total_seconds()
        if went_back:
            self._odd_s = self._newest_s = now_s
        self._newest_s = max(self._newest_s, now_s)
        return went_back

    def is_off(self, now_s: float) -> bool:
        """Whether something was odd lately."""
        return now_s - self._odd_s < CLOCK_HELD_S


class GapTrust:
    """What was known before the feed was away, and has not been said again."""

    def __init__(self) -> None:
        self._unsaid: set[int] = set()
        self._known = 0

    def gap(self, known: Iterable[int]) -> None:
        """The feed is away; *known* are the places of the contracts that were known."""
        self._unsaid.update(known)
        self._known = max(len(self._unsaid), 1)

    def said(self, places: Iterable[int]) -> None:
        """They were said again."""
        if self._unsaid:
            self._unsaid.difference_update(places)

    @property
    def is_behind(self) -> bool:
        """Whether much is missing still."""
        return len(self._unsaid) > (1 - SAID_AGAIN) * self._known

    @property
    def unsaid(self) -> frozenset[int]:
        """What is missing."""
        return frozenset(self._unsaid)


def interest_day(now: datetime) -> date:
    """The trading day in whose summary open interest is at *now*: before a session that of the day before will do."""
    today = new_york_date(now)
    day = trading_day_on_or_before(today)
    is_before_open = is_trading_day(today) and now < session(today).opens_at
    return previous_trading_day(day) if is_before_open else day


def is_old_interest(columns: GammaColumns, now: datetime) -> bool:
    """Whether much of the open interest is that of an earlier day than it should be."""
    known = (columns.interest_day != NO_DAY) & (columns.interest != NO_INTEREST)
    old = known & (columns.interest_day < interest_day(now).toordinal())
    total = int(columns.interest.sum(where=known))
    if not total:
        return bool(np.count_nonzero(old) > OLD_SHARE * np.count_nonzero(known))
    return int(columns.interest.sum(where=old)) > OLD_SHARE * total


def is_switched_interest(columns: GammaColumns, strikes: Floats, is_call: Flags, spot: float) -> bool:
    """Whether the open interest of calls lies where that of puts does, and the other way round."""
    interest = np.maximum(columns.interest, 0)
    is_above = strikes > spot
    out_of_the_money = int(interest.sum(where=is_call == is_above))
    in_the_money = int(interest.sum()) - out_of_the_money
    return in_the_money > max(SWITCHED_TIMES * out_of_the_money, LEAST_INTEREST)
