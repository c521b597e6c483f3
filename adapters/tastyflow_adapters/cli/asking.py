"""
What the commands at the desk share: the event loop, and the one way to ask.

    command ─▶ open the desk ─▶ one use-case ─▶ close it ─▶ reply
"""

import asyncio
import os
from collections.abc import Coroutine
from typing import Any, Final, TypeVar
from uuid import uuid4

import click
from attrs import frozen

from tastyflow.application.answers import Reply
from tastyflow.application.desk import Desk
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.message import Consent, Message
from tastyflow.application.telling.rewording import reworded
from tastyflow.domain.commands import Command
from tastyflow.domain.order import Order
from tastyflow.domain.testresult import TestResult
from tastyflow.errors import Misconfigured
from tastyflow_adapters.bootstrap import open_desk
from tastyflow_adapters.cli.safe_text import readable, shown
from tastyflow_adapters.config.choices import PLATFORM, Choices
from tastyflow_adapters.unechoed import require_no_secret

T = TypeVar("T")
Tested = tuple[Order, TestResult | None]

UNKNOWN: Final = "unknown"
"""The user of a process that belongs to none."""


@frozen
class LoggedInstallation:
    """Who is who, from the log alone: for what is done without a desk, and so without any venue."""

    ledger: Ledger
    anyone_acts: bool


def message_of(
    text: str, trader: str | None, settings: Choices, account: str = "", *, consent: Consent = Consent.NONE
) -> Message:
    """
    A new message, typed here and now, about the account called *account*, or the trader's first one: for *trader*;
    where none is named, for the one whom the settings name, or else for the trader who this user of the operating
    system is.

    Raises:
        Misconfigured: code ``no_trader``: this process belongs to no user, and no trader is named.
        Invalid: code ``looks_secret``.
    """
    user, named = operator(), trader or settings.default_trader
    for typed, what in ((text, "the order"), (named or "", "the trader"), (account, "the account")):
        require_no_secret(typed, what)
    if named is None and user == UNKNOWN:
        raise Misconfigured("No user is logged in here, and no trader is named.", code="no_trader")
    return Message(
        readable(text),
        PLATFORM,
        user if named is None else readable(named),
        uuid4().hex,
        os_user=user,
        account=readable(account),
        consent=consent,
        acting=named is not None,
    )


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run *work* on an event loop; what a forgotten task raised is a line, not a traceback."""
    with asyncio.Runner() as runner:
        runner.get_loop().set_exception_handler(_mention)
        return runner.run(work)


def ask(
    choices: Choices, words: str, command: Command, trader: str | None, account: str = ""
) -> tuple[Reply, list[Tested]]:
    """
    Carry out *command* for *trader*; the reply, and each of its orders with its test.

    Raises:
        TastyflowError: What the reply's error is.
    """
    reply, orders = run(_carried_out(choices, message_of(words, trader, choices, account), command))
    if reply.error is not None:
        raise reply.error
    return reply, orders


async def _carried_out(settings: Choices, message: Message, command: Command) -> tuple[Reply, list[Tested]]:
    async with open_desk(settings) as desk:
        reply = await desk.do(message, command)
        return reply, tested(desk, reply)


def tested(desk: Desk, reply: Reply) -> list[Tested]:
    """Each order of *reply*, in words of today, with its test."""
    language, now = desk.context.language, desk.context.clock.now()
    return [(reworded(order, language, now), desk.test_of(order)) for order in reply.orders]


def operator() -> str:
    """
    The operating system's user, by the id of the process: no variable of the environment can change it.

    A user without a name, as in a container, is called by the number: ``uid-1000``.
    """
    try:
        from pwd import getpwuid  # not on every system
    except ImportError:
        try:
            return readable(os.getlogin())  # there, it asks the system and no variable
        except OSError:
            return UNKNOWN
    try:
        return readable(getpwuid(os.getuid()).pw_name) or f"uid-{os.getuid()}"
    except KeyError:
        return f"uid-{os.getuid()}"


def _mention(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    if isinstance(error, asyncio.CancelledError):
        return  # what was interrupted says nothing of itself
    told = f"{type(error).__name__}: {error}" if error else str(context.get("message", ""))
    click.echo(shown(f"In the background: {told}"[:300]), err=True)
