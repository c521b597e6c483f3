"""
Ways to tamper with a list of rows. Each gives a new list; `renumbered` hides the seams as well as can be.

    without · doubled · swapped · edited         one thing changed
    edits(row)                                   every single value of a payload, changed in its own kind
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tastyflow.application.audit import Row

Rows = list[Row]
Path = tuple[str | int, ...]


def find(rows: Sequence[Row], topic: str, nth: int = 0, **having: Any) -> int:
    """The place of the nth row of *topic* whose payload has these values."""
    found = [
        index
        for index, row in enumerate(rows)
        if f".{topic}@" in row.topic and having.items() <= json.loads(row.state).items()
    ]
    return found[nth]


def without(rows: Sequence[Row], index: int) -> Rows:
    return [*rows[:index], *rows[index + 1 :]]


def doubled(rows: Sequence[Row], index: int) -> Rows:
    return [*rows[: index + 1], *rows[index:]]


def moved(rows: Sequence[Row], index: int, to: int) -> Rows:
    """The row at *index* stands at *to*; positions and versions are made good again."""
    rest = without(rows, index)
    return renumbered([*rest[:to], rows[index], *rest[to:]])


def swapped(rows: Sequence[Row], index: int) -> Rows:
    """The row at *index* and the next one change places; the positions stay in order."""
    first, second = rows[index], rows[index + 1]
    return [*rows[:index], second._replace(id=first.id), first._replace(id=second.id), *rows[index + 2 :]]


def renumbered(rows: Sequence[Row]) -> Rows:
    """Positions and versions without a gap, as somebody who knows the rules would leave them."""
    versions: dict[object, int] = {}
    found = []
    for position, row in enumerate(rows, start=1):
        versions[row.originator_id] = versions.get(row.originator_id, 0) + 1
        found.append(row._replace(id=position, originator_version=versions[row.originator_id]))
    return found


def edited(rows: Sequence[Row], index: int, path: Path | str, value: Any) -> Rows:
    """One value of one payload is another."""
    payload = json.loads(rows[index].state)
    steps = (path,) if isinstance(path, str) else path
    place = payload
    for step in steps[:-1]:
        place = place[step]
    place[steps[-1]] = value
    changed = rows[index]._replace(state=json.dumps(payload, separators=(",", ":")).encode())
    return [*rows[:index], changed, *rows[index + 1 :]]


def edits(row: Row) -> Iterator[tuple[Path, Any]]:
    """Every value of the payload, each with one that a clever hand might write in its place."""
    yield from _edits(json.loads(row.state), ())


def _edits(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _edits(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _edits(inner, (*path, index))
    else:
        yield path, _another(value)


def _another(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if value is None:
        return str(UUID(int=7))
    if (later := _later(value)) is not None:
        return later
    swaps = {"passed": "failed", "failed": "passed", "sandbox": "production", "production": "sandbox"}
    if value in swaps:
        return swaps[value]
    try:
        return str(UUID(int=UUID(value).int ^ 1))
    except ValueError:
        pass
    digits = [i for i, c in enumerate(value) if c.isdigit()]
    if digits:
        i = digits[-1]
        return f"{value[:i]}{(int(value[i]) + 1) % 10}{value[i + 1 :]}"
    return f"{value}x"


def _later(value: str) -> str | None:
    try:
        return (datetime.fromisoformat(value) + timedelta(days=1)).isoformat().replace("+00:00", "Z")
    except ValueError:
        return None
