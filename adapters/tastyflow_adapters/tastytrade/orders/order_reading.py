"""
An order of the venue's as a `BrokerOrder`, read without the client library: it refuses what it does not know.

    id, status ── needed                    everything else may be missing, or be more than we know
    legs, price, type, duration ─▶ ticket   None where it is no order that a ticket can say (futures, crypto)
    fills of all legs, each once            by symbol and fill id; an id that two legs share is made two

An unknown status, or a fill of ours that cannot be read, is an error: what an order did is never guessed.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

from attrs import evolve

from tastyflow.domain.instruments import Equity, EquityOption, from_occ
from tastyflow.domain.ticket import Action, Duration, Leg, OrderType, PriceEffect, Ticket, TimeInForce
from tastyflow.domain.venue import BrokerOrder, VenueFill
from tastyflow.errors import Invalid
from tastyflow_adapters.figures import figure, whole
from tastyflow_adapters.tastytrade.http.venue_text import clean
from tastyflow_adapters.tastytrade.orders.vocabulary import (
    ACTIONS,
    DURATIONS,
    EFFECTS,
    EQUITY,
    EQUITY_OPTION,
    ORDER_TYPES,
    status_of,
)

BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""When an order was updated that does not say when: before everything that does."""

MAX_ID: Final = 80

_ACTIONS: Final = {text: action for action, text in ACTIONS.items()}
_ORDER_TYPES: Final = {text: kind for kind, text in ORDER_TYPES.items()}
_DURATIONS: Final = {text: duration for duration, text in DURATIONS.items()}
_EFFECTS: Final = {text: effect for effect, text in EFFECTS.items()}
_CLASSES: Final = {EQUITY: Equity, EQUITY_OPTION: EquityOption}
_MOMENTS: Final = ("terminal-at", "live-at", "in-flight-at", "received-at")


def read_order(order: Mapping[str, Any]) -> BrokerOrder:
    """
    The snapshot that *order* is, as REST and the account streamer give it.

    Raises:
        ValueError: It has no id, a status that is not known, or a fill that cannot be read.
    """
    return BrokerOrder(
        broker_order=id_of(order.get("id")) or _missing("id"),
        external_id=external_id_of(order),
        status=status_of(order.get("status")),
        updated_at=_updated_at(order),
        ticket=ticket_of(order),
        fills=_told_apart(_fills(order)),
        reason=clean(order.get("reject-reason") or ""),
        replaces=id_of(order.get("replaces-order-id")),
        replaced_by=id_of(order.get("replacing-order-id")),
    )


def external_id_of(order: Mapping[str, Any]) -> str | None:
    """The tag of *order*; None where it has none."""
    tag = order.get("external-identifier")
    return str(tag)[:MAX_ID] if tag else None


def id_of(value: object) -> str | None:
    """An order's id, which comes as a number or as its digits; None for anything else."""
    text = str(value) if isinstance(value, (int, str)) and not isinstance(value, bool) else ""
    return text if text.isascii() and text.isdigit() and len(text) <= MAX_ID and int(text) else None


def ticket_of(order: Mapping[str, Any]) -> Ticket | None:
    """What the venue understood; None where no ticket says that."""
    try:
        kind = _ORDER_TYPES[order["order-type"]]
        limited = kind in (OrderType.LIMIT, OrderType.STOP_LIMIT)
        stopped = kind in (OrderType.STOP, OrderType.STOP_LIMIT)
        return Ticket(
            legs=tuple(_leg(leg) for leg in order["legs"]),
            order_type=kind,
            price=_price(order["price"]) if limited else None,
            price_effect=_effect(order["price-effect"]) if limited else None,
            stop=_price(order["stop-trigger"]) if stopped else None,
            time_in_force=_time_in_force(order),
        )
    except (Invalid, KeyError, TypeError, ValueError, AttributeError, ArithmeticError):
        return None


def _leg(leg: Mapping[str, Any]) -> Leg:
    instrument = from_occ(leg["symbol"])
    if not isinstance(instrument, _CLASSES[leg["instrument-type"]]):
        raise Invalid("An instrument's type and its symbol disagree.")
    return Leg(_action(leg["action"]), _many(leg["quantity"]), instrument)


def _action(text: str) -> Action:
    return _ACTIONS[text]


def _effect(text: str) -> PriceEffect:
    return _EFFECTS[text]


def _time_in_force(order: Mapping[str, Any]) -> TimeInForce:
    duration = _DURATIONS[order["time-in-force"]]
    return TimeInForce(duration, date.fromisoformat(order["gtc-date"][:10]) if duration is Duration.GTD else None)


def _fills(order: Mapping[str, Any]) -> Iterator[VenueFill]:
    for leg in _rows(order.get("legs")):
        if str(leg.get("instrument-type")) not in _CLASSES:
            continue  # fractions of a coin are no business of ours
        for fill in _rows(leg.get("fills")):
            yield VenueFill(
                fill_id=_bounded(str(fill.get("fill-id") or fill.get("ext-exec-id") or _missing("fill-id"))),
                symbol=str(leg.get("symbol") or _missing("symbol")),
                quantity=_many(fill.get("quantity"), "quantity of a fill"),
                price=_price(fill.get("fill-price"), "price of a fill"),
                at=moment(fill.get("filled-at")) or _updated_at(order),
            )


def _told_apart(fills: Iterable[VenueFill]) -> tuple[VenueFill, ...]:
    """
    Each fill once, under an id of its own: a fill is known by its id alone from here on.

    An id that several legs share stays with the first of them, whose fills are told first, and the others have their
    symbol added: so it does not change between a snapshot that has the first leg's fill and one that has them all.
    """
    first: dict[str, str] = {}
    apart: dict[str, VenueFill] = {}
    for fill in fills:
        is_shared = first.setdefault(fill.fill_id, fill.symbol) != fill.symbol
        own = _bounded(f"{fill.fill_id} {fill.symbol}") if is_shared else fill.fill_id
        apart[own] = evolve(fill, fill_id=own)
    return tuple(apart.values())


def _bounded(text: str) -> str:
    """*text* as an id: whole, or where it is too long its beginning and a digest, so that two never become one."""
    digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[: MAX_ID // 2]
    return text if len(text) <= MAX_ID else f"{text[: MAX_ID - len(digest) - 1]}~{digest}"


def _rows(value: object) -> list[Mapping[str, Any]]:
    rows = value or []
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise ValueError("the legs, or the fills of one, are no list of objects.")
    return rows


def _updated_at(order: Mapping[str, Any]) -> datetime:
    return moment(order.get("updated-at")) or next(
        (at for name in _MOMENTS if (at := moment(order.get(name)))), BEGINNING
    )


def moment(value: object) -> datetime | None:
    """A point in time, which comes as milliseconds or in ISO 8601; None where it is missing, zero or neither."""
    try:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000, UTC) if value > 0 else None
        at = datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError):
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _price(value: object, what: str = "price") -> Decimal:
    price = figure(value, what)
    if price < 0:
        raise ValueError(f"the {what}, {value}, is negative.")
    return price


def _many(value: object, what: str = "quantity") -> int:
    many = whole(value, what)
    if many <= 0:
        raise ValueError(f"the {what}, {many}, is not positive.")
    return many


def _missing(what: str) -> str:
    raise ValueError(f"it has no {what}.")
