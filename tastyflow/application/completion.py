"""
Step four: what the text left open is settled by the chain, the position held and the quote, or refused with a way out.

    PlaceOrder ─▶ listed? ─▶ open or close? ─▶ price on tick, or priced at the mid ─▶ Completed(ticket, completions)

Every completion is a sentence that the trader sees. What cannot be settled is an error with suggestions, never a guess.
"""

import asyncio
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from attrs import evolve, frozen

from tastyflow.application.listing import OFFERS, Missing, find, is_listed, on_underlying
from tastyflow.application.pricing import NET_TICKS, net_market
from tastyflow.domain.commands import (
    AskedAction,
    AskedLeg,
    AskedOption,
    AskedShares,
    PlaceOrder,
    Strategy,
)
from tastyflow.domain.expirations import new_york_date
from tastyflow.domain.instruments import (
    Equity,
    Instrument,
    TickRule,
    chat_symbol,
    plain,
    underlying_of,
)
from tastyflow.domain.risk import notional_usd
from tastyflow.domain.ticket import Action, Duration, Leg, OrderType, PriceEffect, Ticket
from tastyflow.domain.venue import Chain, Quote
from tastyflow.errors import Invalid, Refused
from tastyflow.ports import Broker, Clock, Language, MarketData


@frozen
class Completed:
    """
    A ticket that can be drafted.

    Attributes:
        command: The command that asks for exactly this ticket; *words* are its rendering.
        completions: What the text left open and how it was settled, as sentences.
        prices: The ask per share of each leg that has one: what `risk.notional_usd` counts where the ticket names none.
    """

    ticket: Ticket
    command: PlaceOrder
    words: str
    completions: tuple[str, ...]
    prices: Mapping[Instrument, Decimal]


def as_command(ticket: Ticket, strategy: Strategy = Strategy.SINGLE) -> PlaceOrder:
    """The ticket as the command that asks for exactly it; its rendering is the echo that the trader sees."""
    legs = tuple(
        AskedLeg(AskedAction(leg.action.value), leg.quantity, _as_asked(leg.instrument)) for leg in ticket.legs
    )
    return PlaceOrder(
        legs=legs,
        strategy=strategy,
        order_type=ticket.order_type,
        price=ticket.price,
        price_effect=ticket.price_effect,
        stop=ticket.stop,
        time_in_force=ticket.time_in_force,
    )


def _as_asked(instrument: Instrument) -> AskedShares | AskedOption:
    if isinstance(instrument, Equity):
        return AskedShares(instrument.symbol)
    return AskedOption(instrument.root, instrument.right, instrument.strike, instrument.expiration)


