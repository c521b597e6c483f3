"""
The checks of a rehearsal: pure functions of what was observed in the sandbox. They are tested without a venue.

    Observed ─▶ checks_of ─▶ acknowledged, echo, statuses, fill, fills add up, stream and poll, tidy
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from attrs import define, field

from tastyflow.domain.instruments import unpadded
from tastyflow.domain.testresult import Check, CheckName, CheckOutcome
from tastyflow.domain.ticket import Duration, Leg, Ticket
from tastyflow.domain.venue import BrokerOrder, Phase, Status
from tastyflow.errors import NotSent, VenueFailure, VenueRefused

MAX_EVIDENCE: Final = 300
"""Characters of one piece of evidence that are kept in the log."""

SESSION_OFFLINE: Final = "session offline"
"""tastytrade's sandbox rejects with these words for minutes at a time, in market hours: no verdict on the order."""


@define
class Observed:
    """
    What was seen of one sandbox order.

    Attributes:
        must_fill: Whether the quotes left the venue no choice.
        acknowledged_ms: How long the answer to placing it took.
        seen: Every snapshot, in order of arrival.
        streamed: Those that the stream told.
        polled: The last answer to asking; None where the venue could not be asked.
        cancelled_by_us: Whether the rehearsal asked for a cancel.
        trouble: Why the venue could not be asked, or would not cancel.
    """

    ticket: Ticket
    must_fill: bool
    acknowledged_ms: float
    seen: list[BrokerOrder] = field(factory=list)
    streamed: list[BrokerOrder] = field(factory=list)
    polled: BrokerOrder | None = None
    cancelled_by_us: bool = False
    trouble: str = ""

    @property
    def latest(self) -> BrokerOrder:
        """The furthest that the order got: more fills, then the later phase."""
        return max(self.seen, key=lambda s: (s.status.phase.rank, len(s.fills), s.updated_at))

    @property
    def has_ended(self) -> bool:
        """Whether nothing more is to come of it: over, and all legs add up where it says filled."""
        return self.latest.has_ended(self.ticket)

    @property
    def has_begun_to_fill(self) -> bool:
        """Whether a leg is filled, or it says filled before any is."""
        return bool(self.latest.fills) or self.latest.status is Status.FILLED

    def stream(self, snapshot: BrokerOrder) -> None:
        """Note what the stream told."""
        self.streamed.append(snapshot)
        self.seen.append(snapshot)


def not_acknowledged(failure: VenueFailure) -> Check:
    """The check of an order that the sandbox did not take."""
    outcome = CheckOutcome.FAILED if isinstance(failure, VenueRefused) else CheckOutcome.COULD_NOT_RUN
    where = "It never left" if isinstance(failure, NotSent) else "Not acknowledged"
    detail = f"{where}: {failure.message[:MAX_EVIDENCE]}"
    return Check(CheckName.ACKNOWLEDGED, outcome, detail, {"code": failure.code})


def checks_of(observed: Observed) -> tuple[Check, ...]:
    """Every check of what was seen: all but the dry run and the position effect."""
    return (
        _acknowledged(observed),
        _echo(observed),
        _statuses(observed),
        _fill(observed),
        _fills_add_up(observed),
        _stream_and_poll(observed),
        _tidy(observed),
    )


def is_offline(checks: Sequence[Check]) -> bool:
    """Whether they say that the sandbox's session is offline."""
    return any(c.name == CheckName.FILL and c.outcome is CheckOutcome.COULD_NOT_RUN for c in checks)


def _check(name: CheckName, holds: bool, good: str, bad: str, **evidence: str) -> Check:
    outcome = CheckOutcome.PASSED if holds else CheckOutcome.FAILED
    return Check(name, outcome, good if holds else bad, {k: v[:MAX_EVIDENCE] for k, v in evidence.items()})


def _acknowledged(observed: Observed) -> Check:
    first = observed.seen[0]
    evidence = {"broker_order": first.broker_order, "status": first.status.value}
    detail = f"Taken as {first.broker_order}, {first.status.value.replace('_', ' ')}."
    return Check(CheckName.ACKNOWLEDGED, CheckOutcome.PASSED, detail, evidence, observed.acknowledged_ms)


def _echo(observed: Observed) -> Check:
    echo = next((snapshot.ticket for snapshot in observed.seen if snapshot.ticket is not None), None)
    if echo is None:
        return Check(CheckName.ECHO, CheckOutcome.COULD_NOT_RUN, "The venue repeated nothing of the order.")
    ours, theirs = observed.ticket, echo
    differing = [
        f"{unpadded(mine.instrument.occ)}: {other.action} {other.quantity} for {mine.action} {mine.quantity}"
        for mine, other in zip(_sorted(ours), _sorted(theirs), strict=False)
        if mine != other
    ]
    return _check(
        CheckName.ECHO,
        ours.digest == theirs.digest,
        f"The venue understood the same {len(ours.legs)} leg{'s' if len(ours.legs) > 1 else ''}, price and duration.",
        f"The venue understood another order: {'; '.join(differing) or 'price, type or duration differ'}.",
        sent=ours.canonical,
        echoed=theirs.canonical,
    )


