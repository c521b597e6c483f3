"""
Incidents in a chat: seen, looked at, closed; and what a person decides on an order in doubt.

    incidents ─▶ one ─┬─ acknowledge
                      └─ a form ─▶ close, resubmit, abandon, adopt

Who may handle them is asked of the core at each press.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from tastyflow.application.incidents.handling import Handler
from tastyflow.domain.incident import Incident
from tastyflow.domain.order import Order
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.page import Act, Answer, ChatPage, Form, FormField
from tastyflow_adapters.discord.pages.incident import incident_list, incident_page
from tastyflow_adapters.discord.request import Request

HOW: Final = "how"
REASON: Final = "reason"
NUMBER: Final = "number"
LONGEST_WORDS: Final = 200
LONGEST_NUMBER: Final = 64


async def incidents(chat: Chat, request: Request) -> Answer:
    """Every open incident; or the one that is named."""
    if request.values or request.about or request.options.get("incident"):
        return await look(chat, request)
    _handler(chat, request, "list")
    return incident_list(chat.desk.incidents.open_ones(), is_simulated=chat.desk.context.is_simulated)


async def look(chat: Chat, request: Request) -> Answer:
    """One incident, and what can be decided of it."""
    _handler(chat, request, "show")
    return _page(chat, chat.desk.incidents.find(_reference(request)))


async def acknowledge(chat: Chat, request: Request) -> Answer:
    """Its author looks at it: the operators are told no more."""
    who = _handler(chat, request, "acknowledge")
    return _page(chat, await chat.desk.incidents.acknowledge(_reference(request), who))


async def close(chat: Chat, request: Request) -> Answer:
    """It is over; the form says what was done."""
    who = _handler(chat, request, "close")
    return _page(chat, await chat.desk.incidents.close(_reference(request), request.fields.get(HOW, ""), who))


async def resubmit(chat: Chat, request: Request) -> Answer:
    """Send an order in doubt again, which production does not have."""
    who, reason = _handler(chat, request, "resubmit"), request.fields.get(REASON, "")
    return await _decided(chat, request, chat.desk.decisions.resubmit(_reference(request), reason, who))


async def abandon(chat: Chat, request: Request) -> Answer:
    """Give an order in doubt up."""
    who, reason = _handler(chat, request, "abandon"), request.fields.get(REASON, "")
    return await _decided(chat, request, chat.desk.decisions.abandon(_reference(request), reason, who))


async def adopt(chat: Chat, request: Request) -> Answer:
    """Take an order of production for the one in doubt."""
    who, number = _handler(chat, request, "adopt"), request.fields.get(NUMBER, "").strip()
    return await _decided(chat, request, chat.desk.decisions.adopt(_reference(request), number, who))


def form_of(act: Act, title: str, field: FormField) -> Callable[[Chat, Request], Awaitable[Answer]]:
    """The answer that shows the form of *act*, with its one *field*."""

    async def ask(chat: Chat, request: Request) -> Answer:
        return Form(title, act, request.about, (field,))

    return ask


ask_how = form_of(Act.CLOSE, "Close the incident", FormField(HOW, "What was done?", longest=LONGEST_WORDS))
ask_to_resubmit = form_of(
    Act.RESUBMIT,
    "Send the order again",
    FormField(REASON, "Why? What was sent may still turn up.", is_required=False, longest=LONGEST_WORDS),
)
ask_to_abandon = form_of(
    Act.ABANDON, "Give the order up", FormField(REASON, "Why?", is_required=False, longest=LONGEST_WORDS)
)
ask_number = form_of(
    Act.ADOPT, "Which order is it at the venue?", FormField(NUMBER, "The number there", longest=LONGEST_NUMBER)
)


def _handler(chat: Chat, request: Request, verb: str) -> Handler:
    return chat.desk.handler(request.message(f"incident {verb} {_reference(request)}".strip()))


def _page(chat: Chat, incident: Incident) -> ChatPage:
    ledger = chat.desk.context.ledger
    order = ledger.read(Order, incident.order) if incident.order is not None else None
    return incident_page(incident, order, is_simulated=chat.desk.context.is_simulated, is_private=True)


async def _decided(chat: Chat, request: Request, deciding: Awaitable[Order]) -> ChatPage:
    await deciding
    return _page(chat, chat.desk.incidents.find(_reference(request)))


def _reference(request: Request) -> str:
    """Chosen from a menu, named by a button, or typed into a command."""
    return request.values[0] if request.values else request.about or request.options.get("incident", "")
