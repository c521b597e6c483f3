"""
tastytrade's market data as a `tastyflow.ports.MarketData`.

    chain    nested chain + the instrument itself ─▶ read_chain     asked once a New York day, and once for all who wait
    similar  search ─▶ those that are listed, the nearest first
    quotes   the stream's, where it is up and talking ─▶ else one REST question for all who ask ─▶ else the stream again
    session  market times, remembered for some seconds

The sandbox answers no market data by REST: there the stream is all there is.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import date, datetime, timedelta
from typing import Final
from urllib.parse import quote as escaped

from attrs import frozen

from tastyflow.domain.expirations import new_york_date
from tastyflow.domain.instruments import INDEXES, Equity, EquityOption, Instrument
from tastyflow.domain.venue import Chain, NamedSymbol, Quote
from tastyflow.errors import Invalid, OutcomeUnknown, VenueFailure, VenueRefused
from tastyflow.ports import Clock, MarketSession
from tastyflow_adapters.tastytrade.http.rate_limits import Kind
from tastyflow_adapters.tastytrade.http.session import Answer, VenueSession
from tastyflow_adapters.tastytrade.market.batching import Batcher
from tastyflow_adapters.tastytrade.market.chain_reading import read_chain
from tastyflow_adapters.tastytrade.market.quote_reading import Json, read_market_data, read_session, rows_of
from tastyflow_adapters.tastytrade.market.symbol_search import look_alikes
from tastyflow_adapters.tastytrade.single_flight import SingleFlight
from tastyflow_adapters.tastytrade.streams.quote_stream import QuoteStream

logger = logging.getLogger(__name__)

MOST_QUOTES: Final = 100
"""Symbols that one market-data question may name, of all types together."""

TALKING_S: Final = 10.0
"""A stream on which something was heard so lately is believed without a look at REST."""

STREAM_WAIT_S: Final = 5.0
SESSION_S: Final = 10.0

MOST_CHAINS: Final = 500
UNKNOWN_FOR_S: Final = 300.0
"""How long a symbol that does not exist is taken for one that does not."""


@frozen
class _Kept:
    chain: Chain | None
    day: date
    until: datetime | None

    def holds(self, now: datetime) -> bool:
        return self.day == new_york_date(now) and (self.until is None or now < self.until)


class TastytradeMarket:
    """
    Args:
        quotes: The stream to take quotes from first; closed with the market. Where REST has no quotes, one is made.
    """

    def __init__(self, session: VenueSession, clock: Clock, *, quotes: QuoteStream | None = None) -> None:
        self._session, self._clock = session, clock
        self._rest = session.connection.rest_quotes
        self._stream = quotes if quotes is not None or self._rest else QuoteStream(session, clock)
        self._chains: OrderedDict[str, _Kept] = OrderedDict()
        self._indexes = set(INDEXES)
        self._asking_chain: SingleFlight[str, Chain | None] = SingleFlight()
        self._asking_hours: SingleFlight[Kind, MarketSession] = SingleFlight()
        self._asking_quotes = Batcher(clock, self._ask_quotes, most=MOST_QUOTES)
        self._hours: tuple[MarketSession, datetime] | None = None
        self._open = AsyncExitStack()

    async def __aenter__(self) -> "TastytradeMarket":
        await self._open.enter_async_context(self._session.opened())
        return self

    async def __aexit__(self, *_: object) -> None:
        async with self._open:
            for asking in (self._asking_chain, self._asking_hours, self._asking_quotes, self._stream):
                if asking is not None:
                    await asking.aclose()

    # ── what is listed ─────────────────────────────────────────────────────────────────────────────────────────

    async def chain(self, underlying: str) -> Chain | None:
        try:
            Equity(underlying)
        except Invalid:
            return None
        kept = self._chains.get(underlying)
        if kept is not None and kept.holds(self._clock.now()):
            self._chains.move_to_end(underlying)
            return kept.chain
        return await self._asking_chain.get(underlying, lambda: self._ask_chain(underlying))

    async def similar(self, underlying: str) -> Sequence[NamedSymbol]:
        """
        Listed symbols that look like *underlying*, the nearest first.

        They are an offer beside a refusal: where the search fails there are none, and the refusal stands.
        """
        try:
            return await look_alikes(self._session, underlying)
        except VenueFailure:
            return []

    async def _ask_chain(self, underlying: str) -> Chain | None:
        asked_at, symbol = self._clock.now(), escaped(underlying, safe="")
        answers = await asyncio.gather(
            self._ask_known(Kind.EQUITY, f"/instruments/equities/{symbol}", doing=f"look up {underlying}"),
            self._ask_known(Kind.CHAIN, f"/option-chains/{symbol}/nested", doing=f"read the chain of {underlying}"),
            return_exceptions=True,
        )
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        equity, roots = (answer if isinstance(answer, Answer) else None for answer in answers)
        reading = read_chain(
            underlying, equity=equity.data if equity else None, roots=rows_of(roots.items) if roots else ()
        )
        for sentence in reading.left_out if reading else ():
            logger.info("chain of %s: %s", underlying, sentence)
        chain = reading.chain if reading else None
        if chain is not None and not chain.has_shares:
            self._indexes.add(underlying)
        self._keep(underlying, chain, asked_at)
        return chain

    async def _ask_known(self, kind: Kind, path: str, *, doing: str) -> Answer | None:
        """The answer; None where the venue does not know what is asked about."""
        try:
            return await self._session.request(kind, "GET", path, doing=doing)
        except VenueRefused as refused:
            if refused.code == "not_found":
                return None
            raise

    def _keep(self, underlying: str, chain: Chain | None, asked_at: datetime) -> None:
        until = None if chain is not None else asked_at + timedelta(seconds=UNKNOWN_FOR_S)
        self._chains[underlying] = _Kept(chain, new_york_date(asked_at), until)
        self._chains.move_to_end(underlying)
        if len(self._chains) > MOST_CHAINS:
            self._chains.popitem(last=False)

    # ── what it costs ──────────────────────────────────────────────────────────────────────────────────────────

    async def quotes(self, instruments: Sequence[Instrument]) -> Mapping[Instrument, Quote]:
        wanted = list(dict.fromkeys(instruments))
        if not self._rest:
            return await self._streamed_or_raise(wanted)
        found = self._known(wanted)
        missing = [each for each in wanted if each not in found]
        try:
            return found | await self._asking_quotes.get(missing)
        except VenueFailure:
            late = await self._streamed(missing)
            if not late:
                raise
            return found | late

    def _known(self, wanted: Sequence[Instrument]) -> dict[Instrument, Quote]:
        """What the stream says this moment; a quote without any side says nothing."""
        if self._stream is None or not self._stream.health.connected:
            return {}  # asking it would open it, and there is REST
        latest = self._stream.latest([each.streamer for each in wanted], heard_within_s=TALKING_S)
        known = ((each, latest.get(each.streamer)) for each in wanted)
        return {each: quote for each, quote in known if quote is not None and (quote.bid or quote.ask)}

    async def _streamed(self, wanted: Sequence[Instrument]) -> dict[Instrument, Quote]:
        """What the stream says within some seconds."""
        if self._stream is None or not wanted:
            return {}
        heard = await self._stream.quotes([each.streamer for each in wanted], within_s=STREAM_WAIT_S)
        return {each: heard[each.streamer] for each in wanted if each.streamer in heard}

    async def _streamed_or_raise(self, wanted: Sequence[Instrument]) -> dict[Instrument, Quote]:
        """The same, where there is nothing else to ask."""
        found = await self._streamed(wanted)
        if wanted and not found and self._stream is not None and not (health := self._stream.health).connected:
            raise OutcomeUnknown(
                f"No quotes: the stream is away ({health.trouble or 'it does not open'}).", code="no_quotes"
            )
        return found

    async def _ask_quotes(self, instruments: Sequence[Instrument]) -> dict[Instrument, Quote]:
        params: dict[str, list[str]] = {}
        for each in instruments:
            params.setdefault(self._type_of(each), []).append(each.occ)
        answer = await self._session.request(
            Kind.MARKET_DATA, "GET", "/market-data/by-type", params=params, doing="read quotes"
        )
        now, items = self._clock.now(), {str(item.get("symbol")): item for item in rows_of(answer.items)}
        quotes = {each: self._read_quote(each, items.get(each.occ), now) for each in instruments}
        return {each: quote for each, quote in quotes.items() if quote is not None}

    def _read_quote(self, instrument: Instrument, item: Json | None, now: datetime) -> Quote | None:
        return read_market_data(item, now, is_level=instrument.occ in self._indexes) if item else None

    def _type_of(self, instrument: Instrument) -> str:
        if isinstance(instrument, EquityOption):
            return "equity-option"
        return "index" if instrument.symbol in self._indexes else "equity"

    # ── when it trades ─────────────────────────────────────────────────────────────────────────────────────────

    async def session(self) -> MarketSession:
        if self._hours is not None and self._clock.now() < self._hours[1]:
            return self._hours[0]
        return await self._asking_hours.get(Kind.SESSIONS, self._ask_session)

    async def _ask_session(self) -> MarketSession:
        answer = await self._session.request(
            Kind.SESSIONS,
            "GET",
            "/market-time/sessions/current",
            params={"instrument-collections[]": ["Equity"]},
            doing="read the market's hours",
        )
        now = self._clock.now()
        shares = [row for row in rows_of(answer.items) if row.get("instrument-collection", "Equity") == "Equity"]
        if not shares:
            raise OutcomeUnknown("The venue does not say whether the market is open.", code="unreadable")
        hours = read_session(shares[0], now)
        changes = [hours.changes_at] if hours.changes_at is not None else []
        self._hours = hours, min([now + timedelta(seconds=SESSION_S), *changes])
        return hours
