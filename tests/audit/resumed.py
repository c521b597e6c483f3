"""
Verifying many logs that begin alike: the rows that all of them share are looked at once.

    Resumed(rows) ─▶ as it stands before a row ─▶ notices(changed, index): whether it finds anything in the rest

It says the same as `verify` of the whole list: `test_a_verifier_that_was_taken_up_again_says_what_verify_says`.
"""

from collections.abc import Sequence
from copy import copy
from typing import Any

from tastyflow.application.audit import Row
from tastyflow.application.audit.verifying import Report, Verifier

CONTAINERS = (dict, list, set)  # all that a verifier changes in place: what they hold is immutable


def copied(verifier: Verifier) -> Verifier:
    """A verifier that goes on by itself."""
    findings = _apart(verifier.findings)
    promises = _apart(verifier.promises, world=_apart(verifier.promises.world), findings=findings)
    return _apart(
        verifier, findings=findings, structure=_apart(verifier.structure, findings=findings), promises=promises
    )


class Resumed:
    """A verifier that walks along a clean log and, at each row, can be asked about another end of it."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows, self._place, self._verifier = rows, 0, Verifier()

    def notices(self, changed: Sequence[Row], index: int) -> bool:
        """Whether `verify` of *changed*, whose rows before *index* are those of the log, finds anything."""
        assert tuple(changed[:index]) == tuple(self._rows[:index]), "it begins otherwise"
        verifier = self._before(index)
        for row in changed[index:]:
            verifier.look_at(row)
            if verifier.findings.found:
                return True
        return not verifier.report().is_clean

    def report(self, changed: Sequence[Row], index: int) -> Report:
        """The whole report of `verify` about *changed*."""
        verifier = self._before(index)
        for row in changed[index:]:
            verifier.look_at(row)
        return verifier.report()

    def _before(self, index: int) -> Verifier:
        assert index >= self._place, "it walks on only"
        for row in self._rows[self._place : index]:
            self._verifier.look_at(row)
        self._place = index
        return copied(self._verifier)


def _apart(of: Any, **other: Any) -> Any:
    """A copy of *of* whose containers are its own."""
    apart = copy(of)
    for name in type(of).__slots__:
        value = getattr(of, name, None)
        if isinstance(value, CONTAINERS):
            setattr(apart, name, value.copy())
    for name, value in other.items():
        setattr(apart, name, value)
    return apart
