"""
What discord.py is handed: a message or form made of its own classes. No text is changed here.

    Rendered ─▶ to_send(…)    arguments of `send` and of a first answer; `ephemeral` is the caller's to add
                to_edit(…)    arguments of `edit`: what the page does not have is taken away
    RenderedForm ─▶ modal(…)

The views are stopped at once: discord.py would keep each of them for ever, and presses are read by their ids.
"""

import io
from collections.abc import Mapping
from typing import Any, Final

import discord

from tastyflow_adapters.discord.page import Emphasis, Picture, TextFile
from tastyflow_adapters.discord.rendered import Rendered, RenderedCard, RenderedForm

_STYLES: Final[Mapping[Emphasis, discord.ButtonStyle]] = {
    Emphasis.MAIN: discord.ButtonStyle.primary,
    Emphasis.NORMAL: discord.ButtonStyle.secondary,
    Emphasis.GOOD: discord.ButtonStyle.success,
    Emphasis.DANGER: discord.ButtonStyle.danger,
}


def to_send(message: Rendered) -> dict[str, Any]:
    """The arguments with which *message* is sent; links in plain text show no preview."""
    arguments: dict[str, Any] = {}
    if message.content:
        arguments["content"] = message.content
    if message.card is not None:
        arguments["embed"] = _embed(message.card)
    elif message.content:
        arguments["suppress_embeds"] = True
    if message.buttons or message.menu:
        arguments["view"] = _view(message)
    if files := _files(message):
        arguments["files"] = files
    return arguments


def to_edit(message: Rendered) -> dict[str, Any]:
    """The arguments with which another message becomes *message*, with nothing of its own left."""
    return {
        "content": message.content or None,
        "embeds": [_embed(message.card)] if message.card is not None else [],
        "view": _view(message) if message.buttons or message.menu else None,
        "attachments": _files(message),
    }


def modal(form: RenderedForm) -> discord.ui.Modal:
    """The form as discord.py sends it."""
    drawn = discord.ui.Modal(title=form.title, custom_id=form.id)
    for each in form.fields:
        entry: discord.ui.TextInput[discord.ui.Modal] = discord.ui.TextInput(
            custom_id=each.name,
            label=each.label,
            default=each.value or None,
            placeholder=each.placeholder or None,
            required=each.is_required,
            max_length=each.longest,
            style=discord.TextStyle.paragraph if each.longest > 100 else discord.TextStyle.short,
        )
        drawn.add_item(entry)
    drawn.stop()
    return drawn


def _embed(card: RenderedCard) -> discord.Embed:
    drawn = discord.Embed(title=card.title or None, description=card.description or None, colour=card.colour)
    if card.place:
        drawn.set_author(name=card.place)
    for each in card.fields:
        drawn.add_field(name=each.name, value=each.value, inline=False)
    if card.footer:
        drawn.set_footer(text=card.footer)
    return drawn


def _view(message: Rendered) -> discord.ui.View:
    drawn = discord.ui.View(timeout=None)
    for row, buttons in enumerate(message.buttons):
        for each in buttons:
            drawn.add_item(
                discord.ui.Button[discord.ui.View](
                    style=_STYLES[each.emphasis],
                    label=each.label,
                    custom_id=each.id,
                    disabled=not each.is_enabled,
                    row=row,
                )
            )
    if (menu := message.menu) is not None:
        options = [
            discord.SelectOption(label=each.label, value=each.value, description=each.description or None)
            for each in menu.choices
        ]
        drawn.add_item(
            discord.ui.Select[discord.ui.View](
                custom_id=menu.id, placeholder=menu.placeholder or None, options=options, row=len(message.buttons)
            )
        )
    drawn.stop()
    return drawn


def _files(message: Rendered) -> list[discord.File]:
    files = [_file(each) for each in message.files]
    return [*files, _picture(message.picture)] if message.picture else files


def _picture(picture: Picture) -> discord.File:
    return discord.File(io.BytesIO(picture.content), filename=picture.name, description=picture.words or None)


def _file(file: TextFile) -> discord.File:
    return discord.File(io.BytesIO(file.text.encode("utf-8", "replace")), filename=file.name)
