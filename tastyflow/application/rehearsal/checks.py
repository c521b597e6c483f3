"""
The rehearsal: one order, placed in the sandbox, watched, checked and tidied up.

    dry run ─▶ place ─▶ watch until it fills, or has rested and cancels ─▶ ask once more ─▶ checks
                 │                                                                            │
                 └ refused, not sent, unknown: the caller settles the attempt                 └ Watched

Everything here only looks: what it saw is returned as snapshots and `Check`s, and the caller records them. Each check
is a pure function of what was seen (`checks_of`), so that it can be tested without a venue.
"""

from itertools import groupby
from typing import Final

from attrs import define, field

from tastyflow.application.order_stream import OrderUpdates
from tastyflow.domain.instruments import plain
from tastyflow.domain.policy import Policy
from tastyflow.domain.testresult import Check, CheckName, CheckOutcome
from tastyflow.domain.ticket import Duration, Leg, Ticket
from tastyflow.domain.venue import BrokerOrder, Phase, Status
from tastyflow.errors import NotSent, OutcomeUnknown, VenueFailure, VenueRefused
from tastyflow.ports import Broker, Clock

EVIDENCE_LENGTH: Final = 300
SESSION_OFFLINE: Final = "session offline"
"""tastytrade's sandbox rejects with these words for minutes at a time, in market hours: no verdict on the order."""


@define
class Watched:
    """What was seen of one sandbox order: the answer to placing it, then the stream and the answers to asking."""

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

    def add(self, snapshot: BrokerOrder) -> None:
        self.seen.append(snapshot)


async def dry_run(broker: Broker, ticket: Ticket, clock: Clock) -> Check:
    """Ask the sandbox what it would say."""
    began = clock.monotonic()
    try:
        answer = await broker.dry_run(ticket)
    except VenueRefused as refusal:
        return Check(CheckName.DRY_RUN, CheckOutcome.FAILED, refusal.message[:EVIDENCE_LENGTH], {"code": refusal.code})
    except VenueFailure as failure:
        return Check(CheckName.DRY_RUN, CheckOutcome.COULD_NOT_RUN, failure.message[:EVIDENCE_LENGTH])
    evidence = {
        "buying_power_change_usd": plain(answer.buying_power_change_usd),
        "fees_usd": plain(answer.fees_usd),
        "warnings": "; ".join(answer.warnings)[:EVIDENCE_LENGTH],
    }
    change_usd = answer.buying_power_change_usd
    detail = f"Accepted; buying power changes by {'-' if change_usd < 0 else ''}${abs(change_usd):,.2f}."
    return Check(CheckName.DRY_RUN, CheckOutcome.PASSED, detail, evidence, _ms(clock.monotonic() - began))


async def watch(broker: Broker, watched: Watched, news: OrderUpdates, policy: Policy, clock: Clock) -> None:
    """Watch the placed order until it is over, cancelling it where it rests; then ask the venue once more."""
    patience_s = policy.fill_wait_s if watched.must_fill else policy.rest_wait_s
    await _until_over(broker, watched, news, patience_s, policy, clock)
    if watched.latest.fills and not watched.must_fill:  # what has begun to fill is given the time of a fill
        await _until_over(broker, watched, news, policy.fill_wait_s, policy, clock)
    if not watched.latest.status.is_terminal:
        await _cancel(broker, watched)
        await _until_over(broker, watched, news, policy.fill_wait_s, policy, clock)
    await _until_told(watched, news, policy, clock)
    await _ask(broker, watched)


async def _until_over(
    broker: Broker, watched: Watched, news: OrderUpdates, patience_s: float, policy: Policy, clock: Clock
) -> None:
    deadline = clock.monotonic() + patience_s
    while not watched.latest.status.is_terminal and (left_s := deadline - clock.monotonic()) > 0:
        snapshot = await news.next(min(left_s, policy.news_wait_s))
        if snapshot is None:
            await _ask(broker, watched)
        else:
            watched.streamed.append(snapshot)
            watched.add(snapshot)


async def _until_told(watched: Watched, news: OrderUpdates, policy: Policy, clock: Clock) -> None:
    """The answer to a cancel can be faster than the stream: give it a moment to tell the ending too."""
    deadline = clock.monotonic() + policy.news_wait_s
    while not any(snapshot.status.is_terminal for snapshot in watched.streamed):
        left_s = deadline - clock.monotonic()
        snapshot = await news.next(left_s) if left_s > 0 else None
        if snapshot is None:
            break
        watched.streamed.append(snapshot)
        watched.add(snapshot)
    for snapshot in news.unread():
        watched.streamed.append(snapshot)
        watched.add(snapshot)


async def _ask(broker: Broker, watched: Watched) -> None:
    try:
        watched.polled = await broker.get(watched.latest.broker_order)
    except VenueFailure as failure:
        watched.trouble = failure.message
        return
    if watched.polled is not None:
        watched.add(watched.polled)


async def _cancel(broker: Broker, watched: Watched) -> None:
    try:
        watched.cancelled_by_us = True
        watched.add(await broker.cancel(watched.latest.broker_order))
    except (VenueRefused, NotSent, OutcomeUnknown) as failure:
        watched.trouble = failure.message  # it may have filled in between: the next answer tells


def checks_of(watched: Watched) -> tuple[Check, ...]:
    """Every check but the dry run, from what was seen."""
    return (
        _acknowledged(watched),
        _echo(watched),
        _statuses(watched),
        _fill(watched),
        _fills_add_up(watched),
        _stream_and_poll(watched),
        _tidy(watched),
    )


