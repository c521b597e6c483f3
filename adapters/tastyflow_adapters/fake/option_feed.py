"""
The fake exchange's chains as they move: greeks and open interest of `exchange`, around the fake market's spot.

    follow ─▶ all of it at once, in batches ─▶ once a second the spot, and the greeks that time or the spot have changed

Prices stand still within a day, so that only time passes; `FakeMarket.pin` moves the spot. `FeedFaults` spoils what is
said: tests have their bad days from it.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

from attrs import define, evolve

from tastyflow.domain.expirations import new_york_date, previous_trading_day, trading_day_on_or_before
from tastyflow.domain.instruments import Equity, EquityOption, Right
from tastyflow.ports import Clock, FeedGap, GreeksTick, InterestTick, OpenTick, SpotSource, SpotTick, Tick
from tastyflow_adapters.exchange.chance import drawn
from tastyflow_adapters.exchange.greeks import greeks_of, years_between
from tastyflow_adapters.exchange.interest import open_interest
from tastyflow_adapters.exchange.listings import LISTINGS
from tastyflow_adapters.fake.market import FakeMarket

BATCH: Final = 1_000
EVERY_S: Final = 1.0
WORTH_S: Final = 60.0
"""How long greeks stand while the spot does."""


@define(eq=False)
class FeedFaults:
    """
    What spoils a fake feed, from the next second on.

    Attributes:
        withheld: Of which contracts nothing is said; None of none.
        has_no_greeks: Gamma and volatility are no numbers.
        has_old_interest: Open interest is that of the trading day before.
        switches_interest: The open interest of a call is said of its put, and the other way round.
        is_crossed: The bid of the underlying stands above its ask.
        spot_times: The spot is so many times what it is: 1.2 is a jump by 20 %.
        ahead_s: How far the feed's clock goes before ours.
        is_silent: Nothing is said, and the connection stands.
    """

    withheld: Callable[[EquityOption], bool] | None = None
    has_no_greeks: bool = False
    has_old_interest: bool = False
    switches_interest: bool = False
    is_crossed: bool = False
    spot_times: float = 1.0
    ahead_s: float = 0.0
    is_silent: bool = False
    drops: int = 0

    def drop(self) -> None:
        """The connection is lost, and opened again a second later."""
        self.drops += 1


class FakeOptionFeed:
    """
    Args:
        every_s: How often the spot is said.
    """

    def __init__(
        self, market: FakeMarket, clock: Clock, *, faults: FeedFaults | None = None, every_s: float = EVERY_S
    ) -> None:
        self._market, self._clock, self._every_s = market, clock, every_s
        self.faults = faults or FeedFaults()

    @asynccontextmanager
    async def follow(
        self, underlying: str, options: Sequence[EquityOption]
    ) -> AsyncIterator[AsyncIterator[Sequence[Tick]]]:
        batches = self._batches(underlying, [each for each in options if self._market.lists(each)])
        try:
            yield batches
        finally:
            await batches.aclose()

    async def volatility_rank(self, underlying: str) -> float | None:
        return 100 * drawn(underlying, "rank") if underlying in LISTINGS else None

    async def _batches(self, underlying: str, options: Sequence[EquityOption]) -> AsyncGenerator[Sequence[Tick], None]:
        said = _Said(self._market, self._clock, self.faults, underlying, options)
        drops = self.faults.drops
        while True:
            if drops != self.faults.drops:
                drops, since = self.faults.drops, self._clock.now()
                yield [FeedGap(since)]
                said.forget()
            elif not self.faults.is_silent:
                for batch in said.next():
                    yield batch
                    await asyncio.sleep(0)
            await self._clock.sleep(self._every_s)


class _Said:
    """What was said last, and so what is news."""

    def __init__(
        self,
        market: FakeMarket,
        clock: Clock,
        faults: FeedFaults,
        underlying: str,
        options: Sequence[EquityOption],
    ) -> None:
        self._market, self._clock, self._faults = market, clock, faults
        self._underlying, self._options = underlying, options
        self._listing = LISTINGS.get(underlying)
        self._greeks_for: tuple[object, ...] = ()
        self._greeks_at: datetime | None = None
        self._interest_for: tuple[object, ...] = ()

    def forget(self) -> None:
        """All has to be said again, open interest apart."""
        self._greeks_for, self._greeks_at = (), None

    def next(self) -> Iterator[Sequence[Tick]]:
        """The batches of this second."""
        if self._listing is None:
            return
        now = self._clock.now() + timedelta(seconds=self._faults.ahead_s)
        spot = float(self._market.spot(self._underlying)) * self._faults.spot_times
        yield [self._spot(spot, now), self._opened(now)]
        faults = self._faults
        interest_for = new_york_date(now), faults.has_old_interest, faults.switches_interest, faults.withheld
        if interest_for != self._interest_for:
            self._interest_for = interest_for
            yield from _batched(self._interest(each, now) for each in self._said_of(self._options))
        greeks_for = spot, faults.has_no_greeks, faults.withheld
        is_late = self._greeks_at is None or (now - self._greeks_at).total_seconds() >= WORTH_S
        if is_late or greeks_for != self._greeks_for:
            self._greeks_for, self._greeks_at = greeks_for, now
            yield from _batched(self._greeks(each, spot, now) for each in self._said_of(self._options))
        else:
            nearest = [each for each in self._options if each.expiration == self._options[0].expiration]
            yield [self._greeks(each, spot, now) for each in self._said_of(nearest[:BATCH])]

    def _said_of(self, options: Sequence[EquityOption]) -> Iterator[EquityOption]:
        withheld = self._faults.withheld
        return (each for each in options if withheld is None or not withheld(each))

    def _spot(self, spot: float, now: datetime) -> SpotTick:
        is_index = self._listing is not None and not self._listing.has_shares
        source = SpotSource.TRADE if is_index else SpotSource.MID
        quote = self._market.quotes_now([Equity(self._underlying)]).get(Equity(self._underlying))
        is_crossed = self._faults.is_crossed or (quote is not None and bool(quote.ask) and quote.bid > quote.ask)
        return SpotTick(None if is_crossed else spot, source, now, is_crossed=is_crossed)

    def _opened(self, now: datetime) -> OpenTick:
        return OpenTick(float(self._market.opening_spot(self._underlying)), new_york_date(now))

    def _greeks(self, option: EquityOption, spot: float, now: datetime) -> GreeksTick:
        if self._faults.has_no_greeks or self._listing is None:
            return GreeksTick(option, None, None, now)
        years = years_between(now, self._market.settles_at(option))
        worth = greeks_of(option.right, float(option.strike), spot, self._listing.vol, years=years)
        return GreeksTick(option, worth.gamma, worth.volatility, now)

    def _interest(self, option: EquityOption, now: datetime) -> InterestTick:
        day = trading_day_on_or_before(new_york_date(now))
        if self._faults.has_old_interest:
            day = previous_trading_day(day)
        of = option
        if self._faults.switches_interest:
            of = evolve(option, right=Right.PUT if option.right is Right.CALL else Right.CALL)
        contracts = None if self._listing is None else int(open_interest(of, self._listing, day))
        return InterestTick(option, contracts, day)


def _batched(ticks: Iterator[Tick]) -> Iterator[Sequence[Tick]]:
    batch: list[Tick] = []
    for tick in ticks:
        batch.append(tick)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
