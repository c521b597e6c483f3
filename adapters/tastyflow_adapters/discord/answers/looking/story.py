"""
Why an order is as it is: its story from the log. One's own; any order, for people who approve or administer.
"""

from tastyflow_adapters.discord.answers.looking.asking import reference_of
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.page import Answer
from tastyflow_adapters.discord.pages.story import story_page
from tastyflow_adapters.discord.request import Request


async def why(chat: Chat, request: Request) -> Answer:
    """The story of one order."""
    reference = reference_of(request) or "last"
    return story_page(await chat.desk.story(request.message(f"why {reference}"), reference), chat.desk.accounts)
