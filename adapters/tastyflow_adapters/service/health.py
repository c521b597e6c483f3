"""
How the service is doing: facts for programs, and checks for people, as `tastyflow doctor` has them.

    service, leases, brokers, log ─▶ facts ─▶ checks ─▶ one JSON object, the same size after a year

No secret is in it, and no text of a venue but why a stream is not open, without secrets and cut short.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from tastyflow.application.incidents.handling import open_incidents
from tastyflow.application.ledger.codec import decode
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.service.holder import SILENT_AFTER_S
from tastyflow.application.service.leases import FENCED_AFTER_S
from tastyflow.application.service.service import Role, Service
from tastyflow.application.service.supervision import PartState
from tastyflow.application.service.timers import UNANSWERED
from tastyflow.domain.age import age_s
from tastyflow.domain.halt import Trading
from tastyflow.errors import TastyflowError
from tastyflow.ports import Clock
from tastyflow_adapters.checkup import LONGEST, ProbeOutcome, ProbeResult
from tastyflow_adapters.discord.connection import ConnectionStatus
from tastyflow_adapters.redaction import REDACTOR
from tastyflow_adapters.service.signals_health import signals_checks
from tastyflow_adapters.service.venue_readings import readings_of
from tastyflow_adapters.service.venue_watch import SKEW_S
from tastyflow_adapters.signals.running.status import SignalsStatus
from tastyflow_adapters.tastytrade.venue_health import VenueHealth

SLOW_APPEND_S: Final = 1.0
LATE_ANSWER_S: Final = 120.0
LITTLE_LEFT_S: Final = 30.0

Json = dict[str, Any]


class HealthReport:
    """
    Gathers how *service* is doing.

    Args:
        discord: How the bot in Discord is; None where there is none.
        signals: How the rules that raise signals are.
    """

    def __init__(
        self,
        service: Service,
        ledger: Ledger,
        clock: Clock,
        *,
        environment: str,
        version: str,
        discord: ConnectionStatus | None = None,
        signals: SignalsStatus | None = None,
    ) -> None:
        self._service = service
        self._ledger = ledger
        self._clock = clock
        self._environment = environment
        self._version = version
        self._discord = discord
        self._signals = signals

    def as_json(self) -> Json:
        """Everything, for programs; what cannot be read is null, and a check says so."""
        facts: Json = {
            "role": str(self._service.role),
            "since": self._service.since.isoformat(),
            "environment": self._environment,
            "version": self._version,
            "lease_age_s": self._lease_age_s(),
            "store": {"last_append_s": _rounded(self._service.leases.last_write_s)},
            "streams": [*self._streams()],
            "tokens": [*self._tokens()],
            "clock_skew_s": dict(self._skews()),
            "reconciled": [*self._reconciled()],
            "open_orders": None,
            "oldest_unanswered": None,
            "last_event": None,
            "incidents": None,
            "trading": None,
            "parts": [*self._parts()],
            "discord": self._chat(),
            "signals": self._signals.as_json(self._clock.now()) if self._signals is not None else None,
        }
        with suppress(TastyflowError):  # these facts stay null, and the check of the store fails
            facts |= self._from_log()
        facts["checks"] = [
            {"name": each.name, "venue": each.venue or None, "outcome": str(each.outcome), "seen": each.seen}
            | {"do": each.do}
            for each in checks_of(facts)
        ]
        return facts

    def _lease_age_s(self) -> float | None:
        held = self._service.held
        if self._service.role is Role.STANDING_BY or held is None:
            return None
        age = held.age_s
        return _rounded(age if age != float("inf") else None)

    def _from_log(self) -> Json:
        desk = self._service.desk
        facts: Json = {"last_event": self._last_event(), "incidents": self._incidents()}
        if desk is None:
            return facts
        open_orders = desk.lookup.everyones_open()
        now, mark = self._clock.now(), self._clock.mark()
        unanswered = [
            (age_s(attempt.claimed_at, attempt.mark, now=now, now_mark=mark), order, attempt)
            for order in open_orders
            for attempt in order.attempts
            if attempt.outcome in UNANSWERED
        ]
        facts["open_orders"] = len(open_orders)
        facts["trading"] = str(desk.context.halt().trading)
        if unanswered:
            oldest_s, order, attempt = max(unanswered, key=lambda each: each[0])
            facts["oldest_unanswered"] = {
                "order": order.reference,
                "venue": str(attempt.venue),
                "age_s": _rounded(min(oldest_s, 1e9)),
            }
        return facts

    def _last_event(self) -> Json | None:
        position = self._ledger.end()
        if not (rows := self._ledger.next_rows(after=position - 1, limit=1)) or not position:
            return None
        row = rows[0]
        event = decode(row.topic, row.originator_id, row.originator_version, row.state)  # type: ignore[arg-type]
        return {"position": row.id, "at": event.at.isoformat(), "age_s": self._age_s(event.at)}

    def _incidents(self) -> int:
        """How many incidents no person has closed."""
        return len(open_incidents(self._ledger))

    # ── the venues ─────────────────────────────────────────────────────────────────────────────────────────────

    def _venues(self) -> Iterator[tuple[str, str, VenueHealth]]:
        """Each account at each venue that can tell how it is: venue, account, health."""
        desk = self._service.desk
        for each in readings_of(desk) if desk is not None else ():
            yield str(each.venue), each.account, each.health

    def _streams(self) -> Iterator[Json]:
        for venue, account, health in self._venues():
            yield {
                "venue": venue,
                "account": account,
                "up": health.stream_up,
                "since": health.stream_since.isoformat() if health.stream_since else None,
                "heard_s": self._age_s(health.stream_heard_at) if health.stream_heard_at else None,
                "trouble": REDACTOR.clean(health.stream_trouble)[:LONGEST],
            }

    def _tokens(self) -> Iterator[Json]:
        for venue, left_s in {venue: health.token_left_s for venue, _, health in self._venues()}.items():
            yield {"venue": venue, "good_for_s": _rounded(max(0.0, left_s))}

    def _skews(self) -> Iterator[tuple[str, float]]:
        for venue, _, health in self._venues():
            if health.ahead_s is not None:
                yield venue, round(health.ahead_s, 1)

    def _reconciled(self) -> Iterator[Json]:
        """Each account's latest reconciliation; what could not be asked then."""
        desk = self._service.desk
        for report in desk.reported() if desk is not None else ():
            missing = REDACTOR.clean(report.missing[0])[:LONGEST] if report.missing else ""
            yield {
                "account": report.account,
                "age_s": self._age_s(report.at),
                "complete": report.is_complete,
                "missing": missing,
            }

    def _parts(self) -> Iterator[Json]:
        for each in self._service.parts:
            yield {
                "name": each.part.name,
                "vital": each.part.is_vital,
                "state": str(each.state),
                "since": each.since.isoformat(),
                "restarts": each.deaths,
                "trouble": REDACTOR.clean(each.trouble)[:LONGEST],
            }

    def _chat(self) -> Json | None:
        status = self._discord
        if status is None:
            return None
        return {
            "connected": status.is_connected,
            "since": status.since.isoformat(),
            "heard_s": self._age_s(status.heard_at) if status.heard_at else None,
            "latency_ms": status.latency_ms,
            "restarts": status.restarts,
            "trouble": REDACTOR.clean(status.trouble)[:LONGEST],
            "forgets": REDACTOR.clean(status.forgets)[:LONGEST],
        }

    def _age_s(self, at: datetime) -> float:
        return round(max(0.0, (self._clock.now() - at).total_seconds()), 1)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


