"""
What runs in the process of a criterion: ``python -m tastyflow_adapters.signals.criteria.child NAME``.

    standard input ─ look ─▶ mailbox ─▶ looks ─▶ criterion ─ alert ─▶ what was standard output

The criterion itself has neither: what it prints goes nowhere, and what it reads is empty. When the service is gone, so
is this process, whatever the criterion does.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from importlib.metadata import entry_points
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import BinaryIO, Final

from tastyflow.domain.signal_rule.alert import Alert
from tastyflow.ports import CRITERIA, Look
from tastyflow_adapters.signals.criteria.lines import (
    alert_line,
    failed_line,
    look_in,
    missing_line,
    next_line,
    over_line,
    ready_line,
    rubbish_line,
)

NICER: Final = 5
"""By how much the service goes before it, where both want to calculate."""


class Looks:
    """What a criterion looks at: it is given the next look when it asks for it."""

    def __init__(self, given: BinaryIO, told: BinaryIO) -> None:
        self._given = given
        self._told = told
        self._mailbox: SimpleQueue[bytes] = SimpleQueue()
        self.number = 0
        Thread(target=self._listen, name="looks", daemon=True).start()

    def __iter__(self) -> Iterator[Look]:
        while True:
            self.number, look = look_in(self._mailbox.get())
            yield look
            self.tell(next_line(self.number))

    def tell(self, line: bytes) -> None:
        """Tell the service *line*; without a service this process ends."""
        try:
            self._told.write(line)
            self._told.flush()
        except OSError:
            os._exit(0)

    def _listen(self) -> None:
        for line in self._given:
            self._mailbox.put(line)
        os._exit(0)  # the service is gone: what the criterion is at is of no use


def main(name: str) -> None:
    """Run the criterion *name* until it ends, or the service does."""
    given, told = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for each in (0, 1):
        os.dup2(nothing, each)
    _stand_back()
    looks = Looks(given, told)
    try:
        criterion = _loaded(name)
        if criterion is None:
            looks.tell(missing_line())
            return
        looks.tell(ready_line())
        for alert in criterion(iter(looks)):
            if not isinstance(alert, Alert):
                looks.tell(rubbish_line(type(alert).__name__))
                return
            looks.tell(alert_line(looks.number, alert))
        looks.tell(over_line())
    except BaseException as error:  # noqa: BLE001  whatever it raises is told: the service decides what that means
        looks.tell(failed_line(error))


def _loaded(name: str) -> Callable[[Iterator[Look]], Iterable[object]] | None:
    """What *name* leads to, which should be a `Criterion`; None where it leads nowhere, or to several."""
    found = {each.value: each for each in entry_points(group=CRITERIA, name=name)}
    if len(found) != 1:
        return None
    (entry,) = found.values()
    loaded: Callable[[Iterator[Look]], Iterable[object]] = entry.load()
    return loaded


def _stand_back() -> None:
    """Let the service go first: to the processor, and where memory runs out."""
    with suppress(OSError, AttributeError):  # not on every system
        os.nice(NICER)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", "ascii")


if __name__ == "__main__":
    main(sys.argv[1])
    os._exit(0)  # a thread that the criterion left behind holds up no end
