"""
From an admitted request to an order, and to the answer about it.

    OrderRequest + Admission ─┬▶ tried: no number, nothing kept     ┐
                              └▶ accepted: a number, an owner       ┴▶ {"order", "buying-power-effect", …}
"""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from tastyflow_simulator.admin.faults import FaultKind
from tastyflow_simulator.book import buying_power
from tastyflow_simulator.book.checks import Admission
from tastyflow_simulator.book.fees import fees_json, total_fees
from tastyflow_simulator.book.formats import ZERO, Json
from tastyflow_simulator.book.orders import Leg, Order, Status
from tastyflow_simulator.book.requests import TRIGGERED, OrderRequest
from tastyflow_simulator.book.state import State
from tastyflow_simulator.errors import ApiError
from tastyflow_simulator.options import Side


def tried(request: OrderRequest, admission: Admission, now: datetime) -> Order:
    """The order that a dry run shows."""
    return _order(0, request, admission, now, listed_at=now)


def accept(state: State, request: OrderRequest, admission: Admission, now: datetime, *, waits: bool = False) -> Order:
    """A new order under the next number; its caller puts it."""
    number = state.next_number()
    tag = request.external_identifier or str(number)
    lag_s = state.options.visibility_lag_s
    if (fault := state.hazards.strikes(FaultKind.VISIBILITY_LAG, order=tag)) is not None:
        lag_s = max(lag_s, fault.seconds)
    return _order(
        number,
        request,
        admission,
        now,
        listed_at=now + timedelta(seconds=lag_s),
        needs_usd=ZERO if waits else max(ZERO, admission.needs.usd),
        request_id=_request_id(state),
    )


def _request_id(state: State) -> str:
    """What the two sides were seen to call a request: 32 digits in production, more in the sandbox."""
    number = state.luck.getrandbits(128)
    return f"{number:032x}" if state.side is Side.PRODUCTION else f"{UUID(int=number)}=order-api={number >> 80:012x}"


def keep_refused(state: State, request: OrderRequest, refusal: ApiError, now: datetime) -> None:
    """Show what the checks refused as a rejected order, where that is chosen: it is not known what tastytrade does."""
    if not state.options.keeps_refused:
        return
    legs = tuple(Leg(leg.instrument_type, leg.symbol, leg.action, leg.quantity or ZERO, 1) for leg in request.legs)
    state.put(
        Order(
            number=state.next_number(),
            request=request,
            legs=legs,
            underlying=state.market.underlying_of(legs[0].symbol)[:6].strip(),
            underlying_type="Equity",
            received_at=now,
            listed_at=now,
            status=Status.REJECTED,
            terminal_at=now,
            reject_reason=refusal.errors[0].get("message", refusal.message) if refusal.errors else refusal.message,
            refused=True,
        ),
        now,
    )


def effects(state: State, admission: Admission, now: datetime) -> Json:
    """The parts of an answer that speak of money, as it is before the order takes any."""
    return {
        "warnings": list(admission.warnings),
        "buying-power-effect": buying_power.effect_json(
            admission.needs,
            buying_power.available(state, now),
            buying_power.isolated(state, admission.legs, now),
            is_spread=len(admission.legs) > 1,
        ),
        "fee-calculation": fees_json(total_fees(admission.legs, admission.underlying)),
        "notes": [],
    }


def _order(
    number: int,
    request: OrderRequest,
    admission: Admission,
    now: datetime,
    *,
    listed_at: datetime,
    needs_usd: Decimal = ZERO,
    request_id: str = "",
) -> Order:
    return Order(
        number=number,
        request=request,
        legs=admission.legs,
        underlying=admission.underlying,
        underlying_type=admission.underlying_type,
        received_at=now,
        listed_at=listed_at,
        needs_usd=needs_usd,
        request_id=request_id,
        triggered=request.order_type not in TRIGGERED,
    )
