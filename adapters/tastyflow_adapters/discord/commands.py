"""
The slash commands: one row each, with its options and the plain function that answers it.

    SlashCommand(name, description, answer, options)       `COMMANDS` is what Discord is told, and nothing else
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from attrs import frozen

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


COMMANDS: Final[tuple[SlashCommand, ...]] = ()
"""Every command, in the order of the help."""
