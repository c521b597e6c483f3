"""
Numbers whose bits mean something: permissions, what a session asks to hear, marks of a message.
"""

from enum import IntFlag
from typing import Final


class Permission(IntFlag):
    """The permissions that a bot of this kind can need."""

    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    USE_APPLICATION_COMMANDS = 1 << 31
    SEND_MESSAGES_IN_THREADS = 1 << 38


NOTHING: Final = Permission(0)
USUAL: Final = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.ADD_REACTIONS
)


class Intent(IntFlag):
    """What a session asks to hear; the last three need a switch in the portal."""

    GUILDS = 1 << 0
    GUILD_MESSAGES = 1 << 9
    DIRECT_MESSAGES = 1 << 12
    MEMBERS = 1 << 1
    PRESENCES = 1 << 8
    MESSAGE_CONTENT = 1 << 15


NO_INTENT: Final = Intent(0)
PRIVILEGED: Final = Intent.MEMBERS | Intent.PRESENCES | Intent.MESSAGE_CONTENT
EPHEMERAL: Final = 1 << 6
LOADING: Final = 1 << 7
