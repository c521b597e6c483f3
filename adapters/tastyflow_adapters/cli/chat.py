"""
``tastyflow chat``: orders and commands as a conversation, with news of working orders above the prompt.

    a terminal      prompt, history, live status lines; Ctrl-D or "quit" ends
    anything else   a line, an answer, to the end of the input

A question ("Which expiration?") takes the answer, and its suggestions can be taken by their number. After an order,
"same but 455", "double it" or "close it" make another line. What is made so waits for a yes, whatever the policy says.
"""

import asyncio
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Final

import click
from attrs import evolve
from rich.console import Group, RenderableType
from rich.text import Text

from tastyflow.application.answers import Reply
from tastyflow.application.conversation import Conversation, HeardLine
from tastyflow.application.desk import Desk
from tastyflow.application.message import Consent, Message
from tastyflow.domain.commands import CancelOrder, HaltTrading, ListOrders, ShowHelp
from tastyflow.domain.halt import Trading
from tastyflow.domain.order import Order
from tastyflow.errors import Invalid, TastyflowError
from tastyflow_adapters.bootstrap import open_desk
from tastyflow_adapters.cli.approvals_page import approvals_page
from tastyflow_adapters.cli.asking import Tested, message_of, run, tested
from tastyflow_adapters.cli.card_page import card_page
from tastyflow_adapters.cli.confirming import YES, asked
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.hints import advice_for, advice_on
from tastyflow_adapters.cli.looking_pages import looked_page
from tastyflow_adapters.cli.options import as_trader, in_account
from tastyflow_adapters.cli.pages import (
    Progress,
    balance_page,
    cancelled_page,
    error_page,
    halted_page,
    order_page,
    orders_page,
)
from tastyflow_adapters.cli.place import Place
from tastyflow_adapters.cli.safe_console import SafeConsole, say
from tastyflow_adapters.cli.typed_lines import Lines, above_the_prompt, piped, typed
from tastyflow_adapters.cli.unfollowed import mention
from tastyflow_adapters.config.choices import Choices
from tastyflow_adapters.config.loading import load
from tastyflow_grammar.writing.help import HELP

HISTORY: Final = "history"
NO: Final = frozenset({"", "n", "no", "nope", "cancel", "cancel it", "cancel that", "never mind", "nevermind"})
ANSWERS: Final = YES | NO
"""What is an answer to the question whether to send; another line is a no, and then a line of its own."""
NO_YES: Final = "That is no yes, so nothing is sent. The line is read as the next one."
PROGRAM: Final = "tastyflow "
"""A hint names commands as a shell takes them; typed here, they mean the same."""
PICK: Final = "Type a number to take that line, only what is missing, or another line."
NO_CARD: Final = "No order waits for a yes or no."
NONE_OPEN: Final = "No order is open."
CHAT: Final = "That is no order and no command, so nothing was done. Type 'help' to see what is."


@click.command()
@as_trader
@in_account
def chat(trader: str | None, account: str) -> int:
    """
    Type orders and commands, one a line, and see what becomes of them.

    Where something is missing, type only that: a date, a strike. A suggestion is taken by its number. After an order,
    'make it 1.25', 'same but 455', 'again', 'double it' or 'close it' show the line that they make, to be confirmed.

    \b
    Example:
      tastyflow chat --as ann
      printf 'buy 1 SPY 450C next month\\norders\\n' | tastyflow chat
    """
    return run(_converse(load(), trader, account))


async def _converse(settings: Choices, trader: str | None, account: str) -> int:
    console, hello = SafeConsole(), message_of("orders", trader, settings, account)
    place = Place.of(settings)
    at_terminal = bool(sys.stdin and sys.stdin.isatty() and console.is_terminal)
    typing = typed(settings.home / HISTORY, f"{hello.user} {place.words}") if at_terminal else piped()
    with above_the_prompt() if at_terminal else nullcontext():
        async with open_desk(settings, recipients=[Progress(console, hello.user)]) as desk:
            if at_terminal:
                console.show(say(f"{place.words}, as {hello.user}. Type an order, 'help' or 'quit'.", "dim"))
            await desk.do(hello, ListOrders())  # from here on it follows what is at work
            consent = Consent.ASK if at_terminal else Consent.NONE
            message = partial(message_of, trader=trader, settings=settings, account=account, consent=consent)
            try:
                await _talk(desk, Lines(typing), console, message, settings)
                code = ExitCode.DONE
            except asyncio.CancelledError:
                console.show(say("Interrupted. What was sent goes on: tastyflow orders"))
                code = ExitCode.INTERRUPTED
            mention(settings, _left_open(desk, hello))
    return code


def _left_open(desk: Desk, hello: Message) -> Sequence[Order]:
    """The orders of who types that are open."""
    traders = [each for each in desk.lookup.traders() if each.name == hello.user]
    return desk.lookup.open_orders(traders)


