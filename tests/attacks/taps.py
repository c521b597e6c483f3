"""
Taps on a process: whatever it does to the world passes here first, and gets a name and a number.

    SQLite statements     by SQLite's own trace of every connection that is opened
    a server's appends    by three methods of the writer of a log on PostgreSQL: libpq cannot be traced
    sockets               by the methods of ``socket.socket`` that asyncio reads and writes with
    files                 by Python's audit hook: open for writing, rename, remove; and ``os.fsync``
    the terminal          by the raw file below ``sys.stdout`` and ``sys.stderr``

Nothing of tastyflow is replaced, but for the methods of the log that say when a commit begins and when it is over.
"""

import io
import json
import os
import re
import socket
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

Reach = Callable[[str], None]

_INSERTED: Final = re.compile(r"'(tastyflow\.[a-z_.]+@\d+)', x'([0-9a-f]*)'", re.IGNORECASE)
_WRITES: Final = re.compile(r"\s*(?:INSERT(?: OR \w+)? INTO|REPLACE INTO|UPDATE|DELETE FROM)\s+\"?(\w+)", re.IGNORECASE)
_WITH_EVENTS: Final = ("chain", "names")
"""Written in each transaction that writes events, so that it names none."""

_REQUEST: Final = re.compile(rb"(GET|POST|PUT|DELETE|PATCH) (\S+) HTTP/1.1")
_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT


# ── SQLite ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Statements:
    """What one connection writes, transaction by transaction."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._is_open = False
        self._writes: list[str] = []
        self.last = ""

    def __call__(self, statement: str) -> None:
        word = statement[:9].upper()
        if word.startswith("BEGIN"):
            self._is_open, self._writes = True, []
        elif word.startswith("ROLLBACK"):
            self._is_open = False
        elif word.startswith(("COMMIT", "END")):
            self._is_open = False
            self.last = ", ".join(dict.fromkeys(self._writes))
            if self.last:
                self._reach(f"commit {self.last}")
        elif (written := _WRITES.match(statement)) is not None:
            contents = _contents(written[1], statement)
            if self._is_open:
                self._writes += contents
            else:
                self._reach(f"write {', '.join(contents)}")


def _contents(table: str, statement: str) -> list[str]:
    if table != "stored_events":
        return [] if table in _WITH_EVENTS else [table]
    return [_content(topic, bytes.fromhex(state)) for topic, state in _INSERTED.findall(statement)]


def _content(topic: str, state: bytes) -> str:
    return f"{topic.removeprefix('tastyflow.')} {json.loads(state or b'{}').get('venue', '')}".strip()


def _tap_statements(reach: Reach) -> None:
    from tastyflow_adapters.store.sqlite import _SqliteStatements

    traced: dict[int, Statements] = {}
    opened, committed = sqlite3.connect, _SqliteStatements.commit

    def connect(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        connection = opened(*args, **kwargs)
        traced[id(connection)] = statements = Statements(reach)
        connection.set_trace_callback(statements)
        return connection

    def commit(self: Any) -> None:
        """SQLite's trace says when a commit begins; this, when it is over."""
        committed(self)
        of = traced[id(self._connection)]
        if of.last:
            reach(f"committed {of.last}")

    sqlite3.connect = connect  # type: ignore[assignment]
    _SqliteStatements.commit = commit  # type: ignore[method-assign]


def _tap_server(reach: Reach) -> None:
    from tastyflow_adapters.store.postgres_writing import PostgresStatements

    begun, inserted, committed = PostgresStatements.begin, PostgresStatements.insert, PostgresStatements.commit
    writes: list[str] = []  # one process has one log, and one thread that writes to it

    def begin(self: Any) -> None:
        writes.clear()
        begun(self)

    def insert(self: Any, events: Any, unchanged: Any) -> Any:
        answer = inserted(self, events, unchanged)
        if isinstance(answer, list):
            writes.extend(_content(each.topic, each.state) for each in events)
        return answer

    def commit(self: Any) -> None:
        contents = ", ".join(dict.fromkeys(writes))
        if contents:
            reach(f"commit {contents}")
        committed(self)
        if contents:
            reach(f"committed {contents}")

    PostgresStatements.begin = begin  # type: ignore[method-assign]
    PostgresStatements.insert = insert  # type: ignore[method-assign]
    PostgresStatements.commit = commit  # type: ignore[method-assign]


# ── sockets ────────────────────────────────────────────────────────────────────────────────────────────────────────


