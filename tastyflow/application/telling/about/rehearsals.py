"""
How a rehearsal is told: its plan, each check, the verdict, and what was set up in the sandbox for it.

    ✓ filled: 10 of 10 in the sandbox                 CheckRecorded
    The rehearsal passed.                             RehearsalConcluded
"""

from collections.abc import Iterable, Mapping
from typing import Final

from tastyflow.application.telling.telling import (
    Chapter,
    Telling,
    digest_line,
    in_chapter,
    never,
)
from tastyflow.domain.events import Event
from tastyflow.domain.instruments import plain, unpadded
from tastyflow.domain.order import Order
from tastyflow.domain.order import events as happened
from tastyflow.domain.order.submission import AttemptOutcome
from tastyflow.domain.setup import Purpose, SetupClaimed, SetupConcluded
from tastyflow.domain.testresult import CheckOutcome, CheckRecorded, TestConcluded, TestPlanned, Trouble, in_words

MARKS: Final[Mapping[CheckOutcome, str]] = {
    CheckOutcome.PASSED: "✓",
    CheckOutcome.FAILED: "✗",
    CheckOutcome.COULD_NOT_RUN: "–",
}

PURPOSES: Final[Mapping[Purpose, str]] = {
    Purpose.OPEN: "what is to be closed is opened there",
    Purpose.CLEAR: "a leftover there is cleared",
    Purpose.RESTORE: "what the rehearsal left there is undone",
}


def _concluded(event: happened.RehearsalConcluded, _order: Order | None) -> str:
    if event.passed:
        return "The rehearsal passed."
    if not event.trouble:
        return f"The rehearsal did not pass: {in_words(event.reasons)}."
    return f"The rehearsal says nothing about the order: {_words_of(event.trouble)}."


def _briefly_concluded(event: happened.RehearsalConcluded, _order: Order | None) -> str:
    if event.trouble:
        return "The rehearsal says nothing about the order."
    return "The rehearsal passed." if event.passed else "The rehearsal did not pass."


def _words_of(trouble: str) -> str:
    try:
        return Trouble(trouble).about.words
    except ValueError:  # written by a later release
        return trouble.replace("_", " ")


def _concluded_details(event: happened.RehearsalConcluded) -> Iterable[str]:
    yield f"Its proof counts until {event.valid_until:%H:%M:%S} UTC" if event.passed else ""
    yield from event.reasons


def _check(event: CheckRecorded, _order: Order | None) -> str:
    return f"{MARKS[event.check.outcome]} {event.check.name}: {event.check.detail}"


def _briefly_checked(event: CheckRecorded, _order: Order | None) -> str:
    return f"{MARKS[event.check.outcome]} {event.check.name.replace('_', ' ')}"


def _check_details(event: CheckRecorded) -> Iterable[str]:
    if event.check.latency_ms is not None:
        yield f"Took {event.check.latency_ms:.1f} ms"
    by_value: dict[str, list[str]] = {}
    for name, value in event.check.evidence.items():
        if value not in event.check.detail:
            by_value.setdefault(value, []).append(name)
    yield from (f"{' = '.join(names)}: {value}" for value, names in by_value.items())


def _setup_claimed(event: SetupClaimed, _order: Order | None) -> str:
    return f"Setup in the sandbox, {PURPOSES[event.purpose]}: {event.ticket.legs[0].in_words()}."


def _setup_details(event: SetupClaimed) -> Iterable[str]:
    yield f"Setup {event.number}, external id {event.external_id}"
    yield digest_line(event.digest)


def _setup_in(event: SetupClaimed) -> Chapter | None:
    return None if event.purpose is Purpose.RESTORE else Chapter.REHEARSAL  # undone beside the way to production


def _setup_concluded(event: SetupConcluded, _order: Order | None) -> str:
    if event.outcome is not AttemptOutcome.ADOPTED or event.status is None:
        why = f": {event.message}" if event.message else "."
        return f"Setup {event.number} was {event.outcome.replace('_', ' ')}{why}"
    filled = sum(fill.quantity for fill in event.fills)
    return f"Setup {event.number} is {event.status.replace('_', ' ')} as {event.broker_order}, {filled:,} filled."


def _setup_fills(event: SetupConcluded) -> Iterable[str]:
    yield f"Code {event.code}" if event.code else ""
    yield from (
        f"Fill {fill.fill_id}: {fill.quantity:,} {unpadded(fill.symbol)} at {plain(fill.price)}" for fill in event.fills
    )


TELLINGS: Final[Mapping[type[Event], Telling]] = {
    happened.RehearsalConcluded: Telling(
        _concluded, _concluded_details, in_chapter(Chapter.REHEARSAL), shared=_briefly_concluded
    ),
    TestPlanned: Telling(
        lambda event, _: f"The test is planned: {len(event.checks)} checks.",
        lambda event: (
            ", ".join(event.checks),
            digest_line(event.digest),
            f"Mirrored: {digest_line(event.rehearsed)} is placed instead" if event.rehearsed else "",
        ),
        in_chapter(Chapter.REHEARSAL),
        never,
    ),
    CheckRecorded: Telling(_check, _check_details, in_chapter(Chapter.REHEARSAL), shared=_briefly_checked),
    TestConcluded: Telling(  # the trader is told by the order's own event
        lambda event, _: f"Verdict: {event.verdict}{f' ({_words_of(event.trouble)})' if event.trouble else ''}.",
        lambda event: event.reasons,
        in_chapter(Chapter.REHEARSAL),
        never,
    ),
    SetupClaimed: Telling(_setup_claimed, _setup_details, _setup_in, never),
    SetupConcluded: Telling(_setup_concluded, _setup_fills, is_told=never),
}
