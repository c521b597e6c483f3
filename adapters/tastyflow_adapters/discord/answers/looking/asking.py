"""
A question to the desk, made of the options of a command: by the words of the language, so that a chat can ask nothing
that the language has no words for.

    /quote symbol:SPY strike:450 right:call expiration:Dec 18 ─▶ "quote SPY 450 call Dec 18" ─▶ ShowQuote ─▶ Reply
"""

from typing import Final

from tastyflow.application.answers import Reply
from tastyflow.application.environment_words import environment_words
from tastyflow.application.intake.drafting import is_chat
from tastyflow.domain.commands import Command
from tastyflow.errors import NotUnderstood
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.request import Request

REFERENCE: Final = "order"
SYMBOL: Final = "symbol"
STRIKE: Final = "strike"
RIGHT: Final = "right"
EXPIRATION: Final = "expiration"
ACCOUNT: Final = "account"
PAGE: Final = "page"


async def asked(chat: Chat, request: Request, kind: type[Command], *words: str) -> Reply:
    """
    The desk's answer to *words*, which ask for a command of *kind*, and for no other.

    Raises:
        TastyflowError: They name nothing, or it cannot be had.
    """
    text = " ".join(word for each in words for word in each.split())
    try:
        command = chat.desk.context.language.parse(text, as_of=chat.desk.context.clock.now())
    except NotUnderstood as no:
        raise _unknown_symbol(words[1], no) if is_chat(no) and len(words) > 1 else no from None
    if not isinstance(command, kind):
        raise NotUnderstood("That is not what this command looks at.", code="syntax", span=(0, len(text)))
    reply = await chat.desk.do(request.message(text), command)
    if reply.error is not None:
        raise reply.error
    return reply


def _unknown_symbol(symbol: str, no: NotUnderstood) -> NotUnderstood:
    """A command was chosen: what would be ordinary chat as a line is a name that the language does not know."""
    message = f"{symbol!r} is no symbol that is known here."
    return NotUnderstood(message, code="unknown_symbol", span=no.span, hint="Choose one that is offered as you type.")


def place_of_reply(chat: Chat, reply: Reply) -> str:
    """The environment in words, and the account that *reply* is about."""
    return reply.about.place_words if reply.about else environment_of(chat)


def environment_of(chat: Chat) -> str:
    """The environment in words."""
    context = chat.desk.context
    return environment_words(context.environment, is_simulated=context.is_simulated)


def reference_of(request: Request) -> str:
    """The order that is meant: chosen from a menu, named by a button, or typed into a command."""
    return request.values[0] if request.values else request.about or request.options.get(REFERENCE, "").strip()


def number_of(text: str) -> int:
    """The number of a page; the first one where *text* is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
