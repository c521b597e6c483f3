"""
How one kind of event is told: the row of the table, and the words that several rows share.

    Telling(sentence, details, chapter, is_told, shared)      `about/` has the rows, by what the events are about
"""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any, TypeAlias

from attrs import frozen

from tastyflow.application.environment_words import environment_words
from tastyflow.domain.order import Asked, Order
from tastyflow.domain.venue import Venue

Sentence: TypeAlias = Callable[[Any, Order | None], str]
Details: TypeAlias = Callable[[Any], Iterable[str]]


class Chapter(StrEnum):
    """The headings of an order's story."""

    ASKED = "asked"
    REHEARSAL = "rehearsal"
    GATE = "gate"
    PRODUCTION = "production"


@frozen
class Telling:
    """
    How one kind of event is told.

    Attributes:
        chapter: None where it belongs to the chapter that the story is in.
        shared: The sentence where others read along: what the account holds and may lose, its limits and its name, and
            the texts of venues, are not in it. None where nothing is said there.
    """

    sentence: Sentence
    details: Details = lambda _: ()
    chapter: Callable[[Any], Chapter | None] = lambda _: None
    is_told: Callable[[Any], bool] = lambda _: True
    shared: Sentence | None = None


def asked_line(asked: Asked) -> str:
    """Who asked, where, in what words."""
    return f"{asked.user} asked on {asked.platform}: “{asked.text}”"


def where_line(environment: str, account: str, *, is_simulated: bool) -> str:
    """The environment in words, and the account where its name is known."""
    words = environment_words(environment, is_simulated=is_simulated)
    return f"{words}, account {account}" if words and account else words


def digest_line(digest: str) -> str:
    """The first sixteen figures of a digest: in full it stands where the order was drafted."""
    return f"Digest {digest[:16]}…"


def enumerated(items: Iterable[object]) -> str:
    """Names, with spaces for underscores."""
    return ", ".join(str(item).replace("_", " ") for item in items) or "nothing"


def as_words(words: str) -> Sentence:
    """*words*, whatever the event says."""
    return lambda _event, _order: words


def with_reason(words: str) -> Sentence:
    """*words*, and why, where the event says why."""
    return lambda event, _: f"{words}: {event.reason}." if event.reason else f"{words}."


def why(event: Any) -> Iterable[str]:
    """The reason that the event says."""
    yield event.reason


def in_chapter(chapter: Chapter) -> Callable[[Any], Chapter]:
    """The same chapter for each event of a kind."""
    return lambda _: chapter


def at_venue(event: Any) -> Chapter:
    """The chapter of an event of an attempt."""
    return Chapter.REHEARSAL if event.venue is Venue.SANDBOX else Chapter.PRODUCTION


def in_production(event: Any) -> bool:
    """The trader is told of what happens in production; the audit shows the sandbox as well."""
    return bool(event.venue is Venue.PRODUCTION)


def never(_: Any) -> bool:
    """The trader is not told; the audit shows it."""
    return False
