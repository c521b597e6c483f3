"""
The slash commands: one row each, with its options and the plain function that answers it.

    SlashCommand(name, description, answer, options)       `COMMANDS` is what Discord is told, and nothing else
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from attrs import frozen

from tastyflow_adapters.discord.answers import approving, incidents
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.page import Answer, Choice
from tastyflow_adapters.discord.request import Request

Answers = Callable[[Chat, Request], Awaitable[Answer]]
Completes = Callable[[Chat, Request, str], Awaitable[Sequence[Choice]]]
"""Lines that may be meant by what is typed so far into an option."""


@frozen
class Option:
    """
    One option of a slash command; all are text.

    Attributes:
        choices: The only values there are; empty for any text.
        completes: Offers values while it is typed.
    """

    name: str
    description: str
    is_required: bool = False
    choices: tuple[str, ...] = ()
    completes: Completes | None = None
    longest: int = 500


@frozen
class SlashCommand:
    """
    One command, ``/name``.

    Attributes:
        is_for_strangers: Whether the gate lets people use it who are no trader yet.
    """

    name: str
    description: str
    answer: Answers
    options: tuple[Option, ...] = ()
    is_for_strangers: bool = False


_WAITING: Final = Option("order", "Which one: its reference", is_required=True, longest=40)

COMMANDS: Final[tuple[SlashCommand, ...]] = (
    SlashCommand("approvals", "What waits for an approval", approving.approvals),
    SlashCommand(
        "approve", "See an order that waits, with the market now, and approve it", approving.look, (_WAITING,)
    ),
    SlashCommand(
        "reject",
        "Refuse an order that waits for an approval",
        approving.reject,
        (_WAITING, Option("reason", "Why; its trader is told", longest=200)),
    ),
    SlashCommand(
        "incidents",
        "What an operator must look at, and what can be decided of it",
        incidents.incidents,
        (Option("incident", "One of them: its reference", longest=40),),
    ),
)
"""Every command, in the order of the help."""
