"""
What went wrong, as a page: what happened, what to do about it, and what may have been meant.
"""

from tastyflow.errors import TastyflowError
from tastyflow_adapters.discord.hints import advice_on
from tastyflow_adapters.discord.page import ChatPage, Row, Tone


def failure_page(error: TastyflowError, place: str = "") -> ChatPage:
    """What *error* says, in the words of a chat."""
    advice = advice_on(error)
    lines = tuple(line for line in (error.message, advice.hint) if line)
    meant = (Row("did you mean", advice.suggestions),) if advice.suggestions else ()
    return ChatPage(place=place, lines=lines, rows=meant, tone=Tone.WARNING)
