"""
An environment stays what it was: the hosts and accounts of its first use are written down, and held against each start.

    first use   {"sandbox": {"api": "https://api.cert.tastyworks.com:443", "account": "5WT..."}}  ─▶ venues.json
    later       the same ─▶ go;  anything else ─▶ Misconfigured: this log is of another account
    older       a host alone: held against the host alone, and written down whole with the next use
    several     {"production": {..., "accounts": {"main": "5WX...", "ira": "5WY..."}}}
                one more ─▶ written down beside them;  a name or a number that changed sides ─▶ Misconfigured

The orders of a log are looked for at its venues: at another account none of them would be found, and a rehearsal of
one account would prove an order of another.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from attrs import evolve, frozen

from tastyflow.domain.trader.accounts import MAIN
from tastyflow.domain.venue import Venue
from tastyflow.errors import Misconfigured
from tastyflow_adapters.config.urls import Address
from tastyflow_adapters.figures import read_json
from tastyflow_adapters.redaction import masked
from tastyflow_adapters.tastytrade.http.connection import Connection

FILE: Final = "venues.json"
CHANGED: Final = "environment_changed"


@frozen
class PinnedAddress:
    """
    Where a venue was. As text, it is what is written down.

    Attributes:
        scheme, port: Empty and None in a pin of an older version, which held the host alone.
    """

    host: str
    scheme: str = ""
    port: int | None = None

    @classmethod
    def of(cls, url: str) -> "PinnedAddress":
        """Where *url* leads."""
        address = Address.of(url)
        return cls(address.host, urlsplit(url).scheme.lower(), address.port)

    @classmethod
    def from_text(cls, text: str) -> "PinnedAddress":
        """
        What was written down.

        Raises:
            ValueError: It is no place.
        """
        return cls.of(text) if "://" in text else cls(Address.at(text, None, "https").host)

    def is_the(self, other: "PinnedAddress") -> bool:
        """Whether both are one place, as far as both are known."""
        if self.port is None or other.port is None:
            return self.host == other.host
        return self == other

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}" if self.scheme else self.host


@frozen
class Pin:
    """
    Which accounts, by the names of the settings, and where.

    Attributes:
        trusted_host: The host that the settings name as trusted; empty where the venue is tastytrade's or here.
    """

    api: PinnedAddress
    streamer: PinnedAddress
    accounts: Mapping[str, str]
    trusted_host: str = ""

    @classmethod
    def of(cls, connection: Connection) -> "Pin":
        """What *connection* would be pinned to."""
        api, streamer = (PinnedAddress.of(url) for url in (connection.api_url, connection.streamer_url))
        return cls(api, streamer, dict(connection.accounts), connection.trusted_host)

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "Pin":
        """
        What was written down.

        Raises:
            ValueError, TypeError, KeyError: It is no pin.
        """
        accounts = written["accounts"] if "accounts" in written else {MAIN: written["account"]}
        trusted = written.get("trusted_host", "")
        texts = (written["api"], written["streamer"], trusted, *accounts, *accounts.values())
        if not accounts or not all(isinstance(each, str) for each in texts):
            raise ValueError("it is damaged")
        api, streamer = (PinnedAddress.from_text(written[each]) for each in ("api", "streamer"))
        return cls(api, streamer, accounts, trusted)

    def as_json(self) -> Mapping[str, Any]:
        """As it is written down: one account as its number alone."""
        where = {"api": str(self.api), "streamer": str(self.streamer)}
        where |= {"trusted_host": self.trusted_host} if self.trusted_host else {}
        alone = self.accounts.get(MAIN) if len(self.accounts) == 1 else None
        return where | ({"account": alone} if alone else {"accounts": dict(self.accounts)})


def read(folder: Path) -> Mapping[Venue, Pin]:
    """
    What the environment in *folder* was at its first use; empty before it.

    Raises:
        Misconfigured: code ``pin_unreadable``.
    """
    file = folder / FILE
    try:
        found = read_json(file.read_text("utf-8"))
        return {Venue(venue): Pin.from_json(pin) for venue, pin in found.items()}
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or "it is damaged"
        raise Misconfigured(
            f"{file}, which says whose log this is, cannot be read: {why}.",
            code="pin_unreadable",
            hint="Restore it from a backup. Removed, it is written anew from the settings: check them first.",
        ) from None


def check(folder: Path, *connections: Connection) -> None:
    """
    Whether *connections* go where they always went.

    Raises:
        Misconfigured: code ``environment_changed``; nothing was sent.
    """
    pinned = read(folder)
    changes = [change for connection in connections for change in _changes(connection, pinned)]
    if changes:
        raise Misconfigured(
            f"These are not the venues of the log in {folder}: {'; '.join(changes)}.",
            code=CHANGED,
            hint=f"Set them back, or use another home (TASTYFLOW_HOME). If it is meant, and no order is open there: "
            f"remove {folder / FILE}.",
        )


def hold(folder: Path, *connections: Connection) -> None:
    """
    Write down where *connections* go, for the venues and accounts that are not written down yet.

    Raises:
        Misconfigured: It cannot be written, or they go elsewhere than they always went.
    """
    check(folder, *connections)
    pinned = read(folder)
    now = {connection.venue: Pin.of(connection) for connection in connections}
    for venue, before in pinned.items():
        wanted = now.get(venue, before)  # the same place: it was checked, and has its port by now
        now[venue] = evolve(wanted, accounts={**before.accounts, **wanted.accounts})
    if now == pinned:
        return
    pins = {venue.value: pin.as_json() for venue, pin in now.items()}
    file, beside = folder / FILE, folder / f"{FILE}.{os.getpid()}"
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            json.dump(pins, opened, indent=1)
            opened.flush()
            os.fsync(opened.fileno())
        beside.replace(file)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise Misconfigured(
            f"{file} cannot be written: {error.strerror or type(error).__name__}.",
            code="home_unwritable",
            hint="Set TASTYFLOW_HOME to a folder that you may write to.",
        ) from None


def _changes(connection: Connection, pinned: Mapping[Venue, Pin]) -> list[str]:
    venue, now = connection.venue, Pin.of(connection)
    before = pinned.get(venue, now)
    told = []
    if not before.api.is_the(now.api):
        told.append(f"the {venue.value}'s API is at {now.api}, and was at {before.api}")
    if not before.streamer.is_the(now.streamer):
        told.append(f"its streamer is at {now.streamer}, and was at {before.streamer}")
    return [*told, *_other_accounts(f"the {venue.value}'s", before.accounts, now.accounts)]


def _other_accounts(whose: str, before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    called = {number: name for name, number in before.items()}
    for name, number in now.items():
        which = f"{whose} account" if {*now, *before} == {MAIN} else f"{whose} account {name}"
        if name in before and before[name] != number:
            yield f"{which} is {masked(number)}, and was {masked(before[name])}"
        elif name not in before and number in called:
            yield f"{whose} account {masked(number)} is called {name}, and was called {called[number]}"
        elif before.keys().isdisjoint(now):
            yield f"{whose} account {name} was never used here, and {' and '.join(before)} is named no more"