# ── what is good of it, and what is not ──────────────────────────────────────────────────────────────────────────


def checks_of(facts: Json) -> Iterator[ProbeResult]:
    """What is good, doubtful and broken in *facts*."""
    yield _service(facts)
    yield _store(facts)
    for stream in facts["streams"]:
        told = f"open, heard {_ago(stream['heard_s'])}"
        trouble = f"not open: {stream['trouble'] or 'it does not open'}; the venue is asked instead"
        yield _result(f"stream of {stream['account']}", stream["venue"], stream["up"], told, trouble)
    for token in facts["tokens"]:
        left_s, venue = token["good_for_s"], token["venue"]
        outcome = ProbeOutcome.OK if left_s > LITTLE_LEFT_S else ProbeOutcome.WARN if left_s else ProbeOutcome.FAIL
        do = "" if outcome is ProbeOutcome.OK else "Run: tastyflow doctor"
        yield ProbeResult("token", venue, outcome, f"good for {left_s:.0f} s", do)
    for venue, skew_s in facts["clock_skew_s"].items():
        told = f"{abs(skew_s):g} s {'ahead of' if skew_s > 0 else 'behind'} this machine's"
        yield _result("clock", venue, abs(skew_s) <= SKEW_S, told, told, "Set this machine's clock: run an NTP client.")
    for report in facts["reconciled"]:
        told = f"held against the log {_ago(report['age_s'])}"
        doubt = f"not held against the log: {report['missing']}"
        do = "It is tried again each minute; by hand: tastyflow recover"
        yield _result(f"account {report['account']}", "", report["complete"], told, doubt, do)
    yield _unanswered(facts)
    count = facts["incidents"]
    told = "none is open" if not count else f"{count} to look at"
    yield _result("incidents", "", count == 0, told, told, "Run: tastyflow incident list")
    if facts["trading"] is not None:
        is_running = facts["trading"] == Trading.RUNNING
        yield _result("trading", "", is_running, "not halted", str(facts["trading"]), "See: tastyflow halt --status")
    if facts["discord"] is not None and facts["role"] == Role.WORKING:
        yield _discord_check(facts["discord"])
    if facts["signals"] is not None and facts["role"] == Role.WORKING:
        yield from signals_checks(facts["signals"])
    yield _parts_check(facts)


