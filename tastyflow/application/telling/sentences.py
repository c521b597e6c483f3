"""
The words for each event: one sentence, the same for every reader; and for the audit its chapter and its details.

    TELLINGS[type(event)] ─▶ sentence(event, order)   notices, cards, `audit show`, `audit log`
                             chapter                  the heading it stands under in the story of an order
                             details(event)           what an auditor wants to see under the sentence
                             is_told(event)           whether the trader is told; the audit shows every event
                             shared(event, order)     the sentence where others read along, often a shorter one

*order* is the order as the event left it, or None where one row of the log is shown by itself. Plain text: texts of
users and venues are in it as they were recorded, and must be printed as text. A new event gets its row in the module
of `about/` that its kind belongs to, and a test fails until it has one.
"""

from collections.abc import Mapping
from typing import Final

from tastyflow.application.telling.about import (
    approvals,
    attempts,
    books,
    incidents,
    orders,
    rehearsals,
    signals,
    traders,
)
from tastyflow.application.telling.telling import Chapter, Telling
from tastyflow.domain.events import Event
from tastyflow.domain.order import Order

TELLINGS: Final[Mapping[type[Event], Telling]] = {
    **orders.TELLINGS,
    **approvals.TELLINGS,
    **attempts.TELLINGS,
    **rehearsals.TELLINGS,
    **traders.TELLINGS,
    **books.TELLINGS,
    **incidents.TELLINGS,
    **signals.TELLINGS,
}


def sentence_of(event: Event, order: Order | None = None) -> str:
    """What happened, in one sentence."""
    return TELLINGS[type(event)].sentence(event, order)


def shared_sentence_of(event: Event, order: Order | None = None) -> str:
    """What happened, in one sentence for a place where others read along; empty where it is not told there."""
    shared = TELLINGS[type(event)].shared
    return shared(event, order) if shared is not None else ""


def details_of(event: Event) -> tuple[str, ...]:
    """What an auditor wants to see under the sentence; often nothing."""
    return tuple(line for line in TELLINGS[type(event)].details(event) if line)


def chapter_of(event: Event, before: Chapter) -> Chapter:
    """The chapter of *event*; *before* is the one that the story is in."""
    return TELLINGS[type(event)].chapter(event) or before


def is_told(event: Event) -> bool:
    """Whether the trader is told of *event*."""
    return TELLINGS[type(event)].is_told(event)
