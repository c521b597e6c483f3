"""
A request is answered; what goes wrong becomes a page: short words for the person, the rest for the service's log.
"""

import logging
from collections.abc import Mapping
from typing import Final
from uuid import uuid4

from tastyflow.errors import StoreFailure, TastyflowError
from tastyflow_adapters.discord.answers.ordering.offering import offered
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.commands import Answers
from tastyflow_adapters.discord.dialogue import words
from tastyflow_adapters.discord.entrance import Admission
from tastyflow_adapters.discord.hints import advice_on
from tastyflow_adapters.discord.page import Answer, ChatPage
from tastyflow_adapters.discord.pages.failing import failure_page
from tastyflow_adapters.discord.request import Request

logger = logging.getLogger(__name__)

TURNED_AWAY: Final[Mapping[Admission, ChatPage]] = {
    Admission.TURNED_AWAY: words.STRANGER,
    Admission.LATE: words.RECEIVED_LATE,
    Admission.STOPPING: words.STOPPING,
    Admission.UNREADABLE: words.UNREADABLE,
}
"""What is said to those who are not welcome; nothing to others."""


async def answered(chat: Chat, request: Request, answers: Answers) -> Answer:
    """The answer to *request*; an error is a page, too."""
    try:
        return await answers(chat, request)
    except TastyflowError as error:
        if isinstance(error, StoreFailure):
            logger.warning("A request from Discord met the log: %s", error.message)
        return failed(chat, request, error)
    except Exception as error:  # noqa: BLE001  it is logged with its traceback
        return unforeseen(error)


def failed(chat: Chat, request: Request, error: TastyflowError) -> ChatPage:
    """The page of *error*, with what may have been meant instead as lines to press."""
    meant = advice_on(error).suggestions
    try:
        return failure_page(error, offered(chat, request, meant))
    except StoreFailure:
        return failure_page(error)  # the bot's memory takes no offer: the words stand without


def unforeseen(error: BaseException) -> ChatPage:
    """The page of an error that no answer foresaw, which is logged under a number."""
    number = uuid4().hex[:8]
    logger.error("%s: a request from Discord failed in an unforeseen way", number, exc_info=error)
    return words.unforeseen(number)
