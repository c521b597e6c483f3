"""
The kinds of news, and how each is told where the settings say nothing: one row a kind, with its why.

    event ─▶ kind_of ─▶ Kind ─▶ level_of ─▶ on, silent    a message of its own
                                            edit           the live message of the order is edited
                                            off            the news by itself changes nothing

The name of a kind stands in settings: it never changes.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

from attrs import frozen

from tastyflow.application.telling.about.attempts import is_by_others
from tastyflow.domain.events import Event
from tastyflow.domain.order import Order
from tastyflow.domain.order import events as happened
from tastyflow.domain.testresult import CheckRecorded
from tastyflow.domain.venue import Venue
from tastyflow_adapters.config.discord_choices import DiscordChoices, Level


class Kind(StrEnum):
    """A kind of news."""

    REHEARSAL = "rehearsal"
    WAITING = "waiting"
    APPROVAL = "approval"
    APPROVED = "approved"
    SUBMITTED = "submitted"
    IN_DOUBT = "in_doubt"
    PART_FILLED = "part_filled"
    FILLED = "filled"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REFUSED = "refused"
    REPLACED = "replaced"
    DENIED = "denied"
    OUTSIDE = "outside"
    ESCALATED = "escalated"
    DECIDED = "decided"

    INCIDENT = "incident"
    HALT = "halt"
    OUTAGE = "outage"
    SERVICE = "service"
    DIGEST = "digest"


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


KINDS: Final[Mapping[Kind, KindRow]] = {
    Kind.REHEARSAL: KindRow(Level.EDIT, "a step or a check of its rehearsal", "many, within seconds"),
    Kind.WAITING: KindRow(Level.EDIT, "it waits for its turn, or is tried again", "it goes on by itself"),
    Kind.APPROVAL: KindRow(Level.ON, "it waits for the approval of another person", "it stands still until then"),
    Kind.APPROVED: KindRow(Level.EDIT, "it was approved", "it goes on by itself"),
    Kind.SUBMITTED: KindRow(Level.EDIT, "it is sent, and the venue has it", "its trader has just confirmed it"),
    Kind.IN_DOUBT: KindRow(
        Level.SILENT, "no answer of the venue, or nothing sent; and once it is found", "it is resolved by asking"
    ),
    Kind.PART_FILLED: KindRow(Level.EDIT, "one fill of several", "there can be fifty"),
    Kind.FILLED: KindRow(Level.ON, "it is filled in full", "a position has changed, and the order is over"),
    Kind.CANCELLING: KindRow(Level.EDIT, "a cancel was asked for", "the person who asked was answered"),
    Kind.CANCELLED: KindRow(Level.SILENT, "it is cancelled", "it was asked for"),
    Kind.EXPIRED: KindRow(Level.ON, "it expired", "it is over, and nothing was asked for"),
    Kind.REFUSED: KindRow(Level.ON, "it was refused here or at the venue, once confirmed", "it is over"),
    Kind.REPLACED: KindRow(Level.SILENT, "another order took its place", "the other one has a message of its own"),
    Kind.DENIED: KindRow(Level.ON, "the venue did not cancel or replace it", "it works on, against what was wanted"),
    Kind.OUTSIDE: KindRow(Level.ON, "it was changed or cancelled by other hands", "nothing was asked for here"),
    Kind.ESCALATED: KindRow(Level.ON, "a person must look", "it does not go on by itself"),
    Kind.DECIDED: KindRow(Level.ON, "a person let it be sent again, or gave it up", "it had stood still"),
    Kind.INCIDENT: KindRow(Level.ON, "something that an operator must look at", "it does not go on by itself"),
    Kind.HALT: KindRow(Level.ON, "trading was halted, or resumed", "orders stay here until then"),
    Kind.OUTAGE: KindRow(Level.ON, "the sandbox gives no answers, or does so again", "no order is rehearsed then"),
    Kind.SERVICE: KindRow(
        Level.SILENT, "the service started, stops, or lost a part", "it starts its parts again itself"
    ),
    Kind.DIGEST: KindRow(Level.SILENT, "the summary of a day", "it waits to be read"),
}
"""Every kind: those of an order, in the order of its life, and those for the operators."""

_Chosen = Kind | Callable[[Any, Order], Kind]


def _at_venue(sandbox: Kind, production: Kind) -> Callable[[Any, Order], Kind]:
    return lambda event, _: production if event.venue is Venue.PRODUCTION else sandbox


def _cancelled(event: happened.OrderCancelled, order: Order) -> Kind:
    """A cancel that was not asked for here was done by other hands."""
    return Kind.OUTSIDE if is_by_others(event, order) else Kind.CANCELLED


def _adopted(event: happened.SubmissionAdopted, _order: Order) -> Kind:
    """What was searched for was in doubt, and its trader was told so: its end is told as well."""
    if event.venue is not Venue.PRODUCTION:
        return Kind.REHEARSAL
    return _FOUND.get(event.found_by, Kind.SUBMITTED)


_FOUND: Final = {happened.FoundBy.SEARCH: Kind.IN_DOUBT, happened.FoundBy.PERSON: Kind.DECIDED}


_KIND_OF: Final[Mapping[type[Event], _Chosen]] = {
    happened.OrderDrafted: Kind.SUBMITTED,
    happened.OrderValidated: Kind.SUBMITTED,
    happened.OrderConfirmed: Kind.SUBMITTED,
    happened.OrderRefused: Kind.REFUSED,
    happened.OrderWithdrawn: Kind.CANCELLED,
    happened.OrderQueued: Kind.WAITING,
    happened.OrderRetrying: Kind.WAITING,
    happened.OrderStillWaiting: Kind.WAITING,
    happened.SubmissionClaimed: _at_venue(Kind.REHEARSAL, Kind.SUBMITTED),
    happened.SubmissionAdopted: _adopted,
    happened.SubmissionDeclined: _at_venue(Kind.REHEARSAL, Kind.REFUSED),
    happened.SubmissionNotSent: _at_venue(Kind.REHEARSAL, Kind.IN_DOUBT),
    happened.SubmissionLost: _at_venue(Kind.REHEARSAL, Kind.IN_DOUBT),
    happened.SubmissionNotFound: _at_venue(Kind.REHEARSAL, Kind.IN_DOUBT),
    happened.AttemptForgotten: Kind.REHEARSAL,
    CheckRecorded: Kind.REHEARSAL,
    happened.RehearsalConcluded: Kind.REHEARSAL,
    happened.ApprovalRequested: Kind.APPROVAL,
    happened.OrderApproved: Kind.APPROVED,
    happened.FillRecorded: Kind.PART_FILLED,
    happened.OrderFilled: Kind.FILLED,
    happened.CancelRequested: Kind.CANCELLING,
    happened.CancelDenied: Kind.DENIED,
    happened.OrderCancelled: _cancelled,
    happened.OrderExpired: Kind.EXPIRED,
    happened.OrderRejected: Kind.REFUSED,
    happened.OrderReplaced: Kind.REPLACED,
    happened.ReplaceDenied: Kind.DENIED,
    happened.OrderChangedOutside: Kind.OUTSIDE,
    happened.OrderEscalated: Kind.ESCALATED,
    happened.OrderFoundAtVenue: Kind.ESCALATED,
    happened.OrderResubmitted: Kind.DECIDED,
    happened.OrderAbandoned: Kind.DECIDED,
}


def kind_of(event: Event, order: Order) -> Kind:
    """
    What kind of news *event* is; *order* is as the event left it.

    Raises:
        KeyError: Its trader is not told of such an event (`is_told`).
    """
    chosen = _KIND_OF[type(event)]
    return chosen if isinstance(chosen, Kind) else chosen(event, order)


def level_of(kind: Kind, here: DiscordChoices) -> Level:
    """How news of *kind* is told here."""
    return here.notices.get(kind.value, KINDS[kind].level)
