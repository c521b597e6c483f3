"""
Whether the files of an open log are still the files that its name leads to.

    log.db        renamed, removed, restored from a backup, or its symbolic link turned: events go where no other
                  process, and no later start, looks for them
    log.db-wal    removed beside an open log: what was appended since is lost with the process
    log.db-shm    removed: two processes that write no longer see each other

SQLite goes on with what it has open, in each of these cases, and reports success. A file is told by its device and
inode, which costs a microsecond for each of the three.
"""

import os
from pathlib import Path
from typing import Final, Self, TypeAlias

from attrs import frozen

from tastyflow_adapters.store.failures import LogTrouble

BESIDE: Final = ("-wal", "-shm")

Inode: TypeAlias = tuple[int, int]


@frozen
class OpenedFiles:
    """
    The files of one log, as they were when it was opened.

    Attributes:
        named: The log's path as it was given, symbolic links and all.
        inodes: Device and inode of each file, by its path.
    """

    named: Path
    inodes: tuple[tuple[str, Inode], ...]

    @classmethod
    def of(cls, named: Path) -> Self:
        """Remember the files of the log at *named*, which is open; those beside it count where they exist."""
        paths = (str(named), *(str(named.resolve()) + suffix for suffix in BESIDE))
        return cls(named, tuple((path, inode) for path in paths if (inode := _inode(path)) is not None))

    def is_same(self) -> bool:
        """Whether each of the files is still there, and none is another one."""
        return all(_inode(path) == inode for path, inode in self.inodes)

    def require_same(self, *, beside: bool = True) -> None:
        """
        Go on with the same files only.

        Args:
            beside: False asks for the log itself alone: the others go with the last connection that writes.

        Raises:
            LogTrouble: ``log_exchanged``.
        """
        for path, inode in self.inodes if beside else self.inodes[:1]:
            if (now := _inode(path)) != inode:
                raise LogTrouble("log_exchanged", f"{path} was {'removed' if now is None else 'put in its place'}")


def _inode(path: str) -> Inode | None:
    try:
        found = os.stat(path)  # noqa: PTH116  half the time of the path's own method
    except OSError:
        return None
    return found.st_dev, found.st_ino
