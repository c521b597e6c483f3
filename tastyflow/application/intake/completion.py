"""
Step four: what the text left open is settled by the chain, the position held and the quote, or refused with a way out.

    PlaceOrder ─▶ listed? ─▶ open or close? ─▶ its price ─▶ Completed(ticket, completions, what it was decided from)
                     └──────────────┴──────────────┴─▶ Unsettled ─▶ tried: what can be completed is offered ─▶ Refused
     `listed_legs`, `durations`  `open_or_close`  `price_choice`

Every completion is a sentence that the trader sees. What cannot be settled is an error with suggestions, never a guess.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Final
from uuid import UUID

from attrs import frozen

from tastyflow.application.account.view import AccountSnapshot, AccountView
from tastyflow.application.intake.durations import require_fitting_duration
from tastyflow.application.intake.listed_legs import CANDIDATES, OFFERS, Listed, find, on_underlying
from tastyflow.application.intake.open_or_close import Sided, as_asked, settle_sides
from tastyflow.application.intake.price_choice import settle_price
from tastyflow.application.intake.resizing import resized
from tastyflow.application.intake.unsettled import Unsettled, unknown_symbol
from tastyflow.domain.book import Standing
from tastyflow.domain.commands import AskedAction, AskedOption, PlaceOrder
from tastyflow.domain.instruments import Equity, EquityOption, Instrument, TickRule, underlying_of
from tastyflow.domain.risk.worst_case import Trade
from tastyflow.domain.ticket import Leg, Strategy, Ticket
from tastyflow.domain.venue import Chain, Quote
from tastyflow.errors import Invalid, NotUnderstood, Refused, VenueFailure
from tastyflow.ports import Clock, Language, MarketData

SETTLED_ELSEWHERE: Final = "It trades no more. The exchange settles what is held of it."


@frozen
class Completed:
    """
    A ticket that can be drafted.

    Attributes:
        command: The command that asks for exactly this ticket; *words* are its rendering, read on the same day.
        completions: What the text left open and how it was settled, as sentences.
        asked: The command as typed, and *instruments* the listed one of each leg.
        account: The account that it is meant for, as the venue showed it.
        quotes: Of each leg that has one, and of the underlying.
        ticks: The steps that the price goes by.
    """

    ticket: Ticket
    command: PlaceOrder
    words: str
    completions: tuple[str, ...]
    asked: PlaceOrder
    instruments: tuple[Instrument, ...]
    account: AccountSnapshot
    quotes: Mapping[Instrument, Quote]
    ticks: TickRule

    def stands(self, held: Standing) -> bool:
        """Whether each leg would be settled the same way against *held*: another order may have changed it."""
        try:
            return settle_sides(self.asked, self.instruments, held).legs == self.ticket.legs
        except Unsettled:
            return False


def as_command(ticket: Ticket, strategy: Strategy) -> PlaceOrder:
    """The ticket as the command that asks for exactly it; its rendering is the echo that the trader sees."""
    return PlaceOrder(
        legs=as_asked(ticket.legs),
        strategy=strategy,
        order_type=ticket.order_type,
        price=ticket.price,
        price_effect=ticket.price_effect,
        stop=ticket.stop,
        time_in_force=ticket.time_in_force,
    )


@frozen
class _Standing:
    """What the chain and the positions tell before any quote is read: enough to know the legs."""

    chain: Chain
    held: Standing
    now: datetime

    def legs(self, asked: PlaceOrder) -> tuple[Listed, Sided]:
        """
        Raises:
            Unsettled: Not listed, nothing there to close, or a time in force that does not fit.
        """
        listed = find(asked, self.chain, self.now)
        require_fitting_duration(asked, listed.instruments, self.chain)
        return listed, settle_sides(asked, listed.instruments, self.held)

    def ticket(
        self, asked: PlaceOrder, sided: Sided, quotes: Mapping[Instrument, Quote]
    ) -> tuple[Ticket, tuple[str, ...]]:
        """
        The ticket, and how its price was settled.

        Raises:
            Unsettled: It has no price that can be known, or breaks a rule of tickets.
        """
        legs = sided.legs
        priced = settle_price(asked, legs, self.ticks_of(legs), quotes)
        try:
            ticket = Ticket(
                legs, priced.order_type, priced.price, priced.price_effect, priced.stop, asked.time_in_force
            )
            Trade.of(ticket, quotes)
        except Invalid as error:
            raise Unsettled(error.message, code=error.code, hint="Change the order and ask again.") from error
        except KeyError:
            no = "There is no quote to judge the order by."
            raise Unsettled(no, code="no_quote", hint="Name a limit price, or try again later.") from None
        return ticket, priced.sentences

    def ticks_of(self, legs: Sequence[Leg]) -> TickRule:
        """The steps that the price of *legs* goes by."""
        return self.chain.ticks_of(legs[0].instrument) if len(legs) == 1 else self.chain.net_ticks


class Completer:
    """Completes tickets from market data and the positions of the account that the order is meant for."""

    def __init__(self, *, market: MarketData, account: AccountView, language: Language, clock: Clock) -> None:
        self._market = market
        self._account = account
        self._language = language
        self._clock = clock

    async def complete(self, asked: PlaceOrder, *, replaces: UUID | None = None) -> Completed:
        """
        Settle everything that *asked* leaves open; *replaces* is the order whose place it is to take.

        Raises:
            Refused: With code, hint and suggestions, each of which can be completed.
        """
        root, now = asked.legs[0].instrument.underlying, self._clock.now()
        chain, account = await asyncio.gather(self._market.chain(underlying_of(root)), self._account.look())
        held = self._account.held(account, apart_from=replaces)
        if chain is None:
            raise await self._unknown_symbol(asked, root, held, now)
        standing = _Standing(chain, held, now)
        try:
            listed, sided = standing.legs(asked)
            of_underlying = (Equity(chain.underlying),) if chain.has_shares else ()
            quotes = await self._quotes(asked, sided, (*listed.instruments, *of_underlying))
            ticket, how_priced = standing.ticket(asked, sided, quotes)
        except Unsettled as no:
            if no.code == "expired" and _would_close(asked, held):
                raise Refused(no.message, code=no.code, hint=SETTLED_ELSEWHERE) from no
            suggestions = await self._tried([(offer, standing) for offer in no.instead], now)
            raise Refused(no.message, code=no.code, hint=no.hint, suggestions=suggestions) from no
        command = as_command(ticket, sided.strategy)
        words = self._language.render(command, as_of=now)
        return Completed(
            ticket=ticket,
            command=command,
            words=words,
            completions=(*listed.sentences, *sided.sentences, *how_priced),
            asked=asked,
            instruments=tuple(listed.instruments),
            account=account,
            quotes=quotes,
            ticks=standing.ticks_of(ticket.legs),
        )

    async def resizings(self, close: PlaceOrder, *, adds: bool) -> tuple[str, ...]:
        """
        The words of orders that make more or less of what *close* closes whole; none where nothing of it is held.

        Raises:
            VenueFailure: What is held, or listed, is not to be had.
        """
        root, now = close.legs[0].instrument.underlying, self._clock.now()
        chain, account = await asyncio.gather(self._market.chain(underlying_of(root)), self._account.look())
        if chain is None:
            return ()
        standing = _Standing(chain, self._account.held(account), now)
        try:
            (instrument,) = find(close, chain, now).instruments
        except Unsettled:
            return ()
        offers = resized(close, standing.held.holding(instrument), adds=adds)
        return tuple(await self._tried([(offer, standing) for offer in offers], now))

    async def _quotes(
        self, asked: PlaceOrder, sided: Sided, instruments: Iterable[Instrument]
    ) -> Mapping[Instrument, Quote]:
        """
        The quotes; none where they are not to be had and the order closes at a price that was typed: it can do without.

        Raises:
            VenueFailure: They are not to be had, and are needed.
        """
        try:
            return await self._market.quotes(list(dict.fromkeys(instruments)))
        except VenueFailure:
            if isinstance(asked.price, Decimal) and not any(leg.action.opens for leg in sided.legs):
                return {}
            raise

    async def _tried(self, candidates: Sequence[tuple[PlaceOrder, _Standing]], now: datetime) -> list[str]:
        """The words of the first few *candidates* that can be completed: no offer is refused again."""
        possible = list(islice(_with_legs(candidates), CANDIDATES))
        if not possible:
            return []
        instruments = dict.fromkeys(leg.instrument for _, _, sided in possible for leg in sided.legs)
        try:
            quotes = await self._market.quotes(list(instruments))
        except VenueFailure:
            return []  # the reason for the refusal is known; what can be offered instead is not
        fitting = (offer for offer, standing, sided in possible if _has_ticket(offer, standing, sided, quotes))
        return list(islice(self._readable(fitting, now), OFFERS))

    def _readable(self, offers: Iterable[PlaceOrder], now: datetime) -> Iterator[str]:
        """The words of those that read back as they are meant."""
        for offer in offers:
            words = self._language.render(offer, as_of=now)
            with suppress(NotUnderstood):
                if self._language.parse(words, as_of=now) == offer:
                    yield words

    async def _unknown_symbol(self, asked: PlaceOrder, symbol: str, held: Standing, now: datetime) -> Refused:
        similar = (await self._market.similar(symbol))[:OFFERS]
        chains = await asyncio.gather(*(self._market.chain(each.symbol) for each in similar))
        suggestions = await self._tried(
            [
                (on_underlying(asked, each.symbol), _Standing(chain, held, now))
                for each, chain in zip(similar, chains, strict=True)
                if chain is not None
            ],
            now,
        )
        return unknown_symbol(symbol, similar, suggestions)


def _would_close(asked: PlaceOrder, held: Standing) -> bool:
    """Whether a leg names what is held, the other way round: a trader who wants out of it wants no other one."""
    return any(
        isinstance(option, EquityOption)
        and isinstance(leg.instrument, AskedOption)
        and (option.right, option.strike, option.expiration)
        == (leg.instrument.right, leg.instrument.strike, leg.instrument.expiration)
        and option.root == leg.instrument.underlying  # the other root of that day may trade on
        and leg.action not in (AskedAction.BUY_TO_OPEN, AskedAction.SELL_TO_OPEN)
        and (leg.action.buys is None or leg.action.buys == (quantity < 0))
        for leg in asked.legs
        for option, quantity in held.items()
        if quantity
    )


def _with_legs(
    candidates: Iterable[tuple[PlaceOrder, _Standing]],
) -> Iterator[tuple[PlaceOrder, _Standing, Sided]]:
    for offer, standing in candidates:
        try:
            _, sided = standing.legs(offer)
        except Unsettled:
            continue
        yield offer, standing, sided


def _has_ticket(offer: PlaceOrder, standing: _Standing, sided: Sided, quotes: Mapping[Instrument, Quote]) -> bool:
    try:
        standing.ticket(offer, sided, quotes)
    except Unsettled:
        return False
    return True
