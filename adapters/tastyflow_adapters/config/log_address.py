"""
Where a log is: the value that settings hold, that opens a log, and that messages show.

    LogAddress.file(path)     one SQLite file
    LogAddress.server(…)      one schema in a PostgreSQL database, for several hosts
    LogAddress.memory()       this process's memory, for tests and demonstrations
"""

from enum import StrEnum
from pathlib import Path
from typing import Self

from attrs import frozen


class LogKind(StrEnum):
    """What keeps the events."""

    SQLITE = "sqlite"
    POSTGRES = "postgres"
    MEMORY = "memory"


@frozen
class LogAddress:
    """
    Attributes:
        place: Where, in the words of its kind: a path, or the URL of server and database without a password. As text,
            an address is its place.
        schema: Of a log on a server: where in the database.
    """

    kind: LogKind
    place: str
    schema: str = ""

    @classmethod
    def file(cls, path: Path | str) -> Self:
        """The SQLite file at *path*."""
        return cls(LogKind.SQLITE, str(path))

    @classmethod
    def server(cls, url: str, schema: str) -> Self:
        """The log in *schema* of the PostgreSQL database at *url*."""
        return cls(LogKind.POSTGRES, url, schema)

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
        """Whether there can be anything at this address, before it is opened; a server is not asked."""
        return self.kind is LogKind.POSTGRES or (self.kind is LogKind.SQLITE and self.path.exists())

    def __str__(self) -> str:
        return f"{self.place} ({self.schema})" if self.schema else self.place
