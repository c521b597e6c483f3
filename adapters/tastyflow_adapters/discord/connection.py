"""
How the connection to Discord is, for the health page. It is read without discord.py.

    connecting ─▶ connected ◀─▶ away        trouble: why a bot could not be connected, in words of ours
"""

import logging
from collections.abc import Callable
from datetime import datetime

from tastyflow.ports import Clock

logger = logging.getLogger(__name__)


class ConnectionStatus:
    """
    How the bot is.

    Attributes:
        is_connected: Whether events arrive.
        since: Since when it is connected, or away.
        heard_at: When Discord said something last; None before it did.
        was_connected: Whether it ever was, in this process.
        restarts: How many bots were built after the first one.
        trouble: Why it is not connected, as far as it is known.
        forgets: Why it will forget what it has shown; empty where its memory is kept.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._latency: Callable[[], float] | None = None
        self.is_connected = False
        self.was_connected = False
        self.since: datetime = clock.now()
        self.heard_at: datetime | None = None
        self.restarts = 0
        self.trouble = ""
        self.forgets = ""

    def connected(self, latency_s: Callable[[], float]) -> None:
        """Events arrive; *latency_s* says how long a sign of life takes."""
        self._latency = latency_s
        self.trouble = ""
        self.was_connected = True
        self._now(is_connected=True)

    def away(self, trouble: str = "") -> None:
        """No event arrives."""
        self.trouble = trouble or self.trouble
        self._now(is_connected=False)

    def died(self, trouble: str) -> None:
        """The bot is of no more use."""
        self.away(trouble)
        logger.warning("The bot in Discord: %s", trouble)

    def heard(self) -> None:
        """Discord said something."""
        self.heard_at = self._clock.now()

    @property
    def latency_ms(self) -> float | None:
        """How long a sign of life takes; None while it is not known."""
        latency_s = self._latency() if self._latency is not None and self.is_connected else None
        is_known = latency_s is not None and 0 <= latency_s < float("inf")
        return round(latency_s * 1000, 1) if is_known and latency_s is not None else None

    def _now(self, *, is_connected: bool) -> None:
        if is_connected is not self.is_connected:
            self.is_connected, self.since = is_connected, self._clock.now()
