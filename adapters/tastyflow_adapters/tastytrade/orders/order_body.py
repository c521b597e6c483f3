"""
A ticket as the bytes that tastytrade is sent. Nothing else writes an order.

    Ticket ─▶ the client library's model ─▶ its JSON, without what only its own paper venue reads

What is decided here, and why:

- ``behavior`` (and ``schedule``, ``delay``) steer the library's paper venue. It would send "immediate" with every
  order; a venue that begins to read it must not find it, so it is never sent.
- ``source`` names tastyflow and its version, not the library: it is we who sent it.
- ``price-effect`` goes with every price. The library takes it from a sign, debit being negative, and leaves it out at
  zero: a ticket has no price of zero, so that cannot happen.
- ``strict-position-effect-validation`` goes with every order that closes anything. Without it, tastytrade turns a close
  that finds no position into an open, and its record of positions lags behind fills. An order that only opens has
  nothing to validate, and goes without.
- A replacement carries no legs: they are those of the order that it replaces.
"""

from datetime import date
from decimal import Decimal
from importlib.metadata import version
from typing import Final, TypedDict

from tastytrade.order import (
    AdvancedInstructions,
    BaseOrder,
    InstrumentType,
    LimitOrder,
    MarketOrder,
    OrderAction,
    OrderTimeInForce,
    StopLimitOrder,
    StopOrder,
)
from tastytrade.order import Leg as SdkLeg

from tastyflow.domain.instruments import Equity, plain
from tastyflow.domain.ticket import Leg, OrderType, PriceEffect, Ticket
from tastyflow_adapters.tastytrade.orders.vocabulary import ACTIONS, DURATIONS, EQUITY, EQUITY_OPTION

SOURCE: Final = f"tastyflow:v{version('tastyflow')}"
PAPER_ONLY: Final = frozenset({"behavior", "schedule", "delay"})


class _Common(TypedDict):
    """What an order of any type says."""

    time_in_force: OrderTimeInForce
    gtc_date: date | None
    source: str
    legs: list[SdkLeg]
    external_identifier: str | None
    advanced_instructions: AdvancedInstructions | None


def order_body(ticket: Ticket, *, external_id: str | None, replacing: bool = False) -> bytes:
    """The body of the request that places *ticket*, tagged *external_id*; of one that replaces when *replacing*."""
    unsent = PAPER_ONLY | {"legs"} if replacing else PAPER_ONLY
    order = _order(ticket, external_id)
    return order.model_dump_json(exclude=set(unsent), exclude_none=True, by_alias=True).encode()


def _order(ticket: Ticket, external_id: str | None) -> BaseOrder:
    common = _Common(
        time_in_force=OrderTimeInForce(DURATIONS[ticket.time_in_force.duration]),
        gtc_date=ticket.time_in_force.until,
        source=SOURCE,
        legs=[_leg(leg) for leg in ticket.legs],
        external_identifier=external_id,
        advanced_instructions=_instructions(ticket),
    )
    match ticket.order_type:
        case OrderType.LIMIT:
            return LimitOrder(**common, price=_price(ticket))
        case OrderType.MARKET:
            return MarketOrder(**common)
        case OrderType.STOP:
            return StopOrder(**common, stop_trigger=_stop(ticket))
        case OrderType.STOP_LIMIT:
            return StopLimitOrder(**common, price=_price(ticket), stop_trigger=_stop(ticket))


def _leg(leg: Leg) -> SdkLeg:
    kind = EQUITY if isinstance(leg.instrument, Equity) else EQUITY_OPTION
    return SdkLeg(
        instrument_type=InstrumentType(kind),
        symbol=leg.instrument.occ,
        action=OrderAction(ACTIONS[leg.action]),
        quantity=leg.quantity,
    )


def _price(ticket: Ticket) -> Decimal:
    """The limit, signed as the client library wants it: a debit is negative."""
    price = _written_out(ticket.price)
    return -price if ticket.price_effect is PriceEffect.DEBIT else price


def _stop(ticket: Ticket) -> Decimal:
    return _written_out(ticket.stop)


def _written_out(price: Decimal | None) -> Decimal:
    """*price*, which a ticket of that type has, never with an exponent: some programs do not read "1E+1"."""
    if price is None:
        raise ValueError("the ticket has no price where its type wants one.")
    return Decimal(plain(price))


def _instructions(ticket: Ticket) -> AdvancedInstructions | None:
    closes = any(not leg.action.opens for leg in ticket.legs)
    return AdvancedInstructions(strict_position_effect_validation=True) if closes else None