def _check(name: CheckName, holds: bool, good: str, bad: str, **evidence: str) -> Check:
    outcome = CheckOutcome.PASSED if holds else CheckOutcome.FAILED
    return Check(name, outcome, good if holds else bad, {k: v[:EVIDENCE_LENGTH] for k, v in evidence.items()})


def _acknowledged(watched: Watched) -> Check:
    first = watched.seen[0]
    evidence = {"broker_order": first.broker_order, "status": first.status.value}
    detail = f"Taken as {first.broker_order}, {first.status.value.replace('_', ' ')}."
    return Check(CheckName.ACKNOWLEDGED, CheckOutcome.PASSED, detail, evidence, watched.acknowledged_ms)


def _echo(watched: Watched) -> Check:
    echo = next((snapshot.ticket for snapshot in watched.seen if snapshot.ticket is not None), None)
    if echo is None:
        return Check(CheckName.ECHO, CheckOutcome.COULD_NOT_RUN, "The venue repeated nothing of the order.")
    ours, theirs = watched.ticket, echo
    differing = [
        f"{_spoken(mine.instrument.occ)}: {other.action} {other.quantity} for {mine.action} {mine.quantity}"
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


def _statuses(watched: Watched) -> Check:
    in_time = sorted(watched.seen, key=lambda snapshot: (snapshot.updated_at, snapshot.status.phase.rank))
    steps = [status for status, _ in groupby(snapshot.status for snapshot in in_time)]
    ranks = [status.phase.rank for status in steps]
    endings = [status for status in steps if status.is_terminal]
    legal = ranks == sorted(ranks) and len(endings) <= 1
    path = " → ".join(status.value for status in steps)
    return _check(CheckName.STATUSES, legal, f"{path}.", f"Not a legal way to go: {path}.", path=path)


def _fill(watched: Watched) -> Check:
    last, legs = watched.latest, watched.ticket.legs
    filled = all(last.filled(leg.instrument.occ) == leg.quantity for leg in legs)
    path = f"{last.status.value}, {sum(fill.quantity for fill in last.fills)} filled"
    if filled:
        must = "yes" if watched.must_fill else "no"
        return _check(CheckName.FILL, True, "Filled in full.", "", ended=path, must_fill=must)
    if last.status is Status.REJECTED and SESSION_OFFLINE in last.reason.casefold():
        detail = "The sandbox's session is offline: it rejects every order now, whatever is in it."
        return Check(CheckName.FILL, CheckOutcome.COULD_NOT_RUN, detail, {"reason": last.reason[:EVIDENCE_LENGTH]})
    if watched.must_fill:
        detail = f"The market said it must fill; it is {path}."
        return _check(CheckName.FILL, False, "", detail, ended=path, must_fill="yes")
    if watched.ticket.time_in_force.duration is Duration.IOC and last.status is Status.CANCELLED:
        return _check(CheckName.FILL, True, f"Immediate or cancel: {path}.", "", ended=path, must_fill="no")
    clean = last.status.is_terminal and watched.cancelled_by_us and not last.reason and not last.fills
    return _check(
        CheckName.FILL, clean, "Rested, then cancelled cleanly.", f"It neither filled nor rested: {path}.",
        ended=path, reason=last.reason, must_fill="no",
    )  # fmt: skip


def _fills_add_up(watched: Watched) -> Check:
    last = watched.latest
    ordered = {leg.instrument.occ: leg.quantity for leg in watched.ticket.legs}
    strangers = [fill.symbol for fill in last.fills if fill.symbol not in ordered]
    sums = {symbol: last.filled(symbol) for symbol in ordered}
    complete = last.status.value != "filled" or sums == ordered
    unique = len({fill.fill_id for fill in last.fills}) == len(last.fills)
    adds_up = complete and unique and not strangers and all(sums[s] <= ordered[s] for s in ordered)
    told = ", ".join(f"{sums[s]} of {ordered[s]} {_spoken(s)}" for s in ordered)
    return _check(CheckName.FILLS_ADD_UP, adds_up, f"{told}.", f"The fills do not add up: {told}.", fills=told)


def _stream_and_poll(watched: Watched) -> Check:
    name = CheckName.STREAM_AND_POLL
    if watched.polled is None:
        return Check(name, CheckOutcome.COULD_NOT_RUN, f"The venue could not be asked. {watched.trouble}".strip())
    if not watched.streamed:
        return Check(name, CheckOutcome.COULD_NOT_RUN, "The stream said nothing of this order.")
    told = max(watched.streamed, key=lambda s: (s.status.phase.rank, len(s.fills)))
    asked = watched.polled
    if not told.status.is_terminal and set(told.fills) <= set(asked.fills):
        return Check(name, CheckOutcome.COULD_NOT_RUN, f"The stream told no ending; it stopped at {told.status}.")
    return _check(
        name, (told.status, set(told.fills)) == (asked.status, set(asked.fills)),
        "Stream and answer agree.", f"The stream says {told.status}, the answer {asked.status}.",
        streamed=told.status.value, answered=asked.status.value,
    )  # fmt: skip


def _tidy(watched: Watched) -> Check:
    last = watched.latest
    return _check(
        CheckName.TIDY,
        last.status.phase is Phase.TERMINAL,
        "Nothing is left working.",
        f"Still {last.status.value} in the sandbox. {watched.trouble}".strip(),
        status=last.status.value,
    )


def _spoken(symbol: str) -> str:
    """An OCC symbol without the padding of its root."""
    return " ".join(symbol.split())


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