def _discord_check(chat: Json) -> ProbeResult:
    latency = f", {chat['latency_ms']:g} ms away" if chat["latency_ms"] is not None else ""
    good = f"connected since {chat['since'][:19].replace('T', ' ')} UTC{latency}"
    bad = f"not connected: {chat['trouble'] or 'no answer yet'}; orders go on"
    if chat["connected"] and chat["forgets"]:
        do = "Free space, mend the rights, or remove discord.db; then start the service again."
        return _result("discord", "", False, good, f"connected, and its memory is not kept: {chat['forgets']}", do)
    return _result("discord", "", chat["connected"], good, bad, "Run: tastyflow discord check")


def _service(facts: Json) -> ProbeResult:
    role, age = facts["role"], facts["lease_age_s"]
    if role != Role.WORKING:
        return ProbeResult("service", "", ProbeOutcome.WARN, role, "")
    if age is None or age >= FENCED_AFTER_S:
        do = f"Its last sign of life is too old: within {SILENT_AFTER_S:g} s another service may take over."
        return ProbeResult("service", "", ProbeOutcome.FAIL, "working, and fenced", do)
    return ProbeResult("service", "", ProbeOutcome.OK, f"working since {facts['since'][:19].replace('T', ' ')} UTC")


def _store(facts: Json) -> ProbeResult:
    took_s = facts["store"]["last_append_s"]
    if facts["last_event"] is None and facts["incidents"] is None:
        return ProbeResult("store", "", ProbeOutcome.FAIL, "the log cannot be read", "Run: tastyflow doctor")
    told = "nothing was written yet" if took_s is None else f"the last write took {took_s * 1000:.0f} ms"
    return _result("store", "", took_s is None or took_s < SLOW_APPEND_S, told, told, "Look at the disk.")


def _unanswered(facts: Json) -> ProbeResult:
    oldest = facts["oldest_unanswered"]
    if oldest is None:
        return ProbeResult("answers", "", ProbeOutcome.OK, "no attempt waits for one")
    told = f"order {oldest['order']} waits for one at {oldest['venue']} for {oldest['age_s']:.0f} s"
    is_late = oldest["age_s"] > LATE_ANSWER_S
    return ProbeResult(
        "answers",
        "",
        ProbeOutcome.FAIL if is_late else ProbeOutcome.OK,
        told,
        f"Look for it at the venue; see: tastyflow status {oldest['order']}" if is_late else "",
    )


def _parts_check(facts: Json) -> ProbeResult:
    ill = [part for part in facts["parts"] if part["state"] in (PartState.PAUSING, PartState.GIVEN_UP)]
    if ill:
        told = "; ".join(f"{part['name']}: {part['trouble']}" for part in ill)
        has_given_up = any(part["state"] == PartState.GIVEN_UP for part in ill)
        return ProbeResult("parts", "", ProbeOutcome.FAIL if has_given_up else ProbeOutcome.WARN, told[:LONGEST])
    restarts = sum(part["restarts"] for part in facts["parts"])
    told = f"{len(facts['parts'])} at work" + (f", started again {restarts} times" if restarts else "")
    return ProbeResult("parts", "", ProbeOutcome.OK, told)


def _result(name: str, venue: str, is_good: bool, good: str, bad: str, do: str = "") -> ProbeResult:
    if is_good:
        return ProbeResult(name, venue, ProbeOutcome.OK, good)
    return ProbeResult(name, venue, ProbeOutcome.WARN, bad, do)


def _ago(seconds: float | None) -> str:
    return "nothing yet" if seconds is None else f"{seconds:.0f} s ago"
