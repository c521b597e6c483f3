"""
What stands below a line in a guild, where others read along: the words typed there, and nothing of an account.

    an order waits      its words, and "Show the card"                 refused     "Show why", for its trader alone
    a question          as the language asks it: that is of the text   a cancel    what became of each order
    what only looks     "Show it": carried out once that is pressed
"""

from typing import Final

from tastyflow.application.telling.wording import cancelled_words
from tastyflow.domain.commands import CancelOrder, PlaceOrder, ReplaceOrder
from tastyflow.errors import NotUnderstood
from tastyflow_adapters.discord.answers.looking.asking import environment_of
from tastyflow_adapters.discord.answers.ordering.line_answer import NONE_OPEN, LineAnswer
from tastyflow_adapters.discord.answers.ordering.offering import offer_line, offered
from tastyflow_adapters.discord.answers.remembering import is_question, suggestions_of
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.page import Act, Button, ChatPage, Emphasis, Tone
from tastyflow_adapters.discord.pages.card import DISMISS, card_id
from tastyflow_adapters.discord.pages.refusal import refusal_page
from tastyflow_adapters.discord.request import Request

ITS_CARD: Final = "Its card, and the yes to it, are for the person who asked alone. Nothing was sent yet."
PRIVATE: Final = "The answer is for the person who asked alone."
NOT_PLACED: Final = "It is not placed. Why is for the person who asked alone."
NOTHING_DONE: Final = "Nothing was done."
OF_THE_WORDS: Final = frozenset({"unknown_order", "ambiguous_order"})
"""The codes of errors that say no more than what was typed: a venue, a file or a permission is not named to all."""
AGAIN: Final = "Ask it again, for me alone"
"""The same line, answered privately: with why nothing was done, and what may have been meant."""
SHOW: Final = "Show it"
SHOW_CARD: Final = "Show the card"
SHOW_WHY: Final = "Show why"


def for_all(chat: Chat, request: Request, answer: LineAnswer) -> ChatPage:
    """What stands below a line in a guild: the words that were typed there, and nothing of an account."""
    order, line, error = answer.order, answer.line, answer.reply.error
    if answer.waits and order is not None:
        return _public(
            chat,
            order.words,
            ITS_CARD,
            Button(SHOW_CARD, Act.SHOW_CARD, card_id(order), Emphasis.MAIN),
            Button(DISMISS, Act.DISMISS, card_id(order)),
            tone=Tone.ASKING,
        )
    if isinstance(answer.reply.command, CancelOrder) and error is None:
        became = [f"{each.reference}: {cancelled_words(each)}" for each in answer.reply.orders]
        return _public(chat, "\n".join(became) or NONE_OPEN)
    if answer.reply.command is None:  # the language refuses it: that says nothing of an account
        said = (order.message, order.hint) if order is not None else (error.message, error.hint) if error else ()
        instead = offered(chat, request, suggestions_of(answer))
        place = environment_of(chat)
        is_asking = is_question(answer)
        return refusal_page(*said, asked=line, place=place, instead=instead, is_private=False, is_question=is_asking)
    if order is not None and error is None:
        return _public(chat, f"“{line}”", NOT_PLACED, Button(SHOW_WHY, Act.SHOW_CARD, card_id(order), Emphasis.MAIN))
    if error is not None and error.code in OF_THE_WORDS:
        return _public(chat, f"“{line}”", error.message)
    return _public(chat, f"“{line}”", NOTHING_DONE, Button(AGAIN, Act.SUGGESTION, offer_line(chat, request, line)))


def is_done_here(chat: Chat, request: Request, line: str) -> bool:
    """Whether *line* is carried out where others read along; what only looks is shown to its author alone."""
    try:
        command = chat.desk.intake.understand(request.message(line))
    except NotUnderstood:
        return True
    return isinstance(command, PlaceOrder | ReplaceOrder | CancelOrder)


def to_show(chat: Chat, request: Request, line: str) -> ChatPage:
    """A line that is carried out once its author presses the button, and sees the answer alone."""
    show = Button(SHOW, Act.SUGGESTION, offer_line(chat, request, line), Emphasis.MAIN)
    return _public(chat, f"“{line}”", PRIVATE, show)


def _public(chat: Chat, line: str, footer: str = "", *buttons: Button, tone: Tone = Tone.PLAIN) -> ChatPage:
    place = environment_of(chat)
    return ChatPage(
        place=place, lines=tuple(line.splitlines()), footer=footer, tone=tone, buttons=buttons, is_private=False
    )
