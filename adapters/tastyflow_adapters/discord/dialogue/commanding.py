"""
Slash commands: the gate, "thinking" within three seconds, then the answer in its place.

    interaction_check (the gate) ─▶ a row of `COMMANDS` ─▶ deferred ─▶ answered ─▶ shown
    typed so far ─▶ lines that are offered, or none: to strangers, and where they take too long
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

import discord
from discord import app_commands

from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.commands import Option, SlashCommand
from tastyflow_adapters.discord.dialogue import replying, words
from tastyflow_adapters.discord.dialogue.answering import TURNED_AWAY, answered, unforeseen
from tastyflow_adapters.discord.dialogue.arrivals import Arrived, asker_of, command_name, command_request, options_of
from tastyflow_adapters.discord.dialogue.handlers import Handlers
from tastyflow_adapters.discord.dialogue.signs import Taken, given
from tastyflow_adapters.discord.dialogue.tree import Stale, command_of, options_asked
from tastyflow_adapters.discord.drawing import to_send
from tastyflow_adapters.discord.entrance import Admission, Entrance
from tastyflow_adapters.discord.memory.heard import Arrival, Heard
from tastyflow_adapters.discord.page import ChatPage

logger = logging.getLogger(__name__)

OFFERED_WITHIN_S: Final = 2.0
"""Discord takes offered lines for three seconds."""

_OUTDATED: Final = (
    Stale,
    app_commands.CommandNotFound,
    app_commands.CommandSignatureMismatch,
    app_commands.TransformerError,
)


class GatedTree(app_commands.CommandTree[Any]):
    """
    The slash commands of one bot. Each passes the gate first.

    Args:
        rows: The commands, by their names.
    """

    def __init__(
        self, client: discord.Client, chat: Chat, entrance: Entrance, handlers: Handlers, rows: Sequence[SlashCommand]
    ) -> None:
        super().__init__(client)
        self._chat = chat
        self._entrance = entrance
        self._handlers = handlers
        self._rows: Mapping[str, SlashCommand] = {row.name: row for row in rows}
        for row in rows:
            self.add_command(command_of(row, self._ask, self._complete))

    @property
    def rows(self) -> Sequence[SlashCommand]:
        """Every command that is answered."""
        return tuple(self._rows.values())

    async def interaction_check(self, interaction: Arrived, /) -> bool:
        """Whether *interaction* is let in; where it is not, what is to be said is said."""
        self._handlers.follow()
        try:
            return await self._is_let_in(interaction)
        except Exception as error:  # noqa: BLE001  discord.py would lose it
            await self._broken(interaction, unforeseen(error))
            return False

    async def _is_let_in(self, interaction: Arrived) -> bool:
        asker, row = asker_of(interaction), self._rows.get(command_name(interaction))
        is_for_posts = row is not None and row.is_for_posts
        if interaction.type is discord.InteractionType.autocomplete:
            return await self._may_be_offered(interaction, is_for_posts=is_for_posts)
        event = Heard(str(interaction.id), Arrival.COMMAND, asker)
        is_for_strangers = row is not None and row.is_for_strangers
        admission = self._entrance.admit(
            event, interaction.created_at, is_for_posts=is_for_posts, is_for_strangers=is_for_strangers
        )
        if admission is Admission.WELCOME:
            return True
        await turn_away(interaction, admission)
        return False

    async def on_error(self, interaction: Arrived, error: app_commands.AppCommandError, /) -> None:
        """Answer what no command was called for, or what broke while it was."""
        if isinstance(error, _OUTDATED):
            logger.info("A command came in a shape that is not today's: %s", type(error).__name__)
            page = words.STALE
        else:
            page = unforeseen(error.__cause__ or error)
        await self._broken(interaction, page)

    async def _broken(self, interaction: Arrived, page: ChatPage) -> None:
        """Say *page* of what broke, where the person waits for an answer."""
        if interaction.type is discord.InteractionType.autocomplete:
            return
        self._entrance.broke(str(interaction.id))
        if interaction.response.is_done():
            await replying.in_place(interaction, page)
        else:
            await first_answer(interaction, page)

    async def _ask(self, interaction: Arrived, row: SlashCommand) -> None:
        asker = asker_of(interaction)
        options = options_asked(row, options_of(interaction))
        taken = await given(interaction, interaction.response.defer(ephemeral=not asker.is_direct, thinking=True))
        event = Heard(str(interaction.id), Arrival.COMMAND, asker)
        if taken is not Taken.YES:
            self._entrance.ended(event, f"sign {taken}")
            await replying.otherwise(interaction, words.sign_missed(asker.name, f"/{row.name}"))
            return
        answer = await answered(self._chat, command_request(interaction, asker, row.name, options), row.answer)
        await replying.in_place(interaction, answer if isinstance(answer, ChatPage) else words.NO_ORDER)
        self._entrance.ended(event, "answered")

    # ── offered while it is typed ──────────────────────────────────────────────────────────────────────────────

    async def _may_be_offered(self, interaction: Arrived, *, is_for_posts: bool) -> bool:
        if self._entrance.is_open_to(asker_of(interaction), is_for_posts=is_for_posts):
            return True
        await given(interaction, interaction.response.autocomplete([]))
        return False

    async def _complete(
        self, interaction: Arrived, row: SlashCommand, option: Option, current: str
    ) -> Sequence[tuple[str, str]]:
        if option.completes is None:
            return ()
        typed = {name: value for name, value in options_of(interaction).items() if isinstance(value, str)}
        request = command_request(interaction, asker_of(interaction), row.name, typed)
        try:
            async with asyncio.timeout(OFFERED_WITHIN_S):
                return [(each.label, each.value) for each in await option.completes(self._chat, request, current)]
        except Exception as error:  # noqa: BLE001  nothing is offered, and the command works without
            logger.info("Nothing is offered for /%s: %s", row.name, type(error).__name__)
            return ()


async def turn_away(interaction: Arrived, admission: Admission) -> None:
    """Say why nothing is done, another way where Discord takes no answer any more; strangers are owed no such way."""
    if (page := TURNED_AWAY.get(admission)) is None:
        return
    taken = await first_answer(interaction, page)
    if taken is not Taken.YES and admission is not Admission.TURNED_AWAY:
        await replying.otherwise(interaction, page)


async def first_answer(interaction: Arrived, page: ChatPage) -> Taken:
    """Answer *interaction*, which has no sign yet, with *page*, for the eyes of the person alone."""
    return await given(
        interaction, interaction.response.send_message(**to_send(replying.rendered(page)), ephemeral=True)
    )
