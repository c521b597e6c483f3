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

from tastyflow.application.incidents.choices import IncidentChoice, choices_of
from tastyflow.application.incidents.wording import how_it_stands, kind_in_words, place_of_incident
from tastyflow.domain.incident import Incident, IncidentKind
from tastyflow.domain.order import Order
from tastyflow_adapters.cli.safe_console import say

NONE_OPEN = "No incident is open."


def incidents_page(incidents: Sequence[Incident], *, is_simulated: bool = False) -> RenderableType:
    """Every incident of *incidents*."""
    pages = [incident_page(each, is_simulated=is_simulated) for each in incidents]
    return Group(*pages) if pages else say(NONE_OPEN)


def incident_page(incident: Incident, order: Order | None = None, *, is_simulated: bool = False) -> RenderableType:
    """One incident; of an order that is in doubt also what can be decided."""
    lines = [say(incident.message, "bold"), *(say(line) for line in (incident.hint,) if line)]
    lines.append(say(how_it_stands(incident), "dim"))
    lines += _choices(incident, order)
    colour = "red" if incident.is_open and not incident.acknowledged_by else "yellow" if incident.is_open else "green"
    place = place_of_incident(incident, is_simulated=is_simulated)
    title = f"{incident.reference} {kind_in_words(incident)}" + (f" · {place}" if place else "")
    return Panel(Group(*lines), title=say(title), title_align="left", border_style=colour, expand=False)


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


def _choices(incident: Incident, order: Order | None) -> Iterator[Text]:
    """The commands that decide, where the log or the order is in doubt."""
    chosen, ref = choices_of(incident, order), incident.reference
    if order is not None or incident.kind is IncidentKind.LOG:
        yield from (say(line) for each in chosen if (line := _command(each, ref, order)))


def _command(choice: IncidentChoice, ref: str, order: Order | None) -> str:
    """What is typed for *choice*; empty for what needs no order in doubt."""
    match choice:
        case IncidentChoice.ACCEPT_LOG:
            return "tastyflow recover --accept --reason TEXT   once the venue was compared with the log"
        case IncidentChoice.CANCEL if order is not None:
            return f"tastyflow cancel {order.reference}             end what works at the venue"
        case IncidentChoice.RESUBMIT:
            return f"tastyflow incident resubmit {ref}   not there: searched, then sent again"
        case IncidentChoice.ABANDON:
            return f"tastyflow incident abandon {ref}    give it up; it is watched on"
        case IncidentChoice.ADOPT:
            return f"tastyflow incident adopt {ref} N    it is order N at the venue"
        case IncidentChoice.CLOSE if order is not None:
            return f"tastyflow incident close {ref} --how TEXT"
    return ""
