"""
The values of a rule file, checked one by one: each wrong one is one complaint, and the next is looked at all the same.

    RuleFile     a file, the lines of its keys, and what was found wrong so far
    Section      one table of it: text, number, whole, flag, choice, listed …; each is None where it was wrong

What an author wrote is repeated shortened, and never what looks like a secret.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from difflib import get_close_matches
from math import isfinite
from typing import Any, TypeVar

from attrs import field, frozen

from tastyflow_adapters.signals.rules.complaints import RuleComplaint
from tastyflow_adapters.signals.rules.lines import Path
from tastyflow_adapters.unechoed import unechoed

T = TypeVar("T")

MOST_COMPLAINTS = 50
"""More about one file help no author."""


@frozen
class RuleFile:
    """
    Attributes:
        name: As the folder has it.
        lines: Where each key stands (`tastyflow_adapters.signals.rules.lines`).
    """

    name: str
    lines: Mapping[Path, int] = field(factory=dict)
    complaints: list[RuleComplaint] = field(factory=list)

    def say(self, path: Path, message: str) -> None:
        """What is wrong at *path*."""
        if len(self.complaints) < MOST_COMPLAINTS:
            line = next((self.lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self.lines), None)
            self.complaints.append(RuleComplaint(self.name, message, dotted(path), line))


@frozen
class Section:
    """One table: *values* at *path*."""

    file: RuleFile
    path: Path
    values: Mapping[str, Any]

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def allow(self, known: Collection[str], *, also: Mapping[str, str] | None = None) -> None:
        """Complain about each key that is not *known*; *also* says more about some that are known elsewhere."""
        for key in self.values:
            if key not in known:
                where = f" in {dotted(self.path)}" if self.path else ""
                meant = (also or {}).get(key) or did_you_mean(key, known) or f" Known are {', '.join(sorted(known))}."
                self.file.say((*self.path, key), f"there is no key {shown(key)}{where}.{meant}")

    def say(self, key: str, message: str) -> None:
        """What is wrong with the value of *key*."""
        self.file.say((*self.path, key), f"{dotted((*self.path, key))} {message}")

    def wrong(self, key: str, takes: str) -> None:
        """The value of *key* is not what it takes."""
        self.say(key, f"is {shown(self.values[key])}: write {takes}.")

    def missing(self, key: str, takes: str) -> None:
        """*key* is needed, and is not there."""
        self.file.say(self.path, f"{dotted((*self.path, key))} is missing: write {takes}.")

    def text(self, key: str, takes: str, is_right: Callable[[str], bool]) -> str | None:
        """The text at *key*."""
        value = self.values.get(key)
        if isinstance(value, str) and is_right(value):
            return value
        self._complain(key, takes)
        return None

    def number(self, key: str, takes: str, *, least: float, most: float) -> float | None:
        """The number at *key*, from *least* to *most*."""
        value = number_of(self.values.get(key))
        if value is not None and least <= value <= most:
            return value
        self._complain(key, takes)
        return None

    def whole(self, key: str, takes: str, *, least: int, most: int) -> int | None:
        """The whole number at *key*, from *least* to *most*."""
        value = whole_of(self.values.get(key))
        if value is not None and least <= value <= most:
            return value
        self._complain(key, takes)
        return None

    def flag(self, key: str, takes: str) -> bool | None:
        """``true`` or ``false`` at *key*."""
        value = self.values.get(key)
        if isinstance(value, bool):
            return value
        self._complain(key, takes)
        return None

    def choice(self, key: str, choices: Collection[str]) -> str | None:
        """One of *choices* at *key*."""
        value = self.values.get(key)
        if isinstance(value, str) and value in choices:
            return value
        if isinstance(value, str):
            meant = did_you_mean(value, choices)
            self.say(key, f"is {shown(value)}: write one of {', '.join(choices)}.{meant}")
            return None
        self._complain(key, f"one of {', '.join(choices)}")
        return None

    def listed(
        self, key: str, takes: str, one: Callable[[object], T | None], *, least: int, most: int
    ) -> tuple[T, ...] | None:
        """The list at *key*, each element read by *one*."""
        value = self.values.get(key)
        if not isinstance(value, list) or not least <= len(value) <= most:
            self._complain(key, takes)
            return None
        made = [one(each) for each in value]
        for index, (each, read) in enumerate(zip(value, made, strict=True)):
            if read is None:
                path = (*self.path, key, index)
                self.file.say(path, f"{dotted(path)} is {shown(each)}: write {takes}.")
        right = [each for each in made if each is not None]
        return tuple(right) if len(right) == len(made) else None

    def table(self, key: str) -> "Section | None":
        """The table at *key*; None where there is none, with a complaint where it is something else."""
        if key not in self.values:
            return None
        value = self.values[key]
        if isinstance(value, dict):
            return Section(self.file, (*self.path, key), value)
        self._complain(key, f"a table: [{key}]")
        return None

    def _complain(self, key: str, takes: str) -> None:
        if key in self.values:
            self.wrong(key, takes)
        else:
            self.missing(key, takes)


def number_of(value: object) -> float | None:
    """*value*, where it is a finite number of at most 1e15 either way."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= 1e15 and isfinite(value) else None


def whole_of(value: object) -> int | None:
    """*value*, where it is a whole number."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def dotted(path: Path) -> str:
    """``trigger.all[0].above``."""
    made = ""
    for part in path:
        made += f"[{part}]" if isinstance(part, int) else f"{'.' if made else ''}{_key(part)}"
    return made


def did_you_mean(typed: str, known: Collection[str]) -> str:
    """`` Did you mean limits?``, or nothing."""
    close = get_close_matches(typed[:60], known, n=1)
    return f" Did you mean {close[0]}?" if close else ""


def shown(value: object) -> str:
    """*value* as a complaint repeats it."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "a list"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and abs(value) > 10**18:
        return "a huge number"
    return ascii(unechoed(value)[:60]) if isinstance(value, str) else str(value)[:60]


def _key(key: str) -> str:
    plain = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return unechoed(key)[:40] if plain else ascii(unechoed(key)[:40])
