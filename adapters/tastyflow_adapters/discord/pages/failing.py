"""
What went wrong, as a page: what happened, what to do about it, and what may have been meant, to be pressed.
"""

from collections.abc import Sequence
from typing import Final

from tastyflow.errors import TastyflowError
from tastyflow_adapters.discord.hints import advice_on
from tastyflow_adapters.discord.page import ChatPage, Tone
from tastyflow_adapters.discord.pages.refusal import OfferedLine, lines_to_press

MEANT: Final = "Did you mean:"


def failure_page(error: TastyflowError, instead: Sequence[OfferedLine] = ()) -> ChatPage:
    """
    What *error* says, in the words of a chat.

    Args:
        instead: Lines that may have been meant, and can be pressed.
    """
    said = (error.message, advice_on(error).hint)
    buttons, menu = lines_to_press(instead)
    meant = (MEANT, *(each.words for each in instead)) if menu else (MEANT,) if buttons else ()
    return ChatPage(lines=(*(line for line in said if line), *meant), tone=Tone.WARNING, buttons=buttons, menu=menu)
