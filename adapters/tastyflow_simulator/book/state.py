"""
Everything that one side's account knows, and the few ways in which it changes.

    put an order ─▶ stamped, told as it stands ─▶ its number waits among `changed` for what follows from it
    plan a step  ─▶ the agenda, in order of time
    hold, pay, note ─▶ positions, cash, transactions

All other modules of the book are functions over a `State`; only `State` keeps anything.
"""

import random
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from heapq import heappop, heappush
from typing import Any, Final

from attrs import define, field, frozen

from tastyflow.domain.expirations import new_york_date
from tastyflow_simulator.book.complexes import Complex, complex_json
from tastyflow_simulator.book.formats import ZERO, Json
from tastyflow_simulator.book.order_json import order_json
from tastyflow_simulator.book.orders import Order, Status
from tastyflow_simulator.book.ports import Hazards, Market
from tastyflow_simulator.book.positions import Holding, position_json
from tastyflow_simulator.book.pricing import Quotes
from tastyflow_simulator.book.transactions import Transaction
from tastyflow_simulator.errors import ApiError
from tastyflow_simulator.options import Options, Side

FIRST_ID: Final = {Side.SANDBOX: 1_000_000, Side.PRODUCTION: 5_000_000}
"""An order of one side is never mistaken for one of the other."""
VENUE: Final = {Side.SANDBOX: "MARKET_SIMULATOR_A", Side.PRODUCTION: "SIMULATED_EXCHANGE_A"}

Heard = Callable[[str, Json], None]


class What(StrEnum):
    """What can be due."""

    OPEN = "the session of an order begins"
    ROUTE = "an order is routed"
    FLY = "an order is on its way to the exchange"
    LIVE = "an order works"
    LOOK = "an order is held against the quotes"
    MEET = "a counterparty meets an order inside the spread"
    FILL = "an order trades as was settled before"
    REJECT = "the exchange refuses an order"
    CANCEL = "an order is cancelled"
    EXPIRE = "an order expires"
    HOLD = "a position shows a fill"
    MATURE = "an option expires"
    CLOSE = "the day is over"
    NIGHT = "the sandbox forgets"


@frozen(order=True)
class Due:
    """One step of the agenda: of what is due at the same time, the first planned comes first."""

    at: datetime
    turn: int
    what: What = field(order=False)
    subject: Any = field(order=False)
    detail: Any = field(order=False)


