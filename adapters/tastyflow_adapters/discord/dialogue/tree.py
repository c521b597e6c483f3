"""
The slash commands as discord.py registers and calls them, made from the table `COMMANDS`.

    SlashCommand ─▶ app_commands.Command ─┬─ payload, for `tastyflow discord sync`
                                          └─ called ─▶ CommandTree.interaction_check (the gate) ─▶ ask(row, …)

An old client sends old names and shapes. discord.py drops options that it does not know, so what is asked is held
against the row here: an order is never made of a part of what was typed.
"""

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any

import discord
from discord import app_commands

from tastyflow_adapters.discord.commands import Option, SlashCommand
from tastyflow_adapters.discord.dialogue.arrivals import Arrived
from tastyflow_adapters.discord.limits import LIMITS
from tastyflow_adapters.discord.text import bounded, labelled, size

Ask = Callable[[Arrived, SlashCommand], Awaitable[None]]
Complete = Callable[[Arrived, SlashCommand, Option, str], Awaitable[Sequence[tuple[str, str]]]]
"""The lines that are offered, each with its value."""

Offered = list[app_commands.Choice[str]]


class Stale(app_commands.AppCommandError):
    """What arrived does not fit the command as it is today."""


def command_of(row: SlashCommand, ask: Ask, complete: Complete) -> app_commands.Command[Any, ..., None]:
    """*row* as discord.py knows it."""

    async def called(interaction: Arrived, **_: str) -> None:
        await ask(interaction, row)

    called.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # what discord.py reads the options from
        [
            inspect.Parameter("interaction", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=discord.Interaction),
            *(_parameter(each) for each in row.options),
        ]
    )
    if row.options:
        called = app_commands.describe(**{each.name: each.description for each in row.options})(called)
    fixed = {each.name: _fixed(each) for each in row.options if each.choices}
    if fixed:
        called = app_commands.choices(**fixed)(called)
    command: app_commands.Command[Any, ..., None] = app_commands.Command(
        name=row.name,
        description=row.description,
        callback=called,
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False),
    )
    for option in row.options:
        if option.completes is not None:
            command.autocomplete(option.name)(_completing(row, option, complete))
    return command


def options_asked(row: SlashCommand, found: Mapping[str, object]) -> Mapping[str, str]:
    """
    What was put into the options of *row*, each as it is today.

    Raises:
        Stale: An option that is not there, a value of another kind, or one that is missing.
    """
    known = {each.name: each for each in row.options}
    if found.keys() - known.keys():
        raise Stale
    if any(each.is_required and each.name not in found for each in row.options):
        raise Stale
    return {name: _value(known[name], value) for name, value in found.items()}


def _value(option: Option, value: object) -> str:
    if not isinstance(value, str) or len(value) > option.longest or (option.choices and value not in option.choices):
        raise Stale
    return value


def _parameter(option: Option) -> inspect.Parameter:
    return inspect.Parameter(
        option.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=inspect.Parameter.empty if option.is_required else "",
        annotation=str if option.choices else app_commands.Range[str, int(option.is_required), option.longest],
    )


def _fixed(option: Option) -> Offered:
    return [app_commands.Choice(name=each, value=each) for each in option.choices]


def _completing(
    row: SlashCommand, option: Option, complete: Complete
) -> Callable[[Arrived, str], Coroutine[Any, Any, Offered]]:
    async def completed(interaction: Arrived, current: str) -> Offered:
        offered = await complete(interaction, row, option, current)
        return [
            app_commands.Choice(name=bounded(labelled(label), LIMITS.choice) or "–", value=value)
            for label, value in offered
            if 0 < size(value) <= LIMITS.choice  # a value that was cut would mean something else
        ][: LIMITS.choices]

    return completed
