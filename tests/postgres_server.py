"""
A PostgreSQL server for tests, from the packages of the system: in a folder that is thrown away, on loopback alone.

    binaries()          where initdb and postgres are; None where they are not installed
    PostgresServer      start, stop (kindly or not), restart, a database or schema of its own for each test

The server refuses to run as root; a root user gives it to ``nobody``.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import psycopg

from tastyflow_adapters.store.postgres_address import PostgresPlace

UNPRIVILEGED = "nobody"
_schemas = count(1)


def binaries() -> Path | None:
    """The folder of initdb and postgres; None where there is no server to start."""
    found = shutil.which("initdb")
    known = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda each: int(each.parts[4]), reverse=True)
    candidates = [Path(found).resolve()] if found else []
    return next((each.parent for each in (*candidates, *known) if (each.parent / "postgres").exists()), None)


class PostgresServer:
    """One server. *durable*: with fsync, for what tests durability; else without, which is ten times as fast."""

    def __init__(self, bin_folder: Path, *, durable: bool = False) -> None:
        self._bin = bin_folder
        self._durable = durable
        self._folder = Path(tempfile.mkdtemp(prefix="tf-pg-"))
        self._data = self._folder / "data"
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()
        if os.geteuid() == 0:
            about = pwd.getpwnam(UNPRIVILEGED)
            os.chown(self._folder, about.pw_uid, about.pw_gid)
        self._run([self._bin / "initdb", "-D", self._data, "-U", "tastyflow", "-A", "trust", "-E", "UTF8", "--no-sync"])

    @property
    def url(self) -> str:
        return f"postgresql://tastyflow@127.0.0.1:{self.port}/postgres"

    def place(self, name: str = "") -> PostgresPlace:
        """A schema in which there is no log yet."""
        return PostgresPlace(self.url, name or f"tastyflow_t{next(_schemas)}")

    def start(self) -> None:
        fsync = "on" if self._durable else "off"
        options = {
            "listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": "", "fsync": fsync,
            "full_page_writes": fsync, "max_connections": 100, "shared_buffers": "64MB", "log_min_messages": "fatal",
        }  # fmt: skip
        command = [self._bin / "postgres", "-D", self._data]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, **_as_nobody())
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(psycopg.OperationalError), psycopg.connect(self.url, connect_timeout=2):
                return
            time.sleep(0.05)
        raise AssertionError((self._folder / "log").read_text())

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT cuts off every client and writes what is committed; SIGQUIT is a crash, mended at the next start."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=60)
            self._process = None

    def restart(self, how: signal.Signals = signal.SIGINT) -> None:
        self.stop(how)
        self.start()

    def close(self) -> None:
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, command: Sequence[object]) -> None:
        done = subprocess.run(
            [str(each) for each in command], capture_output=True, text=True, check=False, **_as_nobody()
        )
        assert done.returncode == 0, done.stderr


@contextmanager
def running(*, durable: bool = False) -> Iterator[PostgresServer]:
    """A server, started; its folder is gone in the end."""
    where = binaries()
    assert where is not None
    server = PostgresServer(where, durable=durable)
    try:
        server.start()
        yield server
    finally:
        server.close()


def _as_nobody() -> dict[str, object]:
    if os.geteuid() != 0:
        return {"cwd": "/"}
    about = pwd.getpwnam(UNPRIVILEGED)
    return {"cwd": "/", "user": about.pw_uid, "group": about.pw_gid, "extra_groups": []}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
