"""
What discord.py hands in, as values: who asks, where, and what. Nothing is decided here.

    Interaction ─▶ asker_of ─▶ Request of a command, a press, a form         Message ─▶ asker_at ─▶ Request of a line

What is missing stays empty, so that the gate refuses it: a channel that Discord does not name, a guild that the bot
does not know, people among themselves, a role that is not of this guild. Names are untrusted text, never an identity.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import discord

from tastyflow_adapters.discord.page import Act
from tastyflow_adapters.discord.request import Asker, Request

Arrived = discord.Interaction[Any]
"""An interaction of any client."""
Place = discord.abc.Snowflake
"""A channel of any kind."""

LONGEST: Final = 4_000
"""Characters of a line that are read: Discord takes no longer ones."""


def asker_of(interaction: Arrived) -> Asker:
    """Who is behind *interaction*, and where."""
    channel = None if interaction.context.private_channel else interaction.channel  # two people, and the bot no member
    return _asker(interaction.user, channel, interaction.guild_id)


def asker_at(message: discord.Message) -> Asker:
    """Who wrote *message*, and where."""
    return _asker(message.author, message.channel, message.guild.id if message.guild else None)


def is_direct(message: discord.Message) -> bool:
    """Whether *message* stands where its person and the bot are alone: not only in no guild that is known."""
    return isinstance(message.channel, discord.DMChannel)


def _asker(user: discord.User | discord.Member, channel: Place | None, guild: int | None) -> Asker:
    is_elsewhere = guild is None and not isinstance(channel, discord.DMChannel)
    parent = channel.parent_id if isinstance(channel, discord.Thread) else None
    is_known = user is not discord.utils.MISSING
    return Asker(
        user=str(user.id) if is_known else "",
        name=user.display_name if is_known else "",
        guild=str(guild or ""),
        channel="" if channel is None or is_elsewhere else str(channel.id),
        parent=str(parent or ""),
        roles=frozenset(str(each.id) for each in user.roles)
        if guild and isinstance(user, discord.Member)
        else frozenset(),
    )


# ── what is asked ──────────────────────────────────────────────────────────────────────────────────────────────


def command_name(interaction: Arrived) -> str:
    """The name of the slash command that was used; empty where there is none."""
    return str(_data(interaction).get("name", ""))


def options_of(interaction: Arrived) -> Mapping[str, object]:
    """What was put into the options of a slash command, as it came."""
    return {str(each.get("name", "")): each.get("value") for each in _data(interaction).get("options", ())}


def command_request(interaction: Arrived, asker: Asker, command: str, options: Mapping[str, str]) -> Request:
    """What a slash command asks."""
    return Request(
        asker=asker,
        id=str(interaction.id),
        at=interaction.created_at,
        text=options.get("text", ""),
        command=command,
        options=options,
    )


def press_request(interaction: Arrived, asker: Asker, act: Act, about: str) -> Request:
    """What a press of a button, a choice from a menu, or a form that was filled in asks."""
    values = _data(interaction).get("values", ())
    return Request(
        asker=asker,
        id=str(interaction.id),
        at=interaction.created_at,
        act=act,
        about=about,
        values=tuple(each for each in values if isinstance(each, str)) if isinstance(values, list) else (),
        fields=dict(_filled(_data(interaction).get("components", ()))),
        page=str(interaction.message.id) if interaction.message is not None else "",
    )


def custom_id_of(interaction: Arrived) -> str:
    """The id of the button, menu or form that was used; empty where there is none."""
    found = _data(interaction).get("custom_id", "")
    return found if isinstance(found, str) else ""


def line_request(message: discord.Message, asker: Asker, me: int) -> Request:
    """What a line asks that was written to the user *me*, without their mention, or that of their own role."""
    reference = message.reference
    return Request(
        asker=asker,
        id=str(message.id),
        at=message.created_at,
        text=unaddressed(message.content, me, own_roles(message, me)),
        page=str(reference.message_id) if reference is not None and reference.message_id else "",
    )


def edit_request(edit: discord.RawMessageUpdateEvent, me: int) -> Request:
    """What a line says after it was edited."""
    message = edit.message
    return Request(
        asker=asker_at(message),
        id=str(message.id),
        at=message.created_at,
        text=unaddressed(message.content, me, own_roles(message, me)),
    )


def own_roles(message: discord.Message, me: int) -> tuple[int, ...]:
    """The roles that *message* mentions and that are the bot's alone: Discord makes one for each bot, of its name."""
    return tuple(each.id for each in message.role_mentions if each.tags is not None and each.tags.bot_id == me)


def unaddressed(text: str, me: int, roles: Sequence[int] = ()) -> str:
    """*text* without the mentions of the user *me*, and of *roles*."""
    mentions = "|".join((rf"@!?{me}", *(f"@&{each}" for each in roles)))
    return re.sub(rf"<(?:{mentions})>", " ", text[:LONGEST]).strip()


def is_line(message: discord.Message) -> bool:
    """Whether a person wrote words in *message*."""
    return is_by_person(message) and bool(message.content.strip())


def is_by_person(message: discord.Message) -> bool:
    """Whether a person wrote *message* here: no bot, no webhook, nothing of Discord's own, nothing forwarded."""
    return (
        not message.author.bot
        and message.webhook_id is None
        and message.type in (discord.MessageType.default, discord.MessageType.reply)
        and not message.message_snapshots
    )


def _data(interaction: Arrived) -> Mapping[str, Any]:
    """What Discord sent along, as it came: its shape is checked where it is read."""
    return interaction.data or {}


def _filled(components: object) -> Iterator[tuple[str, str]]:
    """What stands in the fields of a form, by their names, however Discord nests them."""
    if not isinstance(components, list | tuple):
        return
    for each in components:
        if not isinstance(each, Mapping):
            continue
        name, value = each.get("custom_id"), each.get("value")
        if isinstance(name, str) and isinstance(value, str):
            yield name, value[:LONGEST]
        yield from _filled(each.get("components", ()))
        yield from _filled((each.get("component"),))
