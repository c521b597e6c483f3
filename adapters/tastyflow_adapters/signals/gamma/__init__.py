"""
Gamma exposure of a chain: what dealers must hedge when the market moves, under a stated model of who holds what.

                      ┌─ kept ─ sums ◀─ table               per strike and right, per root and day: O(1) per tick
    GammaBook (book) ─┤
                      └─ measuring ─┬─ levels                       GammaLevels: no repricing
                                    ├─ weighing ─ polishing         BS gamma anywhere, a root to its last digit
                                    └─ repricing ─▶ exposure        Repriced, GammaExposure

    amounts        an amount in three units, each with its name
    scope          which contracts count, printed
    settling       when a root settles: 9:30, 16:00, 13:00 on a half day
    freshness      what the age of an input is held against: now, or the last close
    columns        what a feed told, as arrays: for recordings
"""

from tastyflow.domain.signal_rule.sign_model import SignModel
from tastyflow_adapters.signals.gamma.amounts import GammaAmount
from tastyflow_adapters.signals.gamma.book import GammaBook
from tastyflow_adapters.signals.gamma.columns import NO_DAY, NO_INTEREST, GammaColumns, GammaSpot
from tastyflow_adapters.signals.gamma.exposure import (
    ExpirationGamma,
    GammaCoverage,
    GammaExposure,
    GammaWall,
    OpenInterest,
    StrikeGamma,
)
from tastyflow_adapters.signals.gamma.freshness import closed_since
from tastyflow_adapters.signals.gamma.levels import GammaLevels
from tastyflow_adapters.signals.gamma.repricing import GammaProfile, GammaRoot, Repriced, Repricing
from tastyflow_adapters.signals.gamma.scope import Scope
from tastyflow_adapters.signals.gamma.settling import settlement_moment, settles_by_root

__all__ = [
    "NO_DAY",
    "NO_INTEREST",
    "ExpirationGamma",
    "GammaAmount",
    "GammaBook",
    "GammaColumns",
    "GammaCoverage",
    "GammaExposure",
    "GammaLevels",
    "GammaProfile",
    "GammaRoot",
    "GammaSpot",
    "GammaWall",
    "OpenInterest",
    "Repriced",
    "Repricing",
    "Scope",
    "SignModel",
    "StrikeGamma",
    "closed_since",
    "settlement_moment",
    "settles_by_root",
]
