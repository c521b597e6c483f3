"""
Who else could change what the program trusts: its settings, its log, its traders, the places that it was pinned to.

    the home and the folder above it, the environment's folder, where a linked log lies     a folder
    config.toml  secrets.toml  traders.db  log.db  venues.json, with -wal and -shm           a file
    signals, and each rule in it                                                             a folder, files

                 a file or folder that others may write, or that another user owns
    production   nothing is opened: Misconfigured, with the chmod that mends it
    elsewhere    a line in the program's log, and doctor says it

A link counts as what it leads to. Reading commands, such as those of ``audit``, open nothing and go on.
"""

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from attrs import frozen

from tastyflow.errors import Misconfigured
from tastyflow_adapters.config.choices import FILE, INSTALLATION, SECRETS_FILE, Choices, Environment
from tastyflow_adapters.config.log_address import LogKind

WRITABLE: Final = stat.S_IWGRP | stat.S_IWOTH
BESIDE: Final = ("", "-wal", "-shm", "-journal")
PINNED: Final = "venues.json"
ROOT: Final = 0

logger = logging.getLogger(__name__)

_warned: Final[set[str]] = set()
"""What this process has said already: one command opens several things of one home."""


@frozen
class Exposed:
    """One path that others could change, why, and the command that mends it."""

    path: Path
    why: str
    mend: str


def exposed(settings: Choices) -> tuple[Exposed, ...]:
    """Every path of these settings that others could change; none where the system has no such rights."""
    if os.name != "posix":
        return ()
    return tuple(found for path in _trusted(settings) if (found := _exposed(path)) is not None)


def require_unexposed(settings: Choices) -> None:
    """
    Where orders become real, others can change nothing that is trusted; elsewhere it is a warning.

    Raises:
        Misconfigured: code ``exposed``.
    """
    found = exposed(settings)
    if not found:
        return
    told = "; ".join(f"{each.path} {each.why}" for each in found)
    if is_strict(settings):
        raise Misconfigured(
            f"Others could change what this program trusts: {told}. Nothing was opened.",
            code="exposed",
            hint=f"Run: {' && '.join(each.mend for each in found)}. If others were on this machine, look at it first.",
        )
    if told not in _warned:
        _warned.add(told)
        logger.warning("Others could change what this program trusts: %s", told)


def is_strict(settings: Choices) -> bool:
    """Whether orders of these settings become real."""
    return settings.env is Environment.PRODUCTION and not settings.is_simulated


def _trusted(settings: Choices) -> Iterator[Path]:
    log = settings.log.path if settings.log.kind is LogKind.SQLITE else settings.folder / "log.db"
    folders = [settings.home, settings.folder, settings.signal_rules, log.resolve().parent]
    files = [settings.home / FILE, settings.home / SECRETS_FILE, settings.folder / PINNED]
    files += sorted(settings.signal_rules.glob("*.toml"))
    logs = [Path(f"{each.resolve()}{suffix}") for each in (settings.home / INSTALLATION, log) for suffix in BESIDE]
    yield from dict.fromkeys([settings.home.resolve().parent, *folders, *files, *logs])


def _exposed(path: Path) -> Exposed | None:
    try:
        about = path.stat()
    except OSError:
        return None  # it is not there, or cannot be used: opening it says so
    if about.st_uid not in (os.geteuid(), ROOT):
        return Exposed(path, f"belongs to another user (uid {about.st_uid})", f"chown {os.geteuid()} {path}")
    mode = stat.S_IMODE(about.st_mode)
    if mode & WRITABLE and not (stat.S_ISDIR(about.st_mode) and mode & stat.S_ISVTX):
        return Exposed(path, f"can be written by others (mode {mode:04o})", f"chmod go-w {path}")
    return None
