"""
Discord refuses the bot: why, in words for the operator, and the incident of it while the service runs.

    LoginFailure, close code 4004                 the token is wrong, or was revoked
    PrivilegedIntentsRequired, close code 4014    what it wants to read is off in the portal
    close codes 4010 to 4013                      as Discord says: another version of the program is needed
"""

import logging
from typing import Final

import discord

from tastyflow.application.context import Context
from tastyflow.application.incidents import close_incident, open_incident
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.domain.events import Because
from tastyflow.domain.incident import IncidentKind
from tastyflow.errors import Misconfigured, StoreFailure

logger = logging.getLogger(__name__)

SUBJECT: Final = "discord"
"""What the incident is about."""

_TOKEN_CODE: Final = 4004
_REFUSED_CODES: Final = frozenset({_TOKEN_CODE, 4010, 4011, 4012, 4013, 4014})
"""Close codes of the gateway after which another try would be the same."""


def refusal_of(error: discord.DiscordException) -> Misconfigured | None:
    """What is to be mended, where Discord refuses the bot; None where another try may go better."""
    if isinstance(error, discord.PrivilegedIntentsRequired):
        return Misconfigured(
            "Discord does not let the bot read plain text: the message-content intent is off in the developer portal.",
            code="discord_intents",
            hint="Switch it on there (Bot, Message Content Intent), or set plain_text to false in [discord].",
        )
    closed = error.code if isinstance(error, discord.ConnectionClosed) else None
    if isinstance(error, discord.LoginFailure) or closed == _TOKEN_CODE:
        return Misconfigured(
            "Discord does not take the token of the bot.",
            code="discord_token",
            hint="Make another in the developer portal (Bot, Reset Token). Then: tastyflow secrets set discord_token",
        )
    if closed in _REFUSED_CODES:
        return Misconfigured(
            f"Discord refuses the connection of the bot (code {closed}).",
            code="discord_refused",
            hint="See: tastyflow discord check",
        )
    return None


async def record_refusal(context: Context, wrong: Misconfigured | None) -> None:
    """Open the incident of a bot that Discord refuses; None closes it. Where the log does not take it, it is said."""
    why = Because("service", "discord", "discord", context.clock.now(), context.clock.mark())

    def decide(tx: Transaction) -> None:
        if wrong is None:
            close_incident(tx, IncidentKind.LOGIN, SUBJECT, how="The bot is connected again.", why=why)
            return
        open_incident(
            tx,
            IncidentKind.LOGIN,
            SUBJECT,
            message=f"{wrong.message} Traders are not answered there; orders go on.",
            hint=wrong.hint,
            environment=context.environment,
            why=why,
        )

    try:
        await context.ledger.change(decide)
    except StoreFailure as error:  # a log that cannot be written has an incident of its own
        logger.warning("The incident of the bot is not recorded: %s", error.message)
