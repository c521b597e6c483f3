"""
A chain as the feed has told it, with sums that each tick keeps: an update costs the same at 1,000 and 20,000 contracts.

    take_greeks │ take_interest │ take_spot      O(1): the old part is subtracted, the new one added
    levels(now)                                  net, walls, coverage: no repricing
    repricing_job(now)() ─▶ Repriced             roots, flip, profile: milliseconds; it runs in any thread
    exposure(now)                                all of it, in one call
    columns() │ take_columns                     what was told, as arrays: a recording

Kept are shares per dollar, unsigned. Spot and signs come in at the end: when the spot moves, no sum is out of date.
"""

from array import array
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from math import inf, isfinite, nan, pi, sqrt
from typing import Final

import numpy as np

from tastyflow.domain.expirations import NEW_YORK, ONE_DAY, new_york_date
from tastyflow.domain.instruments import EquityOption
from tastyflow.errors import Invalid
from tastyflow_adapters.signals.gamma.amounts import Floats, Places
from tastyflow_adapters.signals.gamma.columns import NO_DAY, NO_INTEREST, GammaColumns, GammaSpot
from tastyflow_adapters.signals.gamma.exposure import GammaExposure
from tastyflow_adapters.signals.gamma.levels import GammaLevels
from tastyflow_adapters.signals.gamma.measuring import GammaState, exposure_of, job_of, levels_of
from tastyflow_adapters.signals.gamma.repricing import Repriced, Repricing
from tastyflow_adapters.signals.gamma.scope import Scope
from tastyflow_adapters.signals.gamma.settling import SettlesAt, settles_by_root
from tastyflow_adapters.signals.gamma.sign_models import SignModel
from tastyflow_adapters.signals.gamma.sums import KeptSums
from tastyflow_adapters.signals.gamma.table import ContractTable

LEAST_VOLATILITY: Final = 0.001
MOST_VOLATILITY: Final = 20.0
"""What lies outside is no volatility: 0.1 % and 2,000 % a year."""


