"""
Buttons, menus and forms: the gate anew, the sign of their act, and only then what they do.

    the id of the component ─▶ a row of `ACTS` ─▶ its sign ─▶ taken? ─▶ answered ─▶ shown in its place
                                                                  └▶ no: nothing is done, and that is said

They are read by their ids, which stand in Discord's messages: a button works after a restart. FORM is the exception:
the form itself is the sign, so that it is made first, from the log alone.
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Final

import discord

from tastyflow_adapters.discord.acts import ActRow, Sign
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.component_ids import read_component_id
from tastyflow_adapters.discord.dialogue import replying, words
from tastyflow_adapters.discord.dialogue.answering import answered, unforeseen
from tastyflow_adapters.discord.dialogue.arrivals import Arrived, asker_of, custom_id_of, press_request
from tastyflow_adapters.discord.dialogue.commanding import first_answer, turn_away
from tastyflow_adapters.discord.dialogue.signs import Taken, given
from tastyflow_adapters.discord.drawing import modal
from tastyflow_adapters.discord.entrance import Admission, Entrance
from tastyflow_adapters.discord.memory.heard import Arrival, Heard
from tastyflow_adapters.discord.page import Act, ChatPage, Form
from tastyflow_adapters.discord.rendering import render_form
from tastyflow_adapters.discord.request import Request

logger = logging.getLogger(__name__)

FORM_WITHIN_S: Final = 2.0
"""How long a form may take to be made: Discord waits for it for three seconds."""

_PRESSED: Final = "the button"
_FILLED: Final = "the form"


class Presses:
    """Answers the presses of one bot, by the table *acts*."""

    def __init__(self, chat: Chat, entrance: Entrance, acts: Mapping[Act, ActRow]) -> None:
        self._chat = chat
        self._entrance = entrance
        self._acts = acts

    async def pressed(self, interaction: Arrived) -> None:
        """A button was pressed, a line chosen from a menu, or a form filled in."""
        try:
            await self._pressed(interaction)
        except Exception as error:  # noqa: BLE001  the person waits for an answer
            page = unforeseen(error)
            self._entrance.broke(str(interaction.id))
            if interaction.response.is_done():
                await replying.in_place(interaction, page)
            else:
                await first_answer(interaction, page)

    async def _pressed(self, interaction: Arrived) -> None:
        asker, is_form = asker_of(interaction), interaction.type is discord.InteractionType.modal_submit
        event = Heard(str(interaction.id), Arrival.FORM if is_form else Arrival.PRESS, asker)
        admission = self._entrance.admit(event, interaction.created_at, is_for_posts=True)
        if admission is not Admission.WELCOME:
            await turn_away(interaction, admission)
            return
        found = read_component_id(custom_id_of(interaction))
        row = self._acts.get(found[0]) if found is not None else None
        if found is None or row is None or (is_form and row.filled is None):
            await first_answer(interaction, words.GONE)
            self._entrance.ended(event, "unknown id")
            return
        request = press_request(interaction, asker, *found)
        self._entrance.ended(event, await self._done(interaction, request, row, is_form=is_form))

    async def _done(self, interaction: Arrived, request: Request, row: ActRow, *, is_form: bool) -> str:
        """Do what was pressed; how it ended."""
        if not is_form and row.sign is Sign.FORM:
            return await self._show_form(interaction, request, row)
        sign = _fitting(row.filled_sign if is_form else row.sign, interaction)
        taken = await given(interaction, _sending(interaction, sign, row.claim))
        if taken is not Taken.YES:
            if taken is Taken.LOST and sign is Sign.CLAIM:
                await _bring_back(interaction)
            name, what = request.asker.name, _FILLED if is_form else _PRESSED
            await replying.otherwise(interaction, words.sign_missed(name, what))
            return f"sign {taken}"
        answer = await answered(self._chat, request, row.filled if is_form and row.filled else row.answer)
        await _show(interaction, sign, answer)
        return "answered"

    async def _show_form(self, interaction: Arrived, request: Request, row: ActRow) -> str:
        try:
            async with asyncio.timeout(FORM_WITHIN_S):
                answer = await answered(self._chat, request, row.answer)
        except TimeoutError:
            answer = words.RECEIVED_LATE
        if isinstance(answer, Form):
            taken = await given(interaction, interaction.response.send_modal(modal(render_form(answer))))
        else:
            taken = await first_answer(interaction, answer or words.GONE)
        if taken is not Taken.YES:
            await replying.otherwise(interaction, words.sign_missed(request.asker.name, _PRESSED))
            return f"sign {taken}"
        return "answered"


def _fitting(sign: Sign, interaction: Arrived) -> Sign:
    """*sign*, or a private one where it would change what others see, or where there is no page to change."""
    is_unfit = interaction.message is None or (sign is Sign.CLAIM and replying.is_public(interaction.message))
    return Sign.PRIVATE if is_unfit or sign is Sign.FORM else sign


async def _sending(interaction: Arrived, sign: Sign, claim: str) -> None:
    if sign is Sign.CLAIM:
        await interaction.response.edit_message(content=claim, view=None)
    elif sign is Sign.SAME:
        await interaction.response.defer()
    else:
        await interaction.response.defer(ephemeral=True, thinking=True)


async def _bring_back(interaction: Arrived) -> None:
    """The card may stand there without its buttons, although nothing was confirmed."""
    if interaction.message is not None:
        try:
            await interaction.edit_original_response(**replying.restored(interaction.message))
        except replying.NOT_TAKEN as error:
            logger.info("A card was not brought back: %s", type(error).__name__)


async def _show(interaction: Arrived, sign: Sign, answer: ChatPage | Form | None) -> None:
    if isinstance(answer, Form):
        answer = unforeseen(TypeError("a form can only be the answer to an act whose sign is FORM"))
    if answer is None:
        if sign is Sign.PRIVATE:
            await replying.in_place(interaction, words.DONE)
        return
    if sign is not Sign.PRIVATE and answer.is_private and replying.is_public(interaction.message):
        await replying.beside(interaction, answer)
        return
    await replying.in_place(interaction, answer)
