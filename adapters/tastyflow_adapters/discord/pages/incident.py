"""
An incident as operators see it: what was seen, how it stands, and a button for each thing that can be decided.

    open       red, with buttons        looked at    yellow, by whom        closed    green, by whom and how
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from tastyflow.application.incidents.choices import IncidentChoice, choices_of
from tastyflow.application.incidents.wording import how_it_stands, kind_in_words, place_of_incident
from tastyflow.domain.incident import IncidentState
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow_adapters.discord.page import Act, Button, ChatPage, Choice, Emphasis, Menu, Row, Tone

NONE_OPEN: Final = "No incident is open."

BUTTONS: Final[Mapping[IncidentChoice, tuple[str, Act, Emphasis]]] = {
    IncidentChoice.ACKNOWLEDGE: ("I look at it", Act.ACKNOWLEDGE, Emphasis.MAIN),
    IncidentChoice.RESUBMIT: ("Send it again …", Act.RESUBMIT, Emphasis.DANGER),
    IncidentChoice.ABANDON: ("Give it up …", Act.ABANDON, Emphasis.NORMAL),
    IncidentChoice.ADOPT: ("It is order N there …", Act.ADOPT, Emphasis.NORMAL),
    IncidentChoice.CLOSE: ("Close …", Act.CLOSE, Emphasis.NORMAL),
}
"""What is decided by a button."""

ON_THE_HOST: Final[Mapping[IncidentChoice, str]] = {
    IncidentChoice.CANCEL: "It works at the venue: 'tastyflow cancel {order}' on the host ends it there.",
    IncidentChoice.ACCEPT_LOG: (
        "Once the venue was compared with the log: 'tastyflow recover --accept --reason TEXT' on the host."
    ),
}
"""What is decided on the host alone."""

STILL: Final = "Closing the incident did not end the order: its trader gives it up by /cancel {order}."
"""Below an order that a person must look at still, while its incident is over."""

LIST: Final = Button("Open incidents", Act.INCIDENT)
"""Lists all of them."""


def incident_page(
    incident: IncidentState, order: Order | None = None, *, is_simulated: bool = False, is_private: bool = False
) -> ChatPage:
    """*incident*, and *order*, which it is about."""
    chosen = choices_of(incident, order)
    return ChatPage(
        title=f"Incident {incident.reference}: {kind_in_words(incident)}",
        place=place_of_incident(incident, is_simulated=is_simulated),
        lines=tuple(line for line in (incident.message, incident.hint) if line),
        rows=tuple(_rows(incident, order, chosen)),
        tone=_tone(incident),
        buttons=tuple(_buttons(incident, order, chosen)),
        is_private=is_private,
    )


def unwritten_page(incident: IncidentState, *, is_simulated: bool = False) -> ChatPage:
    """What the log could not take: nothing can be decided of it before the log knows it."""
    return ChatPage(
        title="An order may be in production, and the log does not know",
        place=place_of_incident(incident, is_simulated=is_simulated),
        lines=(incident.message, *filter(None, (incident.hint,))),
        tone=Tone.BAD,
        is_private=False,
    )


def incident_list(incidents: Sequence[IncidentState], *, is_simulated: bool = False) -> ChatPage:
    """All of *incidents*; one of them is chosen from the menu."""
    if not incidents:
        return ChatPage(lines=(NONE_OPEN,), tone=Tone.GOOD)
    choices = tuple(Choice(f"{each.reference} {kind_in_words(each)}", each.id.hex, each.message) for each in incidents)
    return ChatPage(
        title="Open incidents",
        rows=tuple(
            Row(_name(each, is_simulated=is_simulated), (each.message, how_it_stands(each))) for each in incidents
        ),
        tone=Tone.WARNING if all(each.acknowledged_by for each in incidents) else Tone.BAD,
        menu=Menu("Look at one", Act.INCIDENT, "", choices),
    )


def further_page(number: int) -> ChatPage:
    """Of more incidents than are shown one by one."""
    return ChatPage(
        title=f"{number} more incident{'' if number == 1 else 's'}",
        lines=("An operator must look.",),
        tone=Tone.BAD,
        buttons=(LIST,),
        is_private=False,
    )


def _rows(incident: IncidentState, order: Order | None, chosen: Sequence[IncidentChoice]) -> Iterator[Row]:
    if order is not None:
        left = () if incident.is_open or order.stage is not Stage.ESCALATED else (STILL.format(order=order.reference),)
        yield Row("order", (f"{order.reference}: {order.words or order.asked.text}", f"It is {order.stage}.", *left))
    on_host = [ON_THE_HOST[each] for each in chosen if each in ON_THE_HOST]
    if on_host:
        yield Row("on the host", tuple(each.format(order=order.reference if order else "") for each in on_host))
    yield Row("how it stands", (how_it_stands(incident),))


def _buttons(incident: IncidentState, order: Order | None, chosen: Sequence[IncidentChoice]) -> Iterator[Button]:
    for label, act, emphasis in (BUTTONS[each] for each in chosen if each in BUTTONS):
        yield Button(label, act, incident.id.hex, emphasis)
    if order is not None:
        yield Button("Why", Act.WHY, order.id.hex)


def _tone(incident: IncidentState) -> Tone:
    if not incident.is_open:
        return Tone.GOOD
    return Tone.WARNING if incident.acknowledged_by else Tone.BAD


def _name(incident: IncidentState, *, is_simulated: bool) -> str:
    place = place_of_incident(incident, is_simulated=is_simulated)
    return f"{incident.reference} {kind_in_words(incident)}" + (f" · {place}" if place else "")
