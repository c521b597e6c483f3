"""
What people and programs read of incidents.

    incidents_page   every open one             incident_page   one, and what can be decided
    incident_json    id, kind, message, told, acknowledged_by, closed_at, …
"""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from tastyflow.application.environment_words import environment_words
from tastyflow.domain.incident import Incident, IncidentKind
from tastyflow.domain.new_york_time import moment_in_words
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import EscalationReason
from tastyflow.domain.order.stages import MENU
from tastyflow.domain.trader.accounts import MAIN
from tastyflow.domain.venue import Venue
from tastyflow_adapters.cli.safe_console import say

NONE_OPEN = "No incident is open."


def incidents_page(incidents: Sequence[Incident], *, is_simulated: bool = False) -> RenderableType:
    """Every incident of *incidents*."""
    pages = [incident_page(each, is_simulated=is_simulated) for each in incidents]
    return Group(*pages) if pages else say(NONE_OPEN)


def incident_page(incident: Incident, order: Order | None = None, *, is_simulated: bool = False) -> RenderableType:
    """One incident; of an order that is in doubt also what can be decided."""
    lines = [say(incident.message, "bold"), *(say(line) for line in (incident.hint,) if line)]
    lines.append(say(_told(incident), "dim"))
    lines += _choices(incident, order)
    colour = "red" if incident.is_open and not incident.acknowledged_by else "yellow" if incident.is_open else "green"
    title = f"{incident.reference} {incident.kind.value.replace('_', ' ')}{_place(incident, is_simulated=is_simulated)}"
    return Panel(Group(*lines), title=say(title), title_align="left", border_style=colour, expand=False)


def works_there(order: Order) -> bool:
    """Whether production has something of *order* that is not over, as far as the log knows."""
    live = (each for each in order.attempts if each.venue is Venue.PRODUCTION)
    return order.code != EscalationReason.VANISHED and any(each.broker_order and each.is_open for each in live)


def can_be_sent_again(order: Order) -> bool:
    """Whether a person may let *order* be sent again: it is in doubt, and production never showed anything of it."""
    live = (each for each in order.attempts if each.venue is Venue.PRODUCTION)
    return "resubmit" in MENU[order.stage] and not any(each.broker_order for each in live)


def incident_json(incident: Incident) -> dict[str, Any]:
    """*incident* as one JSON object."""
    return {
        "incident": incident.reference,
        "id": str(incident.id),
        "kind": incident.kind.value,
        "subject": incident.subject,
        "order": incident.order and incident.order.hex[:6],
        "account": incident.account or None,
        "message": incident.message,
        "hint": incident.hint,
        "opened_at": incident.opened_at.isoformat(),
        "told": incident.told,
        "told_at": incident.told_at and incident.told_at.isoformat(),
        "acknowledged_by": incident.acknowledged_by or None,
        "closed_at": incident.closed_at and incident.closed_at.isoformat(),
        "closed_by": incident.closed_by or None,
        "how": incident.how or None,
    }


def _place(incident: Incident, *, is_simulated: bool) -> str:
    words = environment_words(incident.environment, is_simulated=is_simulated) if incident.environment else ""
    account = f", account {incident.account}" if incident.account not in ("", MAIN) else ""
    return f" · {words}{account}" if words else ""


def _told(incident: Incident) -> str:
    seen = f"seen {moment_in_words(incident.opened_at)}"
    if incident.closed_at is not None:
        return f"{seen}; closed by {incident.closed_by}, {moment_in_words(incident.closed_at)}: {incident.how}"
    times = {0: "the operators were not told yet", 1: "the operators were told once"}
    told = times.get(incident.told, f"the operators were told {incident.told} times")
    looks = f"{incident.acknowledged_by} looks at it" if incident.acknowledged_by else "no person looks at it"
    return f"{seen}; {told}; {looks}"


def _choices(incident: Incident, order: Order | None) -> Iterator[Text]:
    """The commands that decide, where the log or the order is in doubt."""
    if incident.kind is IncidentKind.LOG and incident.is_open:
        yield say("tastyflow recover --accept --reason TEXT   once the venue was compared with the log")
    if order is None or not incident.is_open:
        return
    ref, live = incident.reference, [each for each in order.attempts if each.venue is Venue.PRODUCTION]
    if works_there(order):
        yield say(f"tastyflow cancel {order.reference}             end what works at the venue")
    elif "abandon" in MENU[order.stage]:
        if can_be_sent_again(order):
            yield say(f"tastyflow incident resubmit {ref}   not there: searched, then sent again")
        yield say(f"tastyflow incident abandon {ref}    give it up; it is watched on")
    if "adopt" in MENU[order.stage] and any(each.broker_order is None for each in live):
        yield say(f"tastyflow incident adopt {ref} N    it is order N at the venue")
    yield say(f"tastyflow incident close {ref} --how TEXT")
