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
        self._pairs = array("d", bytes(16 * size))  # of each slot its sum, and what rounding left out of it

    def replace(self, slot: int, old: float, new: float) -> None:
        """Put the part *new* in the place of *old* in one sum; both are finite."""
        pairs, place = self._pairs, 2 * slot
        before = pairs[place]
        between = before + new
        kept = between - before
        rest = (before - (between - kept)) + (new - kept)
        after = between - old
        kept = after - between
        pairs[place + 1] += rest + ((between - (after - kept)) - (old + kept))
        pairs[place] = after

    def set_to(self, sums: Floats) -> None:
        """Every sum anew."""
        pairs = np.frombuffer(self._pairs)
        pairs[::2], pairs[1::2] = sums, 0.0

    def __getitem__(self, slot: int) -> float:
        return self._pairs[2 * slot] + self._pairs[2 * slot + 1]

    def as_array(self) -> Floats:
        """Every sum, in an array of its own."""
        pairs = np.frombuffer(self._pairs)
        return pairs[::2] + pairs[1::2]
