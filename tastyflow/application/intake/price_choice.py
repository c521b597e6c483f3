"""
The price of an order, settled: the type, the limit, whether it is paid or received, and the stop.

    typed number ─▶ debit or credit? ─▶ on tick? ────────────────────────┬─▶ Priced
    none, "mid", "natural" ─▶ the market of all legs ─▶ on its own side? ┘
                                     └──────────────────────┴─▶ Unsettled

What the legs together surely are is never contradicted: a strategy that is sold is not priced as a debit, whatever the
text or the quotes say.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from attrs import evolve, frozen

from tastyflow.application.intake.net_market import NetMarket, net_market
from tastyflow.application.intake.open_or_close import as_asked
from tastyflow.application.intake.unsettled import Unsettled, unpriced
from tastyflow.domain.commands import PlaceOrder
from tastyflow.domain.instruments import Instrument, TickRule, plain
from tastyflow.domain.strategies import is_bought
from tastyflow.domain.ticket import ONE_LEG_TYPES, Duration, Leg, OrderType, PriceEffect
from tastyflow.domain.venue import Quote

Quotes = Mapping[Instrument, Quote]

_DONE: Final = {PriceEffect.DEBIT: "paid, a debit", PriceEffect.CREDIT: "received, a credit"}


@frozen
class Priced:
    """The price of a ticket, and the sentences that tell how it was settled."""

    order_type: OrderType
    price: Decimal | None = None
    price_effect: PriceEffect | None = None
    stop: Decimal | None = None
    sentences: tuple[str, ...] = ()


def settle_price(asked: PlaceOrder, legs: Sequence[Leg], ticks: TickRule, quotes: Quotes) -> Priced:
    """
    The price of *asked*, whose legs were settled as *legs*.

    Args:
        ticks: Of the one leg, or of net prices.

    Raises:
        Unsettled: It contradicts the legs or the market, is on no tick, or cannot be known.
    """
    sure = sure_effect(legs)
    _refuse_type(asked, legs, sure)
    if asked.price_effect and sure and asked.price_effect is not sure:
        raise Unsettled(
            f"On this side of the trade the price is {_DONE[sure]}.",
            code="conflict",
            hint=f"Write '{sure}', or turn the trade round.",
            instead=[evolve(asked, price_effect=sure)],
        )
    effect = sure or asked.price_effect
    for value in (asked.price, asked.stop):
        if isinstance(value, Decimal) and not ticks.allows(value):
            raise _off_tick(asked, value, ticks)
    if asked.order_type in ONE_LEG_TYPES:
        return Priced(asked.order_type, stop=asked.stop)
    if not isinstance(asked.price, Decimal):
        return _by_policy(asked, legs, effect, ticks, quotes)
    if effect is None:
        raise Unsettled(
            "Is that price paid or received?",
            code="ambiguous",
            hint="Write 'debit' or 'credit' behind it.",
            instead=[evolve(asked, price_effect=each) for each in PriceEffect],
        )
    return Priced(asked.order_type or OrderType.LIMIT, asked.price, effect, asked.stop)


def sure_effect(legs: Sequence[Leg]) -> PriceEffect | None:
    """What these legs are, whatever the market: a debit, a credit; None where only the market knows."""
    sides = {leg.action.buys for leg in legs}
    bought = is_bought(as_asked(legs)) if len(sides) > 1 else sides.pop()
    return None if bought is None else PriceEffect.DEBIT if bought else PriceEffect.CREDIT


def _refuse_type(asked: PlaceOrder, legs: Sequence[Leg], sure: PriceEffect | None) -> None:
    """Market orders and stops have one leg: several trade at one net price, or not at all."""
    if len(legs) == 1 or asked.order_type not in ONE_LEG_TYPES:
        return
    if asked.order_type is OrderType.MARKET:
        raise Unsettled(
            "A market order has one leg; several trade at one net price.",
            code="one_leg_only",
            hint="Write '@ natural' for what trades now; without a price it is the mid.",
            instead=[*_at_natural(asked, sure), unpriced(asked)],
        )
    raise Unsettled(
        "A stop that goes at the market has one leg; several need a limit behind the stop.",
        code="one_leg_only",
        hint="Write 'stop 2 limit 2.1'.",
        instead=[evolve(asked, order_type=OrderType.STOP_LIMIT, price=asked.stop, price_effect=sure)],
    )


def _at_natural(asked: PlaceOrder, sure: PriceEffect | None) -> list[PlaceOrder]:
    """With both effects where only the market knows: the one that it contradicts is not offered in the end."""
    effects = [sure] if sure else list(PriceEffect)
    return [evolve(asked, order_type=OrderType.LIMIT, price="natural", price_effect=effect) for effect in effects]


def _off_tick(asked: PlaceOrder, value: Decimal, ticks: TickRule) -> Unsettled:
    near = [tick for tick in (ticks.down(value), ticks.up(value)) if tick > 0]
    return Unsettled(
        f"{plain(value)} is not on a tick; prices there go by {plain(ticks.size_at(value))}.",
        code="off_tick",
        hint="The nearest: " + " and ".join(plain(tick) for tick in near) + ".",
        instead=[evolve(asked, price=tick) if value == asked.price else evolve(asked, stop=tick) for tick in near],
    )


# ── no number was typed ────────────────────────────────────────────────────────────────────────────────────────


def _by_policy(
    asked: PlaceOrder, legs: Sequence[Leg], effect: PriceEffect | None, ticks: TickRule, quotes: Quotes
) -> Priced:
    """At the natural price where the text says so, or would be cancelled at once elsewhere; else at the mid."""
    at_once = asked.price is None and asked.time_in_force.duration is Duration.IOC
    market = net_market(legs, quotes)
    if market is None:
        raise Unsettled(_no_market(legs, quotes), code="no_quote", hint="Name a limit price.")
    several = len(legs) > 1
    if asked.price == "natural" or at_once:
        exact, (price, found), where = market.natural, market.at_natural(), "the natural price"
    else:
        exact, (price, found), where = market.mid, market.at_mid(ticks), "the mid"
    if several and (abs(exact) < ticks.size_at(Decimal(0)) and (effect is None or not exact)):
        raise _neither_paid_nor_received(asked, market, where, effect, ticks)
    if effect not in (None, found):
        raise _against_the_market(asked, market, where, effect)
    shown = f"{market.in_words(with_effects=several)}: {plain(price)}"
    if several and market.natural * market.passive < 0:
        shown += f" {found}"
    return Priced(OrderType.LIMIT, price, found, asked.stop, (f"Priced at {where} of {shown}.",))


def _no_market(legs: Sequence[Leg], quotes: Quotes) -> str:
    if len(legs) == 1:
        return "There is no two-sided quote to price it by."
    bare = next(leg for leg in legs if leg.instrument not in quotes or not quotes[leg.instrument].is_two_sided)
    return f"There is no two-sided quote of {bare.instrument.in_words()} to price it by."


def _neither_paid_nor_received(
    asked: PlaceOrder, market: NetMarket, where: str, effect: PriceEffect | None, ticks: TickRule
) -> Unsettled:
    smallest = ticks.size_at(Decimal(0))
    effects = [effect] if effect else list(PriceEffect)
    return Unsettled(
        f"Between {market.in_words(with_effects=True)}, {where} is next to nothing: neither paid nor received.",
        code="no_price",
        hint="Name a limit price, with 'debit' or 'credit'.",
        instead=[evolve(asked, order_type=OrderType.LIMIT, price=smallest, price_effect=each) for each in effects],
    )


def _against_the_market(asked: PlaceOrder, market: NetMarket, where: str, effect: PriceEffect | None) -> Unsettled:
    """By the quotes, what is surely sold costs money, or what is bought brings it: such a price is never meant."""
    other = "costs" if effect is PriceEffect.CREDIT else "brings"
    at_mid = [evolve(asked, price="mid", price_effect=effect)] if asked.price == "natural" else []
    return Unsettled(
        f"It is a {effect}, and by the quotes {where} {other} money: {market.in_words(with_effects=True)}.",
        code="against_the_market",
        hint="Look at the legs again, or name a limit price.",
        instead=at_mid,
    )
