"""
The log loses what it had promised: its tail is cut, an old copy is put back, it is removed, or it is another's.

    production has an order ─▶ the log does not ─▶ what is there is found and owned; and until an operator has looked,
                                                    nothing is sent, and nothing is said that could be untrue
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from tastyflow.domain.order.submission import external_id
from tastyflow.domain.venue import Venue
from tests.attacks.arena import Arena
from tests.attacks.ground import FILLING, RESTING, Ground, Result
from tests.attacks.judge import judge

FRAME: Final = 24 + 4096
"""One page in the write-ahead log, with its header."""

HEADER: Final = 32
UNTRUE: Final = "Nothing went to production"


def forgotten(ground: Ground) -> Iterator[Result]:
    """Cut the tail of the log, restore an old copy, remove it, exchange it: after production took an order."""
    ways: dict[str, Callable[[Arena], None]] = {
        "an old copy is put back": put_back_old_copy,
        "the log is removed": _remove,
        "the whole write-ahead log is gone": lambda arena: _cut(arena, 0),
    }
    for frames in sorted(ground.rng.sample(range(1, 12), 4)):
        ways[f"{frames} pages are cut from its tail"] = lambda arena, frames=frames: _cut(arena, frames)  # type: ignore[misc]
    for name, forget in ways.items():
        for text, kind in ((RESTING, "rests"), (FILLING, "filled")):
            with ground.arena() as arena:
                yield Result(f"{name}; the order {kind}", tuple(after_forgetting(arena, text, forget)))


def after_forgetting(arena: Arena, text: str, forget: Callable[[Arena], None]) -> Iterator[str]:
    """What is wrong after production took an order of *text* and the log was made to *forget* it."""
    arena.run("order", text)  # this one the log keeps, where it keeps anything
    _copy(arena.log, arena.folder / "old.db")
    sender = arena.run("order", text, at="committed order.submission_adopted@1 production")
    if not arena.ledger("production")[1:]:
        yield f"It never came to production: {sender.said[-300:]}"
        return
    forget(arena)
    before = len(arena.ledger("production"))
    arena.run("order", RESTING)
    if len(arena.ledger("production")) > before:
        yield "UNRECONCILED: an order was sent on a log that had forgotten one."
    for later_s in (0.0, 300.0, 600.0):
        arena.recover("recover", "--json", later_s=later_s)
    judgement = judge(arena, has_forgotten=True)
    there = {row["external-identifier"]: row for row in judgement.seen["production"]}
    for order in judgement.orders:
        tags = {external_id(order.id, Venue.PRODUCTION, number) for number in range(1, 4)} & there.keys()
        if tags and UNTRUE in f"{order.message} {order.hint}":
            yield f"UNTRUE: {order.reference} says {UNTRUE!r}, and production has {sorted(tags)}."
    yield from judgement.faults
    arena.run("recover", "--accept", "--reason", "looked at the venue", later_s=600.0)
    accepted = arena.run("order", RESTING, later_s=600.0)
    if accepted.code:
        yield f"CLOSED: an operator has accepted the log, and no order leaves: {accepted.said[-300:]}"
    yield from judge(arena, has_forgotten=True).faults


def _copy(log: Path, to: Path) -> None:
    with sqlite3.connect(log) as there, sqlite3.connect(to) as copy:
        there.backup(copy)
    there.close()
    copy.close()


def put_back_old_copy(arena: Arena) -> None:
    """Restore the backup that was made before the last order."""
    _remove(arena)
    shutil.copy(arena.folder / "old.db", arena.log)


def _remove(arena: Arena) -> None:
    for path in arena.log.parent.glob(f"{arena.log.name}*"):
        path.unlink()


def _cut(arena: Arena, frames: int) -> None:
    """Cut the last *frames* of the write-ahead log; all of it where that is 0, or more than there is."""
    wal = arena.log.with_name(f"{arena.log.name}-wal")
    whole = (wal.stat().st_size - HEADER) // FRAME if wal.exists() else 0
    arena.log.with_name(f"{arena.log.name}-shm").unlink(missing_ok=True)
    if not frames or frames >= whole:
        wal.unlink(missing_ok=True)
        return
    with wal.open("r+b") as file:
        file.truncate(HEADER + (whole - frames) * FRAME)
