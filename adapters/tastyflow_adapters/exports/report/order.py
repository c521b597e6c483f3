"""
One order in a report: what its events say, in the order in which an auditor asks.

    typed ─ understood ─ seen ─ checked ─ tested ─ approved ─ sent ─ came back ─ filled ─ told ─ every event
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final, TypeVar

from tastyflow.application.attribution import shortly
from tastyflow.application.audit.log import Entry
from tastyflow.application.audit.story import Story, duration
from tastyflow.application.telling.sentences import is_told, sentence_of
from tastyflow.domain.events import Event
from tastyflow.domain.order import Order
from tastyflow.domain.order import events as happened
from tastyflow.domain.testresult import CheckRecorded, TestConcluded
from tastyflow_adapters.exports.report.markup import Markup, joined, pairs, table, tag

E = TypeVar("E", bound=Event)
Section = Callable[[Order, Sequence[Entry]], Iterable[object]]

_INK: Final = {"passed": "good", "refused": "bad", "failed": "bad", "needs_approval": "warn", "could_not_run": "warn"}
_CAME_BACK: Final = (
    happened.SubmissionAdopted,
    happened.SubmissionDeclined,
    happened.SubmissionNotSent,
    happened.SubmissionLost,
    happened.SubmissionNotFound,
    happened.OrderWentLive,
    happened.OrderFilled,
    happened.OrderCancelled,
    happened.OrderExpired,
    happened.OrderRejected,
    happened.CancelDenied,
    happened.ReplaceDenied,
    happened.OrderReplaced,
    happened.OrderChangedOutside,
    happened.OrderFoundAtVenue,
    happened.AttemptEnded,
)


def order_part(story: Story, entries: Sequence[Entry]) -> Markup:
    """The part of a report that is about one order."""
    order = story.order
    head = tag("h2", f"Order {order.reference}: {story.outcome}")
    place = " · ".join(each for each in (order.environment, order.account, str(order.id)) if each)
    parts: list[object] = [head, tag("p", place, of="dim")]
    for name, section in SECTIONS.items():
        said = list(section(order, entries))
        parts += [tag("h3", name), *(said or [tag("p", "Nothing is recorded.", of="dim")])]
    return joined([*parts, tag("h3", "Every event"), _timeline(story)])


def _typed(order: Order, entries: Sequence[Entry]) -> Iterator[object]:
    asked = order.asked
    yield tag("div", asked.text, of="typed")
    yield pairs([
        ("Who", f"{asked.user} on {asked.platform}"),
        ("As the trader", str(asked.trader or "no known trader")),
        ("Operating system's user", asked.os_user),
        ("Message", asked.message),
        ("Channel", asked.channel),
        ("Written", _time(asked.written_at) if asked.written_at else ""),
        ("Recorded", _time(order.asked_at)),
    ])  # fmt: skip


def _understood(order: Order, entries: Sequence[Entry]) -> Iterator[object]:
    drafted = _first(entries, happened.OrderDrafted)
    refused = _first(entries, happened.OrderRefused)
    if drafted is not None:
        yield tag("p", tag("strong", drafted.words))
        yield from (tag("p", line, of="dim") for line in drafted.completions)
        yield tag("pre", drafted.ticket.canonical)
        yield pairs([("Digest of this content", drafted.digest)])
    if refused is not None:
        yield tag("p", f"✗ Refused: {refused.message} {refused.hint}", of="bad")


def _seen(order: Order, entries: Sequence[Entry]) -> Iterator[object]:
    """What the trader saw before anything was sent, and said yes to."""
    for entry in entries:
        if isinstance(entry.event, happened.OrderDrafted | happened.OrderValidated):
            yield tag("p", sentence_of(entry.event, order))
        if isinstance(entry.event, happened.OrderConfirmed):
            yield tag("p", f"✓ Confirmed at {_time(entry.event.at)}: the content {entry.event.digest}.", of="good")
    if not any(isinstance(entry.event, happened.OrderConfirmed) for entry in entries):
        yield tag("p", "No confirmation is recorded: none was asked for, or none was given.", of="dim")


def _checked(order: Order, entries: Sequence[Entry]) -> Iterator[object]:
    for entry in entries:
        event = entry.event
        if not isinstance(event, happened.OrderValidated | happened.OrderRefused):
            continue
        yield table(
            ("Check", "Outcome", "What it found", "What it saw"),
            (
                (
                    each.code.replace("_", " "),
                    _outcome(each.outcome),
                    each.detail,
                    "; ".join(f"{name.replace('_', ' ')} {value}" for name, value in each.inputs.items()),
                )
                for each in event.risk
            ),
            of="narrow",
        )


def _tested(order: Order, entries: Sequence[Entry]) -> Iterator[object]:
    yield table(
        ("Check", "Outcome", "What it found", "Evidence"),
        (
            (
                event.check.name.replace("_", " "),
                _outcome(event.check.outcome.value),
                event.check.detail,
                joined(tag("div", f"{name}: {value}", of="detail") for name, value in event.check.evidence.items()),
            )
            for event in _all(entries, CheckRecorded)
        ),
        of="narrow",
    )
    for event in _all(entries, TestConcluded):
        ink = "good" if event.verdict.value == "passed" else "bad"
        until = f"valid until {_time(event.valid_until)}"
        yield tag("p", f"Verdict: {event.verdict.value}; {until}. {' '.join(event.reasons)}", of=ink)


def _approved(order: Order, entries: Sequence[Entry]) -> Iterator[object]:
    kinds = (happened.ApprovalRequested, happened.OrderApproved, happened.ApprovalVoided, happened.OrderResubmitted)
    for event in _all(entries, kinds):
        yield tag("p", sentence_of(event, order))
        rows = [("At", _time(event.at)), ("By", event.actor)]
        if isinstance(event, happened.OrderApproved):
            rows += [("Content", event.digest), ("Market as seen", str(event.market or ""))]
        if isinstance(event, happened.ApprovalRequested):
            rows += [("Why", " ".join(event.reasons)), ("Until", _time(event.until))]
        yield pairs(rows)


def _sent(order: Order, entries: Sequence[Entry]) -> Iterator[object]:
    for event in _all(entries, happened.SubmissionClaimed):
        yield tag("p", tag("strong", f"{event.venue.value.capitalize()}, attempt {event.attempt}"))
        yield pairs([
            ("Claimed, before any byte left", _time(event.at)),
            ("Tag", event.external_id),
            ("Content", event.digest),
            ("Proof", str(event.proof or "")),
            ("SHA-256 of the bytes", sha256(event.body.encode()).hexdigest() if event.body else ""),
        ])  # fmt: skip
        if event.body:
            yield tag("p", "The body of the request, byte for byte:", of="dim")
            yield tag("pre", event.body)


def _came_back(order: Order, entries: Sequence[Entry]) -> Iterator[object]:
    rows = ((_time(event.at), event.actor, sentence_of(event, order)) for event in _all(entries, _CAME_BACK))
    yield table(("When", "From", "What"), rows, of="narrow")


def _filled(order: Order, entries: Sequence[Entry]) -> Iterator[object]:
    yield table(
        ("When", "Venue", "What", "Quantity", "Price", "Id of the fill"),
        (
            (_time(event.filled_at), event.venue.value, event.symbol, event.quantity, event.price, event.fill_id)
            for event in _all(entries, happened.FillRecorded)
        ),
        of="narrow",
    )


def _told(order: Order, entries: Sequence[Entry]) -> Iterator[object]:
    rows = ((_time(entry.event.at), sentence_of(entry.event, order)) for entry in entries if is_told(entry.event))
    yield table(("When", "What the trader is told of it"), rows, of="told")


SECTIONS: Final[dict[str, Section]] = {
    "Typed": _typed,
    "Understood": _understood,
    "Seen before it was sent": _seen,
    "Checked": _checked,
    "Tested": _tested,
    "Approved": _approved,
    "Sent": _sent,
    "Came back": _came_back,
    "Filled": _filled,
    "Told": _told,
}
"""What an auditor asks of an order, in that order."""


def _timeline(story: Story) -> Markup:
    rows = (
        (
            moment.seq,
            _time(moment.at),
            f"+{duration(moment.elapsed_s)}",
            joined([
                tag("div", moment.text, tag("span", f"  {shortly(moment.actor)}", of="dim")),
                *(tag("div", line, of="detail") for line in moment.details),
            ]),
        )
        for moment in story.moments
    )  # fmt: skip
    return table(("Event", "When (UTC)", "After", "What"), rows, of="events")


def _first(entries: Sequence[Entry], kind: type[E]) -> E | None:
    return next((entry.event for entry in entries if isinstance(entry.event, kind)), None)


def _all(entries: Sequence[Entry], kinds: type[E] | tuple[type[E], ...]) -> Iterator[E]:
    return (entry.event for entry in entries if isinstance(entry.event, kinds))


def _outcome(outcome: str) -> Markup:
    return tag("span", outcome.replace("_", " "), of=_INK.get(outcome, ""))


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03} UTC"
