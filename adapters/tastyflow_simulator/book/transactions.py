"""
The account's journal of money and shares: one line for each fill, expiry, exercise and deposit.

    Trade              Buy to Open · Sell to Close …      with fees
    Receive Deliver    Expiration · Exercise · Assignment · Cash Settled …
    Money Movement     Deposit

Unlike orders, the recorded ones end their moments with a Z, and say their quantities with a decimal.
"""

from datetime import datetime
from decimal import Decimal

from attrs import frozen

from tastyflow.domain.expirations import new_york_date
from tastyflow.domain.instruments import EquityOption, from_occ
from tastyflow_simulator.book.fees import NO_FEES, Fees, transaction_fees
from tastyflow_simulator.book.formats import CENT, ZERO, Json, count, money, signed, with_effect, zulu
from tastyflow_simulator.book.orders import Fill, Leg, Order
from tastyflow_simulator.book.positions import Holding


@frozen(kw_only=True)
class Transaction:
    """One line; *value* is what the account received before fees, negative where it paid."""

    number: int
    kind: str
    sub_kind: str
    description: str
    at: datetime
    value: Decimal = ZERO
    fees: Fees = NO_FEES
    symbol: str | None = None
    instrument_type: str | None = None
    underlying: str | None = None
    action: str | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    order: int | None = None
    legs: int | None = None
    fill: Fill | None = None


def trade(number: int, order: Order, leg: Leg, fill: Fill, fees: Fees) -> Transaction:
    """The line that a fill leaves."""
    verb = "Bought" if leg.buys else "Sold"
    return Transaction(
        number=number,
        kind="Trade",
        sub_kind=leg.action,
        description=f"{verb} {count(fill.quantity)} {_spoken(leg.symbol)} @ {_price(fill.price)}",
        at=fill.at,
        value=-signed(leg.action, fill.quantity) * fill.price * leg.multiplier,
        fees=fees,
        symbol=leg.symbol,
        instrument_type=leg.instrument_type,
        underlying=order.underlying,
        action=leg.action,
        quantity=fill.quantity,
        price=fill.price,
        order=order.number,
        legs=len(order.legs),
        fill=fill,
    )


def delivery(number: int, holding: Holding, sub_kind: str, value: Decimal, at: datetime) -> Transaction:
    """The line that the end of an option leaves."""
    return Transaction(
        number=number,
        kind="Receive Deliver",
        sub_kind=sub_kind,
        description=f"{sub_kind} of {count(abs(holding.quantity))} {holding.symbol}",
        at=at,
        value=value,
        symbol=holding.symbol,
        instrument_type=holding.instrument_type,
        underlying=holding.underlying,
        action="Sell to Close" if holding.quantity > 0 else "Buy to Close",
        quantity=abs(holding.quantity),
        price=ZERO,
    )


def transaction_json(line: Transaction, *, account: str) -> Json:
    fill = line.fill
    shown: Json = {
        "id": line.number,
        "account-number": account,
        "symbol": line.symbol,
        "instrument-type": line.instrument_type,
        "underlying-symbol": line.underlying,
        "transaction-type": line.kind,
        "transaction-sub-type": line.sub_kind,
        "description": line.description,
        "action": line.action,
        "quantity": None if line.quantity is None else money(line.quantity),
        "price": None if line.price is None else money(line.price),
        "executed-at": zulu(line.at),
        "created-at": zulu(line.at),
        "currency": "USD",
        "transaction-date": new_york_date(line.at).isoformat(),
        **with_effect("value", line.value),
        **with_effect("net-value", line.value - line.fees.total),
        **(transaction_fees(line.fees) if fill is not None else {}),
        "is-estimated-fee": True,
        "order-id": line.order,
        "leg-count": line.legs,
        "ext-exec-id": None if fill is None else fill.exec_id,
        "ext-group-fill-id": None if fill is None else "0",
        "exec-id": None if fill is None else fill.exec_id,
        "ext-exchange-order-number": None if line.order is None else str(line.order),
        "ext-global-order-number": line.order,
        "destination-venue": None if fill is None else fill.venue,
    }
    return {name: value for name, value in shown.items() if value is not None}


def _spoken(symbol: str) -> str:
    """A symbol as a transaction tells it: SPY 12/18/26 Call 450.00."""
    instrument = from_occ(symbol)
    if not isinstance(instrument, EquityOption):
        return symbol
    right = instrument.right.value.capitalize()
    return f"{instrument.root} {instrument.expiration:%m/%d/%y} {right} {_price(instrument.strike)}"


def _price(price: Decimal) -> str:
    """Cents, and what is finer where there is any."""
    return f"{price:.2f}" if price % CENT == 0 else f"{price.normalize():f}"
