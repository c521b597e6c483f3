"""
A typed line that asks for anything but an order: what a slash command of the same name answers.
"""

from tastyflow.domain.commands import Command
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.page import ChatPage
from tastyflow_adapters.discord.request import Request


async def typed(_chat: Chat, _request: Request, command: Command) -> ChatPage:
    """What *command* asks for."""
    return ChatPage(lines=(f"Use: /{command.as_dict()['command']}",))
