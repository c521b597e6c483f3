"""
``/link CODE``: the person behind a user of Discord says which trader they are.

    code ─▶ too many wrong ones of late? ─▶ a trader's open code? ─▶ linked, under the authority of who made it
                      └──────────────────────────────┴─▶ one neutral sentence: it says nothing of any trader

Strangers may ask this, and this alone; where it is typed, the gate decides as for everything else.
"""

import logging
from functools import partial
from typing import Final

from tastyflow.application.identities import TypedCode
from tastyflow.application.intake.identify import trader_of
from tastyflow.application.linking import digest_of, link_by_code
from tastyflow.errors import Invalid, Refused, StoreFailure
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.memory.link_tries import LinkTries
from tastyflow_adapters.discord.page import ChatPage, Tone
from tastyflow_adapters.discord.request import PLATFORM, Request
from tastyflow_adapters.installation import open_roster

logger = logging.getLogger(__name__)

CODE: Final = "code"
"""The option of the command."""

REFUSED: Final = ChatPage(
    title="Not linked",
    lines=(
        "That code links no user now. Ask the operator for a new one; it is good for one use within 15 minutes.",
        "After several wrong ones, wait 15 minutes first.",
    ),
    tone=Tone.WARNING,
)
TAKEN: Final = ChatPage(
    title="Not linked",
    lines=("This user of Discord is linked to another trader. An operator can undo that first.",),
    tone=Tone.WARNING,
)
KNOWN: Final = "You are the trader {name} here. The code that you typed links no user now, and changes nothing."
NEXT: Final = "What you can do: /help"
LATER: Final = ChatPage(
    title="Not linked",
    lines=("That could not be looked up now. The code stays good for its time: try again in a moment.",),
    tone=Tone.WARNING,
)


async def link(chat: Chat, request: Request) -> ChatPage:
    """Link who asks by the code that they typed."""
    context, user = chat.desk.context, request.asker.user
    tries, now = LinkTries(chat.memory), context.clock.now()
    if tries.is_too_many(user, now=now):
        return _refused(chat, request)
    typed = TypedCode(PLATFORM, user, digest_of(request.options.get(CODE, "")), message=request.id)
    roster_of = partial(open_roster, chat.choices, context.ledger, context.clock)
    try:
        trader = await link_by_code(context.ledger, context.clock, roster_of, typed)
    except (Refused, Invalid) as refused:
        if refused.code == "identity_taken":
            return TAKEN
        tries.add(user, request.asker.channel, now=now)
        logger.warning("A wrong code was typed to link the user %s of Discord", user)
        return _refused(chat, request)
    except StoreFailure as failure:
        if failure.code != "not_everywhere":
            logger.warning("A user of Discord could not be linked: %s", failure.message)
            return LATER
        logger.warning("%s %s", failure.message, failure.hint)
        return _linked("")
    return _linked(trader.name)


def _refused(chat: Chat, request: Request) -> ChatPage:
    """Strangers learn nothing; a trader, who may have typed a code twice, is told that they are linked."""
    try:
        trader = trader_of(chat.desk.context, request.message("link"))
    except Refused:
        return REFUSED
    return ChatPage(title="Linked already", lines=(KNOWN.format(name=trader.name),), footer=NEXT)


def _linked(name: str) -> ChatPage:
    who = f"You are the trader {name} here from now on." if name else "You are linked from now on."
    return ChatPage(title="Linked", lines=(who,), footer=NEXT, tone=Tone.GOOD)
