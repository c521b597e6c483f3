"""
Where a log is: the value that settings hold, that opens a log, and that messages show.

    LogAddress.file(path)     one SQLite file
    LogAddress.memory()       this process's memory, for tests and demonstrations
"""

from enum import StrEnum
from pathlib import Path
from typing import Self

from attrs import frozen


class LogKind(StrEnum):
    """What keeps the events."""

    SQLITE = "sqlite"
    MEMORY = "memory"


@frozen
class LogAddress:
    """
    Attributes:
        place: Where, in the words of its kind: a path. As text, an address is its place.
    """

    kind: LogKind
    place: str

    @classmethod
    def file(cls, path: Path | str) -> Self:
        """The SQLite file at *path*."""
        return cls(LogKind.SQLITE, str(path))

    @classmethod
    def memory(cls) -> Self:
        """A log of its own in this process's memory."""
        return cls(LogKind.MEMORY, "in memory")

    @property
    def path(self) -> Path:
        """The file of a log that is one."""
        return Path(self.place)

    @property
    def exists(self) -> bool:
        """Whether there is anything at all at this address, before it is opened."""
        return self.kind is LogKind.SQLITE and self.path.exists()

    def __str__(self) -> str:
        return self.place
