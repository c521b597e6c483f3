"""Tickets and moments that the tests of the fake venue share."""

from datetime import UTC, date, datetime
from decimal import Decimal

from tastyflow.domain.instruments import Equity, EquityOption, Right
from tastyflow.domain.ticket import Action, Duration, Leg, OrderType, PriceEffect, Ticket, TimeInForce

FRIDAY = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # ten in the morning in New York
SUNDAY = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
DECEMBER = date(2026, 12, 18)
CALL = EquityOption("SPY", DECEMBER, Right.CALL, Decimal(450))
HIGHER = EquityOption("SPY", DECEMBER, Right.CALL, Decimal(455))
PUT = EquityOption("SPY", DECEMBER, Right.PUT, Decimal(450))
SHARES = Equity("SPY")
CENT = Decimal("0.01")

BTO, BTC, STO, STC = Action.BUY_TO_OPEN, Action.BUY_TO_CLOSE, Action.SELL_TO_OPEN, Action.SELL_TO_CLOSE
DAY, GTC, IOC = TimeInForce(), TimeInForce(Duration.GTC), TimeInForce(Duration.IOC)


def limit(price, quantity=10, *, action=BTO, instrument=CALL, tif=DAY):
    effect = PriceEffect.DEBIT if action.buys else PriceEffect.CREDIT
    return Ticket((Leg(action, quantity, instrument),), OrderType.LIMIT, Decimal(price), effect, time_in_force=tif)


def at_market(quantity=10, *, action=BTO, instrument=CALL, tif=DAY):
    return Ticket((Leg(action, quantity, instrument),), OrderType.MARKET, time_in_force=tif)


def stop(trigger, quantity=10, *, action=STC, instrument=CALL, tif=DAY):
    return Ticket((Leg(action, quantity, instrument),), OrderType.STOP, stop=Decimal(trigger), time_in_force=tif)


def spread(price, quantity=5, *, effect=PriceEffect.DEBIT, opens=True, tif=DAY):
    """Long the 450 call, short the 455 call; or the way out of it."""
    buys, sells = (BTO, STO) if opens else (BTC, STC)
    near, far = (CALL, HIGHER) if opens else (HIGHER, CALL)
    legs = (Leg(buys, quantity, near), Leg(sells, quantity, far))
    return Ticket(legs, OrderType.LIMIT, Decimal(price), effect, time_in_force=tif)
