"""
Asking about the service from another process: is any at work, and how is it?

    the lease `service` in the log ─▶ at work? ─▶ its port ─▶ GET /health ─▶ checks
"""

from http.client import HTTPConnection, HTTPException
from typing import Any, Final

from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.service.holder import Holder, is_at_work
from tastyflow.application.service.leases import SERVICE
from tastyflow.errors import StoreFailure
from tastyflow.ports import Clock
from tastyflow_adapters.figures import read_json
from tastyflow_adapters.service.process import is_gone

PATIENCE_S: Final = 3.0
LARGEST: Final = 1_000_000


def is_followed(ledger: Ledger, clock: Clock) -> bool:
    """Whether a service is at work on this log, as far as one look can tell."""
    try:
        return is_at_work(ledger.lease(SERVICE), clock.mark(), is_gone)
    except StoreFailure:
        return False


def holder_of(ledger: Ledger) -> Holder | None:
    """The process that holds the lease of the service; None where it was given back or never taken."""
    lease = ledger.lease(SERVICE)
    return Holder.read(lease.about) if lease is not None and lease.holder else None


def health_at(port: int) -> dict[str, Any] | None:
    """What the service at *port* of this machine says of itself; None where it gives no answer."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request("GET", "/health")
        told = read_json(connection.getresponse().read(LARGEST))
    except (OSError, HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return told if isinstance(told, dict) else None