def _sorted(ticket: Ticket) -> list[Leg]:
    return sorted(ticket.legs, key=lambda leg: leg.instrument.occ)


def _statuses(observed: Observed) -> Check:
    in_time = sorted(observed.seen, key=lambda snapshot: (snapshot.updated_at, snapshot.status.phase.rank))
    steps = [status for status, _ in groupby(snapshot.status for snapshot in in_time)]
    ranks = [status.phase.rank for status in steps]
    endings = [status for status in steps if status.is_terminal]
    legal = ranks == sorted(ranks) and len(endings) <= 1
    path = " → ".join(status.value for status in steps)
    return _check(CheckName.STATUSES, legal, f"{path}.", f"Not a legal sequence: {path}.", path=path)


def _fill(observed: Observed) -> Check:
    last = observed.latest
    filled = all(last.filled(leg.instrument.occ) == leg.quantity for leg in observed.ticket.legs)
    path = f"{last.status.value}, {sum(fill.quantity for fill in last.fills)} filled"
    if filled:
        must = "yes" if observed.must_fill else "no"
        return _check(CheckName.FILL, True, "Filled in full.", "", ended=path, must_fill=must)
    if last.status is Status.REJECTED and SESSION_OFFLINE in last.reason.casefold():
        detail = "The sandbox's session is offline: it rejects every order now, whatever is in it."
        return Check(CheckName.FILL, CheckOutcome.COULD_NOT_RUN, detail, {"reason": last.reason[:MAX_EVIDENCE]})
    if observed.must_fill:
        detail = f"By the quotes it must fill; it is {path}."
        return _check(CheckName.FILL, False, "", detail, ended=path, must_fill="yes")
    if observed.ticket.time_in_force.duration is Duration.IOC and last.status is Status.CANCELLED:
        return _check(CheckName.FILL, True, f"Immediate or cancel: {path}.", "", ended=path, must_fill="no")
    clean = last.status.is_terminal and observed.cancelled_by_us and not last.reason and not last.fills
    return _check(
        CheckName.FILL, clean, "Rested, then cancelled cleanly.", f"It neither filled nor rested: {path}.",
        ended=path, reason=last.reason, must_fill="no",
    )  # fmt: skip


def _fills_add_up(observed: Observed) -> Check:
    last = observed.latest
    ordered = {leg.instrument.occ: leg.quantity for leg in observed.ticket.legs}
    unknown = [fill.symbol for fill in last.fills if fill.symbol not in ordered]
    sums = {symbol: last.filled(symbol) for symbol in ordered}
    complete = last.status.value != "filled" or sums == ordered
    unique = len({fill.fill_id for fill in last.fills}) == len(last.fills)
    adds_up = complete and unique and not unknown and all(sums[s] <= ordered[s] for s in ordered)
    told = ", ".join(f"{sums[s]} of {ordered[s]} {unpadded(s)}" for s in ordered)
    return _check(CheckName.FILLS_ADD_UP, adds_up, f"{told}.", f"The fills do not add up: {told}.", fills=told)


def _stream_and_poll(observed: Observed) -> Check:
    name = CheckName.STREAM_AND_POLL
    if observed.polled is None:
        return Check(name, CheckOutcome.COULD_NOT_RUN, f"The venue could not be asked. {observed.trouble}".strip())
    if not observed.streamed:
        return Check(name, CheckOutcome.COULD_NOT_RUN, "The stream told nothing of this order.")
    told = max(observed.streamed, key=lambda s: (s.status.phase.rank, len(s.fills)))
    asked = observed.polled
    if not told.has_ended(observed.ticket) and set(told.fills) <= set(asked.fills):
        stopped = f"{told.status}, {sum(fill.quantity for fill in told.fills)} filled"
        return Check(name, CheckOutcome.COULD_NOT_RUN, f"The stream told no ending; it stopped at {stopped}.")
    return _check(
        name, (told.status, set(told.fills)) == (asked.status, set(asked.fills)),
        "Stream and answer agree.", f"The stream says {told.status}, the answer {asked.status}.",
        streamed=told.status.value, answered=asked.status.value,
    )  # fmt: skip


def _tidy(observed: Observed) -> Check:
    last = observed.latest
    return _check(
        CheckName.TIDY,
        last.status.phase is Phase.TERMINAL,
        "Nothing is left working.",
        f"Still {last.status.value} in the sandbox. {observed.trouble}".strip(),
        status=last.status.value,
    )
