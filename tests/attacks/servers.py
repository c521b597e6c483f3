"""
The server of the log fails while an order is on its way: it restarts, stays away for a while, or its disk is full.

    the sender is stopped at a moment ─▶ trouble with the server ─▶ the sender goes on ─▶ recovered, and judged

Before the claim nothing leaves. Behind a sending the order is found again, once the server is there.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from signal import SIGCONT, SIGINT, SIGQUIT, Signals
from typing import Final

import psycopg

from tests.attacks.arena import Arena, Runner
from tests.attacks.disks import BEFORE, BEHIND
from tests.attacks.ground import FILLING, RESTING, Ground, Result, after_recovery
from tests.postgres_server import UNPRIVILEGED, PostgresServer, running

DISK: Final = "24m"
"""A whole database takes 8 MB of it."""

_databases = count(1)


def failing(ground: Ground) -> Iterator[Result]:
    """Restart and crash the server of the log and keep it away, before the claim and behind the sending."""
    with running(durable=True) as server:
        for how in (SIGINT, SIGQUIT):
            for stays_away in (False, True):
                for moment, when in ((BEFORE, "before the claim"), (BEHIND, "behind the sending")):
                    for text in (RESTING, FILLING):
                        with ground.arena(log_url=database_on(server)) as arena:
                            faults = amid(arena, server, text, moment, how, stays_away=stays_away)
                            away = ", and stays away" if stays_away else ""
                            yield Result(f"the server ends by {how.name}{away}, {when}: {text!r}", tuple(faults))


def amid(
    arena: Arena, server: PostgresServer, text: str, moment: tuple[str, int], how: Signals, *, stays_away: bool
) -> Iterator[str]:
    """An order whose process is stopped at *moment*, and goes on once the server was ended by *how*; what is wrong."""
    arena.run("orders")
    sender = arena.start("order", text, "--json", at=moment[0], nth=moment[1], strikes="stop")
    if not sender.until("stopped"):
        yield f"It never came to {moment}: {sender.said[-300:]}"
        return
    server.stop(how)
    if not stays_away:
        server.start()
    sender.signal(SIGCONT)
    sender.end()
    sent = len(arena.ledger("production"))
    if stays_away:
        server.start()
        if moment is BEFORE and sent:
            yield "UNCLAIMED: it was sent, and its claim could not be written."
        if '"error":null' in sender.said.replace(" ", ""):
            yield f"UNSAID: the log could not be written: {sender.said[-300:]!r}"
    elif sent > 1:
        yield f"TWICE: {sent} orders were sent."
    yield from after_recovery(arena)


def database_on(server: PostgresServer, *, tablespace: str = "pg_default") -> str:
    """The URL of a database in which there is nothing yet."""
    name = f"trading_{next(_databases)}"
    with psycopg.connect(server.url, autocommit=True) as hand:
        hand.execute(f"CREATE DATABASE {name} TABLESPACE {tablespace}")
    return server.url.rpartition("/")[0] + f"/{name}"


class SmallDisk:
    """A disk that can be filled, mounted for this alone; it holds the database, and not the server's own log."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._name = f"small_{next(_databases)}"
        self.folder = Path(tempfile.mkdtemp(prefix="tf-disk-"))
        mounted = subprocess.run(
            [_program("mount"), "-t", "tmpfs", "-o", f"size={DISK},mode=0777", "tmpfs", self.folder],
            capture_output=True, check=False,
        )  # fmt: skip
        if mounted.returncode:
            self.folder.rmdir()
            raise PermissionError(mounted.stderr.decode().strip())
        try:
            self.url = self._database()
        except BaseException:
            self.close()
            raise

    def _database(self) -> str:
        place = self.folder / "data"
        place.mkdir()
        shutil.chown(place, UNPRIVILEGED)
        with psycopg.connect(self._server.url, autocommit=True) as hand:
            hand.execute(f"CREATE TABLESPACE {self._name} LOCATION '{place}'")
        return database_on(self._server, tablespace=self._name)

    def fill(self) -> None:
        """Leave no room."""
        with (self.folder / "ballast").open("wb", buffering=0) as ballast:
            for size in (1 << 20, 1 << 12):
                try:
                    while True:
                        ballast.write(os.urandom(size))
                except OSError:
                    continue

    def free(self) -> None:
        (self.folder / "ballast").unlink(missing_ok=True)

    def close(self) -> None:
        subprocess.run([_program("umount"), "-l", self.folder], capture_output=True, check=False)
        self.folder.rmdir()


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise PermissionError(f"there is no {name} here")
    return found


@contextmanager
def small_disk(server: PostgresServer) -> Iterator[SmallDisk]:
    """
    One for the block.

    Raises:
        PermissionError: This user may mount none.
    """
    with closing(SmallDisk(server)) as disk:
        yield disk


def disk_full(arena: Arena, disk: SmallDisk, text: str, moment: tuple[str, int]) -> Iterator[str]:
    """An order whose process is stopped at *moment*, and goes on when the server's disk is full; what is wrong."""
    arena.run("orders")
    sender: Runner = arena.start("order", text, "--json", at=moment[0], nth=moment[1], strikes="stop")
    if not sender.until("stopped"):
        yield f"It never came to {moment}: {sender.said[-300:]}"
        return
    disk.fill()
    sender.signal(SIGCONT)
    sender.end()
    disk.free()
    yield from after_recovery(arena)
