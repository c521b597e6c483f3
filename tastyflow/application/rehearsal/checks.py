"""
The checks of a rehearsal: pure functions of what was observed in the sandbox. They are tested without a venue.

    Observed ─▶ checks_of ─▶ acknowledged, echo, statuses, fill, fills add up, stream and poll, tidy

                      failed: the sandbox looked, and it is wrong         could not run: the sandbox did not say
    dry_run           refused                                             no answer; stale symbols; a leftover; a lag
    acknowledged      refused                                             not sent, no answer; as above
    echo              other legs, price or duration                       it repeated nothing
    statuses          a step that is not legal after the one before
    fill              it must, and did not; neither filled nor rested     session offline; away or reset before its end
    fills_add_up      too many, unknown, told twice; short of Filled      away or reset while it was short
    stream_and_poll   they contradict each other                          one of them said nothing, or no ending
    tidy              it works on, and a cancel was taken or refused      away or reset before its end
    position_effect   a close became an opening; production refuses       no echo; no answer from production
"""

from itertools import groupby
from typing import Final

from attrs import define, field

from tastyflow.application.rehearsal.troubles import trouble_of
from tastyflow.domain.instruments import unpadded
from tastyflow.domain.testresult import Check, CheckName, CheckOutcome, Trouble
from tastyflow.domain.ticket import Duration, Leg, Ticket
from tastyflow.domain.venue import BrokerOrder, Status
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
        unasked: Why the venue did not say how it stands, when it was asked last; None where it did.
        uncancelled: Why the venue did not cancel it, when it was asked last; None where it took the request.
        was_reset: Whether the sandbox has nothing of it any more, by its id and by its tag.
    """

    ticket: Ticket
    must_fill: bool
    acknowledged_ms: float
    seen: list[BrokerOrder] = field(factory=list)
    streamed: list[BrokerOrder] = field(factory=list)
    polled: BrokerOrder | None = None
    cancelled_by_us: bool = False
    unasked: VenueFailure | None = None
    uncancelled: VenueFailure | None = None
    was_reset: bool = False

    @property
    def trouble(self) -> Trouble | None:
        """What kept the sandbox from showing how it ends; None where it showed that."""
        if self.was_reset:
            return Trouble.WAS_RESET
        if self.is_offline:
            return Trouble.SESSION_OFFLINE
        if self.has_ended:
            return None
        troubles = (trouble_of(failure) for failure in (self.unasked, self.uncancelled) if failure is not None)
        return next(filter(None, troubles), None)

    @property
    def why(self) -> str:
        """What the venue said where it did not answer a question, would not cancel, or rejected it."""
        failure = self.uncancelled or self.unasked
        return (failure.message if failure else self.latest.reason)[:MAX_EVIDENCE]

    @property
    def is_offline(self) -> bool:
        """Whether it was rejected because the sandbox's session is offline."""
        last = self.latest
        return last.status is Status.REJECTED and SESSION_OFFLINE in last.reason.casefold()

    @property
    def latest(self) -> BrokerOrder:
        """The furthest that the order got: more fills, then the later phase."""
        return max(self.seen, key=lambda s: (s.status.phase.rank, len(s.fills), s.updated_at))

    @property
    def echo(self) -> Ticket | None:
        """The order as the venue repeated it first; None while it repeated nothing."""
        return next((snapshot.ticket for snapshot in self.seen if snapshot.ticket is not None), None)

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


def refused_or_unsaid(failure: VenueFailure) -> CheckOutcome:
    """Failed where the sandbox refused the order; could not run where its failure is its own."""
    is_no = isinstance(failure, VenueRefused) and trouble_of(failure) is None
    return CheckOutcome.FAILED if is_no else CheckOutcome.COULD_NOT_RUN


def not_acknowledged(failure: VenueFailure) -> Check:
    """The check of an order that the sandbox did not take."""
    where = "It never left" if isinstance(failure, NotSent) else "Not acknowledged"
    detail = f"{where}: {failure.message[:MAX_EVIDENCE]}"
    return Check(CheckName.ACKNOWLEDGED, refused_or_unsaid(failure), detail, {"code": failure.code})


def first_checks_of(observed: Observed) -> tuple[Check, ...]:
    """The checks that nothing which is seen later can change, once the sandbox has taken the order."""
    return (_acknowledged(observed), *((_echo(observed),) if observed.echo is not None else ()))


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


def _check(name: CheckName, holds: bool, good: str, bad: str, **evidence: str) -> Check:
    outcome = CheckOutcome.PASSED if holds else CheckOutcome.FAILED
    return Check(name, outcome, good if holds else bad, {k: v[:MAX_EVIDENCE] for k, v in evidence.items()})


def _unsaid(name: CheckName, trouble: Trouble, detail: str, **evidence: str) -> Check:
    evidence |= {"trouble": trouble.value}
    return Check(name, CheckOutcome.COULD_NOT_RUN, detail, {k: v[:MAX_EVIDENCE] for k, v in evidence.items()})


def _acknowledged(observed: Observed) -> Check:
    first = observed.seen[0]
    evidence = {"broker_order": first.broker_order, "status": first.status.value}
    detail = f"Taken as {first.broker_order}, {first.status.value.replace('_', ' ')}."
    return Check(CheckName.ACKNOWLEDGED, CheckOutcome.PASSED, detail, evidence, observed.acknowledged_ms)


def _echo(observed: Observed) -> Check:
    echo = observed.echo
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
    if (trouble := observed.trouble) is not None:
        detail = f"How it ends is not known: {trouble.about.words}."
        return _unsaid(CheckName.FILL, trouble, detail, ended=path, reason=last.reason)
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
    trouble, is_short = observed.trouble, not complete and all(sums[s] <= ordered[s] for s in ordered)
    if trouble is not None and is_short and unique and not unknown:
        detail = f"Whether the fills add up is not known: {trouble.about.words}."
        return _unsaid(CheckName.FILLS_ADD_UP, trouble, detail, fills=told)
    return _check(CheckName.FILLS_ADD_UP, adds_up, f"{told}.", f"The fills do not add up: {told}.", fills=told)


def _stream_and_poll(observed: Observed) -> Check:
    name = CheckName.STREAM_AND_POLL
    if observed.polled is None:
        return Check(name, CheckOutcome.COULD_NOT_RUN, f"The venue could not be asked. {observed.why}".strip())
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
    last, trouble = observed.latest, observed.trouble
    if trouble is not None and not last.status.is_terminal:
        detail = f"Whether anything is left working there is not known: {trouble.about.words}. {observed.why}".strip()
        return _unsaid(CheckName.TIDY, trouble, detail, status=last.status.value)
    return _check(
        CheckName.TIDY,
        last.status.is_terminal,
        "Nothing is left working.",
        f"Still {last.status.value} in the sandbox. {observed.why}".strip(),
        status=last.status.value,
    )
