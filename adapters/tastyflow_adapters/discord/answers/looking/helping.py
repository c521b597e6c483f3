"""
Help: every command in a line, how an order is written, and the whole language as a file.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from tastyflow_adapters.discord.page import Answer, ChatPage, Row, TextFile
from tastyflow_grammar.writing.help import HELP

if TYPE_CHECKING:
    from tastyflow_adapters.discord.chat import Chat
    from tastyflow_adapters.discord.commands import Answers, SlashCommand
    from tastyflow_adapters.discord.request import Request

EXAMPLES: Final = (
    "buy 10 calls for SPY at strike 450 expiring next month",
    "sell 5 SPY 440/435 put vertical next friday 1.05",
    "close half SPY 450C Dec",
    "buy 100 MSFT @ 410",
)
HOW: Final = (
    "Type /order and the order in your words; or write to the bot, by a mention or directly.",
    "You see a card first. Nothing is sent before you press Confirm on it.",
)


def help_of(commands: "Callable[[], Sequence[SlashCommand]]") -> "Answers":
    """The answer that tells of *commands*."""

    async def show_help(_chat: "Chat", _request: "Request") -> Answer:
        return help_page(commands())

    return show_help


def help_page(commands: "Sequence[SlashCommand]") -> ChatPage:
    """All commands, and how an order is written."""
    return ChatPage(
        title="What you can ask for",
        lines=(*HOW, "", *(f"/{each.name}: {each.description}" for each in commands)),
        rows=(Row("orders in words", EXAMPLES),),
        footer="The file has the whole language. Nothing is guessed: what is unclear is asked.",
        files=(TextFile("language.txt", HELP.replace("`", "")),),
    )
