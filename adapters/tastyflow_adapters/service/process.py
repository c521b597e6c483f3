"""
This process, as others find it in a lease; and whether another one has certainly ended.

    pid, and when that process began     one number is given to many processes after each other
    place                                the processes that see each other's numbers (a container has its own)

Where the system has no table of processes to read, nothing is certain, and the beat of the lease decides alone.
"""

import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import Final

from tastyflow.application.service.holder import Holder

PROCESSES: Final = Path("/proc")
ENDED: Final = frozenset({"Z", "X", "x"})
"""States of a process that has ended and was not collected yet."""


def this_process() -> Holder:
    """The process that asks."""
    pid = os.getpid()
    found = _look(pid)
    return Holder(pid, host=socket.gethostname(), place=_place(), process=found[1] if found else "")


def is_gone(holder: Holder) -> bool:
    """Whether *holder*'s process has certainly ended."""
    if not holder.place or (holder.host, holder.place) != (socket.gethostname(), _place()):
        return False
    found = _look(holder.pid)
    return found is None or found[0] in ENDED or (bool(holder.process) and found[1] != holder.process)


def _place() -> str:
    """Names the start of the machine and the set of processes that this one sees; empty where that is not told."""
    with suppress(OSError):
        boot = (PROCESSES / "sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot} {(PROCESSES / 'self/ns/pid').readlink()}"
    return ""


def _look(pid: int) -> tuple[str, str] | None:
    """The state of the process, and when it began, in the machine's own count; None where there is none."""
    with suppress(OSError, IndexError):
        line = (PROCESSES / str(pid) / "stat").read_text("utf-8", errors="replace")
        fields = line.rpartition(")")[2].split()
        return fields[0], fields[19]
    return None
