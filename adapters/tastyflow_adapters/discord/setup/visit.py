"""
Logged in at Discord for a few requests: REST alone, nothing is heard and nothing is said there.

    async with visiting(token) as client: …       an unmodified discord.py, which never connects to the gateway
    with told(): …                                what Discord refuses, as one of our errors
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import aiohttp
import discord
from pydantic import SecretStr

from tastyflow.errors import Misconfigured, TastyflowError
from tastyflow_adapters.discord.token import STORE_IT

LONGEST_WAIT_S: Final = 10.0
"""A rate limit that is longer is an error, not a wait."""


@asynccontextmanager
async def visiting(token: SecretStr) -> AsyncIterator[discord.Client]:
    """
    A client that is logged in.

    Raises:
        Misconfigured: code ``discord_token``: Discord does not take the token.
        TastyflowError: code ``discord_away``: Discord cannot be reached, or answers with a failure.
    """
    client = discord.Client(intents=discord.Intents(guilds=True), max_ratelimit_timeout=LONGEST_WAIT_S)
    try:
        with told():
            await client.login(token.get_secret_value())
        yield client
    finally:
        await client.close()


@contextmanager
def told() -> Iterator[None]:
    """
    What Discord refuses inside, in our own words.

    Raises:
        Misconfigured: code ``discord_token``.
        TastyflowError: code ``discord_refused``: it does not let the bot; ``discord_away``: no answer, or a failure.
    """
    try:
        yield
    except discord.LoginFailure:
        raise Misconfigured(
            "Discord does not take the token of the bot.",
            code="discord_token",
            hint=f"Make a new one in Discord's developer portal (Bot, Reset Token). {STORE_IT}",
        ) from None
    except (discord.Forbidden, discord.NotFound) as refused:
        raise TastyflowError(
            f"Discord refuses that: {refused.text or 'no reason'} ({refused.code}).", code="discord_refused"
        ) from None
    except discord.RateLimited as limited:
        raise TastyflowError(
            f"Discord wants {limited.retry_after:.0f} s of quiet first.", code="discord_away", hint="Try again then."
        ) from None
    except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as failed:
        status = f", status {failed.status}" if isinstance(failed, discord.HTTPException) else ""
        raise TastyflowError(
            f"Discord does not answer as it should ({type(failed).__name__}{status}).",
            code="discord_away",
            hint="Look at the network between here and there, and at Discord's status page.",
        ) from None
