"""
Which contracts of a chain are watched on a day, and when they settle.

    Chain, Scope, today ─▶ WatchedChain: options, those near the money first, of every expiration in scope
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from math import sqrt

from attrs import field, frozen

from tastyflow.domain.instruments import EquityOption, Right
from tastyflow.domain.venue import Chain
from tastyflow.errors import Refused
from tastyflow_adapters.signals.gamma import Scope, settlement_moment

RootDay = tuple[str, date]


@frozen
class WatchedChain:
    """
    The contracts of one underlying that are watched on one day in New York.

    Attributes:
        settles_at: Of each root and expiration, in UTC.
    """

    symbol: str
    day: date
    options: tuple[EquityOption, ...] = field(repr=False)
    settles_at: Mapping[RootDay, datetime] = field(repr=False)
    has_shares: bool = True

    @classmethod
    def of(cls, chain: Chain, scope: Scope, today: date, *, spot: float | None = None) -> "WatchedChain":
        """
        What of *chain* is in *scope* on *today*.

        Args:
            spot: Around which strikes come first; the middle of the strikes where it is not known.

        Raises:
            Refused: Code ``empty_scope``: nothing that is listed is in it.
        """
        listed = [each for each in chain.expirations if scope.covers(each.root, each.day, today)]
        if not listed:
            raise Refused(
                f"Nothing that is listed on {chain.underlying} is in scope: {scope.in_words()}.",
                code="empty_scope",
                hint="Take more days, or other expirations.",
            )
        ranked = [
            (rank, each.day, each.root, strike)
            for each in listed
            for rank, strike in _from_the_money(each.strikes, spot, (each.day - today).days)
        ]
        options = tuple(
            EquityOption(root, day, right, strike) for _, day, root, strike in sorted(ranked) for right in Right
        )
        settles_at = {(each.root, each.day): settlement_moment(each.day, settles_am=each.settles_am) for each in listed}
        return cls(chain.underlying, today, options, settles_at, chain.has_shares)

    def settles(self, root: str, expiration: date) -> datetime:
        """When the options of *root* and *expiration* settle."""
        return self.settles_at[root, expiration]

    @cached_property
    def digest(self) -> bytes:
        """SHA-256 of the contracts in their order, and of when they settle."""
        told = sha256(f"{self.symbol} {self.day}\n".encode())
        told.update("\n".join(option.occ for option in self.options).encode())
        for (root, day), at in sorted(self.settles_at.items()):
            told.update(f"\n{root} {day} {at.isoformat()}".encode())
        return told.digest()


def _from_the_money(strikes: Sequence[Decimal], spot: float | None, days: int) -> list[tuple[float, Decimal]]:
    """
    Each strike with its distance from the money in units of how far a market goes in *days*: what is open lies within
    few of them, so that the coverage by open interest rises fast, and near expirations do not wait for far ones.
    """
    middle = spot or float(strikes[len(strikes) // 2])
    return [(abs(float(strike) / middle - 1) / sqrt(days + 1), strike) for strike in strikes]
