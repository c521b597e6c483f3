"""
A chain that is watched: what its feed says becomes figures, a few times a second.

    chain ─▶ contracts in scope ─▶ feed.follow ─▶ batches ─▶ ChainFigures ─▶ updates(): Figures
                  ▲                                               │ └─▶ ChainRecorder
                  │                                               └─▶ the flip, in a thread, once a second
                  └── a new day in New York: the chain is read again

`updates` runs on while nothing is heard, so that ages grow, and never ends by itself. What goes wrong on the way is
noted in `health`, and tried again.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, MutableMapping, Sequence
from datetime import date, datetime
from types import TracebackType
from typing import Final, Self

from attrs import frozen

from tastyflow.application.backoff import Backoff
from tastyflow.application.waiting import Tasks, ended, first_done
from tastyflow.domain.expirations import new_york_date
from tastyflow.domain.instruments import Equity
from tastyflow.domain.signal_rule.figures import Figures
from tastyflow.errors import Refused, TastyflowError, VenueFailure
from tastyflow.ports import Clock, MarketData, OptionFeed, Tick
from tastyflow_adapters.signals.gamma import GammaExposure
from tastyflow_adapters.signals.watching.chain_figures import ChainFigures, FoundFlip, WatchChoices
from tastyflow_adapters.signals.watching.recorder import ChainRecorder
from tastyflow_adapters.signals.watching.tick_columns import columns_of
from tastyflow_adapters.signals.watching.watched_chain import WatchedChain

logger = logging.getLogger(__name__)

RANK_WITHIN_S: Final = 30.0
"""A rank that is not told within so long is not known any more."""

SLICE: Final = 500
"""Ticks that are taken at a time: other tasks have their turn in between."""


@frozen
class WatchHealth:
    """
    How a watch is doing.

    Attributes:
        contracts: How many it follows.
        coverage: Of their open interest, from 0 to 1.
        last_heard_at: When the feed last said anything; None before.
        gaps: How often the feed was away.
        trouble: Why it has no chain, no feed or no recording, for people; empty where it has.
    """

    contracts: int = 0
    coverage: float = 0.0
    last_heard_at: datetime | None = None
    gaps: int = 0
    trouble: str = ""


class ChainWatch:
    """
    Use it as an async context, and iterate `updates` within it.

    Args:
        recorder: Keeps each moment; closed with the watch.
        believed: The spots that were believed last, by symbol; kept up to date. Watches that share it know a jump of
            the spot from one watch to the next.

    Raises:
        VenueFailure: From entering: the chain cannot be read, or the feed cannot be opened.
        Refused: From entering: code ``unknown_symbol`` or ``empty_scope``.
    """

    def __init__(
        self,
        market: MarketData,
        feed: OptionFeed,
        clock: Clock,
        symbol: str,
        *,
        choices: WatchChoices | None = None,
        recorder: ChainRecorder | None = None,
        believed: MutableMapping[str, float] | None = None,
    ) -> None:
        self.symbol, self.choices = symbol, choices or WatchChoices()
        self._market, self._feed, self._clock, self._recorder = market, feed, clock, recorder
        self._believed = {} if believed is None else believed
        self._chain: ChainFigures | None = None
        self._day: date | None = None
        self._following: asyncio.Task[None] | None = None
        self._tasks = Tasks()
        self._heard, self._told = asyncio.Event(), asyncio.Event()
        self._latest: Figures | None = None
        self._trouble, self._unworked, self._gaps = "", "", 0

    async def __aenter__(self) -> Self:
        opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        try:
            self._day = new_york_date(self._clock.now())
            chain = await self._read_chain(self._day)
            self._following = self._tasks.start(self._follow(chain, opened), name=f"watch-{self.symbol}")
            await opened
        except BaseException:
            await self._tasks.close()
            if self._recorder is not None:
                self._recorder.close()
            raise
        for doing, name in ((self._pace(), "pace"), (self._reprice(), "reprice"), (self._rank(), "rank")):
            self._tasks.start(doing, name=f"watch-{self.symbol}-{name}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._tasks.close()
        self._keep_believed()
        if self._recorder is not None:
            self._recorder.close()

    @property
    def health(self) -> WatchHealth:
        chain = self._chain
        recording = self._recorder.trouble if self._recorder is not None else ""
        return WatchHealth(
            contracts=len(chain.chain.options) if chain is not None else 0,
            coverage=(self._latest.coverage or 0.0) if self._latest is not None else 0.0,
            last_heard_at=chain.last_heard_at if chain is not None else None,
            gaps=self._gaps + (chain.gaps if chain is not None else 0),
            trouble=self._trouble or self._unworked or recording,
        )

    async def updates(self) -> AsyncIterator[Figures]:
        """The figures as they change, from now on; several may iterate: who is slow has the newest ones."""
        seen: Figures | None = None
        while True:
            if self._latest is None or self._latest is seen:
                await self._told.wait()
                continue
            seen = self._latest
            yield seen

    def figures(self) -> Figures:
        """The figures of this moment; nothing of it is recorded."""
        return self._known().figures(self._now())

    def exposure(self) -> GammaExposure:
        """
        The exposure of this moment, profile and roots included: some milliseconds of work.

        Raises:
            Invalid: ``no_spot``: there is no price of the underlying.
        """
        return self._known().exposure(self._now())

    # ── what is followed ───────────────────────────────────────────────────────────────────────────────────────

    async def _read_chain(self, today: date) -> WatchedChain:
        listed = await self._market.chain(self.symbol)
        if listed is None:
            raise Refused(
                f"{self.symbol} has no chain: there is no such symbol, or nothing is listed on it.",
                code="unknown_symbol",
                hint="Name an underlying with options, such as SPX or SPY.",
            )
        return WatchedChain.of(listed, self.choices.scope, today, spot=await self._spot_now())

    async def _spot_now(self) -> float | None:
        """Around which strikes are asked for first; nothing else depends on it."""
        try:
            quote = (await self._market.quotes([Equity(self.symbol)])).get(Equity(self.symbol))
        except TastyflowError:
            return None
        sides = [float(side) for side in (quote.bid, quote.ask) if side] if quote is not None else []
        return sum(sides) / len(sides) if sides else None

    async def _follow(self, chain: WatchedChain, opened: "asyncio.Future[None]") -> None:
        """Until it is cancelled. What fails before *opened* is raised there; from then on it is tried again."""
        backoff = Backoff(1.0, longest_s=30.0, spread=(0.5, 1.0))
        while True:
            try:
                await self._follow_once(chain, opened)
                why = "the feed ended"
            except VenueFailure as failure:
                if not opened.done():
                    opened.set_exception(failure)
                    return
                why = failure.message
            except Exception as error:
                if not opened.done():
                    opened.set_exception(error)
                    return
                logger.exception("the watch of %s", self.symbol)
                why = type(error).__name__
            self._trouble = f"{self.symbol} is not heard: {why}"
            await self._clock.sleep(backoff.next())

    async def _follow_once(self, chain: WatchedChain, opened: "asyncio.Future[None]") -> None:
        async with self._feed.follow(self.symbol, chain.options) as batches:
            self._begin(chain)
            if not opened.done():
                opened.set_result(None)
            async for batch in batches:
                await self._take(batch)

    def _begin(self, chain: WatchedChain) -> None:
        if self._chain is not None:
            self._gaps += self._chain.gaps
        rank = self._chain.rank_percent if self._chain is not None else None
        self._keep_believed()
        believed = self._believed.get(self.symbol)
        self._chain = ChainFigures(chain, self.choices, believed=believed)
        self._chain.rank_percent = rank
        self._trouble = ""
        if self._recorder is not None:
            self._recorder.begin(chain, self.choices, self._now(), believed=believed)

    def _keep_believed(self) -> None:
        """A price that is far from it has jumped, on the next connection too."""
        if self._chain is not None and self._chain.believed is not None:
            self._believed[self.symbol] = self._chain.believed

    async def _take(self, batch: Sequence[Tick]) -> None:
        chain = self._known()
        for begin in range(0, len(batch), SLICE):
            for columns in columns_of(batch[begin : begin + SLICE], chain.book.table.indexes, self._now()):
                chain.take(columns)
                if self._recorder is not None:
                    self._recorder.take(columns)
            self._heard.set()
            await asyncio.sleep(0)

    # ── what is told ───────────────────────────────────────────────────────────────────────────────────────────

    async def _pace(self) -> None:
        """Figures at most every `every_s` while something is heard, and every `quiet_s` while nothing is."""
        while True:
            try:
                self._tell()
                self._unworked = ""
            except Exception:
                logger.exception("figures of %s", self.symbol)
                self._unworked = f"figures of {self.symbol} cannot be worked out"
            if new_york_date(self._clock.now()) != self._day:
                await self._next_day()
            self._heard.clear()
            await self._clock.sleep(self.choices.every_s)
            if not self._heard.is_set():
                rest_s = max(self.choices.quiet_s - self.choices.every_s, 0.0)
                await first_done(self._heard.wait(), self._clock.sleep(rest_s))

    def _tell(self) -> None:
        if self._chain is None:
            return
        figures = self._chain.figures(self._now())
        if self._recorder is not None:
            self._recorder.moment(figures, self._chain.flip, self._chain.rank_percent)
        self._latest = figures
        self._told.set()
        self._told = asyncio.Event()

    async def _next_day(self) -> None:
        """Other options are listed on another day; the old ones are followed until the new ones are known."""
        today = new_york_date(self._clock.now())
        try:
            chain = await self._read_chain(today)
        except (VenueFailure, Refused) as failure:
            self._trouble = f"the chain of {self.symbol} is not known today: {failure.message}"
            return
        self._day = today
        if self._following is not None:
            await ended(self._following)
        opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        opened.set_result(None)
        self._following = self._tasks.start(self._follow(chain, opened), name=f"watch-{self.symbol}")

    async def _reprice(self) -> None:
        """The flip, at most every `reprice_every_s`, beside everything else."""
        while True:
            chain = self._chain
            try:
                job = chain.repricing_job(self._now()) if chain is not None else None
                if job is not None and chain is not None:
                    chain.flip = FoundFlip.of(await asyncio.to_thread(job))
            except Exception:
                logger.exception("the flip of %s", self.symbol)
            await self._clock.sleep(self.choices.reprice_every_s)

    async def _rank(self) -> None:
        while True:
            try:
                async with asyncio.timeout(RANK_WITHIN_S):
                    rank = await self._feed.volatility_rank(self.symbol)
            except Exception as failure:  # noqa: BLE001  it is a figure beside the others: absent where it is not known
                logger.info("volatility rank of %s: %s", self.symbol, type(failure).__name__)
                rank = None
            if self._chain is not None:
                self._chain.rank_percent = rank
            await self._clock.sleep(self.choices.rank_every_s)

    def _known(self) -> ChainFigures:
        if self._chain is None:
            raise RuntimeError("a watch is asked within its context")
        return self._chain

    def _now(self) -> datetime:
        return self._clock.now()
