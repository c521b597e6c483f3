"""
The bot: a client of Discord that hands everything that arrives to the dialogue, and knows nothing of orders.

    build_bot(chat) ─▶ Bot ─┬─ tree       slash commands, from `COMMANDS`
                            ├─ presses    buttons, menus, forms, from `ACTS`
                            └─ listener   lines, from `LINES`

It asks for no more than it needs: guilds, messages in guilds and direct ones; the content of messages only where plain
text is read. It mentions no person. A `Bot` that has died is not used again: `part` builds another.
"""

import asyncio
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import discord

from tastyflow.application.service.supervision import MayAct
from tastyflow_adapters.config.discord_choices import DiscordChoices
from tastyflow_adapters.discord.acts import ACTS, ActRow
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.commands import COMMANDS, SlashCommand
from tastyflow_adapters.discord.connection import ConnectionStatus
from tastyflow_adapters.discord.dialogue.answering import unforeseen
from tastyflow_adapters.discord.dialogue.commanding import GatedTree
from tastyflow_adapters.discord.dialogue.handlers import Handlers
from tastyflow_adapters.discord.dialogue.listening import Listener
from tastyflow_adapters.discord.dialogue.pressing import Presses
from tastyflow_adapters.discord.entrance import Entrance, Now, wall_clock
from tastyflow_adapters.discord.lines import LINES, LineRow
from tastyflow_adapters.discord.page import Act

if TYPE_CHECKING:
    import aiohttp

logger = logging.getLogger(__name__)

READY_WITHIN_S: Final = 2.0
"""How long discord.py waits for the guilds before it says that it is ready."""
LONGEST_WAIT_S: Final = 30.0
"""A rate limit that is longer than this is an error, not a wait: what waits here is shown another way."""


def intents_of(here: DiscordChoices) -> discord.Intents:
    """What the bot wants to hear of."""
    wanted = discord.Intents.none()
    wanted.guilds = wanted.guild_messages = wanted.dm_messages = True
    wanted.message_content = here.plain_text
    return wanted


class Bot(discord.Client):
    """
    One connection to Discord, for as long as it lasts.

    Attributes:
        handlers: What is in hand.
        connection: How it is, for the health page.
        is_greeted: Set once Discord has taken the bot.
        lost_at_s: Since when it tries to connect again, by the desk's clock; None while it does not.
    """

    def __init__(
        self,
        chat: Chat,
        *,
        connector: "aiohttp.BaseConnector | None",
        status: ConnectionStatus,
        entrance: Entrance,
        ready_within_s: float,
        commands: Sequence[SlashCommand],
        acts: Mapping[Act, ActRow],
        lines: LineRow,
    ) -> None:
        super().__init__(
            intents=intents_of(chat.here),
            connector=connector,
            allowed_mentions=discord.AllowedMentions.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            max_ratelimit_timeout=LONGEST_WAIT_S,
            guild_ready_timeout=ready_within_s,
        )
        self.handlers: Final = Handlers()
        self.is_greeted: Final = asyncio.Event()
        self.lost_at_s: float | None = None
        self._clock: Final = chat.desk.context.clock
        self.connection: Final = status
        self.tree: Final = GatedTree(self, chat, entrance, self.handlers, commands)
        self._presses = Presses(chat, entrance, acts)
        self._listener = Listener(chat, entrance, lines)

    @property
    def me(self) -> int:
        """The bot's own user; 0 before it is logged in."""
        return self.user.id if self.user is not None else 0

    # ── what arrives ───────────────────────────────────────────────────────────────────────────────────────────

    async def on_interaction(self, interaction: "discord.Interaction[Bot]") -> None:
        """A button, a menu, or a form; slash commands are the tree's."""
        if interaction.type in (discord.InteractionType.component, discord.InteractionType.modal_submit):
            self.handlers.follow()
            await self._presses.pressed(interaction)

    async def on_message(self, message: discord.Message) -> None:
        """A line."""
        self.handlers.follow()
        await self._listener.heard(message, self.me)

    async def on_raw_message_edit(self, edit: discord.RawMessageUpdateEvent) -> None:
        """A line was edited."""
        self.handlers.follow()
        await self._listener.edited(edit, self.me)

    async def on_raw_message_delete(self, gone: discord.RawMessageDeleteEvent) -> None:
        """A line was deleted."""
        self.handlers.follow()
        await self._listener.deleted(gone.message_id, self._place_of(gone))

    async def on_raw_bulk_message_delete(self, gone: discord.RawBulkMessageDeleteEvent) -> None:
        """Several lines were deleted."""
        self.handlers.follow()
        for message in sorted(gone.message_ids):
            await self._listener.deleted(message, self._place_of(gone))

    def _place_of(
        self, gone: discord.RawMessageDeleteEvent | discord.RawBulkMessageDeleteEvent
    ) -> discord.PartialMessageable:
        return self.get_partial_messageable(gone.channel_id, guild_id=gone.guild_id)

    async def on_error(self, event_method: str, /, *_args: object, **_kwargs: object) -> None:
        """A handler broke: a line in the log under a number, and the bot goes on."""
        if (error := sys.exception()) is not None:
            unforeseen(error)
        logger.warning("The handler %s broke", event_method)

    # ── how it is ──────────────────────────────────────────────────────────────────────────────────────────────

    async def on_ready(self) -> None:
        """It is connected, with a new session."""
        self.is_greeted.set()
        self._connected()

    async def on_resumed(self) -> None:
        """It is connected again, and what was missed has been heard."""
        self._connected()

    def _connected(self) -> None:
        self.lost_at_s = None
        self.connection.connected(lambda: self.latency)

    async def on_disconnect(self) -> None:
        """The connection is gone, or could not be made; discord.py tries again."""
        if self.lost_at_s is None:
            self.lost_at_s = self._clock.monotonic()
        self.connection.away()

    async def on_socket_event_type(self, _kind: str) -> None:
        """Discord said something."""
        self.connection.heard()


CurrentBot = Callable[[], Bot | None]
"""The bot that is connected now; None while none is."""


def build_bot(
    chat: Chat,
    *,
    connector: "aiohttp.BaseConnector | None" = None,
    status: ConnectionStatus | None = None,
    may_act: MayAct = lambda: True,
    now: Now = wall_clock,
    ready_within_s: float = READY_WITHIN_S,
    commands: Sequence[SlashCommand] = COMMANDS,
    acts: Mapping[Act, ActRow] = ACTS,
    lines: LineRow = LINES,
) -> Bot:
    """
    A bot that is not connected yet: ``async with bot: await bot.start(token)``.

    Args:
        connector: How it reaches Discord; None for the ordinary way.
        status: Where it notes how it is.
        may_act: Whether this process is the one that answers; asked for each event.
        now: The time that Discord's ids are compared with.
    """
    return Bot(
        chat,
        connector=connector,
        status=status or ConnectionStatus(chat.desk.context.clock),
        entrance=Entrance(chat, may_act=may_act, now=now),
        ready_within_s=ready_within_s,
        commands=commands,
        acts=acts,
        lines=lines,
    )
