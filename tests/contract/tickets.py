"""
Tickets whose fate is known on every subject of the contract: the quotes they go by are pinned there (`QUOTES`).

    marketable   a limit at the ask: opens, and fills at once        closing     the way out, at once
    resting      a limit far below the bid: works until it is ended  vertical    two legs at a net price
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from tastyflow.domain.instruments import EquityOption, Instrument, Right
from tastyflow.domain.ticket import Action, Duration, Leg, OrderType, PriceEffect, Ticket, TimeInForce

FRIDAY: Final = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # ten in the morning in New York
CLOSE: Final = datetime(2026, 11, 20, 21, 0, tzinfo=UTC)
DECEMBER: Final = date(2026, 12, 18)
CALL: Final = EquityOption("SPY", DECEMBER, Right.CALL, Decimal(450))
HIGHER: Final = EquityOption("SPY", DECEMBER, Right.CALL, Decimal(455))
UNLISTED: Final = EquityOption("SPY", DECEMBER, Right.CALL, Decimal("450.01"))
COARSE: Final = EquityOption("AAPL", DECEMBER, Right.CALL, Decimal(190))
"""An option that trades in cents below three dollars, and in five cents from there."""

QUOTES: Final[Mapping[Instrument, tuple[str, str]]] = {
    CALL: ("10.00", "10.10"),
    HIGHER: ("7.00", "7.10"),
    COARSE: ("4.00", "4.20"),
}
CASH_USD: Final = 100_000

BTO, BTC, STO, STC = Action.BUY_TO_OPEN, Action.BUY_TO_CLOSE, Action.SELL_TO_OPEN, Action.SELL_TO_CLOSE
DAY, GTC = TimeInForce(), TimeInForce(Duration.GTC)
DEBIT, CREDIT = PriceEffect.DEBIT, PriceEffect.CREDIT


def limit(
    price: str, quantity: int = 1, *, action: Action = BTO, of: Instrument = CALL, lasts: TimeInForce = DAY
) -> Ticket:
    effect = DEBIT if action.buys else CREDIT
    return Ticket((Leg(action, quantity, of),), OrderType.LIMIT, Decimal(price), effect, time_in_force=lasts)


def marketable(quantity: int = 1, **how: object) -> Ticket:
    """Opens, and fills at once."""
    return limit(QUOTES[CALL][1], quantity, **how)  # type: ignore[arg-type]


def resting(quantity: int = 1, *, worse: int = 0, **how: object) -> Ticket:
    """Opens, and works until something ends it; *worse* is by how many cents it is even further away."""
    return limit(str(Decimal("9.50") - worse * Decimal("0.01")), quantity, **how)  # type: ignore[arg-type]


def closing(quantity: int = 1) -> Ticket:
    """Closes what `marketable` opened, at once."""
    return limit(QUOTES[CALL][0], quantity, action=STC)


def unlisted() -> Ticket:
    return limit("1", of=UNLISTED)


def unaffordable() -> Ticket:
    return limit("9.50", 10 * CASH_USD // 950)


def market_order(quantity: int = 1, *, action: Action = BTO) -> Ticket:
    return Ticket((Leg(action, quantity, CALL),), OrderType.MARKET)


def vertical(price: str = "3.10", quantity: int = 2) -> Ticket:
    """Long the 450 call and short the 455; at 3.10 or more it fills at once."""
    legs = (Leg(BTO, quantity, CALL), Leg(STO, quantity, HIGHER))
    return Ticket(legs, OrderType.LIMIT, Decimal(price), DEBIT)
