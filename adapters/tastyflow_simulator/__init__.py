"""
A tastytrade on your desk: REST, account streamer and quotes on loopback, so near to the real one that its own
SDKs cannot tell, with a clock to turn, a seed to repeat, and faults to order.

    async with Simulator(Options(port=0)) as simulator:     sandbox and production, side by side
        simulator.faults.add(SimulatorFault(kind=FaultKind.RESPONSE_LOST, method="POST"))
        simulator.clock.advance(60)                         with Options(clock=ClockMode.VIRTUAL)

Nothing is imported before it is asked for: addresses and credentials are known without a server.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tastyflow_simulator.admin.faults import FaultKind, Faults, SimulatorFault
    from tastyflow_simulator.errors import ApiError
    from tastyflow_simulator.options import ClockMode, Fills, Hours, Options, Side, Timings
    from tastyflow_simulator.server import Simulator

__all__ = [
    "ApiError",
    "ClockMode",
    "FaultKind",
    "Faults",
    "Fills",
    "Hours",
    "Options",
    "Side",
    "Simulator",
    "SimulatorFault",
    "Timings",
]

_HOMES = {
    "SimulatorFault": "admin.faults",
    "FaultKind": "admin.faults",
    "Faults": "admin.faults",
    "Simulator": "server",
    "ApiError": "errors",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'options')}"), name)
