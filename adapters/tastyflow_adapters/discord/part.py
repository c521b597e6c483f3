"""
The part `discord` of the service: a bot that is connected again and again, and what is told beside it.

    token ─▶ a bot lives (`bot_life`) ─▶ retired, beside the next one
                ▲            └─▶ pause (longer each time; short where Discord was not reached) ─┐
                └───────────────────────────────────────────────────────────────────────────────┘
    Discord refuses the token or the intents   at the start: the service ends, with one line (`Misconfigured`)
                                               later: an incident, and a try every few minutes; orders go on
    asked to stop ─▶ what is in hand is finished, what is due is told, closed
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from pydantic import SecretStr

from tastyflow.application.backoff import Backoff
from tastyflow.application.desk import Desk
from tastyflow.application.service.supervision import MayAct
from tastyflow.application.waiting import Tasks, ended
from tastyflow.errors import Misconfigured, StoreFailure
from tastyflow_adapters.config.choices import Choices
from tastyflow_adapters.discord.bot import Bot, CurrentBot, build_bot
from tastyflow_adapters.discord.bot_life import CLOSE_S, FINISH_S, BotRefused, Life, finish, live, retire
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.connection import ConnectionStatus
from tastyflow_adapters.discord.login_refusal import record_refusal
from tastyflow_adapters.discord.memory.file import NAME, MemoryFile
from tastyflow_adapters.discord.quiet_logs import quieten
from tastyflow_adapters.discord.token import token_of

logger = logging.getLogger(__name__)

FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 300.0
"""Discord lets a bot log in a thousand times a day."""
LONGEST_PAUSE_AWAY_S: Final = 5.0
"""Where nothing of Discord is reached no login is counted, and traders wait."""
STEADY_S: Final = 60.0
"""A bot that was connected so long was well: the next pause begins short again."""
REFUSED_PAUSE_S: Final = 120.0
"""Between tries while Discord refuses the token: it counts what it refuses."""
BEGINNING_S: Final = 60.0
"""What is refused this early is a setting that was never right, and no trader counts on the service yet."""

TellsBeside = Callable[[Chat, CurrentBot, MayAct], Awaitable[None]]
"""Tells things in Discord for as long as the part runs; where it is cancelled it tells what is due, and ends."""


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
        if bot is not None:
            await finish(bot)
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
            except BotRefused as refused:
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

    async def _once(self, chat: Chat, may_act: MayAct) -> Life:
        """
        One bot, from its login until it is of no more use.

        Raises:
            BotRefused: There is no token, or Discord takes the bot neither now nor soon.
        """
        token = await self._token()
        bot = self._bot = self._build(chat, status=self._status, may_act=may_act)
        greeting = asyncio.create_task(self._greeted(bot), name="discord-greeting")
        try:
            life = await live(bot, token, self._clock)
        except BotRefused:
            self._hand_over(bot)
            raise
        finally:
            await ended(greeting)
        self._hand_over(bot)
        return life

    def _hand_over(self, bot: Bot) -> None:
        """Let *bot* finish what it has in hand, beside the next one."""
        self._bot = None
        self._retiring.start(retire(bot), name="discord-retiring")

    async def _token(self) -> SecretStr:
        try:
            return await asyncio.to_thread(self._find_token, self._settings)
        except Misconfigured as wrong:
            raise BotRefused(wrong) from None

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
        self._status.died(wrong.message)
        await record_refusal(self._desk.context, wrong)
