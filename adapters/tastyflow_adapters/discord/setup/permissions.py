"""
What the bot needs in a channel, by the names that Discord's own settings have, and never Administrator.

    NEEDED ─▶ INVITE, the number of the link by which a server adds the bot
"""

from collections.abc import Mapping
from typing import Final

import discord

NEEDED: Final[Mapping[str, discord.Permissions]] = {
    "View Channel": discord.Permissions(view_channel=True),
    "Send Messages": discord.Permissions(send_messages=True),
    "Send Messages in Threads": discord.Permissions(send_messages_in_threads=True),
    "Embed Links": discord.Permissions(embed_links=True),
    "Attach Files": discord.Permissions(attach_files=True),
    "Read Message History": discord.Permissions(read_message_history=True),
}
"""Each permission that the bot uses; it asks for no other."""

INVITE: Final = sum(each.value for each in NEEDED.values())
"""All of them as one number."""


def missing(granted: discord.Permissions) -> list[str]:
    """The names of those that are not *granted*."""
    return [name for name, each in NEEDED.items() if not granted.is_superset(each)]
