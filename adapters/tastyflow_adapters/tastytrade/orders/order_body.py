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

from decimal import Decimal
from importlib.metadata import version
from typing import Any, Final

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
from tastytrade.order import Leg as WireLeg

from tastyflow.domain.instruments import Equity, plain
from tastyflow.domain.ticket import Leg, OrderType, PriceEffect, Ticket
from tastyflow_adapters.tastytrade.orders.vocabulary import ACTIONS, DURATIONS, EQUITY, EQUITY_OPTION

SOURCE: Final = f"tastyflow:v{version('tastyflow')}"
PAPER_ONLY: Final = frozenset({"behavior", "schedule", "delay"})

_MODELS: Final[dict[OrderType, type[BaseOrder]]] = {
    OrderType.LIMIT: LimitOrder,
    OrderType.MARKET: MarketOrder,
    OrderType.STOP: StopOrder,
    OrderType.STOP_LIMIT: StopLimitOrder,
}


def to_wire(ticket: Ticket, *, external_id: str | None, replacing: bool = False) -> bytes:
    """The body of the request that places *ticket*, tagged *external_id*; of one that replaces when *replacing*."""
    order = _MODELS[ticket.order_type](
        time_in_force=OrderTimeInForce(DURATIONS[ticket.time_in_force.duration]),
        gtc_date=ticket.time_in_force.until,
        source=SOURCE,
        legs=[_leg(leg) for leg in ticket.legs],
        external_identifier=external_id,
        advanced_instructions=_instructions(ticket),
        **_prices(ticket),
    )
    unsent = PAPER_ONLY | {"legs"} if replacing else PAPER_ONLY
    return order.model_dump_json(exclude=set(unsent), exclude_none=True, by_alias=True).encode()


def _leg(leg: Leg) -> WireLeg:
    kind = EQUITY if isinstance(leg.instrument, Equity) else EQUITY_OPTION
    return WireLeg(
        instrument_type=InstrumentType(kind),
        symbol=leg.instrument.occ,
        action=OrderAction(ACTIONS[leg.action]),
        quantity=leg.quantity,
    )


def _prices(ticket: Ticket) -> dict[str, Any]:
    prices: dict[str, Any] = {}
    if ticket.price is not None:
        price = Decimal(plain(ticket.price))  # never with an exponent: "1E+1" is a number that not everybody reads
        prices["price"] = -price if ticket.price_effect is PriceEffect.DEBIT else price
    if ticket.stop is not None:
        prices["stop_trigger"] = Decimal(plain(ticket.stop))
    return prices


def _instructions(ticket: Ticket) -> AdvancedInstructions | None:
    closes = any(not leg.action.opens for leg in ticket.legs)
    return AdvancedInstructions(strict_position_effect_validation=True) if closes else None
