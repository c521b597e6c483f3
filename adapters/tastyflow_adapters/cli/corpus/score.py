"""
What a corpus expects against what is read in it now: every line whose meaning moved, and how badly.

    Row + answer ─▶ Difference, … ─▶ Change of a Kind, or nothing ─▶ Score

Only the keys that a line expects are compared. Nothing prints here, and nothing is read from files.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final

from attrs import Factory, define, frozen

from tastyflow_adapters.cli.corpus.rows import Row
from tastyflow_grammar import answer


class Kind(StrEnum):
    """How a reading moved, the worst first."""

    ACCEPTED = "accepted"  # and should be refused: an order is sent that was not asked for
    DIFFERENT = "different"  # another order, or another command
    REFUSED = "refused"  # though it is valid
    CODE = "code"  # refused as it should be, for another reason
    HARMLESS = "harmless"  # the same order with another label or order of legs; the same refusal with another span

    @property
    def dangerous(self) -> bool:
        """Whether money may be spent on what was not meant."""
        return self in (Kind.ACCEPTED, Kind.DIFFERENT)


@frozen
class Difference:
    """A key that is not as expected; a harmless one leaves the order as it is."""

    key: str
    expected: Any
    now: Any
    harmless: bool = False


@frozen
class Change:
    """A line that is not read as expected."""

    row: Row
    answered: Mapping[str, Any]
    differences: Sequence[Difference]
    kind: Kind


@define
class Score:
    """How the lines fared. Those that read as expected are only counted."""

    valid: int = 0
    refused: int = 0
    families: Counter[str] = Factory(Counter)
    changes: list[Change] = Factory(list)

    def add(self, row: Row, change: Change | None) -> None:
        """Count a line."""
        self.valid += row.understood
        self.refused += not row.understood
        self.families[row.family] += 1
        if change is not None:
            self.changes.append(change)

    @property
    def kinds(self) -> Counter[Kind]:
        """How many lines changed in which way."""
        return Counter(change.kind for change in self.changes)

    @property
    def valid_as_expected(self) -> int:
        """Lines that must be understood, and are, to the letter."""
        return self.valid - sum(change.row.understood for change in self.changes)

    @property
    def refused_as_expected(self) -> int:
        """Lines that must be refused, and are, for the expected reason."""
        return self.refused - sum(not change.row.understood for change in self.changes)

    @property
    def wrong_but_accepted(self) -> int:
        """Lines that are understood as what was not meant."""
        return sum(change.kind.dangerous for change in self.changes)

    @property
    def worst_first(self) -> list[Change]:
        """The changes, the dangerous ones before the others; of a kind, as they stand in the files."""
        kinds = list(Kind)
        return sorted(self.changes, key=lambda change: kinds.index(change.kind))


def score(rows: Iterable[Row], *, reading: Callable[..., dict[str, Any]] = answer) -> Score:
    """Read every line anew and count what changed."""
    scored = Score()
    for row in rows:
        scored.add(row, change_of(row, reading(row.text, as_of=row.as_of)))
    return scored


def change_of(row: Row, answered: Mapping[str, Any]) -> Change | None:
    """How the answer *answered* differs from what is expected of a line; nothing, if it does not."""
    found = differences(row, answered)
    return Change(row, answered, found, _kind(row, answered, found)) if found else None


def differences(row: Row, answered: Mapping[str, Any]) -> tuple[Difference, ...]:
    """The expected keys that *answered* has otherwise. A null is as good as an absent key, and 2.50 as good as 2.5."""
    found = []
    for key, expected in row.expect.items():
        asked = "code" if key == "code_any" else key
        now = answered.get(asked)
        if not SAME.get(key, _same)(expected, now):
            same_bag = key == "legs" and _bag(expected) == _bag(now)
            if not (same_bag and row.legs_any_order):
                found.append(Difference(asked, expected, now, harmless=same_bag or key in LABELS))
    if row.at_fault is not None and answered["status"] == "error":
        start, end = answered["span"]
        if row.at_fault not in row.text[start:end]:
            found.append(Difference("at_fault", row.at_fault, row.text[start:end], harmless=True))
    return tuple(found)


def legs_of(legs: Sequence[Mapping[str, Any]] | None) -> list[dict[str, Any]]:
    """Legs without the keys that say nothing."""
    return [{key: value for key, value in leg.items() if value is not None} for leg in legs or ()]


def _kind(row: Row, answered: Mapping[str, Any], found: Sequence[Difference]) -> Kind:
    if answered["status"] == "ok":
        if not row.understood:
            return Kind.ACCEPTED
        return Kind.HARMLESS if all(difference.harmless for difference in found) else Kind.DIFFERENT
    if row.understood:
        return Kind.REFUSED
    return Kind.CODE if any(difference.key == "code" for difference in found) else Kind.HARMLESS


def _same(expected: Any, now: Any) -> bool:
    return bool(expected == now)


def _same_number(expected: Any, now: Any) -> bool:
    return bool(_number(expected) == _number(now))


def _number(value: Any) -> Any:
    """Prices may be "mid"; what is no number stays what it is."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return value
    return number if number.is_finite() else value


def _bag(legs: Sequence[Mapping[str, Any]] | None) -> list[str]:
    return sorted(json.dumps(leg, sort_keys=True) for leg in legs_of(legs))


LABELS: Final = frozenset({"strategy", "reason"})
"""Keys of which the order itself does not depend."""

SAME: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "price": _same_number,
    "stop": _same_number,
    "legs": lambda expected, now: legs_of(expected) == legs_of(now),
    "code_any": lambda codes, code: code in codes,
}
"""How keys are compared that are not simply equal."""
