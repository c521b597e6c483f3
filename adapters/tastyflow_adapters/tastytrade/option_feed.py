"""
tastytrade's market data as a `tastyflow.ports.OptionFeed`: chains by DXLink, the rank of volatility by REST.

Production's session alone has them; the sandbox has neither.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final

from tastyflow.domain.instruments import EquityOption
from tastyflow.ports import Clock, Tick
from tastyflow_adapters.tastytrade.http.rate_limits import Kind
from tastyflow_adapters.tastytrade.http.session import VenueSession
from tastyflow_adapters.tastytrade.market.quote_reading import positive, rows_of
from tastyflow_adapters.tastytrade.streams.chain_stream import ChainStream
from tastyflow_adapters.tastytrade.streams.interest_file import InterestFile
from tastyflow_adapters.tastytrade.streams.supervision import StreamHealth

RANK: Final = "implied-volatility-index-rank"
HIGHEST_RANK: Final = 1.5
"""A share of last year's range; a new high stands a little above 1."""


class TastytradeFeed:
    """
    Args:
        stream: One is made where none is given.
        kept: Where the stream that is made keeps open interest of the day for the next process.
    """

    def __init__(
        self,
        session: VenueSession,
        clock: Clock,
        *,
        stream: ChainStream | None = None,
        kept: InterestFile | None = None,
    ) -> None:
        self._session = session
        self._stream = stream or ChainStream(session, clock, kept=kept)

    @property
    def health(self) -> StreamHealth:
        """How its stream is doing."""
        return self._stream.health

    def follow(
        self, underlying: str, options: Sequence[EquityOption]
    ) -> AbstractAsyncContextManager[AsyncIterator[Sequence[Tick]]]:
        return self._stream.follow(underlying, options)

    async def volatility_rank(self, underlying: str) -> float | None:
        """
        See `tastyflow.ports.OptionFeed`.

        Raises:
            VenueFailure: The venue could not be asked.
        """
        answer = await self._session.request(
            Kind.OTHER, "GET", "/market-metrics", params={"symbols": underlying}, doing="read market metrics"
        )
        row = next((row for row in rows_of(answer.items) if row.get("symbol") == underlying), {})
        rank = positive(row.get(RANK))
        return 100 * float(rank) if rank is not None and rank <= HIGHEST_RANK else None
