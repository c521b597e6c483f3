"""
Approving in a chat: an order is seen with the market of the moment, and then approved; or rejected, with a reason.

    Approve ─▶ look ─▶ the order now ─▶ yes ─▶ approve      sent, or refused where its market moved
    Reject  ─▶ form ─▶ reason ─▶ reject

Who may is asked of the core at each press: a person never approves what they asked for.
"""

from typing import Final

from tastyflow.application.approving.waiting_orders import requester_of
from tastyflow.domain.order import Order
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.page import Act, Answer, ChatPage, Form, FormField
from tastyflow_adapters.discord.pages.approval import decided_page, seen_page, waiting_list
from tastyflow_adapters.discord.request import Request

REASON: Final = "reason"
LONGEST_REASON: Final = 200


async def look(chat: Chat, request: Request) -> Answer:
    """One order as its approver sees it before saying yes. Who may not approve it is shown nothing of it."""
    reference = _reference(request)
    waiting = await chat.desk.approvable(request.message(f"approve {reference}"), reference)
    return seen_page(waiting, chat.desk.context.accounts)


async def approve(chat: Chat, request: Request) -> Answer:
    """Approve the order, and send it; as recorded then."""
    reference = _reference(request)
    order = await chat.desk.approve(request.message(f"approve {reference}"), reference)
    return _decided(chat, order)


async def ask_why_not(chat: Chat, request: Request) -> Answer:
    """The form of a rejection."""
    field = FormField(REASON, "Why not?", is_required=False, longest=LONGEST_REASON)
    return Form("Reject the order", Act.REJECT, request.about, (field,))


async def reject(chat: Chat, request: Request) -> Answer:
    """Refuse the order instead; the reason is told to its trader."""
    reference = _reference(request)
    reason = " ".join((request.fields.get(REASON) or request.options.get(REASON) or "").split())
    message = request.message(f"reject {reference} {reason}".strip())
    order = await chat.desk.reject(message, reference, reason)
    return _decided(chat, order)


async def approvals(chat: Chat, request: Request) -> Answer:
    """What waits: of all traders for who may approve, else the author's own."""
    waiting = await chat.desk.approvals(request.message("approvals"))
    return waiting_list(waiting, chat.desk.context.accounts)


def _decided(chat: Chat, order: Order) -> ChatPage:
    requester = requester_of(chat.desk.context.ledger, order)
    return decided_page(order, requester, chat.desk.context.accounts, is_private=True)


def _reference(request: Request) -> str:
    """Chosen from a menu, named by a button, or typed into a command."""
    return request.values[0] if request.values else request.about or request.options.get("order", "")
