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

FEW: Final = 0.05
"""Up to this share of a chain, contracts that go stale are taken out one by one."""


class KeptContracts:
    """
    Arrays with an element for each contract of a table, and sums over them.

    They are kept twice over the same memory: as ``array``, whose elements a tick reads and writes quickly, and as
    numpy sees them.
    """

    def __init__(self, table: ContractTable, *, floor_years: float) -> None:
        count = len(table.options)
        self._table = table
        self._gammas = array("d", [nan]) * count
        self._volatilities = array("d", [nan]) * count
        self._at_s = array("d", [nan]) * count
        self._interest = array("q", [NO_INTEREST]) * count
        self._interest_day = array("q", [NO_DAY]) * count
        self._stale = array("b", [0]) * count
        self._covered = array("b", [0]) * count
        self._capped = array("b", [0]) * count
        self._parts = array("d", [0.0]) * count

        self.gammas: Floats = np.frombuffer(self._gammas)
        self.volatilities: Floats = np.frombuffer(self._volatilities)
        self.at_s: Floats = np.frombuffer(self._at_s)
        self.interest: Wholes = np.frombuffer(self._interest, np.int64)
        self.interest_day: Wholes = np.frombuffer(self._interest_day, np.int64)
        self.stale: Flags = np.frombuffer(self._stale, np.bool_)
        self.covered: Flags = np.frombuffer(self._covered, np.bool_)
        self.capped: Flags = np.frombuffer(self._capped, np.bool_)

        self.by_slot = KeptSums(2 * len(table.strikes))
        self.by_group = KeptSums(2 * len(table.groups))  # puts behind the calls, as by slot
        group_slots = table.group_of + np.where(table.is_call, 0, len(table.groups))
        highest = 1 / (sqrt(2 * pi * floor_years) * table.strike_values)  # at the money, at a volatility of 1
        self._slots: list[int] = table.slot_of.tolist()
        self._groups: list[int] = table.group_of.tolist()
        self._group_slots: list[int] = group_slots.tolist()
        self._multipliers: list[float] = table.multipliers.tolist()
        self._highest: list[float] = highest.tolist()
        self._in_scope: list[bool] = [False] * len(table.groups)

    @property
    def in_scope(self) -> Flags:
        """Of each group."""
        return np.array(self._in_scope)

    # --- one contract ---

    def tell_greeks(self, index: int, gamma: float | None, volatility: float | None, at_s: float) -> None:
        """Gamma and volatility of one contract, worked out at *at_s*; what is no figure is NaN from now on."""
        self._gammas[index] = gamma if gamma is not None and 0 <= gamma < inf else nan
        is_known = volatility is not None and LEAST_VOLATILITY <= volatility <= MOST_VOLATILITY
        self._volatilities[index] = volatility if is_known and volatility is not None else nan
        self._at_s[index] = at_s
        self._stale[index] = 0
        self._count(index)

    def tell_interest(self, index: int, contracts: int | None, day: date) -> None:
        """Open interest of one contract; what is no number of contracts is not known from now on."""
        if contracts is not None and 0 <= contracts <= MOST_INTEREST:
            self._interest[index], self._interest_day[index] = contracts, day.toordinal()
        else:
            self._interest[index], self._interest_day[index] = NO_INTEREST, NO_DAY
        self._count(index)

    def _count(self, index: int) -> None:
        """Put the contract's new part in the place of its old one."""
        gamma, volatility, interest = self._gammas[index], self._volatilities[index], self._interest[index]
        part, is_capped = 0.0, False
        is_covered = (
            interest >= 0
            and gamma >= 0  # NaN is not
            and volatility > 0
            and not self._stale[index]
            and self._in_scope[self._groups[index]]
        )
        if is_covered:
            highest = self._highest[index] / volatility
            is_capped = gamma > highest
            part = (highest if is_capped else gamma) * interest * self._multipliers[index]
        self._covered[index], self._capped[index] = is_covered, is_capped
        before = self._parts[index]
        if part != before:
            self._parts[index] = part
            self.by_slot.replace(self._slots[index], before, part)
            self.by_group.replace(self._group_slots[index], before, part)

    # --- many at once ---

    def set_scope(self, in_scope: Sequence[bool]) -> None:
        """Which groups count."""
        if list(in_scope) != self._in_scope:
            self._in_scope = list(in_scope)
            self.make_anew()

    def find_stale(self, limit_s: float) -> float:
        """
        Mark as stale, until they are told anew, the contracts whose gamma was worked out before *limit_s*.

        Returns:
            When the oldest of the others was worked out: until then the answer stays the same. Infinite without any.
        """
        self.stale[:] = self.at_s < limit_s  # what was never told is NaN, which is before nothing
        changed = np.flatnonzero(self.covered & self.stale).tolist()
        if len(changed) > FEW * len(self.at_s):
            self.make_anew()
        else:
            for index in changed:
                self._count(index)
        fresh = self.at_s[self.at_s >= limit_s]
        return float(fresh.min()) if len(fresh) else inf

    def make_anew(self) -> None:
        """Every sum from its parts."""
        table = self._table
        self.covered[:] = self.in_scope[table.group_of] & (self.interest >= 0) & ~self.stale
        self.covered[:] &= ~np.isnan(self.gammas) & ~np.isnan(self.volatilities)
        highest = np.array(self._highest) / self.volatilities
        counted = np.minimum(self.gammas, highest)
        self.capped[:] = self.covered & (self.gammas > highest)
        parts = np.where(self.covered, counted * self.interest * table.multipliers, 0.0)
        np.frombuffer(self._parts)[:] = parts
        self.by_slot.set_to(_summed(table.slot_of, parts, 2 * len(table.strikes)))
        self.by_group.set_to(_summed(np.array(self._group_slots), parts, 2 * len(table.groups)))

    def columns(self, spot: GammaSpot | None) -> GammaColumns:
        """What was told, in arrays of their own."""
        return GammaColumns(
            gammas=self.gammas.copy(),
            volatilities=self.volatilities.copy(),
            greeks_at_s=self.at_s.copy(),
            interest=self.interest.copy(),
            interest_day=self.interest_day.copy(),
            spot=spot,
        )

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
        self.gammas[:] = np.where(is_gamma, columns.gammas, nan)
        self.volatilities[:] = np.where(is_volatility, columns.volatilities, nan)
        self.at_s[:] = columns.greeks_at_s
        self.interest[:] = np.where(is_interest, columns.interest, NO_INTEREST)
        self.interest_day[:] = np.where(is_interest, columns.interest_day, NO_DAY)
        self.stale[:] = False
        self.make_anew()


def _summed(slots: Places, parts: Floats, count: int) -> Floats:
    return np.bincount(slots, parts, count).astype(np.float64)
