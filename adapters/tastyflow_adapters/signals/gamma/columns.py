"""
What a feed has told of a chain, as arrays: what a recording keeps, and a book takes back.
"""

from datetime import datetime
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
from attrs import frozen

from tastyflow_adapters.signals.gamma.amounts import Floats

Wholes: TypeAlias = npt.NDArray[np.int64]

NO_INTEREST: Final = -1
NO_DAY: Final = 0


@frozen
class GammaSpot:
    """The price of the underlying: in dollars, where it is from (``trade`` or ``mid``), and when it was so."""

    price: float
    source: str
    at: datetime


@frozen(eq=False)
class GammaColumns:
    """
    Arrays of one length, an element for each contract of the book, in the order of its `GammaBook.options`.

    Attributes:
        gammas, volatilities: NaN where not known.
        greeks_at_s: When they were worked out, in seconds since 1970 (UTC); NaN where they never were.
        interest: Contracts; `NO_INTEREST` where not known.
        interest_day: As ``date.toordinal()``; `NO_DAY` where not known.
        spot: None where there is none.
    """

    gammas: Floats
    volatilities: Floats
    greeks_at_s: Floats
    interest: Wholes
    interest_day: Wholes
    spot: GammaSpot | None
