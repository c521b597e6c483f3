"""
What the feed has told of each contract, and the sums that each tick keeps: an update costs the same in any chain.

    tell ─▶ count: the contract's old part is subtracted from its two sums, its new one added      O(1)
    set_scope, find_stale ─▶ make_anew: every sum from its parts                                   O(contracts), rarely

A part is gamma · open interest · shares per contract, unsigned: shares per dollar. Only a covered contract has one.
"""

from array import array
from collections.abc import Sequence
from datetime import date
from math import inf, nan, pi, sqrt
from typing import Final

import numpy as np

from tastyflow.domain.instruments import CONTRACT_MULTIPLIER
from tastyflow.errors import Invalid
from tastyflow_adapters.signals.gamma.amounts import Flags, Floats, Places
from tastyflow_adapters.signals.gamma.columns import NO_DAY, NO_INTEREST, GammaColumns, GammaSpot, Wholes
from tastyflow_adapters.signals.gamma.sums import KeptSums
from tastyflow_adapters.signals.gamma.table import ContractTable

LEAST_VOLATILITY: Final = 0.001
MOST_VOLATILITY: Final = 20.0
"""What lies outside is no volatility: 0.1 % and 2,000 % a year."""

MOST_INTEREST: Final = 10**9
"""A hundred times what was ever open in one contract: what is larger is no open interest."""

GAMMA, VOLATILITY, AT_S, INTEREST, PART, COVERED, SLOT, GROUP_SLOT = range(8)
WIDTH: Final = 8
"""
A row: four figures that were told, NaN where they are not known; what the contract adds to its sums, whether it is
covered, and the places of its sums, which are whole numbers.
"""

FEW: Final = 0.05
"""Up to this share of a chain, contracts that go stale are taken out one by one."""


