"""
Where the fake exchange keeps its book: in memory, or in one file that many processes share.

    BookStore.held()                   one writer at a time; in the file, all of it or nothing
      put · row · rows · tagged        orders
      hold · holdings · cash_usd       the account
      due                              which order time moves next
    BookStore.since(n)                 every change after the n-th, in order: how a stream, or another process, follows

The file is SQLite with a write-ahead log. ``synchronous=OFF``: it outlives the kill -9 of any process, which is all
that a fake must outlive, and not the loss of power, which would cost every order an fsync.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from decimal import Decimal
from heapq import heappop, heappush
from threading import RLock
from typing import Final, Protocol

from tastyflow.domain.instruments import Instrument
from tastyflow.domain.venue import BrokerOrder, Position
from tastyflow_adapters.fake.order_row import Row

REMEMBERED: Final = 10_000
"""How many changes are kept for followers; a slower one misses the oldest."""

Change = tuple[int, BrokerOrder]


class BookStore(Protocol):
    """The book's storage. All methods are synchronous and short."""

    is_shared: bool
    """Whether other processes may write to it too: then changes must be polled for."""

    def held(self) -> AbstractContextManager[None]:
        """Keep every other writer out. Not to be entered twice."""
        ...

    def next_number(self) -> int: ...

    def put(self, row: Row, *, quietly: bool = False) -> None:
        """Store the order as it now is; *quietly* when what others may see of it is the same as before."""
        ...

    def row(self, broker_order: str) -> Row | None: ...

    def rows(self, *, open_only: bool = False) -> Sequence[Row]:
        """All orders ever accepted, or those that are not over, in the order of acceptance."""
        ...

    def tagged(self, external_id: str) -> Sequence[Row]: ...

    def due(self) -> tuple[datetime, str] | None:
        """The earliest moment at which time does something to an order, and to which."""
        ...

    def holdings(self) -> Mapping[Instrument, Position]: ...

    def holding(self, instrument: Instrument) -> Position | None: ...

    def hold(self, position: Position) -> None:
        """Store what is held of one instrument; a quantity of zero removes it."""
        ...

    def cash_usd(self) -> Decimal | None:
        """None on a store that has never been used."""
        ...

    def set_cash_usd(self, cash_usd: Decimal) -> None: ...

    def last_change(self) -> int: ...

    def since(self, change: int) -> Sequence[Change]: ...

    def listen(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call *changed* after each writing by this object; the answer ends that."""
        ...

    def clear(self) -> None:
        """Forget orders, positions and cash, as the sandbox does at night. Numbers go on: no id is used twice."""
        ...

    def close(self) -> None: ...


class Listeners:
    """Who wants to know that something changed."""

    def __init__(self) -> None:
        self._all: list[Callable[[], None]] = []

    def add(self, changed: Callable[[], None]) -> Callable[[], None]:
        self._all.append(changed)
        return lambda: self._all.remove(changed)

    def tell(self) -> None:
        for changed in self._all:
            changed()


class MemoryBookStore:
    """A book that ends with the process."""

    is_shared = False

    def __init__(self) -> None:
        self._lock = RLock()
        self._listeners = Listeners()
        self._number = 0
        self._change = 0
        self._changes: deque[Change] = deque(maxlen=REMEMBERED)
        self._cash_usd: Decimal | None = None
        self.clear()

    @contextmanager
    def held(self) -> Iterator[None]:
        with self._lock:
            before = self._change
            yield
        if self._change != before:
            self._listeners.tell()

    def next_number(self) -> int:
        self._number += 1
        return self._number

    def put(self, row: Row, *, quietly: bool = False) -> None:
        self._rows[row.broker_order] = row
        if row.status.is_terminal:
            self._open.pop(row.broker_order, None)
        else:
            self._open[row.broker_order] = None
        if row.external_id is not None:
            self._tagged.setdefault(row.external_id, {})[row.broker_order] = None
        if row.due_at is not None:
            heappush(self._due, (row.due_at, row.number, row.broker_order))
        if quietly:
            return
        self._change += 1
        self._changes.append((self._change, row.snapshot()))

    def row(self, broker_order: str) -> Row | None:
        return self._rows.get(broker_order)

    def rows(self, *, open_only: bool = False) -> Sequence[Row]:
        if not open_only:
            return list(self._rows.values())
        return sorted((self._rows[each] for each in self._open), key=lambda row: row.number)

    def tagged(self, external_id: str) -> Sequence[Row]:
        return [self._rows[each] for each in self._tagged.get(external_id, ())]

    def due(self) -> tuple[datetime, str] | None:
        while self._due:
            at, _, broker_order = self._due[0]
            if (row := self._rows.get(broker_order)) and row.due_at == at:
                return at, broker_order
            heappop(self._due)  # the order has moved on since
        return None

    def holdings(self) -> Mapping[Instrument, Position]:
        return self._holdings

    def holding(self, instrument: Instrument) -> Position | None:
        return self._holdings.get(instrument)

    def hold(self, position: Position) -> None:
        if position.quantity:
            self._holdings[position.instrument] = position
        else:
            self._holdings.pop(position.instrument, None)

    def cash_usd(self) -> Decimal | None:
        return self._cash_usd

    def set_cash_usd(self, cash_usd: Decimal) -> None:
        self._cash_usd = cash_usd

    def last_change(self) -> int:
        return self._change

    def since(self, change: int) -> Sequence[Change]:
        fresh = []
        for each in reversed(self._changes):
            if each[0] <= change:
                break
            fresh.append(each)
        return fresh[::-1]

    def listen(self, changed: Callable[[], None]) -> Callable[[], None]:
        return self._listeners.add(changed)

    def clear(self) -> None:
        self._rows: dict[str, Row] = {}
        self._open: dict[str, None] = {}
        self._tagged: dict[str, dict[str, None]] = {}
        self._due: list[tuple[datetime, int, str]] = []
        self._holdings: dict[Instrument, Position] = {}
        self._cash_usd = None

    def close(self) -> None:
        """Nothing to let go of."""
