"""
Files that exist once they are whole: written under another name, forced to the disk, then given theirs.

    FILE.1234.new ─▶ fsync ─▶ link FILE, which fails where FILE exists ─▶ fsync of the folder

A process that dies on the way leaves a file that ends in ``.new``, which no command reads.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tastyflow.errors import StoreFailure

_BESIDE = ("", "-journal", "-wal", "-shm")


@contextmanager
def placed_whole(path: Path) -> Iterator[Path]:
    """
    Yield the name to write under; what was written becomes the file *path* where nothing was raised.

    Raises:
        StoreFailure: ``file_exists``: *path* is there, or came meanwhile.
        OSError: It cannot be written. Nothing is at *path*.
    """
    require_absent(path)
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    _remove(new)
    os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    try:
        yield new
        _sync(new)
        _name(new, path)
        _sync(path.parent)
    finally:
        _remove(new)


def require_absent(path: Path) -> None:
    """
    Go on only where no file is at *path*, nor one that SQLite keeps beside it.

    Raises:
        StoreFailure: ``file_exists``.
    """
    for suffix in _BESIDE:
        there = path.with_name(path.name + suffix)
        if os.path.lexists(there):
            raise StoreFailure(
                f"{there} exists, and nothing is written over it.",
                code="file_exists",
                hint="Name another file, or move this one away first, a log together with its -wal and -shm files.",
            )


def _name(new: Path, path: Path) -> None:
    try:
        path.hardlink_to(new)
    except FileExistsError:
        require_absent(path)
        raise
    except OSError:  # a file system without links, as on a memory stick
        require_absent(path)
        new.rename(path)


def _remove(new: Path) -> None:
    for suffix in _BESIDE:
        new.with_name(new.name + suffix).unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
