"""
Complex orders: how they are placed, and what follows from one part for the others.

    OCO          both parts go at once
    OTO, OTOCO   the trigger goes; the members are contingent, and closing ones among them wait for its position

    trigger filled ─▶ the members start          trigger over otherwise ─▶ the members are cancelled
    a member of an OCO trades ─▶ the other is cancelled (and may trade before that reaches the exchange)

All parts are checked before any of them is placed.
"""

from datetime import datetime
from typing import Final

from attrs import evolve

from tastyflow_simulator.book import cancel_replace, checks, routing
from tastyflow_simulator.book.checks import Admission
from tastyflow_simulator.book.complexes import Complex, tag
from tastyflow_simulator.book.formats import Json
from tastyflow_simulator.book.order_json import order_json
from tastyflow_simulator.book.orders import Order, Status
from tastyflow_simulator.book.placing import accept, effects, tried
from tastyflow_simulator.book.position_checks import Circumstances
from tastyflow_simulator.book.requests import ComplexRequest, OrderRequest, read_complex
from tastyflow_simulator.book.state import State
from tastyflow_simulator.errors import ApiError

SUPPORTED: Final = ("OCO", "OTO", "OTOCO")


def place(state: State, body: object, now: datetime, *, dry_run: bool) -> Json:
    """
    Check a complex order, and place it unless it is only tried.

    Raises:
        ApiError: 400 for the shape of the body, 422 with what the checks found.
    """
    request = read_complex(body)
    if request.kind not in SUPPORTED:
        message = f"{request.kind} orders are not simulated."
        raise ApiError(
            422, "preflight_check_failure", "One or more preflight checks failed",
            [{"code": "sim.complex_type", "message": message}],
        )  # fmt: skip
    admissions = [_admit(state, request, each, now) for each in _parts(request)]
    first = admissions[0]
    warnings = [
        warning | {"preflight-id": str(index)} for index, each in enumerate(admissions) for warning in each.warnings
    ]
    money = effects(state, first, now) | {"warnings": warnings}
    shown = _try(state, request, admissions, now) if dry_run else _begin(state, request, admissions, now)
    return {"complex-order": shown, **money}


def find(state: State, number: int) -> Complex:
    """
    Raises:
        ApiError: 404.
    """
    if number not in state.complexes:
        raise ApiError(404, "not_found", f"Couldn't find complex order {number}.")
    return state.complexes[number]


def cancel(state: State, group: Complex, now: datetime) -> None:
    """
    Take back every part that is open.

    Raises:
        ApiError: 422, when none is.
    """
    parts = [state.orders[number] for number in group.parts]
    if all(part.status.is_terminal for part in parts):
        cancel_replace.check_open(parts[0])
    for part in parts:
        cancel_replace.leave(state, part, Status.CANCEL_REQUESTED, now)


def _admit(state: State, request: ComplexRequest, order: OrderRequest, now: datetime) -> Admission:
    waits = request.trigger is not None and order is not request.trigger
    return checks.admit(state, order, now, Circumstances(waits=waits, keeps_stops=request.kind == "OCO"))


def _parts(request: ComplexRequest) -> list[OrderRequest]:
    return list(request.orders) if request.trigger is None else [request.trigger, *request.orders]


def _try(state: State, request: ComplexRequest, admissions: list[Admission], now: datetime) -> Json:
    pairs = enumerate(zip(_parts(request), admissions, strict=True))
    orders = [_as_part(tried(each, admission, now), request, index, None) for index, (each, admission) in pairs]
    shown = [order_json(order, account=state.account) for order in orders]
    result: Json = {"account-number": state.account, "type": request.kind, "orders": shown}
    if request.trigger is not None:
        result |= {"trigger-order": shown[0], "orders": shown[1:]}
    return result


def _begin(state: State, request: ComplexRequest, admissions: list[Admission], now: datetime) -> Json:
    number = state.next_number()
    placed = []
    for index, (each, admission) in enumerate(zip(_parts(request), admissions, strict=True)):
        order = accept(state, each, admission, now, waits=request.trigger is not None and index > 0)
        placed.append(_as_part(order, request, index, number))
    triggered = request.trigger is not None
    group = Complex(
        number=number,
        kind=request.kind,
        trigger=placed[0].number if triggered else None,
        members=tuple(order.number for order in placed[triggered:]),
        received_at=now,
        source=request.source,
        external_identifier=request.external_identifier,
    )
    state.complexes[number] = group
    for order in placed:
        state.put(order, now)
    shown = state.complex_json(group)  # as it was accepted: every part is contingent still
    for order in placed[:1] if triggered else placed:
        routing.begin(state, state.orders[order.number], now)
    return shown


def _as_part(order: Order, request: ComplexRequest, index: int, number: int | None) -> Order:
    is_trigger = request.trigger is not None and index == 0
    part = tag(request.kind, is_trigger=is_trigger, index=index)
    return evolve(order, status=Status.CONTINGENT, placed_in=number, part=part, part_index=index)


def follow(state: State, order: Order, at: datetime) -> None:
    """Look at the complex order that *order* is part of."""
    group = state.complexes.get(order.placed_in or 0)
    if group is None:
        return
    if order.number == group.trigger:
        _after_trigger(state, group, order, at)
    elif order.number in group.members and group.one_cancels_other and order.has_fills:
        for other in group.members:
            if other != order.number:
                cancel_replace.leave(state, state.orders[other], Status.CANCEL_REQUESTED, at)


def _after_trigger(state: State, group: Complex, trigger: Order, at: datetime) -> None:
    if not trigger.status.is_terminal:
        return
    for member in (state.orders[number] for number in group.members):
        if member.status is not Status.CONTINGENT or _waits_for_old(state, member):
            continue
        if trigger.status is Status.FILLED:
            routing.begin(state, member, at)
        else:
            cancel_replace.leave(state, member, Status.CANCEL_REQUESTED, at)


def _waits_for_old(state: State, member: Order) -> bool:
    """Whether it replaces an order that the exchange has not released yet."""
    return member.replaces is not None and not state.orders[member.replaces].status.is_terminal
