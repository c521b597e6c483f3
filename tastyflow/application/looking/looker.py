"""
Looking: questions to the market and the account of one trader; nothing is recorded or changed.

    quote         an instrument ─▶ listed? ─▶ its quote and its age
    expirations   an underlying ─▶ what is listed, with weekday, days and settlement
    chain         an underlying, a day ─▶ the strikes around the money, with the quotes of calls and puts
    positions     what is really held ─▶ what it is worth
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from tastyflow.application.account.facts import spot_in
from tastyflow.application.account.unexplained import Unexplained
from tastyflow.application.context import Context
from tastyflow.application.intake.listed_legs import find
from tastyflow.application.intake.unsettled import Unsettled, unknown_symbol
from tastyflow.application.looking.seen import (
    ChainSeen,
    ExpirationSeen,
    ExpirationsSeen,
    Holdings,
    QuoteSeen,
    StrikeSeen,
    Valued,
)
from tastyflow.domain.commands import (
    AskedAction,
    AskedExpiration,
    AskedLeg,
    AskedOption,
    AskedShares,
    DaysOut,
    PlaceOrder,
    ShowChain,
    ShowQuote,
)
from tastyflow.domain.expirations import days_to_expiration, new_york_date
from tastyflow.domain.instruments import Equity, EquityOption, Instrument, Right, chat_symbol, underlying_of
from tastyflow.domain.venue import Chain, Expiration, Position, Quote
from tastyflow.errors import Refused, VenueFailure

EACH_SIDE: Final = 6
"""Strikes on each side of the money that are shown."""
NEAR: Final = 4
"""Expirations that are named where the one that was asked for is not listed."""


class Looker:
    """Looks for one account, through the market data of its venue."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def quote(self, command: ShowQuote) -> QuoteSeen:
        """
        The quote of what *command* names.

        Raises:
            Refused: It is not listed.
            VenueFailure: The market data are not to be had.
        """
        asked = command.instrument
        chain = await self._chain(asked.underlying)
        now = self._context.clock.now()
        instrument = _listed(asked, chain, now)
        quotes = await self._context.market.quotes([instrument])
        return QuoteSeen(instrument, quotes.get(instrument), self._context.clock.now(), chain.name)

    async def expirations(self, underlying: str) -> ExpirationsSeen:
        """
        What is listed on *underlying* and trades still.

        Raises:
            Refused: It is no symbol, or has no options.
            VenueFailure: The market data are not to be had.
        """
        chain = await self._chain(underlying)
        trading = self._trading(chain, underlying)
        return ExpirationsSeen(chain.underlying, tuple(self._seen(each) for each in trading), chain.name)

    async def chain(self, command: ShowChain) -> ChainSeen:
        """
        The strikes of one expiration around the money; of the nearest where none is named.

        Raises:
            Refused: It is not listed.
            VenueFailure: The market data are not to be had.
        """
        chain = await self._chain(command.underlying)
        listing = self._expiration(chain, command)
        underlying = Equity(chain.underlying)
        spot = spot_in(await self._context.market.quotes([underlying]), chain.underlying)
        strikes = _around(listing.strikes, spot)
        pairs = {
            strike: [EquityOption(listing.root, listing.day, right, strike) for right in Right] for strike in strikes
        }
        quotes = await self._context.market.quotes([each for pair in pairs.values() for each in pair])
        rows = tuple(StrikeSeen(strike, quotes.get(call), quotes.get(put)) for strike, (call, put) in pairs.items())
        others = len(listing.strikes) - len(rows)
        now = self._context.clock.now()
        return ChainSeen(chain.underlying, spot, self._seen(listing), rows, others, now, chain.name)

    async def holdings(self, positions: Sequence[Position], unexplained: Sequence[Unexplained] = ()) -> Holdings:
        """What *positions* are worth: not known of one without a market, and of none without market data."""
        quotes: Mapping[Instrument, Quote] = {}
        try:
            if positions:
                quotes = await self._context.market.quotes([each.instrument for each in positions])
        except VenueFailure:
            pass  # what is held is known all the same
        valued = (Valued(each, quotes.get(each.instrument)) for each in positions)
        return Holdings(tuple(valued), self._context.clock.now(), tuple(unexplained))

    async def _chain(self, underlying: str) -> Chain:
        chain = await self._context.market.chain(underlying_of(underlying))
        if chain is not None:
            return chain
        raise unknown_symbol(underlying, (await self._context.market.similar(underlying))[:NEAR])

    def _trading(self, chain: Chain, underlying: str) -> tuple[Expiration, ...]:
        now, root = self._context.clock.now(), underlying
        trading = tuple(each for each in chain.expirations if each.stops_trading_at > now)
        if root != chain.underlying:
            trading = tuple(each for each in trading if each.root == root)  # SPXW alone, where that was asked
        if not trading:
            raise Refused(f"{chat_symbol(underlying)} has no listed options.", code="no_options")
        return trading

    def _expiration(self, chain: Chain, command: ShowChain) -> Expiration:
        trading, today = self._trading(chain, command.underlying), new_york_date(self._context.clock.now())
        if command.expiration is None:
            return trading[0]
        listing = min(trading, key=lambda each: abs((each.day - _day_of(command.expiration, today)).days))
        if isinstance(command.expiration, DaysOut) or listing.day == command.expiration:
            return listing
        near = sorted(trading, key=lambda each: abs((each.day - _day_of(command.expiration, today)).days))[:NEAR]
        named = dict.fromkeys(f"{each.day:%b %d %Y}" for each in sorted(near, key=lambda each: each.day))
        raise Refused(
            f"{chat_symbol(command.underlying)} has no expiration on {command.expiration:%a %b %d %Y}.",
            code="expiration_not_listed",
            hint=f"The nearest: {', '.join(named)}.",
            suggestions=tuple(f"chain {chat_symbol(command.underlying)} {day}" for day in named),
        )

    def _seen(self, listing: Expiration) -> ExpirationSeen:
        days = days_to_expiration(listing.day, new_york_date(self._context.clock.now()))
        return ExpirationSeen(
            listing.root, listing.day, days, listing.settles_am, listing.last_trade_day, len(listing.strikes)
        )


def _listed(asked: AskedShares | AskedOption, chain: Chain, now: datetime) -> Instrument:
    """The instrument that *asked* names; an index by itself is its value, which is no share."""
    if isinstance(asked, AskedShares) and not chain.has_shares:
        return Equity(chain.underlying)
    try:
        (instrument,) = find(PlaceOrder((AskedLeg(AskedAction.BUY, 1, asked),)), chain, now).instruments
    except Unsettled as no:
        raise Refused(no.message, code=no.code, hint=no.hint) from no
    return instrument


def _day_of(asked: AskedExpiration | None, today: date) -> date:
    if isinstance(asked, DaysOut):
        return date.fromordinal(today.toordinal() + asked.dte)
    return asked or today


def _around(strikes: Sequence[Decimal], spot: Decimal | None) -> Sequence[Decimal]:
    """The strikes next to *spot*, as many on each side."""
    middle = len(strikes) // 2 if spot is None else bisect_left(strikes, spot)
    first = max(0, min(middle - EACH_SIDE, len(strikes) - 2 * EACH_SIDE))
    return strikes[first : first + 2 * EACH_SIDE]