async def _talk(
    desk: Desk, lines: Lines, console: SafeConsole, message: Callable[[str], Message], settings: Choices
) -> None:
    """Answer each line; an answer to a question, or the number of a suggestion, is shown as the line that it makes."""
    talk, clock = Conversation(desk.context.language, desk.lookup), desk.context.clock
    async for line in lines:
        if not line:
            continue
        heard = talk.hear(line.removeprefix(PROGRAM), clock.now())
        if heard.refused is not None:
            talk = talk.asked_back(heard, clock.now())
            console.show(error_page(heard.refused, talk.offered))
            continue
        if heard.made:
            console.show(_made(heard))
        try:
            asked_for = _asked_for(message(heard.line), is_made=heard.made)
        except Invalid as no:
            console.show(error_page(no))
            continue
        reply = await _reply(desk, asked_for, console, lines)
        await desk.told()  # what happened stands above what it came to
        orders = tested(desk, reply)
        talk = talk.after(heard, reply, clock.now(), _suggested(reply, orders))
        is_late = reply.ignored and line.lower() in ANSWERS  # a yes or no to nothing
        console.show(say(NO_CARD, "dim") if is_late else _page(reply, orders, talk.offered, settings))
        if talk.offered and not reply.ignored:
            console.show(say(PICK, "dim"))


def _asked_for(message: Message, *, is_made: bool) -> Message:
    """*message*; one that was made of an answer always waits for a yes, where a person is there to say it."""
    return evolve(message, consent=Consent.ALWAYS) if is_made and message.consent is Consent.ASK else message


async def _reply(desk: Desk, message: Message, console: SafeConsole, lines: Lines) -> Reply:
    """The desk's answer to *message*, once who is at the terminal has confirmed what is to be confirmed."""
    if message.consent is Consent.NONE:
        return await desk.ask(message)

    async def next_line(question: str, _within_s: float) -> str | None:
        console.show(say(question.strip(), "bold"))
        said = await anext(lines, "")  # a yes that comes too late is refused by the desk
        if said.lower() not in ANSWERS:
            console.show(say(NO_YES, "yellow"))
            lines.put_back(said)
        return said

    try:
        return await asked(desk, message, console, answer=next_line)
    except TastyflowError as no:
        return Reply(error=no)


def _made(heard: HeardLine) -> RenderableType:
    """The line that was made, with what is new of it in bold; and what is to be said beside it."""
    line = Text.assemble(say("> ", "dim"), *(say(words, "bold" if is_new else "") for words, is_new in heard.pieces()))
    return Group(line, say(heard.notice, "yellow")) if heard.notice else line


def _suggested(reply: Reply, orders: Sequence[Tested]) -> tuple[str, ...]:
    """The commands that the page of *reply* offers."""
    if orders:
        return tuple(words for order, _ in orders for words in advice_for(order).suggestions)
    return advice_on(reply.error).suggestions if reply.error is not None else ()


def _page(reply: Reply, orders: Sequence[Tested], numbered: Sequence[str], settings: Choices) -> RenderableType:
    """What the desk answered; *numbered* are the suggestions that can be taken by their number."""
    place = Place.of(settings)
    if reply.ignored:
        return say(CHAT, "dim")
    if isinstance(reply.command, ListOrders) and reply.error is None:
        listed = orders_page((order for order, _ in orders), place)
        is_stopped = reply.halt is not None and reply.halt.trading is not Trading.RUNNING
        return Group(halted_page(reply.halt, None), listed) if reply.halt is not None and is_stopped else listed
    if reply.halt is not None:
        return halted_page(reply.halt, reply.orders if isinstance(reply.command, HaltTrading) else None, place)
    if isinstance(reply.command, ShowHelp):
        return say_lines(f"{HELP}\n'quit' ends this conversation.")
    if reply.card is not None:
        return card_page(reply.card)
    if reply.looked is not None:
        return looked_page(reply.looked, Place.about(reply, settings).words)
    if reply.balances is not None:
        return balance_page(reply.balances, Place.about(reply, settings))
    if reply.approvals is not None:
        return approvals_page(reply.approvals)
    if reply.error is not None and not reply.orders:
        return error_page(reply.error, numbered)
    pages = [order_page(*each, numbered, accounts=place.accounts) for each in orders]
    if not pages and isinstance(reply.command, CancelOrder):
        return say(NONE_OPEN)
    if isinstance(reply.command, CancelOrder) and reply.command.everyone:
        return cancelled_page(reply.orders, place)
    return Group(*pages, *([error_page(reply.error, numbered)] if reply.error is not None and reply.command else []))


def say_lines(text: str) -> RenderableType:
    """Several lines of our own."""
    return Group(*(say(line) for line in text.splitlines()))
