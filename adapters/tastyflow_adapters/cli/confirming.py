"""
Asking before anything is sent: the card, one question, and the answer of who is at the terminal.

    order waits ─▶ card ─▶ "Send it? [y/N]" ─┬─ y, yes          ─▶ confirmed, and taken on
                                             ├─ anything else   ─▶ withdrawn
                                             └─ no answer, Ctrl-C, an error ─▶ withdrawn

The question goes to standard error: standard output is for the answer.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from decimal import Decimal
from threading import Thread
from typing import Final

from attrs import evolve

from tastyflow.application.answers import Reply
from tastyflow.application.confirming import NO_ANSWER, NOT_CONFIRMED
from tastyflow.application.desk import Desk
from tastyflow.application.message import Consent, Message
from tastyflow.domain.commands import Flatten
from tastyflow.domain.order import Order
from tastyflow.errors import NotUnderstood, Refused
from tastyflow_adapters.cli.card_page import card_page, closing_page
from tastyflow_adapters.cli.safe_console import SafeConsole
from tastyflow_adapters.cli.safe_text import decoded

YES: Final = frozenset({"y", "yes"})
QUESTION: Final = "Send it? [y/N] "
QUESTION_OF_ALL: Final = "Send them? [y/N] "
LONGEST: Final = 1_000
"""Bytes of an answer that are read."""

Answer = Callable[[str, float], Awaitable[str | None]]
"""Ask a question, and wait so many seconds; the line typed, None without one."""


def consent_here(*, is_confirmed: bool = False) -> Consent:
    """Whether a person is here to be asked: at a terminal, and not with ``--yes``."""
    at_terminal = all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))
    return Consent.ASK if at_terminal and not is_confirmed else Consent.NONE


async def confirmed(
    desk: Desk, order: Order, message: Message, console: SafeConsole, *, answer: Answer | None = None
) -> Order:
    """
    *order* once its trader has seen it and answered: taken on, or withdrawn.

    Whatever keeps the answer away withdraws it: an error, Ctrl-C, the end of the input.
    """
    reply, reason = evolve(message, message=f"{message.message}/answer"), NOT_CONFIRMED
    try:
        if (card := await desk.card(order)) is not None and order.confirm_until is not None:
            console.print(card_page(card))
            within_s = (order.confirm_until - desk.context.clock.now()).total_seconds()
            said = await (answer or typed)(QUESTION, within_s)
            if said is not None and said.strip().lower() in YES:
                return await desk.confirm(reply, order.reference, card.digest)
            reason = NO_ANSWER if said is None else NOT_CONFIRMED
    except BaseException:
        await desk.decline(reply, order.reference, reason=reason)
        raise
    return await desk.decline(reply, order.reference, reason=reason)


async def asked(desk: Desk, message: Message, console: SafeConsole, *, answer: Answer | None = None) -> Reply:
    """
    The desk's answer to *message*, once its author has confirmed what is to be confirmed.

    Raises:
        TastyflowError: What is to be closed was not confirmed, or cannot be listed.
    """
    with suppress(NotUnderstood):  # the desk refuses it, and records that
        command = desk.intake.understand(message)
        if isinstance(command, Flatten):
            return await _closed(desk, message, command, console, answer=answer)
    reply = await desk.ask(message)
    if not any(order.waits_for_confirmation for order in reply.orders):
        return reply
    await desk.told()
    orders = [
        await confirmed(desk, order, message, console, answer=answer) if order.waits_for_confirmation else order
        for order in reply.orders
    ]
    return evolve(reply, orders=tuple(desk.lookup.by_id(order.id) for order in orders))


async def _closed(
    desk: Desk, message: Message, command: Flatten, console: SafeConsole, *, answer: Answer | None = None
) -> Reply:
    """
    What *command* names, closed once its author has seen all of it on one card and said yes: that list, and no other.

    Raises:
        Refused: code ``not_confirmed``: nothing was recorded or sent. Or there is nothing to close.
    """
    context = desk.context_for(message)
    is_asked = message.consent is Consent.ASK and context.policy.wants_confirmation(Decimal(0))
    if not is_asked and message.consent is not Consent.ALWAYS:
        return await desk.do(message, command)
    card = await desk.closing_card(message, command)
    console.print(closing_page(card))
    question = QUESTION if len(card.closes) == 1 else QUESTION_OF_ALL
    said = await (answer or typed)(question, context.policy.confirm_within_s)
    if said is None or said.strip().lower() not in YES:
        raise Refused("Not confirmed: nothing was closed.", code="not_confirmed", hint="Ask again to see it anew.")
    return await desk.do(evolve(message, consent=Consent.GIVEN), command, seen=card.orders)


async def typed(question: str, within_s: float) -> str | None:
    """
    The line that is typed as the answer to *question*: empty at the end of the input; None after *within_s*.

    What follows stands on a line of its own, whatever ended the question.
    """
    sys.stderr.write(question)
    sys.stderr.flush()
    loop = asyncio.get_running_loop()
    line: asyncio.Future[str] = loop.create_future()
    # A thread, and not the loop: the desk goes on meanwhile. It is a daemon, so that it keeps no program from ending.
    Thread(target=_read, args=(loop, line), daemon=True).start()
    try:
        said = await asyncio.wait_for(line, max(within_s, 0.0))
    except BaseException as no:  # nothing was typed in time, or Ctrl-C: the line of the question is still open
        sys.stderr.write("\n")
        if isinstance(no, TimeoutError):
            return None
        raise
    if not said.endswith("\n"):
        sys.stderr.write("\n")
    return said


def _read(loop: asyncio.AbstractEventLoop, line: "asyncio.Future[str]") -> None:
    said = ""
    with suppress(OSError, ValueError, AttributeError):
        said = decoded(os.read(sys.stdin.fileno(), LONGEST))

    def tell() -> None:
        if not line.done():
            line.set_result(said)

    with suppress(RuntimeError):  # the loop has ended
        loop.call_soon_threadsafe(tell)