class GammaBook:
    """The gamma exposure of one chain, kept up to date. It reads no clock, and belongs to one thread."""

    def __init__(
        self,
        options: Sequence[EquityOption],
        *,
        settles_at: SettlesAt = settles_by_root,
        sign_model: SignModel = SignModel.NAIVE,
        scope: Scope | None = None,
        repricing: Repricing | None = None,
        greatest_age_s: float | None = None,
    ) -> None:
        """
        A book of *options*, of which nothing is known yet.

        Args:
            settles_at: A root and an expiration ─▶ when they settle; asked once for each.
            greatest_age_s: A contract whose gamma is older is stale: out of coverage. None: it never is.

        Raises:
            Invalid: ``bad_chain``: as `ContractTable.of` says.
        """
        self.table = ContractTable.of(options, settles_at)
        self.sign_model = sign_model
        self.scope = scope or Scope()
        self.repricing = repricing or Repricing()
        self.greatest_age_s = greatest_age_s
        self.spot: GammaSpot | None = None

        count = len(self.table.options)
        self._gammas = array("d", [nan]) * count
        self._volatilities = array("d", [nan]) * count
        self._at_s = array("d", [nan]) * count
        self._interest = array("q", [NO_INTEREST]) * count
        self._interest_day = array("q", [NO_DAY]) * count
        self._stale = array("b", [0]) * count
        self._covered = array("b", [0]) * count
        self._capped = array("b", [0]) * count
        self._parts = array("d", [0.0]) * count  # what each contract adds to its sums: shares per dollar, unsigned
        self.by_slot = KeptSums(2 * len(self.table.strikes))
        self.by_group = KeptSums(2 * len(self.table.groups))  # puts behind the calls, as by slot

        self._slots: list[int] = self.table.slot_of.tolist()
        puts_further = np.where(self.table.is_call, 0, len(self.table.groups))
        self._group_slots: list[int] = (self.table.group_of + puts_further).tolist()
        self._multipliers: list[float] = self.table.multipliers.tolist()
        highest = 1 / (sqrt(2 * pi * self.repricing.floor_years) * self.table.strike_values)
        self._highest: list[float] = highest.tolist()  # gamma at the money with the least time, at a volatility of 1
        self._in_scope = [False] * len(self.table.groups)
        self._groups: list[int] = self.table.group_of.tolist()
        self._scope_from = self._scope_until = datetime.min.replace(tzinfo=UTC)
        self._stale_after_s = inf

    @property
    def options(self) -> tuple[EquityOption, ...]:
        """The contracts, each at its place."""
        return self.table.options

    # --- what the feed tells ---

    def take_greeks(
        self, where: int | EquityOption, gamma: float | None, volatility: float | None, at: datetime
    ) -> None:
        """
        What the feed says of one contract, worked out there *at* an aware moment. What is told last counts.

        Args:
            where: The contract, or its place in `options`.
            gamma: Per share, per dollar; what is None, NaN, infinite or negative is not known.
            volatility: A year, as a fraction; what is None, NaN or out of bounds is not known.

        Raises:
            KeyError, IndexError: It is no contract of this book.
            Invalid: ``naive_datetime``.
        """
        index = self._place(where)
        self._gammas[index] = _gamma(gamma)
        self._volatilities[index] = _volatility(volatility)
        self._at_s[index] = at_s = _seconds(at)
        self._stale[index] = 0
        if self.greatest_age_s is not None:
            self._stale_after_s = min(self._stale_after_s, at_s + self.greatest_age_s)
        self._count(index)

    def take_interest(self, where: int | EquityOption, contracts: int | None, day: date) -> None:
        """The open interest of one contract, as the summary of trading day *day* has it; None where not known."""
        index = self._place(where)
        known = contracts is not None and contracts >= 0
        self._interest[index] = contracts if known and contracts is not None else NO_INTEREST
        self._interest_day[index] = day.toordinal() if known else NO_DAY
        self._count(index)

    def take_spot(self, price: float | None, source: str, at: datetime) -> None:
        """The price of the underlying; where it is None, NaN, infinite or not positive, there is none from now on."""
        _seconds(at)
        known = price is not None and isfinite(price) and price > 0
        self.spot = GammaSpot(price, source, at) if known and price is not None else None

    def take_columns(self, columns: GammaColumns) -> None:
        """
        Everything anew, as `columns` gave it.

        Raises:
            Invalid: ``bad_columns``: they are of another chain.
        """
        count = len(self.options)
        arrays = (columns.gammas, columns.volatilities, columns.greeks_at_s, columns.interest, columns.interest_day)
        if any(column.shape != (count,) for column in arrays):
            raise Invalid(
                f"The columns are not of this chain, which has {count:,} contracts.",
                code="bad_columns",
                hint="A recording belongs to the contracts that are written in it.",
            )
        good = np.isfinite(columns.gammas) & (columns.gammas >= 0)
        np.frombuffer(self._gammas)[:] = np.where(good, columns.gammas, nan)
        with np.errstate(invalid="ignore"):
            good = (columns.volatilities >= LEAST_VOLATILITY) & (columns.volatilities <= MOST_VOLATILITY)
        np.frombuffer(self._volatilities)[:] = np.where(good, columns.volatilities, nan)
        np.frombuffer(self._at_s)[:] = columns.greeks_at_s
        np.frombuffer(self._interest, np.int64)[:] = np.maximum(columns.interest, NO_INTEREST)
        np.frombuffer(self._interest_day, np.int64)[:] = columns.interest_day
        np.frombuffer(self._stale, np.int8)[:] = 0
        self.spot = columns.spot
        self._stale_after_s = -inf
        self.make_anew()

    # --- what it comes to ---

    def columns(self) -> GammaColumns:
        """What was told so far, in arrays of their own."""
        return GammaColumns(
            gammas=np.frombuffer(self._gammas).copy(),
            volatilities=np.frombuffer(self._volatilities).copy(),
            greeks_at_s=np.frombuffer(self._at_s).copy(),
            interest=np.frombuffer(self._interest, np.int64).copy(),
            interest_day=np.frombuffer(self._interest_day, np.int64).copy(),
            spot=self.spot,
        )

    def levels(self, now: datetime) -> GammaLevels:
        """
        Net, walls and coverage at *now*; nothing is repriced.

        Raises:
            Invalid: ``no_spot``: there is no price of the underlying; ``naive_datetime``.
        """
        return levels_of(self.seen(now))

    def repricing_job(self, now: datetime) -> Callable[[], Repriced] | None:
        """
        What finds roots and profile as of *now*, from arrays of its own: it may run in another thread while ticks are
        taken. None where no contract is covered.

        Raises:
            Invalid: As `levels`.
        """
        return job_of(self.seen(now))

    def exposure(self, now: datetime, repriced: Repriced | None = None) -> GammaExposure:
        """
        All that is known at *now*.

        Args:
            repriced: What repricing found lately; without it, it is done now.

        Raises:
            Invalid: As `levels`.
        """
        return exposure_of(self.seen(now), repriced)

    def seen(self, now: datetime) -> GammaState:
        """The book as of *now*: contracts that settled, left the scope or went stale by then no longer count."""
        if self.spot is None:
            raise Invalid(
                f"There is no price of {self.table.underlying}: its gamma exposure is not known.",
                code="no_spot",
                hint="Wait for a trade or a quote of the underlying.",
            )
        self._move_to(now)
        return GammaState(
            table=self.table,
            at=now,
            spot=self.spot,
            sign_model=self.sign_model,
            scope=self.scope,
            repricing=self.repricing,
            in_scope=np.array(self._in_scope),
            volatilities=np.frombuffer(self._volatilities),
            has_gamma=~np.isnan(np.frombuffer(self._gammas)),
            at_s=np.frombuffer(self._at_s),
            interest=np.frombuffer(self._interest, np.int64),
            interest_day=np.frombuffer(self._interest_day, np.int64),
            stale=np.frombuffer(self._stale, np.bool_),
            covered=np.frombuffer(self._covered, np.bool_),
            capped=np.frombuffer(self._capped, np.bool_),
            by_slot=self.by_slot.as_array(),
            by_group=self.by_group.as_array(),
        )

    def make_anew(self) -> None:
        """Every sum from its parts: after the scope moved, or much of the chain changed at once."""
        gammas, interest = np.frombuffer(self._gammas), np.frombuffer(self._interest, np.int64)
        volatilities = np.frombuffer(self._volatilities)
        covered = np.array(self._in_scope)[self.table.group_of] & (interest >= 0)
        covered &= ~np.isnan(gammas) & ~np.isnan(volatilities) & ~np.frombuffer(self._stale, np.bool_)
        highest = np.array(self._highest) / volatilities
        capped = covered & (gammas > highest)
        counted = np.where(capped, highest, gammas)
        parts = np.where(covered, counted * interest * self.table.multipliers, 0.0)
        np.frombuffer(self._covered, np.bool_)[:] = covered
        np.frombuffer(self._capped, np.bool_)[:] = capped
        np.frombuffer(self._parts)[:] = parts
        self.by_slot.set_to(_summed(self.table.slot_of, parts, 2 * len(self.table.strikes)))
        self.by_group.set_to(_summed(np.array(self._group_slots), parts, 2 * len(self.table.groups)))

    # --- one contract ---

    def _place(self, where: int | EquityOption) -> int:
        return where if isinstance(where, int) else self.table.indexes[where]

    def _count(self, index: int) -> None:
        """Put the contract's new part in the place of its old one."""
        gamma, volatility, interest = self._gammas[index], self._volatilities[index], self._interest[index]
        covered = (
            interest >= 0
            and gamma == gamma
            and volatility == volatility
            and not self._stale[index]
            and self._in_scope[self._groups[index]]
        )
        part, capped = 0.0, False
        if covered:
            highest = self._highest[index] / volatility
            capped = gamma > highest
            part = min(gamma, highest) * interest * self._multipliers[index]
        self._covered[index], self._capped[index] = covered, capped
        before = self._parts[index]
        if part != before:
            self._parts[index] = part
            for sums, slot in ((self.by_slot, self._slots[index]), (self.by_group, self._group_slots[index])):
                sums.add(slot, part)
                sums.add(slot, -before)

    # --- time ---

    def _move_to(self, now: datetime) -> None:
        """What settled, left or entered the scope since, or went stale, counts accordingly."""
        moment = now.astimezone(UTC)
        if not self._scope_from <= moment < self._scope_until:
            self._draw_scope(now, moment)
        if self.greatest_age_s is not None and moment.timestamp() > self._stale_after_s:
            self._find_stale(moment.timestamp() - self.greatest_age_s)

    def _draw_scope(self, now: datetime, moment: datetime) -> None:
        today = new_york_date(now)
        midnights = [datetime.combine(day, time(), NEW_YORK).astimezone(UTC) for day in (today, today + ONE_DAY)]
        settlements = [group.settles_at.astimezone(UTC) for group in self.table.groups]
        self._scope_from = max([midnights[0], *(each for each in settlements if each <= moment)])
        self._scope_until = min([midnights[1], *(each for each in settlements if each > moment)])
        in_scope = [
            settles > moment and self.scope.covers(group.root, group.expiration, today)
            for group, settles in zip(self.table.groups, settlements, strict=True)
        ]
        if in_scope != self._in_scope:
            self._in_scope = in_scope
            self.make_anew()

    def _find_stale(self, limit_s: float) -> None:
        """Contracts whose gamma was worked out before *limit_s* are stale, until it is told anew."""
        at_s = np.frombuffer(self._at_s)
        stale = at_s < limit_s  # never told: NaN, which is before nothing
        np.frombuffer(self._stale, np.bool_)[:] = stale
        changed = np.flatnonzero(np.frombuffer(self._covered, np.bool_) & stale).tolist()
        if len(changed) > len(at_s) // 20:
            self.make_anew()
        else:
            for index in changed:
                self._count(index)
        fresh = at_s[at_s >= limit_s]
        oldest_s = float(fresh.min()) if len(fresh) else inf
        self._stale_after_s = oldest_s + self.greatest_age_s if self.greatest_age_s is not None else inf


def _summed(slots: Places, parts: Floats, count: int) -> Floats:
    return np.bincount(slots, parts, count).astype(np.float64)


def _gamma(gamma: float | None) -> float:
    return gamma if gamma is not None and 0 <= gamma < inf else nan


def _volatility(volatility: float | None) -> float:
    return volatility if volatility is not None and LEAST_VOLATILITY <= volatility <= MOST_VOLATILITY else nan


def _seconds(at: datetime) -> float:
    if at.tzinfo is None:
        raise Invalid(f"{at.isoformat()} has no time zone.", code="naive_datetime", hint="Hand over an aware datetime.")
    return at.timestamp()