class KeptContracts:
    """
    A row of figures for each contract of a table, and sums over them.

    What a tick reads and writes of one contract lies side by side: spread over columns, each tick would wait for the
    memory of a large chain several times.
    """

    def __init__(self, table: ContractTable, *, floor_years: float) -> None:
        count = len(table.options)
        self._table = table
        self._rows = array("d", bytes(8 * WIDTH * count))
        self._interest_day = array("i", [NO_DAY]) * count

        rows = np.frombuffer(self._rows).reshape(count, WIDTH)
        self._columns: Floats = rows.T
        self._columns[:PART] = nan

        self.by_slot = KeptSums(2 * len(table.strikes))
        self.by_group = KeptSums(2 * len(table.groups))  # puts behind the calls, as by slot
        self._group_slots: Places = table.group_of + np.where(table.is_call, 0, len(table.groups))
        self._columns[SLOT], self._columns[GROUP_SLOT] = table.slot_of, self._group_slots
        self._highest: Floats = 1 / (sqrt(2 * pi * floor_years) * table.strike_values)  # at the money, volatility 1
        self._least_highest = float(self._highest.min())
        self._in_scope = [False] * (2 * len(table.groups))  # by slot of the group, like its sums
        self._limit_s = -inf

    @property
    def in_scope(self) -> Flags:
        """Of each group."""
        return np.array(self._in_scope[: len(self._table.groups)])

    # --- one contract ---

    def tell_greeks(self, index: int, gamma: float | None, volatility: float | None, at_s: float) -> None:
        """Gamma and volatility of one contract, worked out at *at_s*; what is no figure is NaN from now on."""
        row, rows = WIDTH * index, self._rows
        rows[row + GAMMA] = gamma if gamma is not None and 0 <= gamma < inf else nan
        is_known = volatility is not None and LEAST_VOLATILITY <= volatility <= MOST_VOLATILITY
        rows[row + VOLATILITY] = volatility if is_known and volatility is not None else nan
        rows[row + AT_S] = at_s
        self._count(index)

    def tell_interest(self, index: int, contracts: int | None, day: date) -> None:
        """Open interest of one contract; what is no number of contracts is not known from now on."""
        is_known = contracts is not None and 0 <= contracts <= MOST_INTEREST
        self._rows[WIDTH * index + INTEREST] = contracts if is_known and contracts is not None else nan
        self._interest_day[index] = day.toordinal() if is_known else NO_DAY
        self._count(index)

    def _count(self, index: int) -> None:
        """Put the contract's new part in the place of its old one."""
        row = WIDTH * index
        gamma, volatility, at_s, interest, before, _, slot, group = self._rows[row : row + WIDTH]
        group_slot = int(group)
        part = 0.0
        is_covered = (
            interest >= 0  # NaN is not
            and gamma >= 0
            and volatility > 0
            and at_s >= self._limit_s
            and self._in_scope[group_slot]
        )
        if is_covered:
            if gamma * volatility > self._least_highest:  # rare: most ticks need not look up their own bound
                gamma = min(gamma, float(self._highest[index]) / volatility)
            part = gamma * interest * CONTRACT_MULTIPLIER
        self._rows[row + COVERED] = is_covered
        if part != before:
            self._rows[row + PART] = part
            self.by_slot.replace(int(slot), before, part)
            self.by_group.replace(group_slot, before, part)

    # --- many at once ---

    def set_scope(self, in_scope: Sequence[bool]) -> None:
        """Which groups count."""
        if (doubled := [*in_scope, *in_scope]) != self._in_scope:
            self._in_scope = doubled
            self.make_anew()

    def find_stale(self, limit_s: float) -> float:
        """
        From now on contracts whose gamma was worked out before *limit_s* are stale.

        Returns:
            When the oldest of the others was worked out: until then the answer stays the same. Infinite without any.
        """
        goes_back, self._limit_s = limit_s < self._limit_s, limit_s
        at_s = self._columns[AT_S]
        changed = np.flatnonzero(self.covered() & (at_s < limit_s)).tolist()
        if goes_back or len(changed) > FEW * len(at_s):
            self.make_anew()
        else:
            for index in changed:
                self._count(index)
        fresh = at_s[at_s >= limit_s]
        return float(fresh.min()) if len(fresh) else inf

    def make_anew(self) -> None:
        """Every sum from its parts."""
        table = self._table
        gammas, volatilities, at_s, interest = self.figures()
        covered = self.in_scope[table.group_of] & (interest >= 0) & (at_s >= self._limit_s)
        covered &= ~np.isnan(gammas) & ~np.isnan(volatilities)
        counted = np.minimum(gammas, self._highest / volatilities)
        parts = np.where(covered, counted * interest * CONTRACT_MULTIPLIER, 0.0)
        self._columns[PART], self._columns[COVERED] = parts, covered
        self.by_slot.set_to(_summed(table.slot_of, parts, 2 * len(table.strikes)))
        self.by_group.set_to(_summed(self._group_slots, parts, 2 * len(table.groups)))

    # --- as arrays ---

    def figures(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Gammas, volatilities, when they were worked out, open interest: arrays of their own, NaN where unknown."""
        gammas, volatilities, at_s, interest = self._columns[:PART].copy()
        return gammas, volatilities, at_s, interest

    def covered(self) -> Flags:
        """Of each contract; an array of its own, as are all."""
        covered: Flags = self._columns[COVERED].astype(np.bool_)
        return covered

    def interest_day(self) -> Wholes:
        """As ``date.toordinal()``; `NO_DAY` where not known."""
        return np.array(self._interest_day, np.int64)

    def stale(self, at_s: Floats) -> Flags:
        """Contracts whose gamma is older than it may be; what was never told is not."""
        return at_s < self._limit_s

    def capped(self, gammas: Floats, volatilities: Floats) -> Flags:
        """Covered contracts whose gamma counts less than it was told."""
        return self.covered() & (gammas * volatilities > self._highest)

    def columns(self, spot: GammaSpot | None) -> GammaColumns:
        """What was told."""
        gammas, volatilities, at_s, interest = self.figures()
        whole = np.where(interest >= 0, interest, NO_INTEREST).astype(np.int64)
        return GammaColumns(gammas, volatilities, at_s, whole, self.interest_day(), spot)

    def take_columns(self, columns: GammaColumns) -> None:
        """
        Everything anew, held to the same bounds as a tick.

        Raises:
            Invalid: ``bad_columns``: they are of another chain.
        """
        count = len(self._table.options)
        arrays = (columns.gammas, columns.volatilities, columns.greeks_at_s, columns.interest, columns.interest_day)
        if any(column.shape != (count,) for column in arrays):
            raise Invalid(
                f"The columns are not of this chain, which has {count:,} contracts.",
                code="bad_columns",
                hint="A recording belongs to the contracts that are written in it.",
            )
        with np.errstate(invalid="ignore"):
            is_gamma = (columns.gammas >= 0) & (columns.gammas < inf)
            is_volatility = (columns.volatilities >= LEAST_VOLATILITY) & (columns.volatilities <= MOST_VOLATILITY)
        is_interest = (columns.interest >= 0) & (columns.interest <= MOST_INTEREST)
        self._columns[GAMMA] = np.where(is_gamma, columns.gammas, nan)
        self._columns[VOLATILITY] = np.where(is_volatility, columns.volatilities, nan)
        self._columns[AT_S] = columns.greeks_at_s
        self._columns[INTEREST] = np.where(is_interest, columns.interest, nan)
        days = np.where(is_interest, columns.interest_day, NO_DAY)
        np.frombuffer(self._interest_day, np.int32)[:] = days
        self.make_anew()


def _summed(slots: Places, parts: Floats, count: int) -> Floats:
    return np.bincount(slots, parts, count).astype(np.float64)
