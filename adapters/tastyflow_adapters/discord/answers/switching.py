"""
Halting trading and letting it go on: what it would do is shown first, and done by the yes to that.

    /halt ─▶ may they? ─▶ what it would cancel, kept as an offer ─▶ Halt ─▶ halted, once ─▶ what became of each order
    /resume reason ─▶ the same

Who may is asked of the core when it is shown, and again when it is done. What lets orders leave is done only where the
switch is still as it was shown; a halt of all orders is done however it stands.
"""

from datetime import datetime, timedelta
from typing import Final

from attrs import evolve

from tastyflow.domain.commands import HaltTrading, ResumeTrading
from tastyflow.domain.order import Order
from tastyflow_adapters.discord.answers.looking.asking import environment_of
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.memory.offers import PREFIX, Offer, OfferKind, Offers
from tastyflow_adapters.discord.page import Answer, ChatPage
from tastyflow_adapters.discord.pages.halt import halt_plan, halted_page, resume_plan
from tastyflow_adapters.discord.request import Request

REASON: Final = "reason"
WHAT: Final = "what"
ALL: Final = "all orders"
RISK: Final = "orders that add risk"
DONE_BEFORE: Final = "This was done before, and is not done again. How it stands:"


async def halt(chat: Chat, request: Request) -> Answer:
    """What a halt would do, to be confirmed."""
    reason = " ".join(request.options.get(REASON, "").split())
    return plan_halt(chat, request, HaltTrading(reason or None, reducing=request.options.get(WHAT) == RISK))


async def resume(chat: Chat, request: Request) -> Answer:
    """What a resume would do, to be confirmed."""
    return plan_resume(chat, request, ResumeTrading(" ".join(request.options.get(REASON, "").split())))


def plan_halt(chat: Chat, request: Request, command: HaltTrading) -> ChatPage:
    """
    What *command* would do; nothing is done.

    Raises:
        Refused: The person who asks may not halt.
    """
    orders, standing = (
        chat.desk.planned_halt(request.message("halt"), reducing=command.reducing),
        chat.desk.context.halt(),
    )
    seen = str(standing.version) if command.reducing else ""
    offer, until = _offer(chat, request, OfferKind.HALT, command.reason or "", seen)
    return halt_plan(
        standing,
        orders,
        environment_of(chat),
        reducing=command.reducing,
        reason=command.reason or "",
        offer=offer,
        until=until,
    )


def plan_resume(chat: Chat, request: Request, command: ResumeTrading) -> ChatPage:
    """
    As `plan_halt`.

    Raises:
        Refused: The person who asks may not resume, gives no reason, or trading runs.
    """
    reason = command.reason or ""
    halt = chat.desk.planned_resume(request.message("resume"), reason)
    offer, until = _offer(chat, request, OfferKind.RESUME, reason, str(halt.version))
    return resume_plan(halt, environment_of(chat), reason=reason, offer=offer, until=until)


async def switch(chat: Chat, request: Request, offer: Offer) -> ChatPage:
    """
    Do what *offer* stands for, once; as it stands then.

    Raises:
        TastyflowError: It is not done: the person who asks may not, now; or the log cannot be written.
    """
    context, place = chat.desk.context, environment_of(chat)
    if offer.used_by:
        page = halted_page(context.halt(), (), place)
        return evolve(page, lines=(DONE_BEFORE, *page.lines))
    message = evolve(request, id=f"{PREFIX}{offer.id}", options={}).message(offer.kind.value)
    reason, seen = offer.text or None, int(offer.seen) if offer.seen else None
    orders: tuple[Order, ...] = ()
    if offer.kind is OfferKind.RESUME:
        halt = await chat.desk.resume(message, reason, seen=seen)
    else:
        halted = await chat.desk.halt(message, reason, reducing=seen is not None, seen=seen)
        halt, orders = halted.halt, halted.orders
    Offers(chat.memory).use(offer.id, request.id)  # a halt that failed can be pressed again
    return halted_page(halt, orders, place, chat.desk.accounts)


def _offer(chat: Chat, request: Request, kind: OfferKind, reason: str, seen: str) -> tuple[str, datetime]:
    """
    The id of a new offer, and until when it can be used.

    Args:
        seen: The version of the switch that is shown; empty for what is done however it stands.
    """
    context = chat.desk.context
    until = context.clock.now() + timedelta(seconds=context.policy.confirm_within_s)
    offer = Offer(kind=kind, user=request.asker.user, text=reason, seen=seen, request=request.id, until=until)
    return Offers(chat.memory).keep(offer), until
