"""
How often each kind of request may be sent to tastytrade, and which goes first.

    cancels ─▶ orders ─▶ searches and dry runs ─▶ everything else        the queue itself: `venue_queue`

A limit of n per second means: no n+1 requests reach the venue within any second. Of a request we know when it was sent
and when it was answered, not when it arrived; so it counts until a second after its answer (at most after `LATE_S`),
and neither a slow line nor a busy machine makes requests arrive in a bunch.
"""

import math
from bisect import insort
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from attrs import frozen


class Kind(StrEnum):
    """What a request is about; each kind has a limit of its own at tastytrade."""

    CANCEL = "cancel"
    ORDER = "order"
    DRY_RUN = "dry_run"
    ORDERS = "orders"
    ONE_ORDER = "one_order"
    POSITIONS = "positions"
    BALANCES = "balances"
    TRADING_STATUS = "trading_status"
    ACCOUNTS = "accounts"
    CHAIN = "chain"
    MARKET_DATA = "market_data"
    EQUITY = "equity"
    SESSIONS = "sessions"
    QUOTE_TOKEN = "quote_token"  # noqa: S105  a name, no secret
    OTHER = "other"


PER_SECOND: Final[Mapping[Kind, float]] = {
    Kind.ORDER: 20,
    Kind.ORDERS: 5,  # none is published; tastytrade asks not to poll the lists
    Kind.POSITIONS: 1,
    Kind.BALANCES: 1,
    Kind.TRADING_STATUS: 1,
    Kind.ACCOUNTS: 1,
    Kind.CHAIN: 2,
    Kind.MARKET_DATA: 2,
    Kind.EQUITY: 2,  # one may be asked for three times, a list of them twice
}
"""Requests per second, as tastytrade's own MCP server keeps to them; kinds without one have only the common limit."""

SAME_AS: Final[Mapping[Kind, Kind]] = {Kind.DRY_RUN: Kind.ORDER, Kind.CANCEL: Kind.ORDER}
"""Kinds that are counted as another one. They pause alone: a cancel does not wait for what dry runs have earned."""

RANKS: Final[Mapping[Kind, int]] = {Kind.CANCEL: -1, Kind.ORDER: 0, Kind.ORDERS: 1, Kind.ONE_ORDER: 1, Kind.DRY_RUN: 1}
OTHERS: Final = 2

MARGIN: Final = 1.01
"""A second counts as so many: two clocks never agree."""

LATE_S: Final = 1.0
"""How much later than it was sent a request is taken to have arrived at most. The sandbox thinks longer than that."""

SOON_S: Final = 1e-6
"""A moment that is so near counts as now: a sleep can end a rounding error early."""


@frozen
class Limits:
    """
    Attributes:
        per_second: Requests per second of each kind.
        together: Requests per second of all kinds.
        times: What all of them are multiplied by; ``math.inf`` switches them off.
    """

    per_second: Mapping[Kind, float] = PER_SECOND
    together: float = 50
    times: float = 1.0

    def of(self, kind: Kind | None) -> float:
        """The limit of *kind*; of all kinds together for None."""
        return (self.together if kind is None else self.per_second.get(kind, math.inf)) * self.times


class TooMany(Exception):
    """No turn within the time given. Nothing was sent."""

    def __init__(self, ahead: int) -> None:
        super().__init__(f"{ahead} requests are waiting before this one.")
        self.ahead = ahead


class Window:
    """
    At most so many arrivals within any such second, as the queue stands at one moment.

    Attributes:
        period_s: How long an arrival counts.
    """

    def __init__(self, per_second: float) -> None:
        self._unlimited = math.isinf(per_second)
        self._size = 1 if self._unlimited else max(1, math.floor(per_second))
        self.period_s = 0.0 if self._unlimited else self._size / per_second * MARGIN
        self._free_at: list[float] = []
        self._arrivals: list[float] = []

    def look(self, free_at: Iterable[float], arrivals: Iterable[float]) -> None:
        """
        Count what is under way.

        Args:
            free_at: When each of them counts no more, at the latest.
            arrivals: When each of them should arrive.
        """
        self._free_at, self._arrivals = sorted(free_at), sorted(arrivals)

    @property
    def opens_at(self) -> float:
        """When there is room for one more."""
        return self._nth_last(self._free_at)

    @property
    def expected_at(self) -> float:
        """When there should be room for one after all that were counted or expected."""
        return self._nth_last(self._arrivals) + self.period_s

    def after(self, many: int, now: float, typical_s: float) -> float:
        """When there should be room for one after *many* more, each of which takes *typical_s* to arrive."""
        if self._unlimited:
            return now
        rounds, rest = divmod(many, self._size)
        at = len(self._arrivals) + rest - self._size
        begins = now if at < 0 else max(now, self._arrivals[min(at, len(self._arrivals) - 1)] + self.period_s)
        return begins + rounds * (self.period_s + typical_s)

    def take(self, free_at: float, arrives: float) -> None:
        """One more is under way."""
        insort(self._free_at, free_at)
        insort(self._arrivals, arrives)

    def expect(self, arrives: float) -> None:
        """One more will go before the next one that is asked about."""
        insort(self._arrivals, arrives)

    def _nth_last(self, moments: list[float]) -> float:
        return -math.inf if self._unlimited or len(moments) < self._size else moments[-self._size]
