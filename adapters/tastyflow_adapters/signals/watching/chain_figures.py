"""
What is known of a watched chain, and what it comes to at a moment. It reads no clock, and follows no feed.

    TickColumns ─▶ take ─┬─▶ GammaBook          gamma, volatility, open interest, spot
                         ├─▶ SpotMoves          the last hour
                         └─▶ data faults        jumped, crossed, gap, clock, old or switched interest
    figures(now) ─▶ Figures, with coverage, ages, faults, and the hash of all that it was worked out from

The same columns and moments give the same figures to the last bit: that is how a recording is replayed. The flip is
found beside it, in a thread, and handed in.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Final

import numpy as np
from attrs import field, frozen

from tastyflow.domain.expirations import is_trading_day, new_york_date, session
from tastyflow.domain.signal_rule.figures import DataFault, Figures
from tastyflow_adapters.signals.gamma import (
    NO_INTEREST,
    GammaBook,
    GammaColumns,
    GammaExposure,
    GammaLevels,
    Repriced,
    Repricing,
    Scope,
    SignModel,
    closed_since,
)
from tastyflow_adapters.signals.watching.data_faults import (
    ClockTrust,
    GapTrust,
    SpotTrust,
    is_old_interest,
    is_switched_interest,
)
from tastyflow_adapters.signals.watching.spot_moves import SpotMoves
from tastyflow_adapters.signals.watching.tick_columns import TickColumns, day_of, moment_of
from tastyflow_adapters.signals.watching.watched_chain import WatchedChain

MOVES_MIN: Final = (5, 15, 60)
FLIP_GOOD_S: Final = 10.0
"""A flip that was found longer ago is not known any more."""

OF_FLIP: Final = ("flip", "distance_to_flip_percent")


@frozen(kw_only=True)
class WatchChoices:
    """
    How a chain is watched.

    Attributes:
        every_s: The least time between two figures while something is heard.
        quiet_s: The time between two figures while nothing is.
        reprice_every_s: The least time between two searches for the flip.
        fresh_s: Greeks of a contract that are older are out of coverage.
        jump_percent: A spot that moves further between two ticks has jumped: it is believed once it stood there for
            *jump_believed_after_s*.
        rank_every_s: How often the rank of implied volatility is asked for.
    """

    scope: Scope = field(factory=Scope)
    sign_model: SignModel = SignModel.NAIVE
    repricing: Repricing = field(factory=Repricing)
    every_s: float = 0.25
    quiet_s: float = 1.0
    reprice_every_s: float = 1.0
    fresh_s: float = 600.0
    jump_percent: float = 5.0
    jump_believed_after_s: float = 300.0
    rank_every_s: float = 300.0


@frozen
class FoundFlip:
    """
    The flip, as it was found at *at*.

    Attributes:
        spot: None where there is none in the range that is a level.
    """

    spot: float | None
    at: datetime

    @classmethod
    def of(cls, found: Repriced) -> "FoundFlip":
        """The root nearest to the spot that is in no tail."""
        levels = [root for root in found.roots if not root.is_tail]
        nearest = min(levels, key=lambda root: abs(root.distance_percent), default=None)
        return cls(nearest.spot if nearest else None, found.at)


class ChainFigures:
    """
    One watched chain on one day.

    Args:
        believed: The spot that was believed before its feed was opened: one that is far from it has jumped.

    Raises:
        ValueError: *believed* is no price.
    """

    def __init__(self, chain: WatchedChain, choices: WatchChoices, *, believed: float | None = None) -> None:
        if believed is not None and not 0 < believed < float("inf"):
            raise ValueError("no price is believed")
        self.chain, self.choices = chain, choices
        self.book = GammaBook(
            chain.options,
            settles_at=chain.settles,
            sign_model=choices.sign_model,
            scope=choices.scope,
            repricing=choices.repricing,
            greatest_age_s=choices.fresh_s,
        )
        self.flip: FoundFlip | None = None
        self.rank_percent: float | None = None
        self._moves = SpotMoves()
        self._spot_trust = SpotTrust(choices.jump_percent, choices.jump_believed_after_s, believed=believed)
        self._clock_trust, self._gap_trust = ClockTrust(), GapTrust()
        self._opened: tuple[float, int] | None = None
        self._is_crossed = False
        self._spot_s: float | None = None
        self._greeks_s: float | None = None
        self._heard_us: int | None = None
        self._doubted_at: datetime | None = None
        self._base = sha256(chain.digest + _told(choices).encode()).digest()
        self._spots = sha256(self._base)
        self.gaps = 0

    @property
    def believed(self) -> float | None:
        """The newest spot that is believed; None before the first."""
        return self._spot_trust.believed

    @property
    def last_heard_at(self) -> datetime | None:
        """When anything was heard last."""
        return None if self._heard_us is None else moment_of(self._heard_us)

    # ── what is heard ──────────────────────────────────────────────────────────────────────────────────────────

    def take(self, columns: TickColumns) -> None:
        """What a batch says."""
        self._heard_us, now_s = columns.heard_at, columns.heard_at / 1e6
        if columns.gap_since is not None:
            self._lose_all(columns.gap_since)
        newest_s, heard_us = float("-inf"), columns.heard_at
        take, known_s = self.book.take_greeks, self._greeks_s or float("-inf")
        for place, gamma, volatility, at_us in zip(
            columns.places, columns.gammas, columns.volatilities, columns.greeks_at, strict=True
        ):
            newest_s, at_us = max(newest_s, at_us / 1e6), min(at_us, heard_us)  # nothing is younger than its hearing
            take(place, gamma, volatility, moment_of(at_us))
            if gamma == gamma and volatility == volatility:
                known_s = max(known_s, at_us / 1e6)
        self._greeks_s = known_s if known_s > float("-inf") else None
        self._gap_trust.said(columns.places)
        for place, contracts, day in zip(columns.interest_places, columns.interest, columns.interest_days, strict=True):
            self.book.take_interest(place, None if contracts == NO_INTEREST else contracts, day_of(day))
        for price, source, at_us, is_crossed in columns.spots:
            newest_s = max(newest_s, at_us / 1e6)
            self._take_spot(price, source, min(at_us, heard_us), is_crossed=is_crossed, now_s=now_s)
        if columns.opened is not None:
            self._opened = columns.opened
        self._clock_trust.heard(now_s, newest_s)

    def _take_spot(self, price: float, source: str, at_us: int, *, is_crossed: bool, now_s: float) -> None:
        self._is_crossed = is_crossed
        self.book.take_spot(price, source, moment_of(at_us))
        self._spots.update(f"{price!r} {source} {at_us} {is_crossed}\n".encode())
        if self.book.spot is not None:
            self._spot_s = at_us / 1e6
            self._moves.take(price, now_s)
            was_believed = not self._spot_trust.has_jumped
            self._spot_trust.take(price, now_s)
            if self._spot_trust.has_jumped or not was_believed:
                self._doubted_at = self.last_heard_at

    def _lose_all(self, since_us: int) -> None:
        """The feed was away: what it said before may have changed meanwhile. Open interest stands all day."""
        self.gaps += 1
        self._doubted_at = self.last_heard_at
        gammas = self.book.columns().gammas
        known = np.flatnonzero(~np.isnan(gammas)).tolist()
        self._gap_trust.gap(known)
        for place in known:
            self.book.take_greeks(place, None, None, moment_of(since_us))
        if self.book.spot is not None:
            self.book.take_spot(None, self.book.spot.source, moment_of(since_us))
        self._spots.update(f"gap {since_us}\n".encode())

    # ── what it comes to ───────────────────────────────────────────────────────────────────────────────────────

    def exposure(self, now: datetime) -> GammaExposure:
        """
        The exposure at *now*, repriced now.

        Raises:
            Invalid: ``no_spot``.
        """
        return self.book.exposure(now)

    def repricing_job(self, now: datetime) -> Callable[[], Repriced] | None:
        """What finds the flip, in any thread; None where there is nothing to find it with."""
        return None if self.book.spot is None else self.book.repricing_job(now)

    def figures(self, now: datetime) -> Figures:
        """What is known at *now*."""
        now_s = now.timestamp()
        if self._clock_trust.looked(now_s):
            self._moves.forget()
            self._spot_s, self._greeks_s = (s and min(s, now_s) for s in (self._spot_s, self._greeks_s))
        columns, spot = self.book.columns(), self.book.spot
        levels = self.book.levels(now) if spot is not None else None
        values = dict(self._of_time(now))
        if levels is not None:
            values |= self._of_spot(levels.spot.price, now) | self._of_chain(levels, now)
        if self.rank_percent is not None:
            values["iv_rank_percent"] = self.rank_percent
        return Figures(
            symbol=self.chain.symbol,
            at=now,
            values=values,
            coverage=levels.coverage.share_of_open_interest if levels is not None else 0.0,
            oldest_age_s=self._oldest_age_s(now_s),
            spot_source=spot.source if spot is not None else "",
            snapshot=self._snapshot(columns, now),
            faults=tuple(self._faults(columns, now)),
            own_ages_s=self._own_ages_s(now),
            is_closed=closed_since(now) is not None,
        )

    def _of_time(self, now: datetime) -> Mapping[str, float]:
        today = new_york_date(now)
        if not is_trading_day(today):
            return {}
        hours = session(today)
        if not hours.opens_at <= now < hours.closes_at:
            return {}
        return {
            "minutes_since_open": (now - hours.opens_at).total_seconds() / 60,
            "minutes_to_close": (hours.closes_at - now).total_seconds() / 60,
        }

    def _of_spot(self, spot: float, now: datetime) -> dict[str, float]:
        values = {"spot": spot}
        for minutes in MOVES_MIN:
            moved = self._moves.moved_percent(minutes, now.timestamp())
            if moved is not None:
                values[f"spot_move_percent_{minutes}m"] = moved
        if self._opened is not None and day_of(self._opened[1]) == new_york_date(now):
            values["spot_move_percent_day"] = 100 * (spot / self._opened[0] - 1)
        return values

    def _of_chain(self, levels: GammaLevels, now: datetime) -> dict[str, float]:
        if not levels.coverage.covered:
            return {}
        spot = levels.spot.price
        values = {
            "net_gex_dollars_per_percent": levels.net.dollars_per_percent,
            "call_gex_dollars_per_percent": levels.calls.dollars_per_percent,
            "put_gex_dollars_per_percent": levels.puts.dollars_per_percent,
        }
        if levels.call_wall is not None:
            values["call_wall"] = float(levels.call_wall.strike)
            values["distance_to_call_wall_percent"] = 100 * (values["call_wall"] / spot - 1)
        if levels.put_wall is not None:
            values["put_wall"] = float(levels.put_wall.strike)
            values["distance_to_put_wall_percent"] = 100 * (spot - values["put_wall"]) / spot
        if (flip := self._good_flip(now)) is not None and flip.spot is not None:
            values["flip"] = flip.spot
            values["distance_to_flip_percent"] = 100 * (spot - flip.spot) / spot
        if levels.at_the_money_volatility is not None:
            values["at_the_money_volatility_percent"] = 100 * levels.at_the_money_volatility
        return values

    def _good_flip(self, now: datetime) -> FoundFlip | None:
        """The flip, where it was found lately, and from a spot that is believed and a feed that is there."""
        flip = self.flip
        if flip is None or not 0 <= (now - flip.at).total_seconds() <= FLIP_GOOD_S:
            return None
        if closed_since(flip.at) is not None and closed_since(now) is None:
            return None  # found before the open, on what the last session left
        return flip if self._doubted_at is None or flip.at > self._doubted_at else None

    def _own_ages_s(self, now: datetime) -> dict[str, float]:
        flip = self._good_flip(now)
        return {} if flip is None else dict.fromkeys(OF_FLIP, (now - flip.at).total_seconds())

    def _oldest_age_s(self, now_s: float) -> float | None:
        if self._spot_s is None or self._greeks_s is None:
            return None
        return max(now_s - min(self._spot_s, self._greeks_s), 0.0)

    def _faults(self, columns: GammaColumns, now: datetime) -> list[DataFault]:
        faults, spot, table = [], self.book.spot, self.book.table
        if spot is None:
            faults.append(DataFault.CROSSED_MARKET if self._is_crossed else DataFault.NO_SPOT)
        if self._spot_trust.has_jumped:
            faults.append(DataFault.SPOT_JUMPED)
        if is_old_interest(columns, now):
            faults.append(DataFault.OLD_INTEREST)
        if spot is not None and is_switched_interest(columns, table.strike_values, table.is_call, spot.price):
            faults.append(DataFault.SWITCHED_INTEREST)
        if self._is_behind(now):
            faults.append(DataFault.FEED_GAP)
        if self._clock_trust.is_off(now.timestamp()):
            faults.append(DataFault.CLOCK)
        return faults

    def _is_behind(self, now: datetime) -> bool:
        """After a gap: options that settled meanwhile are not said again."""
        if self._gap_trust.is_behind:
            groups, group_of = self.book.table.groups, self.book.table.group_of
            settled = [place for place in self._gap_trust.unsaid if groups[group_of[place]].settles_at <= now]
            self._gap_trust.said(settled)
        return self._gap_trust.is_behind

    def _snapshot(self, columns: GammaColumns, now: datetime) -> str:
        """SHA-256 of all that the figures of *now* come from."""
        told = self._spots.copy()
        for column in (
            columns.gammas,
            columns.volatilities,
            columns.greeks_at_s,
            columns.interest,
            columns.interest_day,
        ):
            told.update(column.data)
        spot = columns.spot
        told.update(f"{now.isoformat()} {spot} {self.rank_percent!r} {self._opened} {self.flip}".encode())
        return told.hexdigest()


def _told(choices: WatchChoices) -> str:
    """The choices that figures depend on."""
    return (
        f"{choices.scope.as_json()} {choices.sign_model} {choices.repricing.as_json()}"
        f" {choices.fresh_s} {choices.jump_percent} {choices.jump_believed_after_s}"
    )
