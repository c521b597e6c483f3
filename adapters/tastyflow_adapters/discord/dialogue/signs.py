"""
The first word to Discord, which wants one within three seconds: whether it was taken decides whether anything is done.

    YES      Discord has it; or had it already from an earlier try (40060)           the request is answered
    LATE     Discord knows the event no more (10062)                                 nothing is done, and that is said
    LOST     no answer, or one that says nothing: it may or may not have arrived     nothing is done, and that is said
"""

import asyncio
import logging
from collections.abc import Awaitable
from enum import StrEnum
from typing import Final

import discord

from tastyflow_adapters.discord.dialogue.arrivals import Arrived
from tastyflow_adapters.discord.dialogue.handlers import Handlers

logger = logging.getLogger(__name__)

WITHIN_S: Final = 8.0
"""How long the sign may take here: Discord's own limit is shorter, and told by its answer."""

UNKNOWN_INTERACTION: Final = 10062
ALREADY_ACKNOWLEDGED: Final = 40060


class Taken(StrEnum):
    """Whether Discord took a sign."""

    YES = "yes"
    LATE = "late"
    LOST = "lost"


async def given(interaction: Arrived, sending: Awaitable[object]) -> Taken:
    """Give *interaction* the sign that *sending* sends; what became of it, once those of others had their go."""
    handlers: Handlers = interaction.client.handlers
    with handlers.signing():
        taken = await _given(interaction, sending)
    await handlers.after_signs()
    return taken


async def _given(interaction: Arrived, sending: Awaitable[object]) -> Taken:
    try:
        async with asyncio.timeout(WITHIN_S):
            await sending
    except discord.HTTPException as error:
        if error.code == ALREADY_ACKNOWLEDGED:
            return Taken.YES
        logger.info("A sign was not taken: %s %s", error.status, error.code)
        return Taken.LATE if error.code == UNKNOWN_INTERACTION else Taken.LOST
    except Exception as error:  # noqa: BLE001  whatever the network or the library raises: was it taken or not?
        if interaction.response.is_done():
            return Taken.YES  # discord.py could not read the answer, and Discord has the sign
        logger.info("A sign was not taken: %s", type(error).__name__)
        return Taken.LOST
    return Taken.YES
