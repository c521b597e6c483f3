"""
What the init system is told: ready, alive, stopping.

    $NOTIFY_SOCKET ─▶ READY=1 ─▶ WATCHDOG=1 … ─▶ STOPPING=1       not set: nothing is told, and nothing is wrong

It is one datagram a line to a socket whose name is in the environment. The packages that do the same are a thin layer
over these few lines, or bind a C library that is not on every machine; so these stand here. The composition root reads
the environment.
"""

import socket
from contextlib import suppress
from typing import Final

READY: Final = "READY=1"
STOPPING: Final = "STOPPING=1"
WATCHDOG: Final = "WATCHDOG=1"


class Notifier:
    """
    Tells the init system.

    Args:
        address: Of its socket; a leading "@" stands for the abstract namespace. Empty: nothing is told.
        watchdog_s: How long it waits for a sign of life before it ends the process; 0 where it does not.
    """

    def __init__(self, address: str = "", watchdog_s: float = 0.0) -> None:
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self.pulse_s = watchdog_s / 3

    def tell(self, *lines: str) -> None:
        """Tell *lines*, at once or not at all."""
        if not self._address:
            return
        with suppress(OSError, AttributeError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as there:
            there.setblocking(False)
            there.sendto("\n".join(lines).encode(), self._address)
