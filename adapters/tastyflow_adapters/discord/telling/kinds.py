"""
The kinds of news, and how each is told where the settings say nothing: one row a kind, with its why.

    event ─▶ kind_of ─▶ NoticeKind ─▶ level_of ─▶ on, silent    a message of its own
                                            edit           the live message of the order is edited
                                            off            the news by itself changes nothing

The name of a kind stands in settings: it never changes.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from attrs import frozen

from tastyflow.application.telling.about.attempts import is_by_others
from tastyflow.domain.events import Event
from tastyflow.domain.order import Order
from tastyflow.domain.order import events as happened
from tastyflow.domain.testresult import CheckRecorded
from tastyflow.domain.venue import Venue
from tastyflow_adapters.config.discord_choices import DiscordChoices, Level, NoticeKind


@frozen
class KindRow:
    """
    Attributes:
        level: How it is told where the settings do not say.
        about: What it is, for people.
        why: Why it is told like that.
    """

    level: Level
    about: str
    why: str


KINDS: Final[Mapping[NoticeKind, KindRow]] = {
    NoticeKind.REHEARSAL: KindRow(Level.EDIT, "a step or a check of its rehearsal", "many, within seconds"),
    NoticeKind.WAITING: KindRow(Level.EDIT, "it waits for its turn, or is tried again", "it goes on by itself"),
    NoticeKind.APPROVAL: KindRow(Level.ON, "it waits for the approval of another person", "it stands still until then"),
    NoticeKind.APPROVED: KindRow(Level.EDIT, "it was approved", "it goes on by itself"),
    NoticeKind.SUBMITTED: KindRow(Level.EDIT, "it is sent, and the venue has it", "its trader has just confirmed it"),
    NoticeKind.IN_DOUBT: KindRow(
        Level.SILENT, "no answer of the venue, or nothing sent; and once it is found", "it is resolved by asking"
    ),
    NoticeKind.PART_FILLED: KindRow(Level.EDIT, "one fill of several", "there can be fifty"),
    NoticeKind.FILLED: KindRow(Level.ON, "it is filled in full", "a position has changed, and the order is over"),
    NoticeKind.CANCELLING: KindRow(Level.EDIT, "a cancel was asked for", "the person who asked was answered"),
    NoticeKind.CANCELLED: KindRow(Level.SILENT, "it is cancelled", "it was asked for"),
    NoticeKind.EXPIRED: KindRow(Level.ON, "it expired", "it is over, and nothing was asked for"),
    NoticeKind.REFUSED: KindRow(Level.ON, "it was refused here or at the venue, once confirmed", "it is over"),
    NoticeKind.REPLACED: KindRow(
        Level.SILENT, "another order took its place", "the other one has a message of its own"
    ),
    NoticeKind.DENIED: KindRow(
        Level.ON, "the venue did not cancel or replace it", "it works on, against what was wanted"
    ),
    NoticeKind.OUTSIDE: KindRow(Level.ON, "it was changed or cancelled by other hands", "nothing was asked for here"),
    NoticeKind.ESCALATED: KindRow(Level.ON, "a person must look", "it does not go on by itself"),
    NoticeKind.DECIDED: KindRow(Level.ON, "a person let it be sent again, or gave it up", "it had stood still"),
    NoticeKind.INCIDENT: KindRow(Level.ON, "something that an operator must look at", "it does not go on by itself"),
    NoticeKind.HALT: KindRow(Level.ON, "trading was halted, or resumed", "orders stay here until then"),
    NoticeKind.OUTAGE: KindRow(
        Level.ON, "the sandbox gives no answers, or does so again", "no order is rehearsed then"
    ),
    NoticeKind.SIGNAL: KindRow(
        Level.SILENT,
        "a rule asked for an order, what became of it; and who let a rule do more or less",
        "no person asked",
    ),
    NoticeKind.SERVICE: KindRow(
        Level.SILENT, "the service started, stops, or lost a part", "it starts its parts again itself"
    ),
    NoticeKind.DIGEST: KindRow(Level.SILENT, "the summary of a day", "it waits to be read"),
}
"""Every kind: those of an order, in the order of its life, and those for the operators."""

_Chosen = NoticeKind | Callable[[Any, Order], NoticeKind]


def _at_venue(sandbox: NoticeKind, production: NoticeKind) -> Callable[[Any, Order], NoticeKind]:
    return lambda event, _: production if event.venue is Venue.PRODUCTION else sandbox


def _cancelled(event: happened.OrderCancelled, order: Order) -> NoticeKind:
    """A cancel that was not asked for here was done by other hands."""
    return NoticeKind.OUTSIDE if is_by_others(event, order) else NoticeKind.CANCELLED


def _adopted(event: happened.SubmissionAdopted, _order: Order) -> NoticeKind:
    """What was searched for was in doubt, and its trader was told so: its end is told as well."""
    if event.venue is not Venue.PRODUCTION:
        return NoticeKind.REHEARSAL
    return _FOUND.get(event.found_by, NoticeKind.SUBMITTED)


_FOUND: Final = {happened.FoundBy.SEARCH: NoticeKind.IN_DOUBT, happened.FoundBy.PERSON: NoticeKind.DECIDED}


_KIND_OF: Final[Mapping[type[Event], _Chosen]] = {
    happened.OrderDrafted: NoticeKind.SUBMITTED,
    happened.OrderValidated: NoticeKind.SUBMITTED,
    happened.OrderConfirmed: NoticeKind.SUBMITTED,
    happened.OrderRefused: NoticeKind.REFUSED,
    happened.OrderWithdrawn: NoticeKind.CANCELLED,
    happened.OrderQueued: NoticeKind.WAITING,
    happened.OrderRetrying: NoticeKind.WAITING,
    happened.OrderStillWaiting: NoticeKind.WAITING,
    happened.SubmissionClaimed: _at_venue(NoticeKind.REHEARSAL, NoticeKind.SUBMITTED),
    happened.SubmissionAdopted: _adopted,
    happened.SubmissionDeclined: _at_venue(NoticeKind.REHEARSAL, NoticeKind.REFUSED),
    happened.SubmissionNotSent: _at_venue(NoticeKind.REHEARSAL, NoticeKind.IN_DOUBT),
    happened.SubmissionLost: _at_venue(NoticeKind.REHEARSAL, NoticeKind.IN_DOUBT),
    happened.SubmissionNotFound: _at_venue(NoticeKind.REHEARSAL, NoticeKind.IN_DOUBT),
    happened.AttemptForgotten: NoticeKind.REHEARSAL,
    CheckRecorded: NoticeKind.REHEARSAL,
    happened.RehearsalConcluded: NoticeKind.REHEARSAL,
    happened.ApprovalRequested: NoticeKind.APPROVAL,
    happened.OrderApproved: NoticeKind.APPROVED,
    happened.FillRecorded: NoticeKind.PART_FILLED,
    happened.OrderFilled: NoticeKind.FILLED,
    happened.CancelRequested: NoticeKind.CANCELLING,
    happened.CancelDenied: NoticeKind.DENIED,
    happened.OrderCancelled: _cancelled,
    happened.OrderExpired: NoticeKind.EXPIRED,
    happened.OrderRejected: NoticeKind.REFUSED,
    happened.OrderReplaced: NoticeKind.REPLACED,
    happened.ReplaceDenied: NoticeKind.DENIED,
    happened.OrderChangedOutside: NoticeKind.OUTSIDE,
    happened.OrderEscalated: NoticeKind.ESCALATED,
    happened.OrderFoundAtVenue: NoticeKind.ESCALATED,
    happened.OrderResubmitted: NoticeKind.DECIDED,
    happened.OrderAbandoned: NoticeKind.DECIDED,
}


def kind_of(event: Event, order: Order) -> NoticeKind:
    """
    What kind of news *event* is; *order* is as the event left it.

    Raises:
        KeyError: Its trader is not told of such an event (`is_told`).
    """
    chosen = _KIND_OF[type(event)]
    return chosen if isinstance(chosen, NoticeKind) else chosen(event, order)


def level_of(kind: NoticeKind, here: DiscordChoices) -> Level:
    """How news of *kind* is told here."""
    return here.notices.get(kind, KINDS[kind].level)
