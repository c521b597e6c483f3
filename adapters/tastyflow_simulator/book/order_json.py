"""
An order as tastytrade's JSON: the whole object, in every REST answer and every message of the streamer.

    tried      no id, no moments, updated-at 0          placed     with both, and what the exchange calls it
"""

from tastyflow_simulator.book.formats import ZERO, Json, count, iso, money
from tastyflow_simulator.book.orders import UNTOUCHABLE, Order, Status
from tastyflow_simulator.book.requests import NOTIONAL


def order_json(order: Order, *, account: str) -> Json:
    """The keys that have a value; the others are left out, as tastytrade does."""
    request, free = order.request, order.status not in UNTOUCHABLE
    size = order.units if request.order_type != NOTIONAL else ZERO
    shown: Json = {
        "id": order.number or None,
        "account-number": account,
        "time-in-force": request.time_in_force,
        "gtc-date": request.gtc_date.isoformat() if request.gtc_date else None,
        "order-type": request.order_type,
        "size": count(size) if size else None,
        "cancelled-size": money(order.units_left) if order.status is Status.CANCELLED else None,
        "leg-count": len(order.legs),
        "underlying-symbol": order.underlying,
        "underlying-instrument-type": order.underlying_type,
        "price": None if request.price is None else money(request.price),
        "price-effect": request.price_effect,
        "value": None if request.value is None else money(request.value),
        "value-effect": request.value_effect,
        "stop-trigger": None if request.stop_trigger is None else money(request.stop_trigger),
        "status": order.status.value,
        "contingent-status": "Pending Order" if order.status is Status.CONTINGENT else None,
        "reject-reason": order.reject_reason or None,
        "cancellable": free,
        "editable": free,
        "edited": order.replaced_by is not None,
        "source": request.source,
        "external-identifier": request.external_identifier,
        "preflight-id": order.part_index if order.part else request.preflight_id,
        "partition-key": request.partition_key,
        "complex-order-id": order.placed_in,
        "complex-order-tag": order.part or None,
        "replaces-order-id": order.replaces,
        "replacing-order-id": order.replaced_by,
    }
    if order.number:
        shown |= _history(order)
    shown |= {"updated-at": order.updated_ms, "legs": [leg.json() for leg in order.legs]}
    return {name: value for name, value in shown.items() if value is not None}


def _history(order: Order) -> Json:
    """What an order has that was really placed."""
    moments = {
        "received-at": order.received_at,
        "in-flight-at": order.in_flight_at,
        "live-at": order.live_at,
        "cancelled-at": order.cancelled_at,
        "terminal-at": order.terminal_at,
    }
    shown: Json = {name: iso(at) for name, at in moments.items() if at is not None}
    if order.routing_id:  # an order that was never routed has none
        shown |= {
            "ext-client-order-id": order.routing_id,
            "ext-exchange-order-number": str(order.number),
            "ext-global-order-number": order.number,
        }
    return shown | {"global-request-id": order.request_id, "user-id": "99", "username": "sim"}