class Lines:
    """The connections of this process: where each leads, and what was asked on it last."""

    def __init__(self, reach: Reach, sides: dict[int, str]) -> None:
        self._reach, self._sides = reach, sides
        self._asked: dict[int, str] = {}

    def side(self, line: socket.socket) -> str:
        """Where *line* leads; nothing for a pipe within this process."""
        if line.family not in (socket.AF_INET, socket.AF_INET6):
            return ""
        try:
            return self._sides.get(line.getpeername()[1], "elsewhere")
        except OSError:
            return ""

    def sends(self, line: socket.socket, data: Any) -> None:
        if not (side := self.side(line)):
            return
        request = _REQUEST.match(bytes(data[:300]))
        if request is not None:
            self._asked[line.fileno()] = asked = _template(request[1].decode(), request[2].decode())
            self._reach(f"send {side} {asked}")
        else:
            asked = self._asked.get(line.fileno(), "")
            is_stream = asked in ("GET /streamer", "GET /realtime", "")
            self._reach(f"send {side} stream" if is_stream else f"send {side} {asked}, its body")

    def hears(self, line: socket.socket, data: Any) -> None:
        if not (side := self.side(line)):
            return
        asked = self._asked.get(line.fileno(), "")
        is_stream = asked in ("GET /streamer", "GET /realtime") and bytes(data[:5]) != b"HTTP/"
        self._reach(f"hear {side} stream" if is_stream or not asked else f"hear {side} {asked}")


def _template(method: str, target: str) -> str:
    parts = urlsplit(target).path.split("/")
    if parts[1] == "accounts" and len(parts) > 2:
        parts[2] = "*"
        parts[4:] = [part if part in ("live", "dry-run") else "*" for part in parts[4:]]
        if parts[3] == "balances":
            parts = parts[:4]
    elif parts[1] in ("option-chains", "instruments", "market-data", "market-time"):
        parts[2:] = ["*"]
    return f"{method} {'/'.join(parts)}"


def _tap_sockets(reach: Reach, sides: dict[int, str]) -> None:
    lines, below = Lines(reach, sides), socket.socket.__mro__[1]

    def send(self: socket.socket, data: Any, *args: Any) -> int:
        lines.sends(self, data)
        return below.send(self, data, *args)  # type: ignore[attr-defined, no-any-return]

    def sendmsg(self: socket.socket, buffers: Any, *args: Any) -> int:
        parts = list(buffers)
        lines.sends(self, b"".join(map(bytes, parts)))
        return below.sendmsg(self, parts, *args)  # type: ignore[attr-defined, no-any-return]

    def recv(self: socket.socket, *args: Any) -> bytes:
        data: bytes = below.recv(self, *args)  # type: ignore[attr-defined]
        lines.hears(self, data)
        return data

    def recv_into(self: socket.socket, buffer: Any, *args: Any) -> int:
        count: int = below.recv_into(self, buffer, *args)  # type: ignore[attr-defined]
        lines.hears(self, memoryview(buffer)[:count])
        return count

    for method in (send, sendmsg, recv, recv_into):
        setattr(socket.socket, method.__name__, method)


# ── files, and what is said ────────────────────────────────────────────────────────────────────────────────────────


class TappedFile(io.FileIO):
    """The raw file below standard output or standard error."""

    reach: Reach

    def write(self, data: Any) -> int | None:
        self.reach("say")
        return super().write(data)


def _tap_terminal(reach: Reach) -> None:
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        raw = TappedFile(descriptor, "w", closefd=False)
        raw.reach = reach
        is_lined = raw.isatty() or name == "stderr"
        text = io.TextIOWrapper(io.BufferedWriter(raw), "utf-8", "replace", line_buffering=is_lined)
        setattr(sys, name, text)


def _file(home: Path, path: Any) -> str:
    """The name of a file of the home, without its environment's folder; nothing for any other file."""
    try:
        inside = Path(os.fsdecode(path)).resolve().relative_to(home)
    except (TypeError, ValueError, OSError):
        return ""
    return re.sub(r"\.\d+", "", inside.name)  # a file beside it is named after the process


def install(reach: Reach, *, home: Path, sides: dict[int, str]) -> None:
    """Tap this process, for as long as it lives. *sides* says which port of this machine is which venue's."""

    def hook(event: str, args: tuple[Any, ...]) -> None:
        match event:
            case "socket.connect" if isinstance(args[1], tuple):
                reach(f"dial {sides.get(args[1][1], 'elsewhere')}")
            case "open" if args[2] & _WRITING and (name := _file(home, args[0])):
                reach(f"file open {name}")
            case "os.rename" if name := _file(home, args[1]):
                reach(f"file rename {name}")
            case "os.remove" if name := _file(home, args[0]):
                reach(f"file remove {name}")

    sys.addaudithook(hook)
    _tap_statements(reach)
    _tap_server(reach)
    _tap_sockets(reach, sides)
    _tap_terminal(reach)
