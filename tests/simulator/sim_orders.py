"""
Orders as JSON, and a book to try them on: a real market, no server, and a clock that is a number.

    TimedBook ── place(limit(...)) ─▶ order id     wait(seconds)     status(id)     heard: what the streamer would say
"""

import json
import random
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tastyflow.domain.instruments import EquityOption, Right
from tastyflow_simulator.admin.faults import FaultKind, SimulatorFault
from tastyflow_simulator.book import Book
from tastyflow_simulator.errors import ApiError
from tastyflow_simulator.market import Market
from tastyflow_simulator.options import Hours, Options, Side, Timings

Json = dict[str, Any]

FRIDAY_10AM = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
FRIDAY_NIGHT = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
EXPIRY = date(2026, 12, 18)
ACCOUNT = "5WT00001"
MONDAY_OPEN = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
NEW_TERMS = {"order-type": "Limit", "time-in-force": "Day", "price": "2.01", "price-effect": "Debit"}


def option(strike: str = "450", right: Right = Right.CALL, day: date = EXPIRY, root: str = "SPY") -> str:
    return EquityOption(root, day, right, Decimal(strike)).occ


CALL, HIGHER_CALL, PUT = option(), option("460"), option("440", Right.PUT)


def leg(action: str, symbol: str = CALL, quantity: Any = 1, kind: str | None = None) -> Json:
    kind = kind or ("Equity Option" if len(symbol) == 21 else "Equity")
    shown = {"instrument-type": kind, "symbol": symbol, "action": action}
    return shown if quantity is None else shown | {"quantity": quantity}


def order(kind: str, *legs: Json, tif: str = "Day", **rest: Any) -> Json:
    rest = {name.replace("_", "-"): value for name, value in rest.items()}
    return {"order-type": kind, "time-in-force": tif, "legs": list(legs), **rest}


def limit(price: str, effect: str, *legs: Json, **rest: Any) -> Json:
    return order("Limit", *legs, price=price, price_effect=effect, **rest)


def market_order(*legs: Json, **rest: Any) -> Json:
    return order("Market", *legs, **rest)


def vertical(price: str = "1.00", quantity: int = 1, **rest: Any) -> Json:
    legs = leg("Buy to Open", CALL, quantity), leg("Sell to Open", HIGHER_CALL, quantity)
    return limit(price, "Debit", *legs, **rest)


def scripted(behavior, quantity=4, price="1.00", **rest):
    """A limit that the market would never fill."""
    return limit(price, "Debit", leg("Buy to Open", CALL, quantity), behavior=behavior, **rest)


def bracket(kind: str = "OTOCO") -> Json:
    """Buy a share of F, then sell it dearer or stop the loss."""
    closing = leg("Sell to Close", "F")
    members = [limit("400", "Credit", closing, tif="GTC"), order("Stop", closing, tif="GTC", stop_trigger="1.5")]
    if kind == "OCO":
        return {"type": kind, "orders": members}
    return {"type": kind, "trigger-order": limit("2", "Debit", leg("Buy to Open", "F")), "orders": members}


class Misfortunes:
    """Faults by kind; each strikes as often as it says."""

    def __init__(self, *faults: SimulatorFault) -> None:
        self.left = [[fault, fault.times] for fault in faults]

    def strikes(self, kind: FaultKind, *, order: str = "") -> SimulatorFault | None:
        for entry in self.left:
            fault, times = entry
            if fault.kind is kind and fault.order in ("*", order) and (times is None or times > 0):
                entry[1] = None if times is None else times - 1
                return fault
        return None


class TimedBook:
    """A book with a clock that stands still until told to wait."""

    def __init__(
        self,
        *faults: SimulatorFault,
        now: datetime = FRIDAY_10AM,
        side: Side = Side.SANDBOX,
        leg_gap_s: float = 0.0,
        seed: int = 0,
        **chosen: Any,
    ) -> None:
        self.now = now
        common = {"quote_step_s": None, "hours": Hours.ALWAYS, "seed": seed, "timings": Timings(leg_gap_s=leg_gap_s)}
        self.options = Options(**common | chosen)
        self.market = Market.of(self.options)
        self.book = Book(
            account=ACCOUNT,
            market=self.market,
            options=self.options,
            side=side,
            luck=random.Random(seed),  # noqa: S311  luck that can be had again
            hazards=Misfortunes(*faults),
        )
        self.heard: list[tuple[str, Json]] = []
        self.book.listen(lambda kind, shown: self.heard.append((kind, json.loads(json.dumps(shown)))))
        self.book.settle(now)

    def place(self, body: Mapping[str, Any]) -> int:
        return int(self.book.place(body, self.now)["order"]["id"])

    def filled(self, body: Mapping[str, Any]) -> int:
        number = self.place(body)
        self.wait(0.2)
        assert self.status(number) == "Filled"
        return number

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.book.settle(self.now)

    def order(self, number: int) -> Json:
        return self.book.order(number, self.now)

    def status(self, number: int) -> str:
        return str(self.order(number)["status"])

    def told(self, number: int) -> list[str]:
        """The statuses of one order, as they were heard."""
        return [each["status"] for kind, each in self.heard if kind == "Order" and each["id"] == number]

    def position(self, symbol: str) -> Decimal:
        """What is held, negative when short."""
        rows = self.book.positions(self.now, query={"symbol": [symbol]})
        signs = {"Long": 1, "Short": -1, "Zero": 0}
        return sum((Decimal(row["quantity"]) * signs[row["quantity-direction"]] for row in rows), Decimal(0))

    def cash(self) -> Decimal:
        return Decimal(self.book.balances(self.now)["cash-balance"])

    def refused(self, body: Any) -> ApiError:
        return refusal(lambda: self.book.dry_run(body, self.now))

    def codes(self, body: Any) -> set[str]:
        """The codes with which an order is refused, on trial and really."""
        tried, placed = self.refused(body), refusal(lambda: self.book.place(body, self.now))
        assert (tried.status, tried.errors) == (placed.status, placed.errors)
        assert (tried.status, tried.code) == (422, "preflight_check_failure")
        return {error["code"] for error in tried.errors}


def refusal(act: Any) -> ApiError:
    try:
        act()
    except ApiError as refused:
        return refused
    raise AssertionError("it was accepted")


def fills_of(shown: Json) -> list[list[Json]]:
    return [each["fills"] for each in shown["legs"]]


def parts(timed, number):
    shown = timed.book.complex_order(number, timed.now)
    trigger = shown.get("trigger-order")
    return trigger and trigger["status"], [each["status"] for each in shown["orders"]]
