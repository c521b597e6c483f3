"""
The head of a log in a file beside it: ``head.json``, written whole or not at all, and on the disk when `keep` returns.

    keep ─▶ head.json.new ─▶ fsync ─▶ rename ─▶ fsync of the folder
    {"log": which log, "position": of its last event, "last": the head of its chain there}
    "was_restored": true     where the log was put back from a copy, until it is accepted

Many orders that leave at once keep one head: the first that is written is as late as the claims of the others.
"""

import json
import os
import threading
from pathlib import Path
from typing import Final

from tastyflow.errors import StoreFailure
from tastyflow.ports import LogHead

_WRITING: Final = threading.Lock()
"""Held while a head is written: two that are written at once would be one that cannot be read."""


class HeadFile:
    """The head that is kept in one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept: LogHead | None = None

    def read(self) -> LogHead | None:
        """
        The head that was kept last; None where none was.

        Raises:
            StoreFailure: code ``unreadable_head``.
        """
        try:
            text = self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unreadable(error.strerror or str(error)) from error
        try:
            kept = json.loads(text)
            return LogHead(str(kept["log"]), int(kept["position"]), str(kept["last"]), kept.get("was_restored") is True)
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
            raise self._unreadable(type(error).__name__) from error

    def keep(self, head: LogHead) -> None:
        """
        Keep *head* in the place of the one before, unless this object has kept a later one of the same log. It may be
        called from any thread.

        Raises:
            OSError: The file cannot be written; the one before is untouched.
        """
        with _WRITING:
            if self._kept is None or self._kept.log != head.log or self._kept.position < head.position:
                self._write(head)
                self._kept = head

    def _write(self, head: LogHead) -> None:
        new = self._path.with_name(f"{self._path.name}.{os.getpid()}.new")
        content = {"log": head.log, "position": head.position, "last": head.last}
        text = json.dumps(content | {"was_restored": True} if head.was_restored else content)
        with new.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _unreadable(self, why: str) -> StoreFailure:
        return StoreFailure(
            f"The head of the log, {self._path}, cannot be read: {why}.",
            code="unreadable_head",
            hint="Look at the file. Without it, what was lost of the log is not noticed by it.",
        )
