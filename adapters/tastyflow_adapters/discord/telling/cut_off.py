"""
Who was cut off: people whose press or line a process took, and that died before it answered.

    heard, with no outcome, before this process heard anything ─▶ a direct message, once ─▶ the outcome is "cut off"

A card that says "Submitting …", or what else is done, would say so for ever: only the dead process could change it.
"""

import asyncio
import logging
from datetime import timedelta
from typing import Final

from tastyflow.domain.new_york_time import moment_in_words
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.memory.heard import Arrival, HeardEvents, Unanswered
from tastyflow_adapters.discord.memory.recognising import nonce_of
from tastyflow_adapters.discord.page import ChatPage, Tone
from tastyflow_adapters.discord.telling.posting import Poster, PostingFailure, TryLater
from tastyflow_adapters.discord.telling.resting import Pauses, Rests

logger = logging.getLogger(__name__)

OUTCOME: Final = "cut off"
WITHIN: Final = timedelta(hours=12)
"""How long ago it may have been: later it is no news."""

_WHAT: Final = {
    Arrival.COMMAND: "your command",
    Arrival.PRESS: "the button that you pressed",
    Arrival.FORM: "the form that you filled in",
    Arrival.LINE: "your line",
}


async def tell_cut_off(chat: Chat, poster: Poster) -> None:
    """Tell each person who was cut off before this process began to hear; then wait until cancelled."""
    began = chat.began
    heard, pauses = HeardEvents(chat.memory), Pauses(Rests(chat.desk.context.clock))
    for each in heard.unanswered(since=began - WITHIN, before=began):
        await _told(each, poster, pauses)
        heard.end(each.id, OUTCOME)
    await asyncio.Event().wait()


async def _told(one: Unanswered, poster: Poster, pauses: Pauses) -> None:
    while True:
        try:
            channel = await poster.direct(one.user)
            await poster.post(channel, page_of(one), nonce=nonce_of(f"cut off:{one.id}"))
        except TryLater as later:
            await pauses.later(later.after_s)
        except PostingFailure as failure:
            logger.warning("Who was cut off cannot be told: %s", type(failure).__name__)
            return
        else:
            return


def page_of(one: Unanswered) -> ChatPage:
    """What is said: nothing is known of what was done, and the log has what was."""
    return ChatPage(
        title="The service was cut off",
        lines=(
            f"It ended while it answered {_WHAT[one.kind]}, {moment_in_words(one.at)}.",
            "What is recorded of an order is in /orders. What was not confirmed there was not sent.",
        ),
        tone=Tone.WARNING,
    )
