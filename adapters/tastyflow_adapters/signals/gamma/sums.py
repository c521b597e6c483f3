"""
Sums that are kept while their parts change, without drift.

    replace(slot, old, new)      a few additions, whatever the number of parts

Each slot holds a float and what rounding left out of it, so that after any number of changes it is as exact as a sum
made anew: when a contract's gamma explodes and is gone, nothing of it stays. Source: Knuth's TwoSum, as Neumaier sums.
"""

from array import array

import numpy as np

from tastyflow_adapters.signals.gamma.amounts import Floats


class KeptSums:
    """*size* sums, all zero at first."""

    def __init__(self, size: int) -> None:
        self._sums = array("d", bytes(8 * size))
        self._rests = array("d", bytes(8 * size))

    def replace(self, slot: int, old: float, new: float) -> None:
        """Put the part *new* in the place of *old* in one sum; both are finite."""
        before = self._sums[slot]
        between = before + new
        kept = between - before
        rest = (before - (between - kept)) + (new - kept)
        after = between - old
        kept = after - between
        self._rests[slot] += rest + ((between - (after - kept)) - (old + kept))
        self._sums[slot] = after

    def set_to(self, sums: Floats) -> None:
        """Every sum anew."""
        self._sums = array("d", sums.tobytes())
        self._rests = array("d", bytes(8 * len(sums)))

    def __getitem__(self, slot: int) -> float:
        return self._sums[slot] + self._rests[slot]

    def as_array(self) -> Floats:
        """Every sum, in an array of its own."""
        return np.frombuffer(self._sums) + np.frombuffer(self._rests)