class Completer:
    """Completes tickets from market data and the positions of the account that the order is meant for."""

    def __init__(self, *, market: MarketData, account: Broker, language: Language, clock: Clock) -> None:
        self._market = market
        self._account = account
        self._language = language
        self._clock = clock

    async def complete(self, asked: PlaceOrder) -> Completed:
        """
        Settle everything that *asked* leaves open.

        Raises:
            Refused: With code, hint and suggestions.
        """
        root = asked.legs[0].instrument.underlying
        chain, positions = await asyncio.gather(
            self._market.chain(underlying_of(root)),
            self._account.positions(),
        )
        if chain is None:
            raise await self._unknown_symbol(asked, root)
        said: list[str] = []
        listed = [self._listed(asked, leg, chain, said) for leg in asked.legs]
        held = {position.instrument: position.quantity for position in positions}
        legs = tuple(
            Leg(self._action(asked, leg, instrument, held, said), leg.quantity, instrument)
            for leg, instrument in zip(asked.legs, listed, strict=True)
        )
        quotes = await self._market.quotes(listed)
        ticket = self._priced(asked, legs, chain, quotes, said)
        command = as_command(ticket, asked.strategy)
        prices = {instrument: quote.ask for instrument, quote in quotes.items() if quote.ask > 0}
        try:
            notional_usd(ticket, prices)
        except KeyError:
            no = "There is no quote to judge the order by."
            raise Refused(no, code="no_quote", hint="Name a limit price, or try again later.") from None
        return Completed(ticket, command, self._say(command), tuple(said), prices)

    def _say(self, asked: PlaceOrder) -> str:
        return self._language.render(asked)

    async def _unknown_symbol(self, asked: PlaceOrder, symbol: str) -> Refused:
        similar = (await self._market.similar(symbol))[:OFFERS]
        chains = await asyncio.gather(*(self._market.chain(name) for name in similar))
        offers = [
            on_underlying(asked, name)
            for name, chain in zip(similar, chains, strict=True)
            if chain is not None and is_listed(on_underlying(asked, name), chain, self._today())
        ]
        alike = ", ".join(chat_symbol(name) for name in similar)
        return Refused(
            f"{chat_symbol(symbol)} is not a symbol that trades here.",
            code="unknown_symbol",
            hint=f"Check the ticker; listed are {alike}." if alike else "Nothing listed looks like it.",
            suggestions=[self._say(offer) for offer in offers],
        )

    def _listed(self, asked: PlaceOrder, leg: AskedLeg, chain: Chain, said: list[str]) -> Instrument:
        found = find(asked, leg.instrument, chain, self._today())
        if isinstance(found, Missing):
            offers = [self._say(offer) for offer in found.instead]
            raise Refused(found.message, code=found.code, hint=found.hint, suggestions=offers)
        if found.said and found.said not in said:
            said.append(found.said)
        return found.instrument

    def _today(self) -> date:
        return new_york_date(self._clock.now())

    # ── open or close? ─────────────────────────────────────────────────────────────────────────────────────────

    def _action(
        self, asked: PlaceOrder, leg: AskedLeg, instrument: Instrument, held: Mapping[Instrument, int], said: list[str]
    ) -> Action:
        position = held.get(instrument, 0)
        action = _settled(leg.action, position)
        closable = -position if action.buys else position
        if action.opens or leg.quantity <= closable:
            if leg.action.value != action.value:
                holding = f"{position:,} held" if position else "nothing held"
                said.append(f"{leg.action.value.capitalize()} means {action.value.replace('_', ' ')}: {holding}.")
            return action
        if closable <= 0:
            raise Refused(
                "There is no position to close.", code="nothing_to_close", hint="Type 'positions' to see yours."
            )
        less = [self._say(evolve(asked, legs=(evolve(leg, quantity=closable),)))] if len(asked.legs) == 1 else []
        raise Refused(
            f"Only {closable:,} can be closed; {leg.quantity:,} were asked for.",
            code="closes_too_much",
            hint="Close what is held; open the rest with an order of its own.",
            suggestions=less,
        )

    # ── the price ──────────────────────────────────────────────────────────────────────────────────────────────

    def _priced(
        self,
        asked: PlaceOrder,
        legs: tuple[Leg, ...],
        chain: Chain,
        quotes: Mapping[Instrument, Quote],
        said: list[str],
    ) -> Ticket:
        ticks = chain.ticks_of(legs[0].instrument) if len(legs) == 1 else NET_TICKS
        order_type, price, effect = asked.order_type, asked.price, asked.price_effect
        at_once = (
            asked.price is None and asked.time_in_force.duration is Duration.IOC
        )  # at the mid it would be cancelled
        if order_type in (None, OrderType.LIMIT) and not isinstance(price, Decimal):
            price, effect, sentence = _by_policy(legs, quotes, ticks, at_natural=asked.price == "natural" or at_once)
            order_type = OrderType.LIMIT
            said.append(sentence)
        if isinstance(price, Decimal) and effect is None:
            effect = PriceEffect.DEBIT if legs[0].action.buys else PriceEffect.CREDIT
        for value in (price, asked.stop):
            if isinstance(value, Decimal) and not ticks.allows(value):
                raise self._off_tick(asked, value, ticks)
        try:
            return Ticket(
                legs=legs,
                order_type=order_type or OrderType.LIMIT,
                price=price if isinstance(price, Decimal) else None,
                price_effect=effect if isinstance(price, Decimal) else None,
                stop=asked.stop,
                time_in_force=asked.time_in_force,
            )
        except Invalid as error:
            raise Refused(error.message, code=error.code, hint="Change the order and ask again.") from error

    def _off_tick(self, asked: PlaceOrder, value: Decimal, ticks: TickRule) -> Refused:
        near = [tick for tick in (ticks.down(value), ticks.up(value)) if tick > 0]
        mended = [evolve(asked, price=tick) if value == asked.price else evolve(asked, stop=tick) for tick in near]
        return Refused(
            f"{plain(value)} is not on a tick; prices there go by {plain(ticks.size_at(value))}.",
            code="off_tick",
            hint="The nearest: " + " and ".join(plain(tick) for tick in near) + ".",
            suggestions=[self._say(command) for command in mended],
        )


def _by_policy(
    legs: tuple[Leg, ...], quotes: Mapping[Instrument, Quote], ticks: TickRule, *, at_natural: bool
) -> tuple[Decimal, PriceEffect, str]:
    """The limit of an order without a price, its effect, and the sentence that says so."""
    market = net_market(legs, quotes)
    if market is None:
        raise Refused("There is no two-sided quote to price it by.", code="no_quote", hint="Name a limit price.")
    price, effect = market.at_natural() if at_natural else market.at_mid(ticks)
    where = "the natural price" if at_natural else "the mid"
    low, high = sorted((abs(market.passive), abs(market.natural)))
    return price, effect, f"Priced at {where} of {plain(low)} / {plain(high)}: {plain(price)}."


def _settled(asked: AskedAction, position: int) -> Action:
    """Open or close: a plain side closes what is held the other way round; ``close`` goes against the position."""
    if asked is AskedAction.BUY:
        return Action.BUY_TO_CLOSE if position < 0 else Action.BUY_TO_OPEN
    if asked is AskedAction.SELL:
        return Action.SELL_TO_CLOSE if position > 0 else Action.SELL_TO_OPEN
    if asked is AskedAction.CLOSE:
        return Action.BUY_TO_CLOSE if position < 0 else Action.SELL_TO_CLOSE
    return Action(asked.value)
