"""
An amount of gamma exposure in its three units, which are never mixed.

    shares_per_dollar      s g OI m               shares that hedgers trade when the spot moves by $1
    dollars_per_dollar     s g OI m S             dollars' worth of them
    dollars_per_percent    s g OI m S² / 100      dollars' worth of them when the spot moves by 1 %: the usual figure

with the sign s of the sign model, gamma g per $1, open interest OI, shares per contract m, and the spot S.
Dollars per percent are dollars per dollar times S / 100: at 6,000 the two lie 60-fold apart.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from attrs import frozen

Floats: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]
Places: TypeAlias = npt.NDArray[np.intp]


@frozen
class GammaAmount:
    """An amount at one spot. Positive: hedging damps moves; negative: it amplifies them."""

    shares_per_dollar: float
    dollars_per_dollar: float
    dollars_per_percent: float

    @classmethod
    def of_shares(cls, shares_per_dollar: float, spot: float) -> "GammaAmount":
        """What *shares_per_dollar* are in every unit at *spot*."""
        in_dollars = shares_per_dollar * spot
        return cls(shares_per_dollar, in_dollars, in_dollars * spot / 100)

    def as_json(self) -> dict[str, float]:
        """Each unit by its name."""
        return {
            "shares_per_dollar": self.shares_per_dollar,
            "dollars_per_dollar": self.dollars_per_dollar,
            "dollars_per_percent": self.dollars_per_percent,
        }
