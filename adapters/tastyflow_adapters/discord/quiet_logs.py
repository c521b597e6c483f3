"""
What discord.py says of itself: no secret, no traceback of a network that fails, and nothing of voices.

    quieten(choices)      once for each process; again does no harm
"""

import logging
from typing import Final

import discord

from tastyflow_adapters import redaction
from tastyflow_adapters.config.choices import Choices

_RECONNECTING: Final = "Attempting a reconnect"


def quieten(choices: Choices) -> None:
    """Let no secret into any log, and say of discord.py what the settings ask for."""
    redaction.install(info=choices.verbosity == "info", debug=choices.verbosity == "debug")
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    client = logging.getLogger("discord.client")
    if not any(isinstance(each, _Short) for each in client.filters):
        client.addFilter(_Short())


class _Short(logging.Filter):
    """A connection that is lost is one line: discord.py connects again, and its traceback helps no operator."""

    def filter(self, record: logging.LogRecord) -> bool:
        if str(record.msg).startswith(_RECONNECTING) and record.levelno > logging.WARNING:
            cause = record.exc_info[1] if record.exc_info else None
            record.levelno, record.levelname = logging.WARNING, logging.getLevelName(logging.WARNING)
            record.msg = f"{record.getMessage()} ({type(cause).__name__})" if cause is not None else record.getMessage()
            record.args, record.exc_info, record.exc_text = (), None, None
        return True
