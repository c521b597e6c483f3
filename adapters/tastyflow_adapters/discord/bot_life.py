"""
The life of one bot: from its login until it is of no more use, and how it is closed then.

    login ─▶ connected … ─┬─ a broken event, a connection that was closed     ─▶ Life
                          ├─ away for `AWAY_S`, or Discord is never reached   ─▶ Life, away
                          └─ Discord refuses the token or the intents         ─▶ BotRefused
    retire ─▶ no event from now on ─▶ what is in hand ends (`FINISH_S` at most) ─▶ closed

discord.py connects again by itself where only the network fails, for `AWAY_S`: after that its pauses grow to a quarter
of an hour. A bot that one event has broken is never used again.
"""

import asyncio
import logging
from typing import Final

import aiohttp
import discord
from attrs import define, frozen
from pydantic import SecretStr

from tastyflow.application.waiting import ended, first_done
from tastyflow.errors import Misconfigured
from tastyflow.ports import Clock
from tastyflow_adapters.discord.bot import Bot
from tastyflow_adapters.discord.login_refusal import refusal_of

logger = logging.getLogger(__name__)

AWAY_S: Final = 60.0
"""What is said to a bot that is away for so long is too old to be acted upon: its session is worth no more."""
LOOK_S: Final = 5.0
"""How often it is looked whether a bot was away for too long."""
FINISH_S: Final = 5.0
"""How long handlers may take to end, before the connection under them is closed."""
CLOSE_S: Final = 5.0


@define
class BotRefused(Exception):
    """Discord refuses the bot, neither now nor soon is it taken; *wrong* says why, for people."""

    wrong: Misconfigured


@frozen
class Life:
    """How long one bot was connected, and whether it ended because nothing of Discord was reached."""

    well_s: float
    was_away: bool


async def live(bot: Bot, token: SecretStr, clock: Clock) -> Life:
    """
    Connect *bot*, until it is of no more use.

    Raises:
        BotRefused
    """
    began_s = clock.monotonic()
    was_away = await _lived(bot, token, clock)
    ended_s = clock.monotonic() if bot.lost_at_s is None else bot.lost_at_s
    return Life(well_s=ended_s - began_s if bot.is_greeted.is_set() else 0.0, was_away=was_away)


async def finish(bot: Bot) -> None:
    """Let what *bot* has in hand end, for `FINISH_S` at most."""
    if not await bot.handlers.finished(within_s=FINISH_S):
        logger.warning("%d events were still in hand where the bot was closed", bot.handlers.count)


async def retire(bot: Bot) -> None:
    """Close *bot*: no event from now on, then what is in hand, then the rest."""
    try:
        async with asyncio.timeout(CLOSE_S + FINISH_S):
            if bot.ws is not None and bot.ws.open:
                await bot.ws.close(code=1000)
            await finish(bot)
            await bot.close()
    except Exception as error:  # noqa: BLE001  it is of no more use, however it ends
        logger.info("A bot was not closed in order: %s", type(error).__name__)


async def _lived(bot: Bot, token: SecretStr, clock: Clock) -> bool:
    """Whether *bot* ended because nothing of Discord is reached."""
    living = asyncio.create_task(bot.start(token.get_secret_value()), name="discord-bot")
    try:
        await first_done(asyncio.wait((living,)), _away_too_long(bot, clock))
        if not living.done():
            return _not_reached(bot, f"for {AWAY_S:.0f} seconds")
        living.result()
        bot.connection.died("the connection was closed")
    except discord.DiscordException as error:
        if (wrong := refusal_of(error)) is not None:
            raise BotRefused(wrong) from None
        bot.connection.died(f"Discord is not reached ({type(error).__name__})")
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        return _not_reached(bot, type(error).__name__)
    except Exception as error:
        if not bot.is_greeted.is_set():  # cut off so early, discord.py trips over what it has not got yet
            return _not_reached(bot, type(error).__name__)
        logger.exception("An event of Discord broke the bot; another one is built")
        bot.connection.died("an event broke the bot")
    finally:
        await ended(living)
    return False


async def _away_too_long(bot: Bot, clock: Clock) -> None:
    """Return once *bot* was away for `AWAY_S`, however long discord.py still wants to wait."""
    while bot.lost_at_s is None or clock.monotonic() - bot.lost_at_s < AWAY_S:
        await clock.sleep(LOOK_S)


def _not_reached(bot: Bot, why: str) -> bool:
    bot.connection.died(f"Discord is not reached ({why})")
    return True
