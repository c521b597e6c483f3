"""
Sums that are kept while their parts change, without drift.

    add(slot, new)  add(slot, -old)      two additions each, whatever the number of parts

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

    def add(self, slot: int, part: float) -> None:
        """Add *part*, which is finite, to one sum."""
        before = self._sums[slot]
        after = before + part
        kept = after - before
        self._rests[slot] += (before - (after - kept)) + (part - kept)
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
