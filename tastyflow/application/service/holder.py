"""
Who holds a lease: the note that stands beside it, and whether that process can still be there.

    gone        its machine says that the process has ended, or the machine was started again since
    silent      its last beat lies too far back: it is stopped, or hangs
    at work     else; of a process on another machine only its beat can tell

The note is written anew with each beat, so that a command which runs for a moment can tell at once.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, Self

from attrs import asdict, frozen

from tastyflow.domain.age import Mark
from tastyflow.ports import Lease

SILENT_AFTER_S: Final = 7.0
"""A lease whose beat stands still so long has no holder any more."""


@frozen
class Holder:
    """
    A process, as others find it.

    Attributes:
        host: The machine, by name; *place* tells apart what shares a name: the processes that see each other.
        process: The process, so that a later one under the same number is another.
        beat_at: When it wrote this, by the clock that counts sleep; None before it did.
        port: Where it tells its health on this machine; 0 for nowhere.
    """

    pid: int
    host: str = ""
    place: str = ""
    process: str = ""
    beat_at: Mark | None = None
    port: int = 0

    def written(self) -> str:
        """The note for a lease."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def read(cls, about: str) -> Self | None:
        """The holder that wrote *about*; None where that is no such note."""
        with suppress(ValueError, TypeError, KeyError, AttributeError, RecursionError):
            found: dict[str, Any] = json.loads(about)
            mark = found.pop("beat_at")
            return cls(**found, beat_at=Mark(**mark) if mark else None)
        return None


IsGone = Callable[[Holder], bool]
"""Whether a process has certainly ended; false where that cannot be told."""


def is_at_work(lease: Lease | None, now_mark: Mark, is_gone: IsGone) -> bool:
    """Whether the holder of *lease* works, as far as one look can tell."""
    if lease is None or not lease.holder:
        return False
    holder = Holder.read(lease.about)
    if holder is None or holder.beat_at is None:
        return True
    if is_gone(holder):
        return False
    return holder.beat_at.boot != now_mark.boot or now_mark.elapsed_s - holder.beat_at.elapsed_s < SILENT_AFTER_S
