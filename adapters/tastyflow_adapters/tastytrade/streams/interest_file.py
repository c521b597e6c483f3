"""
Open interest that was heard of a trading day, in a file: a process that begins needs to ask for greeks only.

    keep(day, contracts) ─▶ beside what other processes kept of the day ─▶ open-interest.json, whole or not at all
    read(day)            ─▶ contracts │ nothing: of another day, damaged (told), too large (told)

    {"version": 1, "day": "2026-11-20", "hash": SHA-256 of day and contracts, "contracts": {".SPXW261120C6000": 1200}}
"""

import logging
import os
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final

import msgspec

FILE: Final = "open-interest.json"
VERSION: Final = 1
MOST_BYTES: Final = 16_000_000
MOST_CONTRACTS: Final = 250_000
"""Ten times what a session may be subscribed to."""

MOST_OPEN: Final = 100_000_000
"""Contracts of one option."""

Symbol = Annotated[str, msgspec.Meta(min_length=2, max_length=40)]
Contracts = Annotated[int, msgspec.Meta(ge=0, le=MOST_OPEN)]

logger = logging.getLogger(__name__)


class _Document(msgspec.Struct, forbid_unknown_fields=True):
    version: int
    day: date
    hash: str
    contracts: dict[Symbol, Contracts]


class InterestFile:
    """
    Of one environment; several processes may use it, and one that loses a race asks the venue again.

    Args:
        folder: Where it is.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._writing = threading.Lock()
        self._told = ""

    def read(self, day: date) -> Mapping[str, int]:
        """What is kept of *day*, by streamer symbol; nothing where that is another day's, or cannot be believed."""
        try:
            with self.path.open("rb") as file:
                content = file.read(MOST_BYTES + 1)
        except FileNotFoundError:
            return {}
        except OSError as error:
            return self._ignored(error.strerror or type(error).__name__)
        if len(content) > MOST_BYTES:
            return self._ignored("it is larger than it can be")
        try:
            found = msgspec.json.decode(content, type=_Document)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return self._ignored("it is damaged")
        if found.version != VERSION:
            return self._ignored("it is of another version")
        if found.hash != _hash(found.day, found.contracts) or len(found.contracts) > MOST_CONTRACTS:
            return self._ignored("it is damaged")
        return found.contracts if found.day == day else {}

    def keep(self, day: date, contracts: Mapping[str, int]) -> None:
        """Keep *contracts* beside what is kept of *day*. What cannot be written is told in the log. From any thread."""
        with self._writing:
            both = {**self.read(day), **contracts}
            if len(both) <= MOST_CONTRACTS:
                self._write(_Document(VERSION, day, _hash(day, both), both))

    def _write(self, document: _Document) -> None:
        beside: Path | None = None
        try:
            descriptor, name = tempfile.mkstemp(dir=self.path.parent, prefix=f"{FILE}.")  # for the owner alone
            beside = Path(name)
            with os.fdopen(descriptor, "wb") as file:
                file.write(msgspec.json.encode(document))
            beside.replace(self.path)
        except OSError as error:
            self._say(f"Open interest cannot be kept in {self.path}: {error.strerror or type(error).__name__}")
            if beside is not None:
                with suppress(OSError):
                    beside.unlink()

    def _ignored(self, why: str) -> Mapping[str, int]:
        self._say(f"{self.path} is not used, and open interest is asked for again: {why}")
        return {}

    def _say(self, sentence: str) -> None:
        """Once, until something else is wrong."""
        if sentence != self._told:
            self._told = sentence
            logger.warning("%s", sentence)


def _hash(day: date, contracts: Mapping[str, int]) -> str:
    told = sha256(day.isoformat().encode())
    told.update("".join(f"\n{symbol} {count}" for symbol, count in sorted(contracts.items())).encode())
    return told.hexdigest()
