"""
What faults make of an event before it is sent: they stand until they are cleared, and are about symbols.

    feed_withheld      nothing is said of it                      old_interest        that of the trading day before
    feed_nan           greeks are no numbers                      switched_interest   that of the other right
    feed_crossed       the bid above the ask

A fault's ``order`` is a pattern of streamer symbols (``.SPXW*C*``), its ``method`` the type of event, and its
``probability`` the share of the symbols that it is about, always the same ones.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from tastyflow_adapters.exchange.chance import drawn
from tastyflow_simulator.admin.faults import ANY, FaultKind, SimulatorFault
from tastyflow_simulator.streams.events import UNKNOWN, Event

if TYPE_CHECKING:
    from tastyflow_simulator.market import Market

GREEKS: Final = ("price", "volatility", "delta", "gamma", "theta", "rho", "vega")
ABOUT: Final[Mapping[FaultKind, str]] = {
    FaultKind.FEED_NAN: "Greeks",
    FaultKind.FEED_CROSSED: "Quote",
    FaultKind.OLD_INTEREST: "Summary",
    FaultKind.SWITCHED_INTEREST: "Summary",
}
"""The type of event that a fault is about; one that is not here is about every type."""


def spoiled(
    event: Event, kind: str, symbol: str, faults: Collection[SimulatorFault], market: "Market", now: datetime
) -> Event | None:
    """*event* as *faults* leave it; None where nothing is said."""
    for fault in faults:
        if not _is_about(fault, kind, symbol):
            continue
        match fault.kind:
            case FaultKind.FEED_WITHHELD:
                return None
            case FaultKind.FEED_NAN:
                event = {**event, **dict.fromkeys(GREEKS, UNKNOWN)}
            case FaultKind.FEED_CROSSED if event["bidPrice"] != UNKNOWN:
                event = {**event, "bidPrice": event["askPrice"], "askPrice": event["bidPrice"]}
            case FaultKind.OLD_INTEREST | FaultKind.SWITCHED_INTEREST:
                event = _with_other_interest(event, symbol, fault, market, now)
    return event


def _is_about(fault: SimulatorFault, kind: str, symbol: str) -> bool:
    if fault.method != ANY and fault.method.upper() != kind.upper():
        return False
    if ABOUT.get(fault.kind, kind) != kind or not (fault.order == ANY or fnmatchcase(symbol, fault.order)):
        return False
    return fault.probability >= 1 or drawn(symbol, "spoiled") < fault.probability


def _with_other_interest(event: Event, symbol: str, fault: SimulatorFault, market: "Market", now: datetime) -> Event:
    is_old = fault.kind is FaultKind.OLD_INTEREST
    found = market.open_interest(symbol, now, of_yesterday=is_old, of_twin=not is_old)
    return event if found is None else {**event, "openInterest": found[0], "dayId": found[1]}
