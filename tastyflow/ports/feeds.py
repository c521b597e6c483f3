"""
What a whole option chain says as it moves: gamma and volatility, open interest, and the price of the underlying.

    follow(SPX, contracts) ─▶ batches of GreeksTick │ InterestTick │ SpotTick │ FeedGap, until it is left

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
    """

    price: float | None
    source: SpotSource
    at: datetime


@frozen
class FeedGap:
    """The feed was away from *since* on: what was known before may have changed meanwhile."""

    since: datetime


Tick = GreeksTick | InterestTick | SpotTick | FeedGap


class OptionFeed(Protocol):
    """The market as it moves, for many contracts at once."""

    def follow(
        self, underlying: str, options: Sequence[EquityOption]
    ) -> AbstractAsyncContextManager[AsyncIterator[Sequence[Tick]]]:
        """
        Batches of what is said about *options* and *underlying*, from entering on; the first values come by themselves.

        It never ends by itself: a connection that is lost is opened again, and the batch after it begins with a
        `FeedGap`. Contracts are asked for in bounded chunks. Open interest is asked for once a trading day.

        Raises:
            VenueFailure: From entering only: it cannot be opened at all.
        """
        ...
