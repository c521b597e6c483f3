"""
Step four: what the text left open is settled by the chain, the position held and the quote, or refused with a way out.

    PlaceOrder ─▶ listed? ─▶ open or close? ─▶ price on tick, or priced at the mid ─▶ Completed(ticket, completions)

Every completion is a sentence that the trader sees. What cannot be settled is an error with suggestions, never a guess.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from attrs import evolve, frozen

from tastyflow.application.pricing import NET_TICKS, net_market
from tastyflow.domain.commands import (
    AskedAction,
    AskedExpiration,
    AskedLeg,
    AskedOption,
    AskedShares,
    DaysOut,
    PlaceOrder,
    Strategy,
)
from tastyflow.domain.expirations import new_york_date
from tastyflow.domain.instruments import (
    Equity,
    EquityOption,
    Instrument,
    TickRule,
    chat_symbol,
    plain,
    underlying_of,
)
from tastyflow.domain.ticket import Action, Leg, OrderType, PriceEffect, Ticket
from tastyflow.domain.venue import Chain, Expiration, Quote
from tastyflow.errors import Invalid, Refused
from tastyflow.ports import Broker, Clock, Language, MarketData


@frozen
class Completed:
    """
    A ticket that can be drafted.

    Attributes:
        command: The command that asks for exactly this ticket; *words* are its rendering.
        completions: What the text left open and how it was settled, as sentences.
        prices: A price per share for each leg: what `risk.notional_usd` counts where the ticket names none.
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
        prices = {i: quote.ask if quote.ask > 0 else quote.bid for i, quote in quotes.items()}
        if ticket.price is None and ticket.stop is None and any(i not in prices for i in listed):
            raise Refused("There is no quote to judge a market order by.", code="no_quote", hint="Name a limit price.")
        return Completed(ticket, command, self._say(command), tuple(said), prices)

    def _say(self, asked: PlaceOrder) -> str:
        return self._language.render(asked)

    async def _unknown_symbol(self, asked: PlaceOrder, symbol: str) -> Refused:
        similar = await self._market.similar(symbol)
        options = [self._say(_each(asked, lambda leg, s=name: evolve(leg, underlying=s))) for name in similar[:3]]
        return Refused(
            f"{chat_symbol(symbol)} is not a symbol that trades here.",
            code="unknown_symbol",
            hint="Check the ticker." if similar else "Nothing listed looks like it.",
            suggestions=options,
        )

    # ── listed? ────────────────────────────────────────────────────────────────────────────────────────────────

    def _listed(self, asked: PlaceOrder, leg: AskedLeg, chain: Chain, said: list[str]) -> Instrument:
        wanted = leg.instrument
        if isinstance(wanted, AskedShares):
            if not chain.has_shares:
                raise Refused(f"{chat_symbol(wanted.underlying)} is an index: it has no shares.", code="no_shares")
            return Equity(wanted.underlying)
        candidates = [e for e in chain.expirations if wanted.underlying in (e.root, chain.underlying)]
        listing = self._expiration(asked, wanted, candidates, said)
        if wanted.strike not in listing.strikes:
            raise self._unlisted_strike(asked, wanted, listing)
        if listing.root != wanted.underlying:
            said.append(f"{listing.day:%b %d} is listed under the root {listing.root}.")
        return EquityOption(listing.root, listing.day, wanted.right, wanted.strike)

    def _expiration(
        self, asked: PlaceOrder, wanted: AskedOption, candidates: Sequence[Expiration], said: list[str]
    ) -> Expiration:
        today = new_york_date(self._clock.now())
        open_ones = [e for e in candidates if e.day >= today]
        if not open_ones:
            raise Refused(f"{chat_symbol(wanted.underlying)} has no listed options.", code="no_options")
        target = _target(wanted.expiration, today)
        nearest = sorted(open_ones, key=lambda e: (abs(e.day - target), e.day, e.root != wanted.underlying))
        best = nearest[0]
        if isinstance(wanted.expiration, DaysOut):
            said.append(f"The listed expiration nearest to {wanted.expiration.dte} days is {best.day:%a %b %d %Y}.")
            return best
        if best.day == target:
            return best
        days = list(dict.fromkeys(e.day for e in nearest))[:3]
        raise Refused(
            f"{chat_symbol(wanted.underlying)} lists no options that expire on {target:%a %b %d %Y}.",
            code="expiration_not_listed",
            hint="The nearest: " + ", ".join(f"{day:%a %b %d %Y}" for day in days) + ".",
            suggestions=[self._say(_each(asked, lambda leg, d=day: evolve(leg, expiration=d))) for day in days],
        )

    def _unlisted_strike(self, asked: PlaceOrder, wanted: AskedOption, listing: Expiration) -> Refused:
        near = sorted(listing.strikes, key=lambda strike: (abs(strike - wanted.strike), strike))[:3]
        exact = evolve(wanted, expiration=listing.day)
        return Refused(
            f"{chat_symbol(wanted.underlying)} {listing.day:%b %d %Y} has no {plain(wanted.strike)} strike.",
            code="strike_not_listed",
            hint="The nearest: " + ", ".join(plain(strike) for strike in sorted(near)) + ".",
            suggestions=[
                self._say(_each(asked, lambda leg, s=strike: evolve(leg, strike=s, expiration=exact.expiration)))
                for strike in near
            ],
        )

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
        if order_type in (None, OrderType.LIMIT) and not isinstance(price, Decimal):
            price, effect, sentence = _by_policy(legs, quotes, ticks, at_natural=asked.price == "natural")
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
    price = market.at_natural if at_natural else market.at_mid(ticks)
    where = "the natural price" if at_natural else "the mid"
    low, high = sorted((abs(market.passive), abs(market.natural)))
    return price, market.effect, f"Priced at {where} of {plain(low)} / {plain(high)}: {plain(price)}."


def _each(asked: PlaceOrder, change: Callable[..., AskedShares | AskedOption]) -> PlaceOrder:
    return evolve(asked, legs=tuple(evolve(leg, instrument=change(leg.instrument)) for leg in asked.legs))


def _target(expiration: AskedExpiration, today: date) -> date:
    return today + timedelta(days=expiration.dte) if isinstance(expiration, DaysOut) else expiration


def _settled(asked: AskedAction, position: int) -> Action:
    """Open or close: a plain side closes what is held the other way round; ``close`` goes against the position."""
    if asked is AskedAction.BUY:
        return Action.BUY_TO_CLOSE if position < 0 else Action.BUY_TO_OPEN
    if asked is AskedAction.SELL:
        return Action.SELL_TO_CLOSE if position > 0 else Action.SELL_TO_OPEN
    if asked is AskedAction.CLOSE:
        return Action.BUY_TO_CLOSE if position < 0 else Action.SELL_TO_CLOSE
    return Action(asked.value)
