"""
Checks that depend on each other: what is broken is reported once, and what could not be checked
as not verified.

    settings ─▶ secrets ─▶ reachable ─▶ token ─▶ account ─▶ ...
                  ✗           –           –         –             only the first is broken; the rest is not verified

    ok       as it should be                    warn      works, and the operator should know
    fail     broken, with what to do            skipped   not verified, because of another

Each lane of checks runs by itself, one after the other; each check has an end.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import StrEnum
from typing import Final

from attrs import field, frozen

from tastyflow.errors import TastyflowError
from tastyflow_adapters.redaction import REDACTOR

PATIENCE_S: Final = 15.0
LONGEST: Final = 300
"""Characters that a check may say; what a venue answers can be longer."""


class ProbeOutcome(StrEnum):
    """What came of a check."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIPPED = "skipped"


@frozen
class Observation:
    """What was *seen*, and what to *do* about it."""

    outcome: ProbeOutcome
    seen: str
    do: str = ""


@frozen
class Probe:
    """
    One thing to look at.

    Attributes:
        venue: Where; empty for what is on this machine.
        needs: Names of checks of the same venue, or of none, without which this one says nothing.
    """

    name: str
    look: Callable[[], Awaitable[Observation]]
    venue: str = ""
    needs: tuple[str, ...] = ()
    patience_s: float = PATIENCE_S


@frozen
class ProbeResult:
    """A check and what came of it."""

    name: str
    venue: str
    outcome: ProbeOutcome
    seen: str
    do: str = field(default="")


OnBegun = Callable[[Probe], None]


def ok(seen: str) -> Observation:
    return Observation(ProbeOutcome.OK, seen)


def warn(seen: str, do: str = "") -> Observation:
    return Observation(ProbeOutcome.WARN, seen, do)


def fail(seen: str, do: str = "") -> Observation:
    return Observation(ProbeOutcome.FAIL, seen, do)


async def examine(checks: Sequence[Probe], *, begun: OnBegun, known: Sequence[ProbeResult] = ()) -> list[ProbeResult]:
    """Look at each of *checks* in their order; *known* is what was found before, and can be needed."""
    results: dict[tuple[str, str], ProbeResult] = {(each.venue, each.name): each for each in known}
    for check in checks:
        missing = _missing(check, results)
        if missing is not None:
            told = Observation(ProbeOutcome.SKIPPED, f"not verified: {missing}")
        else:
            begun(check)
            told = await _looked_at(check)
        result = ProbeResult(check.name, check.venue, told.outcome, _shown(told.seen), _shown(told.do))
        results[check.venue, check.name] = result
    return [results[check.venue, check.name] for check in checks]


def _shown(words: str) -> str:
    """*words* without secrets, which a server that is confused may quote, and not too many."""
    return REDACTOR.clean(words)[:LONGEST]


def _missing(check: Probe, results: Mapping[tuple[str, str], ProbeResult]) -> str | None:
    for need in check.needs:
        result = results.get((check.venue, need)) or results.get(("", need))
        if result is not None and result.outcome is ProbeOutcome.FAIL:
            return f"'{need}' is broken"
        if result is None or result.outcome is ProbeOutcome.SKIPPED:
            return f"'{need}' was not verified either"
    return None


async def _looked_at(check: Probe) -> Observation:
    task = asyncio.ensure_future(check.look())
    try:
        await asyncio.wait({task}, timeout=check.patience_s)
    except asyncio.CancelledError:
        task.cancel()
        raise
    if not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=1)
        return fail(f"no answer within {check.patience_s:g} s", "Look at the network between here and there.")
    error = task.exception() if not task.cancelled() else None
    if isinstance(error, TastyflowError):
        return fail(error.message, error.hint)
    if error is not None:
        return fail(f"it failed in an unforeseen way ({type(error).__name__})")
    return task.result() if not task.cancelled() else fail("it was cancelled")
