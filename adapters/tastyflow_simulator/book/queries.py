"""
The filters of lists, as the query string gives them: every value is a list, every unknown key is let pass.

    start-date, end-date     days in New York, both included          start-at, end-at      moments, both included
    status[], underlying-symbol, symbol, …                            sort                  Asc, else the newest first
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TypeVar

from tastyflow.domain.expirations import new_york_date
from tastyflow_simulator.book.body_reader import moment
from tastyflow_simulator.book.orders import Order
from tastyflow_simulator.book.positions import Holding
from tastyflow_simulator.book.transactions import Transaction
from tastyflow_simulator.errors import ApiError

Query = Mapping[str, Sequence[str]]
Row = TypeVar("Row")


def one(query: Query, name: str) -> str | None:
    values = query.get(name) or ()
    return values[-1] if values and values[-1] else None


def many(query: Query, name: str) -> frozenset[str]:
    """The values of ``name[]``, or of the bare name."""
    return frozenset(value for key in (f"{name}[]", name) for value in query.get(key) or () if value)


def day(query: Query, name: str) -> date | None:
    """
    Raises:
        ApiError: 400, when it is no day.
    """
    text = one(query, name)
    if text is None:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise _invalid(name) from None


def instant(query: Query, name: str) -> datetime | None:
    """
    Raises:
        ApiError: 400, when it is no moment.
    """
    text = one(query, name)
    if text is None:
        return None
    at = moment(text.replace(" ", "+"))  # a plus sign that came through a query string undone
    if at is None:
        raise _invalid(name)
    return at


def is_set(query: Query, name: str) -> bool:
    return (one(query, name) or "").lower() in ("true", "1")


def orders(rows: Iterable[Order], query: Query) -> list[Order]:
    statuses, underlying = many(query, "status"), one(query, "underlying-symbol")
    kind = one(query, "underlying-instrument-type")
    if one(query, "futures-symbol") is not None:
        return []
    kept = _between(rows, query, lambda order: order.received_at)
    return _sorted(
        (
            order
            for order in kept
            if (not statuses or order.status.value in statuses)
            and underlying in (None, order.underlying)
            and kind in (None, order.underlying_type)
        ),
        query,
    )


def transactions(rows: Iterable[Transaction], query: Query) -> list[Transaction]:
    kinds = many(query, "type") | many(query, "types")
    sub_kinds = many(query, "sub-type")
    wanted = {
        "instrument_type": one(query, "instrument-type"),
        "symbol": one(query, "symbol"),
        "underlying": one(query, "underlying-symbol"),
        "action": one(query, "action"),
    }
    if one(query, "futures-symbol") is not None:
        return []
    kept = _between(rows, query, lambda line: line.at)
    return _sorted(
        (
            line
            for line in kept
            if (not kinds or line.kind in kinds)
            and (not sub_kinds or line.sub_kind in sub_kinds)
            and all(value in (None, getattr(line, name)) for name, value in wanted.items())
        ),
        query,
    )


def positions(rows: Iterable[Holding], query: Query) -> list[Holding]:
    underlyings, symbol, kind = many(query, "underlying-symbol"), one(query, "symbol"), one(query, "instrument-type")
    closed = is_set(query, "include-closed-positions")
    return [
        held
        for held in rows
        if (held.quantity or closed)
        and (not underlyings or held.underlying in underlyings)
        and symbol in (None, held.symbol)
        and kind in (None, held.instrument_type)
    ]


def _between(rows: Iterable[Row], query: Query, at_of: Callable[[Row], datetime]) -> list[Row]:
    first, last = day(query, "start-date"), day(query, "end-date")
    since, until = instant(query, "start-at"), instant(query, "end-at")
    return [
        row
        for row in rows
        if (first is None or new_york_date(at_of(row)) >= first)
        and (last is None or new_york_date(at_of(row)) <= last)
        and (since is None or at_of(row) >= since)
        and (until is None or at_of(row) <= until)
    ]


def _sorted(rows: Iterable[Row], query: Query) -> list[Row]:
    """Rows come in order of their numbers."""
    kept = list(rows)
    return kept if one(query, "sort") == "Asc" else kept[::-1]


def _invalid(name: str) -> ApiError:
    faults = [{"domain": name, "reason": "does not have a valid value"}]
    return ApiError(400, "validation_error", "Request validation failed", faults)
