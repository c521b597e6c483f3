"""
Refused logins, remembered from one process to the next: a command that is typed again and again counts as one program.

    FailedLogins ─ logins.json, for the owner ─ {"sandbox": {"login": "5f2c91aa", "refused": ["2026-11-20T15:00:00Z"]}}
          ▲ recall (seconds ago)                          └ which credentials: others begin anew
          └ note · forget                                    (`tastyflow_adapters.tastytrade.http.breaker`)

It is a courtesy to the next process, not a promise: where the file cannot be used, each process counts for itself.
"""

import hashlib
import json
import logging
import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from tastyflow.domain.venue import Venue
from tastyflow.ports import Clock
from tastyflow_adapters.figures import read_json
from tastyflow_adapters.tastytrade.http.connection import Connection

FILE: Final = "logins.json"
KEPT: Final = 10
MARK_LENGTH: Final = 8
FORGOTTEN_S: Final = 7200.0
"""After so long a refusal says nothing about the next login."""

logger = logging.getLogger(__name__)


class FailedLogins:
    """The refused logins of one connection, in *folder*."""

    def __init__(self, folder: Path, connection: Connection, clock: Clock) -> None:
        self._file = folder / FILE
        self._venue: Venue = connection.venue
        self._mark = mark_of(connection)
        self._clock = clock

    def recall(self) -> list[float]:
        """How many seconds ago each was refused, the oldest first."""
        now, ages = self._clock.now(), []
        for moment in self._refused(self._read()):
            with suppress(ValueError, TypeError):
                ages.append(max(0.0, (now - datetime.fromisoformat(moment)).total_seconds()))
        return sorted((age for age in ages if age < FORGOTTEN_S), reverse=True)

    def note(self) -> None:
        """One more was refused, now."""
        document = self._read()
        refused = [*self._refused(document), self._clock.now().isoformat()][-KEPT:]
        self._write(document | {self._venue.value: {"login": self._mark, "refused": refused}})

    def forget(self) -> None:
        """A login was accepted."""
        document = self._read()
        if document.pop(self._venue.value, None) is not None:
            self._write(document)

    def _refused(self, document: dict[str, Any]) -> list[Any]:
        own = document.get(self._venue.value)
        moments = own.get("refused") if isinstance(own, dict) and own.get("login") == self._mark else None
        return moments if isinstance(moments, list) else []

    def _read(self) -> dict[str, Any]:
        try:
            found = read_json(self._file.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _write(self, document: dict[str, Any]) -> None:
        beside = self._file.with_name(f"{FILE}.{os.getpid()}")
        try:
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
                json.dump(document, opened)
            beside.replace(self._file)
        except OSError as error:
            logger.warning("Refused logins cannot be remembered in %s: %s", self._file, error.strerror)
            with suppress(OSError):
                beside.unlink()


def mark_of(connection: Connection) -> str:
    """A short name for a pair of credentials, which tells nothing of them."""
    both = f"{connection.client_secret.get_secret_value()}|{connection.refresh_token.get_secret_value()}"
    return hashlib.sha256(both.encode()).hexdigest()[:MARK_LENGTH]
