"""
The option chain of a listing on a day: which expirations are listed, and with which strikes.

    today ──── 8 weeks ───────── 12 months ───────── two Januaries on
      dailies or weeklies   standard monthlies         LEAPS
      └── every strike, finer near the money ──┘   └─ the sparse ladder ─┘

A pure function of the listing and the date in New York: two processes that never met list the same.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import Final

from tastyflow.domain.expirations import (
    is_standard_monthly,
    last_trading_day_of_week,
    standard_monthly,
    trading_day_on_or_before,
    trading_days,
)
from tastyflow.domain.instruments import EQUITY_TICKS
from tastyflow.domain.venue import Chain, Expiration
from tastyflow_adapters.exchange.listings import Cadence, Listing

WEEKS: Final = 8
MONTHS: Final = 12
LEAPS_AFTER: Final = timedelta(days=380)

WINGS_EVERY: Final = 20
NEAR: Final = {True: (50, 60), False: (40, 30)}
"""For a standard monthly and for a daily: how many strikes either side of the price are kept, of the fine and the wide.

Beyond them every `WINGS_EVERY`-th of the wide ones. Whole ladders would give SPX seventy thousand contracts; with these
it has the twenty thousand of reality.
"""

_SPARSER: Final = {"0.25": "1", "0.5": "2.5", "1": "5", "2.5": "10", "5": "25", "25": "100"}
"""The step between strikes away from the money, by the step near it."""


def build_chain(listing: Listing, today: date) -> Chain:
    """What is listed on *listing* on *today*, the day's own expirations included."""
    listed = [
        Expiration(root, day, _rungs(listing, day, today), settles_am=settles_am)
        for day, root, settles_am in sorted(set(_expirations(listing, today)))
    ]
    return Chain(listing.symbol, listing.has_shares, EQUITY_TICKS, listing.ticks, tuple(listed), name=listing.name)


def _rungs(listing: Listing, day: date, today: date) -> tuple[Decimal, ...]:
    """The strikes of one expiration: where one is listed for every trading day, only those near the price."""
    is_far = day - today > LEAPS_AFTER
    if listing.cadence is not Cadence.DAILY:
        return strikes(listing, sparse=is_far)
    return _near(listing, is_far=is_far, is_monthly=is_standard_monthly(day))


@lru_cache(maxsize=256)
def _near(listing: Listing, *, is_far: bool, is_monthly: bool) -> tuple[Decimal, ...]:
    kept: set[Decimal] = set()
    for is_sparse, count in zip((False, True), NEAR[is_monthly], strict=True):
        ladder = strikes(listing, sparse=is_sparse)
        middle = bisect_left(ladder, listing.price)
        kept.update(ladder[max(middle - count, 0) : middle + count])
    kept.update((*strikes(listing, sparse=True)[::WINGS_EVERY], strikes(listing, sparse=True)[-1]))
    return tuple(rung for rung in strikes(listing, sparse=is_far) if rung in kept)


@lru_cache(maxsize=256)
def strikes(listing: Listing, *, sparse: bool) -> tuple[Decimal, ...]:
    """Half the price to over one and a half times: every step within a quarter of it, sparser beyond."""
    step, wide = int(listing.step * 1000), int(Decimal(_SPARSER[str(listing.step)]) * 1000)
    price = int(listing.price * 1000)
    low, high = price // 2, int(price * (1 + max(0.6, 1.5 * listing.vol)))
    ladder = {rung for rung in range(low // wide * wide, high + wide, wide) if rung}
    if not sparse:
        ladder.update(range(price * 3 // 4 // step * step, price * 5 // 4 + step, step))
    return tuple(Decimal(rung) / 1000 for rung in sorted(ladder))


def _expirations(listing: Listing, today: date) -> Iterator[tuple[date, str, bool]]:
    """Day, root, and whether it settles on the opening prices; some more than once."""
    weekly_root, is_vix = listing.weekly_root, listing.cadence is Cadence.WEDNESDAYS
    in_the_morning = listing.has_two_roots
    standard = _vix_monthlies(today) if is_vix else _monthlies(today)
    for day in standard:
        yield day, listing.standard_root, in_the_morning
        if in_the_morning and not is_vix:
            yield day, weekly_root, False  # SPX stops in the morning of a day on which SPXW trades to the close
    for day in _short_dated(listing.cadence, today):
        if not (is_vix and day in standard):
            yield day, weekly_root, is_vix


@lru_cache(maxsize=32)
def _short_dated(cadence: Cadence, today: date) -> tuple[date, ...]:
    last = today + timedelta(weeks=WEEKS)
    if cadence is Cadence.MONTHLY:
        return ()
    if cadence is Cadence.DAILY:
        return tuple(trading_days(today, last))
    fridays = (last_trading_day_of_week(today + timedelta(weeks=week)) for week in range(WEEKS + 1))
    if cadence is Cadence.WEEKLY:
        return _within(fridays, today, last)
    monday = today - timedelta(days=today.weekday())
    wednesdays = (trading_day_on_or_before(monday + timedelta(days=2, weeks=week)) for week in range(WEEKS + 1))
    return _within(wednesdays, today, last)


@lru_cache(maxsize=32)
def _monthlies(today: date) -> tuple[date, ...]:
    months = [divmod(today.year * 12 + today.month - 1 + ahead, 12) for ahead in range(MONTHS + 1)]
    januaries = [(today.year + years, 0) for years in (1, 2, 3)]
    days = sorted({standard_monthly(year, month + 1) for year, month in (*months, *januaries)})
    return _within(days, today, today + timedelta(days=3 * 366))


@lru_cache(maxsize=32)
def _vix_monthlies(today: date) -> tuple[date, ...]:
    """Thirty days before the standard expiration of the month after (Cboe's rule for VIX)."""
    months = [divmod(today.year * 12 + today.month + ahead, 12) for ahead in range(MONTHS)]
    thirty_before = (standard_monthly(year, month + 1) - timedelta(days=30) for year, month in months)
    return _within((trading_day_on_or_before(day) for day in thirty_before), today, today + timedelta(days=400))


def _within(days: Iterable[date], first: date, last: date) -> tuple[date, ...]:
    kept = tuple(day for day in days if first <= day <= last)
    assert all(one < other for one, other in pairwise(kept))  # noqa: S101  the calendars above ascend
    return kept
