"""
From a request's body to a value, or to a refusal of its shape. Nothing is known here of markets or accounts.

    body ─▶ OrderRequest ── LegRequest, ...       400 validation_error: {"domain": "order-type", "reason": "is missing"}
         └▶ ComplexRequest ── OrderRequest, ...

A body comes from anyone: every text, number and list in it has an upper bound. Numbers may be written as numbers or as
text. ``behavior``, ``schedule`` and ``delay`` are the script of one order; only the SDK for the paper exchange of its
author knows them, and tastytrade itself takes no notice.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from attrs import evolve, frozen

from tastyflow_simulator.book.body_reader import Reader
from tastyflow_simulator.book.formats import ACTIONS, EQUITY, OPTION, PLAIN_ACTIONS, Json

TIMES_IN_FORCE: Final = ("Day", "GTC", "GTD", "IOC", "Ext", "GTC Ext", "Ext Overnight", "GTC Ext Overnight")
ORDER_TYPES: Final = ("Limit", "Market", "Marketable Limit", "Stop", "Stop Limit", "Notional Market")
BEHAVIORS: Final = ("immediate", "delayed", "never", "scheduled", "reject", "partial")
COMPLEX_TYPES: Final = ("OCO", "OTO", "OTOCO", "PAIRS", "BLAST")
INSTRUMENT_TYPES: Final = (
    "Bond", "Cryptocurrency", "Currency Pair", "Equity", "Equity Offering", "Equity Option", "Event Contract",
    "Fixed Income Security", "Future", "Future Option", "Index", "Liquidity Pool", "Unknown", "Warrant",
)  # fmt: skip
EFFECTS: Final = ("Debit", "Credit", "None")

PRICED: Final = frozenset({"Limit", "Stop Limit"})
TRIGGERED: Final = frozenset({"Stop", "Stop Limit"})
NOTIONAL: Final = "Notional Market"

MOST_LEGS = 20
MOST_ORDERS = 20


@frozen
class LegRequest:
    """One leg as asked for; *quantity* is missing in notional orders only."""

    instrument_type: str
    symbol: str
    action: str
    quantity: Decimal | None


@frozen
class Script:
    """How one order shall fill, whatever the market does."""

    behavior: str = "immediate"
    schedule: datetime | None = None
    delay_s: float | None = None


@frozen(kw_only=True)
class OrderRequest:
    """
    What a body asks for.

    Attributes:
        price: Per share, without its sign; *price_effect* says who pays.
        strict: A closing order must stay one, or be refused.
        body: The body itself, as received.
    """

    order_type: str
    time_in_force: str
    legs: tuple[LegRequest, ...]
    price: Decimal | None = None
    price_effect: str | None = None
    value: Decimal | None = None
    value_effect: str | None = None
    stop_trigger: Decimal | None = None
    gtc_date: date | None = None
    source: str | None = None
    external_identifier: str | None = None
    partition_key: str | None = None
    preflight_id: str | None = None
    strict: bool = False
    script: Script = Script()
    body: Json

    @property
    def cost_limit(self) -> Decimal | None:
        """The limit as a signed cost per share: paid is positive, received negative."""
        if self.price is None or self.order_type not in PRICED:
            return None
        return -self.price if self.price_effect == "Credit" else self.price

    def of(self, legs: tuple[LegRequest, ...]) -> "OrderRequest":
        """The same, for other legs."""
        return evolve(self, legs=legs)


@frozen(kw_only=True)
class ComplexRequest:
    """Several orders that know of each other."""

    kind: str
    orders: tuple[OrderRequest, ...]
    trigger: OrderRequest | None
    source: str | None
    external_identifier: str | None
    body: Json


def read_order(body: object) -> OrderRequest:
    """
    Read the body of an order.

    Raises:
        ApiError: 400, with a reason for each field that is missing or wrong.
    """
    reader = Reader(body)
    order = _order(reader, legs=_legs(reader, required=True))
    reader.finish()
    return order


def read_replacement(body: object, original: OrderRequest, *, partial: bool) -> OrderRequest:
    """
    Read what an order shall become: its legs can be left out, and in an edit (*partial*) everything else, too.

    Raises:
        ApiError: 400, with a reason for each field that is missing or wrong.
    """
    if partial and isinstance(body, Mapping):
        body = _terms(original) | dict(body)
    reader = Reader(body)
    legs = _legs(reader, required=False) or original.legs
    order = _order(reader, legs=legs)
    reader.finish()
    return order


def read_complex(body: object) -> ComplexRequest:
    """
    Read the body of a complex order.

    Raises:
        ApiError: 400, with a reason for each field that is missing or wrong.
    """
    reader = Reader(body)
    kind = reader.word("type", COMPLEX_TYPES)
    orders = tuple(_order(each, legs=_legs(each, required=True)) for each in reader.members("orders", MOST_ORDERS))
    inner = reader.member("trigger-order")
    trigger = None if inner is None else _order(inner, legs=_legs(inner, required=True))
    if kind in ("OTO", "OTOCO") and trigger is None:
        reader.fault("trigger-order", "is missing")
    if kind == "OCO" and trigger is not None:
        reader.fault("trigger-order", "must be left out")
    wanted = {"OCO": (2, 2), "OTOCO": (2, 2), "OTO": (1, 3)}.get(kind, (1, MOST_ORDERS))
    if not wanted[0] <= len(orders) <= wanted[1]:
        reader.fault("orders", "has the wrong number of orders")
    source, external = reader.text("source"), reader.text("external-identifier")
    reader.finish()
    return ComplexRequest(
        kind=kind, orders=orders, trigger=trigger, source=source, external_identifier=external, body=reader.body
    )


def _order(reader: Reader, *, legs: tuple[LegRequest, ...]) -> OrderRequest:
    kind = reader.word("order-type", ORDER_TYPES)
    tif = reader.word("time-in-force", TIMES_IN_FORCE)
    price, stop, value = (reader.amount(name) for name in ("price", "stop-trigger", "value"))
    price_effect = reader.word("price-effect", EFFECTS, required=kind in PRICED and bool(price)) or None
    value_effect = reader.word("value-effect", EFFECTS, required=kind == NOTIONAL) or None
    gtc_date = reader.day("gtc-date")
    for name, needed, given in (
        ("price", kind in PRICED, price),
        ("stop-trigger", kind in TRIGGERED, stop),
        ("value", kind == NOTIONAL, value),
        ("gtc-date", tif == "GTD", gtc_date),
    ):
        if needed and given is None:
            reader.fault(name, "is missing")
    if kind != NOTIONAL and any(leg.quantity is None for leg in legs):
        reader.fault("legs.quantity", "is missing")
    return OrderRequest(
        order_type=kind,
        time_in_force=tif,
        legs=legs,
        price=price,
        price_effect=price_effect if price else None,
        value=value,
        value_effect=value_effect,
        stop_trigger=stop,
        gtc_date=gtc_date,
        source=reader.text("source"),
        external_identifier=reader.text("external-identifier"),
        partition_key=reader.text("partition-key"),
        preflight_id=reader.text("preflight-id"),
        strict=_is_strict(reader),
        script=_script(reader),
        body=reader.body,
    )


def _is_strict(reader: Reader) -> bool:
    inner = reader.member("advanced-instructions")
    return inner is not None and inner.flag("strict-position-effect-validation")


def _script(reader: Reader) -> Script:
    behavior = reader.word("behavior", BEHAVIORS, required=False) or "immediate"
    schedule, delay_s = reader.moment("schedule"), reader.seconds("delay")
    if behavior == "scheduled" and schedule is None:
        reader.fault("schedule", "is missing")
    return Script(behavior, schedule, delay_s)


def _legs(reader: Reader, *, required: bool) -> tuple[LegRequest, ...]:
    if not required and not reader.has("legs"):
        return ()
    legs = []
    for leg in reader.members("legs", MOST_LEGS):
        quantity = leg.amount("quantity")
        if quantity is not None and quantity == 0:
            leg.fault("quantity", "must be greater than 0")
        kind = leg.word("instrument-type", INSTRUMENT_TYPES)
        symbol = leg.text("symbol", required=True) or ""
        action = leg.word("action", ACTIONS)
        if action in PLAIN_ACTIONS and kind in (EQUITY, OPTION):  # only futures are bought or sold plainly
            leg.fault("order_legs.action", "is invalid")
        legs.append(LegRequest(kind, symbol, action, quantity))
    if not legs:
        reader.fault("legs", "is missing")
    return tuple(legs)


def _terms(original: OrderRequest) -> Json:
    """What an edit may leave as it is."""
    wanted = (
        "order-type",
        "time-in-force",
        "price",
        "price-effect",
        "stop-trigger",
        "gtc-date",
        "value",
        "value-effect",
    )
    return {name: original.body[name] for name in wanted if name in original.body}
