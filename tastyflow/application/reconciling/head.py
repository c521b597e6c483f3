"""
The head of the log, kept beside it: what a log that was cut, restored or exchanged cannot say of itself.

    before each sending, after each reconciliation,
    and as a process leaves the log                  ─▶ LogHead: which log, its last position, its chain up to there
    at each start, and before each sending           ─▶ shorter │ another │ rewritten │ absent ─▶ an incident; no
                                                        production order until it is accepted

The venue remembers too: an order there with our tag that the log does not know opens the same incident (`owners`). So
does the pin of the home: where its venues were used, and log and head are gone, our orders of a month are asked for.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from uuid import UUID

from tastyflow.application.context import Context
from tastyflow.application.incidents.opening import open_incident
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.domain.events import Because
from tastyflow.domain.incident import Incident, IncidentKind
from tastyflow.errors import Refused, StoreFailure
from tastyflow.ports import LogHead, LogHeads

if TYPE_CHECKING:
    from eventsourcing.persistence import Notification

PATIENCE_S: Final = 1.0
"""How long an order waits for the head to be written. The order is claimed by then, and the venue remembers it too."""

HINT: Final = (
    "Put the right log back; or compare the orders and positions at the venue with this one. An operator accepts it as "
    "it is, with a reason."
)


def head_of(ledger: Ledger) -> LogHead | None:
    """The head of the log as it is; None of an empty one, and of one that is not chained yet."""
    start, head = ledger.chain_start(), ledger.chain_head()
    return LogHead(start.log.hex, head.position, head.head.hex()) if start and head and head.position else None


def doubt_about(ledger: Ledger, kept: LogHead | None) -> str | None:
    """Why the log cannot be the one whose head was kept; None where it goes on from there."""
    if kept is None:
        return None
    end = ledger.end()
    if not end:
        return f"The log is empty, and {kept.position:,} events were in it when its head was kept."
    if not _is_named(ledger, kept):
        return "The log is another one than that whose head was kept beside it."
    if end < kept.position:
        return f"The log ends at event {end:,}, and it had {kept.position:,} when its head was kept."
    if not _has_head(ledger, kept):
        return f"Event {kept.position:,} of the log, or one before it, is another one than when its head was kept."
    if kept.was_restored:
        return f"The log was put back from a copy that ends with event {kept.position:,}: what came after is not in it."
    return None


def keep_last_head(ledger: Ledger, heads: LogHeads, *, was_used: bool) -> None:
    """
    Keep the head of the log as a process leaves it, also where nothing was sent. It blocks.

    Never over one that the log is in doubt by; and where none was kept, only in a home that was not used before: else
    the log that was removed together with its head would be forgotten with the first look at the new one.
    """
    with suppress(StoreFailure, OSError):  # a head that is older says less, and nothing that is not true
        kept, head = heads.read(), head_of(ledger)
        if head is None or head == kept or (kept is None and was_used) or doubt_about(ledger, kept) is not None:
            return
        heads.keep(head)


def refuse_in_doubt(tx: Transaction, context: Context) -> Refused | None:
    """Why nothing may be claimed in production by this log, in the append of the claim; None where it is certain."""
    incident = tx.get(Incident, incident_of(context))
    if incident is None or not incident.is_open:
        return None
    return Refused(f"The log is in doubt: {incident.message}", code="log_in_doubt", hint=incident.hint)


def open_doubt(context: Context) -> str | None:
    """What the log is in doubt by, which no person has accepted yet; None where it is certain."""
    incident = context.ledger.read(Incident, incident_of(context))
    return incident.message if incident is not None and incident.is_open else None


def incident_of(context: Context) -> UUID:
    """The id of the incident about the log of *context*."""
    return Incident.id_of(IncidentKind.LOG, context.environment)


def doubt_the_log(tx: Transaction, context: Context, message: str, why: Because) -> None:
    """Record in *tx* that a person must look at the log; no news while it is in doubt already."""
    known = tx.get(Incident, incident_of(context))
    if known is not None and known.is_open:
        return
    environment = context.environment
    open_incident(tx, IncidentKind.LOG, environment, message=message, hint=HINT, environment=environment, why=why)


async def check_head(context: Context) -> str | None:
    """Hold the log against the head that was kept of it; what is wrong, which is an incident by then."""
    kept = context.heads.read() if context.heads is not None else None
    doubt = doubt_about(context.ledger, kept)
    return None if doubt is None else await _doubted(context, doubt)


async def doubt_of_absent_log(context: Context, orders: int) -> str:
    """What is wrong where the log is empty and the venue has *orders* with our tags; it is an incident by then."""
    has = f"{orders:,} orders with our tags" if orders != 1 else "an order with our tag"
    return await _doubted(
        context,
        f"This home was used before, its log sent no order, and production has {has}: the log is not the one of then.",
    )


async def doubt_of_broken_chain(context: Context, doubt: str) -> None:
    """Put the log in doubt by an event that does not fit its chain, unless a person has accepted exactly that."""
    known = context.ledger.read(Incident, incident_of(context))
    if known is None or known.is_open or known.message != doubt:
        await _doubted(context, doubt)


async def _doubted(context: Context, doubt: str) -> str:
    cause = f"log:{context.environment}"
    now, mark = context.clock.now(), context.clock.mark()
    why = Because(actor="reconciler", cause=cause, command_id=cause, at=now, mark=mark)
    await context.ledger.change(lambda tx: doubt_the_log(tx, context, doubt, why))
    return doubt


async def keep_head(context: Context) -> str | None:
    """
    Keep the head of the log as it is now, for `PATIENCE_S` at most; None.

    Never over one that the log is in doubt by: then what is wrong, which is an incident by then.

    Raises:
        StoreFailure: The head that was kept cannot be read.
    """
    heads = context.heads
    if heads is None:
        return None
    if (doubt := await check_head(context)) is not None:
        return doubt
    head = head_of(context.ledger)
    if head is not None:
        with suppress(TimeoutError, OSError):  # a head that is older says less, and nothing that is not true
            async with asyncio.timeout(PATIENCE_S):
                await asyncio.to_thread(heads.keep, head)
    return None


def _is_named(ledger: Ledger, kept: LogHead) -> bool:
    if kept.is_of_chain:
        start = ledger.chain_start()
        return start is not None and start.log.hex == kept.log
    return _digest(ledger.next_rows(after=0, limit=1)) == kept.log


def _has_head(ledger: Ledger, kept: LogHead) -> bool:
    if kept.is_of_chain:
        there = ledger.chain_head(kept.position)
        return there is not None and there.head.hex() == kept.last
    return _digest(ledger.next_rows(after=kept.position - 1, limit=1)) == kept.last


def _digest(rows: "Sequence[Notification]") -> str:
    """What heads held before logs were chained."""
    if not rows:
        return ""
    row = rows[0]
    named = f"{row.originator_id}|{row.originator_version}|{row.topic}|".encode()
    return hashlib.sha256(named + row.state).hexdigest()
