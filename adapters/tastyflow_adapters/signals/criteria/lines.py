"""
What goes between the service and the process of a criterion: one JSON object a line, each no longer than `LONGEST`.

    ─▶ {"look": 7, "now": "2026-11-30T15:00:00+00:00", "symbol": "SPX", "at": …, "values": {…}, …}
    ◀─ {"alert": {"reason": "…", "figures": {…}, "key": ""}, "look": 7}
    ◀─ {"next": 7}                it is done with look 7, and waits for another
    ◀─ {"ready": true}            it is loaded
    ◀─ {"missing": true} │ {"failed": "ValueError: …"} │ {"rubbish": "str"} │ {"over": true}      and no more after that

The service believes nothing that comes: a line that is not one of these ends the criterion.
"""

import json
from datetime import datetime
from typing import Any, Final

from tastyflow.domain.signal_rule.alert import Alert
from tastyflow.domain.signal_rule.figures import DataFault, Figures
from tastyflow.ports import Look

LONGEST: Final = 32_768


def look_line(number: int, look: Look) -> bytes:
    """*look* as a line."""
    figures = look.figures
    told = {
        "look": number,
        "now": look.now.isoformat(),
        "symbol": figures.symbol,
        "at": figures.at.isoformat(),
        "values": dict(figures.values),
        "coverage": figures.coverage,
        "oldest_age_s": figures.oldest_age_s,
        "spot_source": figures.spot_source,
        "snapshot": figures.snapshot,
        "faults": [str(fault) for fault in figures.faults],
    }
    return _line(told)


def look_in(line: bytes) -> tuple[int, Look]:
    """The look in a line of the service's, and its number."""
    told = json.loads(line)
    figures = Figures(
        told["symbol"],
        datetime.fromisoformat(told["at"]),
        told["values"],
        told["coverage"],
        told["oldest_age_s"],
        told["spot_source"],
        told["snapshot"],
        tuple(DataFault(fault) for fault in told["faults"]),
    )
    return told["look"], Look(datetime.fromisoformat(told["now"]), figures)


def alert_line(number: int, alert: Alert) -> bytes:
    """*alert*, given at look *number*, as a line."""
    told = {"reason": alert.reason, "figures": dict(alert.figures), "key": alert.key}
    return _line({"alert": told, "look": number})


def next_line(number: int) -> bytes:
    """It is done with look *number*."""
    return _line({"next": number})


def failed_line(error: BaseException) -> bytes:
    """It raised *error*, whose words are cut short."""
    return _line({"failed": f"{type(error).__name__}: {error}"[:300]})


def ready_line() -> bytes:
    """It is loaded."""
    return _line({"ready": True})


def missing_line() -> bytes:
    """There is no criterion of that name, or there are several."""
    return _line({"missing": True})


def rubbish_line(kind: str) -> bytes:
    """What it gave is no alert, but a *kind*."""
    return _line({"rubbish": kind[:80]})


def over_line() -> bytes:
    """It came to its end."""
    return _line({"over": True})


def _line(told: dict[str, Any]) -> bytes:
    return json.dumps(told, separators=(",", ":")).encode() + b"\n"
