"""
What a recorded event says to a person who was not there: a headline, and the details under it.

From the event alone, never from a state, so that one row of the log can be told by itself. Plain text: texts of users
and venues are in it as they were recorded, and whoever prints them must print them as text.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from tastyflow.application.telling.sentences import MARKS
from tastyflow.domain import testresult as tested
from tastyflow.domain import trader as known
from tastyflow.domain.events import Event
from tastyflow.domain.instruments import plain
from tastyflow.domain.order import events as happened
from tastyflow.domain.order.submission import external_id
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import Venue


def headline(event: Event) -> str:
    """One sentence on what happened."""
    return HEADLINES[type(event)](event)


def details(event: Event) -> tuple[str, ...]:
    """What an auditor wants to see under the headline; often nothing."""
    tell = DETAILS.get(type(event))
    return tuple(line for line in tell(event) if line) if tell else ()


def _drafted(event: happened.OrderDrafted) -> str:
    return f"{event.asked.user} asked on {event.asked.platform}: “{event.asked.text}”"


def _drafted_details(event: happened.OrderDrafted) -> tuple[str, ...]:
    return (
        f"Understood: {event.words}",
        *(f"Completed: {sentence}" for sentence in event.completions),
        *(f"Content: {line}" for line in _legs(event.ticket)),
        f"Digest {event.digest}",
    )


def _legs(ticket: Ticket) -> tuple[str, ...]:
    return tuple(f"{leg.action} {leg.quantity} {_symbol(leg.instrument.occ)}" for leg in ticket.legs)


def _symbol(wire: str) -> str:
    return " ".join(wire.split())


def _refused(event: happened.OrderRefused) -> str:
    what = f" “{event.asked.text}”" if event.asked else ""
    who = "The gate said no" if event.code == "gate" else "Refused"
    return f"{who}{what} ({event.code}): {event.message}"


def _refused_details(event: happened.OrderRefused) -> tuple[str, ...]:
    asked = f"{event.asked.user} asked on {event.asked.platform}" if event.asked else ""
    return (asked, event.hint, *(f"Suggested: {suggestion}" for suggestion in event.suggestions))


def _claimed(event: happened.SubmissionClaimed) -> str:
    if event.venue is Venue.SANDBOX:
        return f"Claimed the right to send it to the sandbox, attempt {event.attempt}"
    return f"The gate said yes: claimed the right to send it to production, attempt {event.attempt}"


def _claimed_details(event: happened.SubmissionClaimed) -> tuple[str, ...]:
    derived = event.external_id == external_id(event.originator_id, event.venue, event.attempt)
    return (
        f"External id {event.external_id}" + ("" if derived else " (not the derived one!)"),
        _digest(event),
        f"Proof: test {event.proof.hex[:6]}" if event.proof else "",
    )


def _digest(event: Any) -> str:
    return f"Digest {event.digest[:16]}…"  # in full where the order was drafted


def _of_attempt(words: str) -> Callable[[Any], str]:
    def tell(event: Any) -> str:
        message = getattr(event, "message", "") or getattr(event, "reason", "")
        return f"{event.venue.capitalize()} {words}{f': {message}' if message else ''}"

    return tell


def _adopted(event: happened.SubmissionAdopted) -> str:
    found = "" if event.found_by is happened.FoundBy.ANSWER else f", found by {event.found_by}"
    return f"{event.venue.capitalize()} has it as {event.broker_order}{found}"


def _fill(event: happened.FillRecorded) -> str:
    late = ", after it was over" if event.late else ""
    return f"{event.venue.capitalize()} filled {event.quantity} {_symbol(event.symbol)} at {plain(event.price)}{late}"


def _fill_details(event: happened.FillRecorded) -> tuple[str, ...]:
    return (f"Fill {event.fill_id}, at the venue {event.filled_at:%H:%M:%S.%f} UTC",)


def _concluded(event: happened.RehearsalConcluded) -> str:
    if not event.passed:
        return "The rehearsal did not pass"
    return f"The rehearsal passed; its proof counts until {event.valid_until:%H:%M:%S} UTC"


def _check(event: tested.CheckRecorded) -> str:
    check = event.check
    took = "" if check.latency_ms is None else f" ({check.latency_ms:.1f} ms)"
    return f"{MARKS[check.outcome]} {check.name}: {check.detail}{took}"


def _check_details(event: tested.CheckRecorded) -> tuple[str, ...]:
    by_value: dict[str, list[str]] = {}
    for name, value in event.check.evidence.items():
        if value not in event.check.detail:
            by_value.setdefault(value, []).append(name)
    return tuple(f"{' = '.join(names)}: {value}" for value, names in by_value.items())


def _verdict(event: tested.TestConcluded) -> str:
    return f"Verdict: {event.verdict}"


def _registered(event: known.TraderRegistered) -> str:
    return f"Trader {event.name} registered, may {_listed(event.permissions)}"


def _limits(event: Any) -> tuple[str, ...]:
    at_most = event.limits
    return (
        f"Per order {at_most.max_contracts} contracts, {at_most.max_shares} shares, ${at_most.max_notional_usd:,}",
        f"Open together ${at_most.max_open_notional_usd:,}",
        f"Only {_listed(at_most.symbols)}" if at_most.symbols is not None else "",
    )


def _listed(items: Any) -> str:
    return ", ".join(str(item).replace("_", " ") for item in items) or "nothing"


HEADLINES: Final[Mapping[type[Event], Callable[[Any], str]]] = {
    happened.OrderDrafted: _drafted,
    happened.OrderValidated: lambda e: f"Within limits: ${e.notional_usd:,.2f} at risk, {e.contracts} contracts",
    happened.OrderRefused: _refused,
    happened.OrderWithdrawn: lambda e: f"Withdrawn before it reached production {e.reason}".rstrip(),
    happened.SubmissionClaimed: _claimed,
    happened.SubmissionAdopted: _adopted,
    happened.SubmissionDeclined: _of_attempt("said no; nothing was placed"),
    happened.SubmissionNotSent: _of_attempt("was never reached; nothing was placed"),
    happened.SubmissionLost: _of_attempt("gave no answer; the outcome is unknown"),
    happened.SubmissionNotFound: lambda e: f"{e.venue.capitalize()} does not have it, after {e.searches} searches",
    happened.RehearsalConcluded: _concluded,
    happened.OrderApproved: lambda e: f"Approved by {e.approved_by}",
    happened.OrderWentLive: _of_attempt("works it"),
    happened.FillRecorded: _fill,
    happened.OrderFilled: _of_attempt("filled it in full"),
    happened.OrderCancelled: _of_attempt("cancelled what was not filled"),
    happened.OrderExpired: _of_attempt("let it expire"),
    happened.OrderRejected: _of_attempt("rejected it after accepting it"),
    happened.CancelRequested: lambda e: f"Cancel asked for {e.reason}".rstrip(),
    happened.CancelDenied: lambda e: f"The cancel was denied: {e.message}",
    happened.ReplaceRequested: lambda e: f"To be replaced by order {e.replacement.hex[:6]}",
    happened.OrderReplaced: lambda e: f"Replaced by order {e.replacement.hex[:6]}, which is {e.broker_order}",
    happened.ReplaceDenied: lambda e: f"The replacement was denied: {e.message}",
    happened.OrderEscalated: lambda e: f"A person must look ({e.reason}): {e.message}",
    happened.OrderAbandoned: lambda e: f"Given up by a person {e.reason}".rstrip(),
    tested.TestPlanned: lambda e: f"Test planned: {len(e.checks)} checks",
    tested.CheckRecorded: _check,
    tested.TestConcluded: _verdict,
    known.TraderRegistered: _registered,
    known.LimitsSet: lambda _: "Limits set",
    known.PermissionsSet: lambda e: f"May now {_listed(e.permissions)}",
    known.TraderSuspended: lambda e: f"Suspended {e.reason}".rstrip(),
    known.TraderReinstated: lambda e: f"Reinstated {e.reason}".rstrip(),
    known.IdentityLinked: lambda e: f"Is {e.user} on {e.platform}",
    known.CapacityReserved: lambda e: f"Reserved ${e.notional_usd:,.2f} for order {e.order.hex[:6]}",
    known.CapacityReleased: lambda e: f"Released what order {e.order.hex[:6]} held",
    known.IdentityClaimed: lambda e: f"{e.user} on {e.platform} is trader {e.trader.hex[:6]}",
}

DETAILS: Final[Mapping[type[Event], Callable[[Any], tuple[str, ...]]]] = {
    happened.OrderDrafted: _drafted_details,
    happened.OrderValidated: lambda e: e.checks,
    happened.OrderRefused: _refused_details,
    happened.SubmissionClaimed: _claimed_details,
    happened.SubmissionDeclined: lambda e: (f"Code {e.code}",),
    happened.RehearsalConcluded: lambda e: e.reasons,
    happened.OrderApproved: lambda e: (_digest(e),),
    happened.FillRecorded: _fill_details,
    tested.TestPlanned: lambda e: (", ".join(e.checks), _digest(e)),
    tested.CheckRecorded: _check_details,
    tested.TestConcluded: lambda e: e.reasons,
    known.TraderRegistered: _limits,
    known.LimitsSet: _limits,
}
