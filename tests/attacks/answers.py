"""
What comes back is not what happened: answers that are lost, late, of another's making, or of a size no venue has.

    place ─▶ taken │ not taken ─▶ no answer │ an error │ a gateway's refusal │ half a document │ an absurd figure
"""

import time
from collections.abc import Iterator
from typing import Any, Final

from tastyflow_simulator import FaultKind, Side, SimulatorFault, Timings
from tastyflow_simulator.rest import envelope, request_faults
from tests.attacks.arena import Arena
from tests.attacks.ground import FILLING, RESTING, Ground, Result, after_recovery

PLACING: Final = {"method": "POST", "path": "/accounts/*/orders"}
SPREAD: Final = "buy 1 SPY 450/460 call vertical next month @ natural"
GAPS_S: Final = (0.02, 0.5, 2.5)
LATE_S: Final = 8.0
GATEWAYS: Final = (400, 403, 404, 422)

FATES: Final[dict[str, dict[str, Any]]] = {
    "taken, the line breaks": {"kind": FaultKind.RESPONSE_LOST},
    "not taken, the line breaks": {"kind": FaultKind.REQUEST_LOST},
    "taken, then a 500": {"kind": FaultKind.ERROR_AFTER, "status": 500},
    "taken, then a 502 of the gateway": {"kind": FaultKind.ERROR_AFTER, "status": 502},
    "not taken, a 503 of the gateway": {"kind": FaultKind.ERROR_BEFORE, "status": 503},
    "taken, half an answer": {"kind": FaultKind.UNPARSABLE},
    "too many requests": {"kind": FaultKind.TOO_MANY_REQUESTS},
    "the login has run out": {"kind": FaultKind.UNAUTHORIZED},
}


def lost(ground: Ground) -> Iterator[Result]:
    """Lose, spoil and replace the answer to an order, in production and in the sandbox."""
    for side in Side:
        for name, fate in FATES.items():
            for text in (RESTING, FILLING):
                with ground.arena() as arena:
                    _add(arena, side=side, **PLACING, **fate)
                    arena.run("order", text)
                    yield Result(f"{side}: {name}: {text!r}", after_recovery(arena))


def gateways(ground: Ground) -> Iterator[Result]:
    """A gateway refuses an order that production has taken: its answer has no envelope of the API."""
    real = request_faults._error
    request_faults._error = lambda fault, _status: envelope.html(fault.status or 502)
    try:
        for status in GATEWAYS:
            with ground.arena() as arena:
                _add(arena, kind=FaultKind.ERROR_AFTER, side=Side.PRODUCTION, status=status, **PLACING)
                arena.run("order", RESTING)
                yield Result(f"{status} after it was taken", after_recovery(arena))
    finally:
        request_faults._error = real


def late(ground: Ground) -> Iterator[Result]:
    """An order arrives long after its sender gave it up: in production, and in the sandbox."""
    for side in Side:
        with ground.arena() as arena:
            arena.run("orders")
            _add(arena, kind=FaultKind.DELAY, side=side, seconds=LATE_S, **PLACING)
            patience = {f"TASTYFLOW_{side.upper()}__ORDER_S": "1", f"TASTYFLOW_{side.upper()}__CONNECT_S": "1"}
            arena.run("order", RESTING, settings=patience)
            first = arena.recover()
            faults = [] if first.code == 0 else [f"FAILED: {first.said[-300:]}"]
            _arrived(arena, side)
            yield Result(f"{side}: {LATE_S:g} s late", (*faults, *after_recovery(arena, later_s=600.0)))


def _arrived(arena: Arena, side: Side) -> None:
    deadline = time.monotonic() + LATE_S + 5
    while not any(row["status"] == "Live" for row in arena.ledger(side)):
        assert time.monotonic() < deadline, "what was delayed never arrived"
        time.sleep(0.1)


def legs_apart(ground: Ground) -> Iterator[Result]:
    """The legs of a spread fill one after the other."""
    for gap_s in GAPS_S:
        with ground.arena(timings=Timings(leg_gap_s=gap_s)) as arena:
            placed = arena.run("order", SPREAD, settings={"TASTYFLOW_POLICY__FOLLOW_S": str(gap_s + 2)})
            faults = () if placed.code == 0 else (f"REFUSED: {placed.said[-600:]}",)
            yield Result(f"{gap_s:g} s between the legs", (*faults, *after_recovery(arena)))


def absurd(ground: Ground) -> Iterator[Result]:
    """A figure of a size that no venue has, in every kind of answer; nothing may hang, nothing may be lost."""
    for figure in ("1e9999999", "NaN", "-Infinity", "9" * 400):
        for field in ("quantity", "price", "size"):
            for method, path in (("POST", "/accounts/*/orders"), ("GET", "/accounts/*/orders*")):
                with ground.arena() as arena:
                    _add(
                        arena, kind=FaultKind.SCHEMA_DRIFT, side=Side.PRODUCTION, method=method, path=path,
                        reason=f"{field}={figure}", times=2,
                    )  # fmt: skip
                    began = time.monotonic()
                    arena.run("order", RESTING)
                    first = arena.recover()
                    took_s = time.monotonic() - began
                    faults = [f"HUNG: {took_s:.0f} s"] if took_s > 30 else []
                    faults += ["BROKEN: " + first.said[-300:]] if "Invalid" in first.said else []
                    arena.call(arena.simulator.faults.clear)
                    yield Result(f"{field} {figure:.12} in {method} {path}", (*faults, *after_recovery(arena)))


def _add(arena: Arena, **fault: Any) -> None:
    arena.call(arena.simulator.faults.add, SimulatorFault(**fault))
