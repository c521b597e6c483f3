"""
Anchors in a file, a line each: those of this home, and a copy on another disk.

    keep ─▶ appended, on the disk when it returns       a line that a crash left unfinished is cut off before the next

A copy may stand where another process reads it at any time, and is only ever appended to.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from attrs import frozen

from tastyflow.domain.anchor import MAX_LINE, Anchor
from tastyflow.errors import StoreFailure

NAME: Final = "anchors.jsonl"


@frozen
class ReadAnchors:
    """
    What a file of anchors holds.

    Attributes:
        anchors: Those that can be read, in their order.
        wrong: The number of each line that is none, and why.
    """

    anchors: tuple[Anchor, ...]
    wrong: tuple[tuple[int, str], ...] = ()


class AnchorFile:
    """The anchors in the file at *path*."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, Anchor | None] = (0, None)

    def read(self) -> ReadAnchors:
        """
        Everything in it; nothing where there is no such file.

        Raises:
            StoreFailure: code ``unreadable_anchors``.
        """
        try:
            text = self._path.read_bytes().decode("utf-8", errors="replace")
        except FileNotFoundError:
            return ReadAnchors(())
        except OSError as error:
            raise self._unreadable(error.strerror or type(error).__name__) from error
        anchors, wrong = [], []
        for number, line in enumerate(text.splitlines(), start=1):
            if not line.strip():
                continue
            try:
                anchors.append(Anchor.from_line(line))
            except ValueError as error:
                wrong.append((number, str(error)))
        return ReadAnchors(tuple(anchors), tuple(wrong))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While entered, no other process enters it for this file."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._path.with_name(f"{self._path.name}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def last(self) -> Anchor | None:
        """
        The last anchor; what a crash left unfinished after it is none.

        Raises:
            StoreFailure: code ``unreadable_anchors``: it cannot be read, or its last whole line is no anchor.
        """
        try:
            size = self._path.stat().st_size
        except FileNotFoundError:
            return None
        if self._seen[0] == size:
            return self._seen[1]
        with self._path.open("rb") as file:
            file.seek(max(0, size - 2 * MAX_LINE))
            whole = file.read().rpartition(b"\n")[0]
        if not whole:
            return None
        try:
            last = Anchor.from_line(whole.rpartition(b"\n")[2].decode())
        except ValueError as error:
            raise self._unreadable(f"its last line: {error}") from error
        self._seen = (size, last)
        return last

    def after(self, position: int) -> Sequence[Anchor]:
        """
        The anchors after *position*.

        Raises:
            StoreFailure: As `read`.
        """
        last = self.last()
        if last is None or last.position <= position:
            return ()
        return [each for each in self.read().anchors if each.position > position]

    def keep(self, *anchors: Anchor) -> None:
        """
        Append *anchors*; they are durable on return.

        Raises:
            OSError: The file cannot be written.
        """
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            size = file.seek(0, os.SEEK_END)
            start = max(0, size - 2 * MAX_LINE)
            file.seek(start)
            tail = file.read()
            end = start + tail.rfind(b"\n") + 1 if b"\n" in tail else start
            file.seek(end)
            file.truncate()
            file.write(b"".join(each.line.encode() + b"\n" for each in anchors))
            file.flush()
            os.fsync(file.fileno())

    def _unreadable(self, why: str) -> StoreFailure:
        return StoreFailure(
            f"The anchors in {self._path} cannot be read: {why}.",
            code="unreadable_anchors",
            hint="Look at the file. Copies of it are wherever anchors are published.",
        )


class AnchorFolder:
    """Copies of anchors in a folder elsewhere, a file for each log: an `AnchorPlace`."""

    def __init__(self, folder: Path) -> None:
        self.name = f"folder:{folder}"
        self._folder = folder

    async def publish(self, anchors: Sequence[Anchor]) -> None:
        """
        Append what the copy has not yet. The folder is not made: a disk that is not there must not be taken for one.

        Raises:
            OSError: The folder is not there, or cannot be written.
        """
        import asyncio

        await asyncio.to_thread(self.take, anchors)

    def take(self, anchors: Sequence[Anchor]) -> None:
        """
        The same for a command that has no event loop to wait on; it blocks as long as the disk does.

        Raises:
            OSError, StoreFailure: It did not take them.
        """
        if not self._folder.is_dir():
            raise FileNotFoundError(f"there is no folder {self._folder}")
        for log in dict.fromkeys(each.log for each in anchors):
            copy = AnchorFile(self._folder / f"{log.hex}.{NAME}")
            with copy.alone():
                last = copy.last()
                done = last.position if last else 0
                copy.keep(*(each for each in anchors if each.log == log and each.position > done))