@define
class State:
    """One account of one side; its orders are numbered from *orders_from* on."""

    account: str
    side: Side
    options: Options
    market: Market
    luck: random.Random
    hazards: Hazards
    orders_from: int = 0
    cash: Decimal = ZERO
    opened_at: datetime | None = None
    orders: dict[int, Order] = field(factory=dict)
    complexes: dict[int, Complex] = field(factory=dict)
    holdings: dict[str, Holding] = field(factory=dict)
    unseen: dict[str, Decimal] = field(factory=dict)
    transactions: list[Transaction] = field(factory=list)
    snapshots: list[Json] = field(factory=list)
    worth: list[tuple[datetime, Decimal]] = field(factory=list)
    flags: dict[str, Any] = field(factory=dict)
    working: set[int] = field(factory=set)
    watched: set[int] = field(factory=set)
    met: set[int] = field(factory=set)
    reserved_usd: Decimal = ZERO
    changed: deque[int] = field(factory=deque)
    touched: dict[int, None] = field(factory=dict)
    told: bool = False
    listed_from: int = 0
    _agenda: list[Due] = field(factory=list)
    _turn: int = 0
    _given: int = 0
    _listeners: list[Heard] = field(factory=list)

    # orders

    def next_number(self) -> int:
        """Numbers of orders and of complex orders rise together."""
        self._given += 1
        return FIRST_ID[self.side] + self.orders_from + self._given

    def next_turn(self) -> int:
        self._turn += 1
        return self._turn

    def order(self, number: int) -> Order:
        """
        Raises:
            ApiError: 404; what the sandbox forgot over night is not there, either.
        """
        order = self.orders.get(number)
        if order is None or number <= self.listed_from:
            raise ApiError(404, "not_found", f"Couldn't find order {number}.")
        return order

    def put(self, order: Order, at: datetime) -> Order:
        """Keep *order* as it now stands, and tell the listeners."""
        order, before = order.stamped(at), self.orders.get(order.number)
        self.reserved_usd += order.reserved_usd - (ZERO if before is None else before.reserved_usd)
        self.orders[order.number] = order
        if order.status.is_terminal:
            self.working.discard(order.number)
            self.watched.discard(order.number)
        else:
            self.working.add(order.number)
        self.changed.append(order.number)
        if order.placed_in is not None:
            self.touched[order.placed_in] = None
        self.tell("Order", order_json(order, account=self.account))
        return order

    def move(self, order: Order, status: Status, at: datetime) -> Order:
        """Put *order* forward to *status*; what would go back is left alone."""
        if status.rank <= order.status.rank:
            return order
        return self.put(order.becoming(status, at), at)

    def open_orders(self) -> Iterator[Order]:
        """Every order that is not over, in order of number."""
        return (self.orders[number] for number in sorted(self.working))

    def complex_json(self, group: Complex) -> Json:
        return complex_json(group, self.orders, account=self.account)

    # the agenda

    def plan(self, at: datetime, what: What, subject: Any, detail: Any = None) -> None:
        heappush(self._agenda, Due(at, self.next_turn(), what, subject, detail))

    def next_due(self) -> datetime | None:
        return self._agenda[0].at if self._agenda else None

    def take_due(self, now: datetime) -> Due | None:
        return heappop(self._agenda) if self._agenda and self._agenda[0].at <= now else None

    def forget(self) -> None:
        """Keep nothing but the numbers given, the listeners, and what was accepted."""
        self.listed_from = FIRST_ID[self.side] + self._given
        for number in self.working:  # listeners are not told of the night
            self.orders[number] = self.orders[number].becoming(Status.REMOVED, self.orders[number].received_at)
        self.reserved_usd = ZERO
        for orders in (self.working, self.watched, self.met, self.complexes, self.changed, self.touched):
            orders.clear()
        for rows in (self.holdings, self.unseen, self.transactions, self.snapshots, self.worth, self._agenda):
            rows.clear()

    # positions and money

    def hold(self, symbol: str, change: Decimal, price: Decimal, at: datetime) -> Holding:
        """Let *change* of a symbol come in at *price*."""
        today = new_york_date(at)
        held = self.holdings.get(symbol)
        if held is None:
            expires_at = self.market.expires_at(symbol)
            held = Holding(
                symbol=symbol,
                instrument_type=self.market.instrument_type(symbol),
                underlying=self.market.underlying_of(symbol),
                multiplier=self.market.multiplier(symbol),
                expires_at=expires_at,
                quantity=ZERO,
                average=price,
                created_at=at,
                updated_at=at,
                realised_on=today,
            )
            if expires_at is not None:
                self.plan(max(expires_at, at), What.MATURE, symbol)
        held = held.after(change, price, at)
        self.holdings[symbol] = held
        self.tell("CurrentPosition", position_json(held, self.mark(symbol, at), at, account=self.account))
        return held

    def hide(self, symbol: str, change: Decimal) -> None:
        """Remember a fill that the record of positions does not show yet; the opposite change forgets it."""
        self.unseen[symbol] = self.unseen.get(symbol, ZERO) + change
        if not self.unseen[symbol]:
            del self.unseen[symbol]

    def shown(self, symbol: str) -> Decimal:
        """What the record of positions shows of a symbol; negative when short."""
        return self.holdings[symbol].quantity if symbol in self.holdings else ZERO

    def held(self, symbol: str) -> Decimal:
        """What is held of a symbol, with the fills that the record does not show yet."""
        return self.shown(symbol) + self.unseen.get(symbol, ZERO)

    def note(self, line: Transaction) -> None:
        self.transactions.append(line)
        self.cash += line.value - line.fees.total

    def mark(self, symbol: str, now: datetime) -> Decimal | None:
        """Halfway between bid and ask; the last price where there is no bid and ask."""
        quote = self.market.quote(symbol, now)
        if quote is None:
            return None
        return (quote.bid + quote.ask) / 2 if quote.bid and quote.ask else quote.last or quote.ask / 2

    def spot(self, underlying: str, now: datetime) -> Decimal:
        return self.mark(underlying, now) or ZERO

    def quotes(self, order: Order, now: datetime) -> Quotes:
        return {leg.symbol: self.market.quote(leg.symbol, now) for leg in order.legs}

    # listeners

    def listen(self, heard: Heard) -> Callable[[], None]:
        self._listeners.append(heard)

        def unlisten() -> None:
            if heard in self._listeners:
                self._listeners.remove(heard)

        return unlisten

    @property
    def listened(self) -> bool:
        return bool(self._listeners)

    def tell(self, kind: str, shown: Json) -> None:
        self.told = True
        for heard in tuple(self._listeners):
            heard(kind, shown)
