"""
The part `discord` of the service: a bot that is connected again and again, and what is told beside it.

    token ─▶ Bot ─▶ connected … ─▶ a broken event, an error ─▶ what it has in hand ends ─▶ closed
                ▲            │               └─▶ pause (longer each time) ─▶ another Bot ─┐
                ├────────────│────────────────────────────────────────────────────────────┘
                └─ short pause ◀─ given up ◀─ away for `AWAY_S`
    Discord refuses the token or the intents   at the start: the service ends, with one line (`Misconfigured`)
                                               later: an incident, and a try every few minutes; orders go on
    asked to stop ─▶ what is in hand is finished (`FINISH_S` at most), what is due is told, closed

discord.py connects again by itself where only the network fails, for `AWAY_S`: after that its pauses grow to a quarter
of an hour, while ours stay short. A bot that one event has broken is never used again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

import aiohttp
import discord
from attrs import define, frozen
from pydantic import SecretStr

from tastyflow.application.backoff import Backoff
from tastyflow.application.desk import Desk
from tastyflow.application.service.supervision import MayAct
from tastyflow.application.waiting import Tasks, ended, first_done
from tastyflow.errors import Misconfigured, StoreFailure
from tastyflow_adapters.config.choices import Choices
from tastyflow_adapters.discord.bot import Bot, CurrentBot, build_bot
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.connection import ConnectionStatus
from tastyflow_adapters.discord.library_log import quieten
from tastyflow_adapters.discord.login_refusal import record_refusal, refusal_of
from tastyflow_adapters.discord.memory.file import NAME, MemoryFile
from tastyflow_adapters.discord.token import token_of

logger = logging.getLogger(__name__)

FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 300.0
"""Discord lets a bot log in a thousand times a day."""
LONGEST_PAUSE_AWAY_S: Final = 5.0
"""Where nothing of Discord is reached no login is counted, and traders wait."""
AWAY_S: Final = 60.0
"""What is said to a bot that is away for so long is too old to be acted upon: its session is worth no more."""
LOOK_S: Final = 5.0
"""How often it is looked whether a bot was away for too long."""
STEADY_S: Final = 60.0
"""A bot that was connected so long was well: the next pause begins short again."""
REFUSED_PAUSE_S: Final = 120.0
"""Between tries while Discord refuses the token: it counts what it refuses."""
BEGINNING_S: Final = 60.0
"""What is refused this early is a setting that was never right, and no trader counts on the service yet."""
FINISH_S: Final = 5.0
"""How long handlers may take to end, before the connection under them is closed."""
CLOSE_S: Final = 5.0


TellsBeside = Callable[[Chat, CurrentBot, MayAct], Awaitable[None]]
"""Tells things in Discord for as long as the part runs; where it is cancelled it tells what is due, and ends."""


@define
class _Refused(Exception):
    """Discord refuses the bot; *wrong* says why, for people."""

    wrong: Misconfigured


@frozen
class _Life:
    """How long one bot was connected, and whether it ended because nothing of Discord was reached."""

    well_s: float
    was_away: bool


class DiscordPart:
    """
    Args:
        tells: Runs beside the bot, whether it is connected or not; None for nothing.
        build: Makes a bot.
        find_token: Finds the token; may take its time.
    """

    def __init__(
        self,
        settings: Choices,
        desk: Desk,
        status: ConnectionStatus,
        *,
        tells: TellsBeside | None = None,
        build: Callable[..., Bot] = build_bot,
        find_token: Callable[[Choices], SecretStr] = token_of,
    ) -> None:
        self._settings = settings
        self._desk = desk
        self._status = status
        self._tells = tells
        self._build = build
        self._find_token = find_token
        self._clock = desk.context.clock
        self._bot: Bot | None = None
        self._retiring = Tasks()
        self._beside = Tasks()

    @property
    def bot(self) -> Bot | None:
        """The bot that is connected now; None while none is."""
        return self._bot if self._bot is not None and self._bot.is_ready() else None

    async def run(self, may_act: MayAct) -> None:
        """
        For ever.

        Raises:
            Misconfigured: At the start: there is no token, or Discord refuses it or what the bot wants to hear.
        """
        quieten(self._settings)
        memory = self._memory()
        chat = Chat(self._desk, self._settings, self._settings.discord, memory)
        try:
            if self._tells is not None:
                self._beside.start(self._always(self._tells, chat, may_act), name="discord-beside")
            await self._connected(chat, may_act)
        finally:
            await self._finish()
            memory.close()

    def _memory(self) -> MemoryFile:
        """The bot's memory; where its file cannot be used, one that ends with the process: a cancel needs no file."""
        try:
            memory = MemoryFile.open(self._settings.folder / NAME)
        except StoreFailure as error:
            logger.warning("%s The bot goes on, and forgets what it has shown when it ends.", error.message)
            self._status.forgets = error.message
            return MemoryFile.open(None)
        self._status.forgets = ""
        return memory

    async def _finish(self) -> None:
        """What is in hand ends, what is due is told, and only then the connection under both is closed."""
        bot = self._bot
        if bot is not None and not await bot.handlers.finished(within_s=FINISH_S):
            logger.warning("%d events were still in hand at the end", bot.handlers.count)
        await self._beside.close(within_s=CLOSE_S)
        if bot is not None:
            self._hand_over(bot)
        if not self._retiring.is_empty:
            await self._retiring.outlasted(asyncio.sleep(FINISH_S + CLOSE_S))
        await self._retiring.close(within_s=CLOSE_S)

    async def _connected(self, chat: Chat, may_act: MayAct) -> None:
        pauses = Backoff(FIRST_PAUSE_S, longest_s=LONGEST_PAUSE_S, spread=(0.5, 1.0))
        pauses_away = Backoff(FIRST_PAUSE_S, longest_s=LONGEST_PAUSE_AWAY_S, spread=(0.5, 1.0))
        began_s = self._clock.monotonic()
        while True:
            try:
                life = await self._once(chat, may_act)
            except _Refused as refused:
                is_beginning = self._clock.monotonic() - began_s < BEGINNING_S and not self._status.was_connected
                if is_beginning:
                    raise refused.wrong from None
                await self._refused(refused.wrong)
                await self._clock.sleep(REFUSED_PAUSE_S)
                continue
            if life.well_s >= STEADY_S:
                pauses.reset()
                pauses_away.reset()
            self._status.restarts += 1
            await self._clock.sleep((pauses_away if life.was_away else pauses).next())

    async def _once(self, chat: Chat, may_act: MayAct) -> _Life:
        """
        One bot, from its login until it is of no more use.

        Raises:
            _Refused: Discord takes it neither now nor soon.
        """
        token = await self._token()
        began_s = self._clock.monotonic()
        bot = self._bot = self._build(chat, status=self._status, may_act=may_act)
        greeting = asyncio.create_task(self._greeted(bot), name="discord-greeting")
        try:
            was_away = await self._lives(bot, token)
        except _Refused:
            self._hand_over(bot)
            raise
        finally:
            await ended(greeting)
        self._hand_over(bot)
        ended_s = self._clock.monotonic() if bot.lost_at_s is None else bot.lost_at_s
        return _Life(well_s=ended_s - began_s if bot.is_greeted.is_set() else 0.0, was_away=was_away)

    async def _lives(self, bot: Bot, token: SecretStr) -> bool:
        """Connect *bot*, until it is of no more use; whether that is because nothing of Discord is reached."""
        living = asyncio.create_task(bot.start(token.get_secret_value()), name="discord-bot")
        try:
            await first_done(asyncio.wait((living,)), self._away_too_long(bot))
            if not living.done():
                return self._not_reached(f"for {AWAY_S:.0f} seconds")
            living.result()
            self._died("the connection was closed")
        except discord.DiscordException as error:
            if (wrong := refusal_of(error)) is not None:
                raise _Refused(wrong) from None
            self._died(f"Discord is not reached ({type(error).__name__})")
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            return self._not_reached(type(error).__name__)
        except Exception as error:
            if not bot.is_greeted.is_set():  # cut off so early, discord.py trips over what it has not got yet
                return self._not_reached(type(error).__name__)
            logger.exception("An event of Discord broke the bot; another one is built")
            self._died("an event broke the bot")
        finally:
            await ended(living)
        return False

    async def _away_too_long(self, bot: Bot) -> None:
        """Return once *bot* was away for `AWAY_S`, however long discord.py still wants to wait."""
        while bot.lost_at_s is None or self._clock.monotonic() - bot.lost_at_s < AWAY_S:
            await self._clock.sleep(LOOK_S)

    def _not_reached(self, why: str) -> bool:
        self._died(f"Discord is not reached ({why})")
        return True

    def _hand_over(self, bot: Bot) -> None:
        """Let *bot* finish what it has in hand, beside the next one."""
        self._bot = None
        self._retiring.start(self._retire(bot), name="discord-retiring")

    async def _retire(self, bot: Bot) -> None:
        """Close *bot*: no event from now on, then what is in hand, then the rest."""
        try:
            async with asyncio.timeout(CLOSE_S + FINISH_S):
                if bot.ws is not None and bot.ws.open:
                    await bot.ws.close(code=1000)
                if not await bot.handlers.finished(within_s=FINISH_S):
                    logger.warning("%d events were still in hand where the bot was closed", bot.handlers.count)
                await bot.close()
        except Exception as error:  # noqa: BLE001  it is of no more use, however it ends
            logger.info("A bot was not closed in order: %s", type(error).__name__)

    def _died(self, trouble: str) -> None:
        self._status.away(trouble)
        logger.warning("The bot in Discord: %s", trouble)

    async def _token(self) -> SecretStr:
        try:
            return await asyncio.to_thread(self._find_token, self._settings)
        except Misconfigured as wrong:
            raise _Refused(wrong) from None

    # ── what is told beside it ─────────────────────────────────────────────────────────────────────────────────

    async def _always(self, tells: TellsBeside, chat: Chat, may_act: MayAct) -> None:
        """Run *tells*; where it dies, again after a pause."""
        pauses = Backoff(FIRST_PAUSE_S, longest_s=LONGEST_PAUSE_S, spread=(0.5, 1.0))
        while True:
            began_s = self._clock.monotonic()
            try:
                await tells(chat, lambda: self.bot, may_act)
            except Exception:
                logger.exception("Telling in Discord died, and is started again")
            if self._clock.monotonic() - began_s >= STEADY_S:
                pauses.reset()
            await self._clock.sleep(pauses.next())

    # ── for the operators ──────────────────────────────────────────────────────────────────────────────────────

    async def _greeted(self, bot: Bot) -> None:
        await bot.is_greeted.wait()
        await record_refusal(self._desk.context, None)

    async def _refused(self, wrong: Misconfigured) -> None:
        self._died(wrong.message)
        await record_refusal(self._desk.context, wrong)
