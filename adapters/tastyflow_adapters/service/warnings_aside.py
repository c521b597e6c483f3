"""
Warnings of a service are written by a thread of their own: a terminal that is held (Ctrl-S) holds up no order.

    logger.warning ─▶ a queue, at most `MOST_WAITING` long ─▶ a thread ─▶ what Python warns by where nothing is set up
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Final

MOST_WAITING: Final = 1_000
"""Warnings that wait for a terminal that is held; what is warned of beyond that is dropped."""

LAST_S: Final = 1.0
"""How long the end waits until everything is written."""


class _Aside(logging.Handler):
    """Hands each record to *to*, in a thread."""

    def __init__(self, to: logging.Handler) -> None:
        super().__init__(to.level)
        self._waiting: SimpleQueue[logging.LogRecord | None] = SimpleQueue()
        self._writing = threading.Thread(target=self._write, args=(to,), name="warnings", daemon=True)
        self._writing.start()

    def emit(self, record: logging.LogRecord) -> None:
        if self._waiting.qsize() < MOST_WAITING:
            self._waiting.put(record)

    def close(self) -> None:
        self._waiting.put(None)
        self._writing.join(LAST_S)
        super().close()

    def _write(self, to: logging.Handler) -> None:
        while (record := self._waiting.get()) is not None:
            to.handle(record)


@contextmanager
def warned_aside() -> Iterator[None]:
    """Warnings that no logging was set up for are written by a thread, for as long as it is entered."""
    before = logging.lastResort
    if before is None:
        yield
        return
    aside = _Aside(before)
    logging.lastResort = aside
    try:
        yield
    finally:
        logging.lastResort = before
        aside.close()
