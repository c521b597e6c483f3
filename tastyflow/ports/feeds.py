"""
What a whole option chain says as it moves: gamma and volatility, open interest, and the price of the underlying.

    follow(SPX, contracts) ─▶ batches of GreeksTick │ InterestTick │ SpotTick │ OpenTick │ FeedGap, until it is left
    volatility_rank(SPX)   ─▶ where its implied volatility stands within its year

A tick says what the market's side said, with its time. A figure that is no number, or lies outside any bound, is None:
what it is about is then out of coverage, and never zero. Market data is production's, also while rehearsing.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from attrs import frozen

from tastyflow.domain.instruments import EquityOption


class SpotSource(StrEnum):
    """Where the price of the underlying is from."""

    TRADE = "trade"  # the last trade; of an index, its last level
    MID = "mid"  # the middle of bid and ask


@frozen
class GreeksTick:
    """
    What the feed says that one contract is worth to a hedger.

    Attributes:
        gamma: Per share, per dollar of the underlying; None where there is none.
        volatility: Implied, a year, as a fraction (0.16 is 16 %); None where there is none.
        at: When it was worked out there.
    """

    option: EquityOption
    gamma: float | None
    volatility: float | None
    at: datetime


@frozen
class InterestTick:
    """
    The contracts that are open in one option.

    Attributes:
        contracts: How many; None where the feed does not say.
        day: The trading day in whose summary they stand: the clearing house counts overnight, so that it is the number
            at the close before.
    """

    option: EquityOption
    contracts: int | None
    day: date


@frozen
class SpotTick:
    """
    The price of the underlying.

    Attributes:
        price: In dollars, or index points; None where there is none, or where bid and ask are crossed.
        at: When it was so.
        is_crossed: Whether there is none because the bid stands above the ask.
    """

    price: float | None
    source: SpotSource
    at: datetime
    is_crossed: bool = False


@frozen
class OpenTick:
    """The first price of the underlying in the regular session of *day*."""

    price: float
    day: date


@frozen
class FeedGap:
    """The feed is away, or was, from *since* on: what was known before may have changed meanwhile."""

    since: datetime


Tick = GreeksTick | InterestTick | SpotTick | OpenTick | FeedGap


class OptionFeed(Protocol):
    """The market as it moves, for many contracts at once."""

    def follow(
        self, underlying: str, options: Sequence[EquityOption]
    ) -> AbstractAsyncContextManager[AsyncIterator[Sequence[Tick]]]:
        """
        Batches of what is said about *options* and *underlying*, from entering on; the first values come by themselves.

        It never ends by itself: a connection that is lost is told at once by a `FeedGap`, and opened again; then
        everything is said anew. Contracts are asked for in bounded chunks, the first of *options* first. Open interest
        is asked for once a trading day. A follower that is slow has the latest of each contract.

        Raises:
            VenueFailure: From entering only: it cannot be opened at all.
        """
        ...

    async def volatility_rank(self, underlying: str) -> float | None:
        """
        Where the implied volatility of *underlying* stands within its range of a year, from 0 to 100; None where that
        is not known.
        """
        ...
