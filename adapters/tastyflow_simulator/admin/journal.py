"""
What was asked of the simulator, request by request.

    request ─▶ answered, or lost ─▶ Entry: when, which side, what, how it ended; the body by its SHA-256 alone

No header and no body is kept: tokens and secrets travel in them.
"""

from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from attrs import asdict, frozen

from tastyflow_simulator.options import Side

KEPT: Final = 100_000
"""How many requests are remembered; the oldest are forgotten first."""


@frozen(kw_only=True)
class Entry:
    """
    One request.

    Attributes:
        number: Counted from 1 for the whole simulator.
        status: What the client was answered; of a lost answer, what it would have been; 0 where there was none.
        answered: Whether the client was given an answer.
        body_sha256: Of the body's bytes as they came, in hexadecimal; of no bytes, where there was none.
        external_identifier: The one in the body, if there was one.
        fault: The id of the fault that struck, if one did.
        took_ms: From the first byte to the answer, by the machine's clock.
    """

    number: int
    at: datetime
    side: Side
    method: str
    path: str
    query: str
    status: int
    answered: bool
    body_sha256: str
    body_bytes: int
    external_identifier: str | None
    fault: str | None
    took_ms: float

    def as_json(self) -> Mapping[str, object]:
        return {name.replace("_", "-"): value for name, value in asdict(self).items()}


class Journal:
    """The newest requests to both sides, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._numbered = 0

    def record(
        self,
        *,
        at: datetime,
        side: Side,
        method: str,
        path: str,
        query: str = "",
        status: int,
        answered: bool = True,
        body_sha256: str = "",
        body_bytes: int = 0,
        external_identifier: str | None = None,
        fault: str | None = None,
        took_ms: float = 0.0,
    ) -> Entry:
        self._numbered += 1
        entry = Entry(
            number=self._numbered,
            at=at,
            side=side,
            method=method,
            path=path,
            query=query,
            status=status,
            answered=answered,
            body_sha256=body_sha256,
            body_bytes=body_bytes,
            external_identifier=external_identifier,
            fault=fault,
            took_ms=took_ms,
        )
        self._entries.append(entry)
        return entry

    def entries(self, side: Side | None = None) -> list[Entry]:
        return [entry for entry in self._entries if side is None or entry.side is side]

    def clear(self) -> None:
        """Forget what was asked; the numbers go on."""
        self._entries.clear()
