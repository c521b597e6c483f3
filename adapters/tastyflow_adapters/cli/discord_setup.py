"""
``tastyflow discord check`` and ``tastyflow discord sync``: the bot, as it is set up.

Only their options and help stand here; the work is imported by the command that is run (`discord_visits`).
"""

import click

from tastyflow_adapters.cli.options import as_json


@click.group("discord")
def discord() -> None:
    """The bot in Discord: whether it is set up as it should be, and telling Discord its commands (docs/discord.md)."""


@discord.command("check")
@as_json
def check(wants_json: bool) -> int:
    """
    Say what works of the bot and what does not: token, intents, servers, channels and permissions, commands.

    Nothing is posted or changed; no secret is shown.

    \b
    Examples:
      tastyflow discord check
      tastyflow discord check --json

    Exit codes: 0 good, 1 something is broken, 4 something is doubtful or not verified.
    """
    from tastyflow_adapters.cli import discord_visits

    return discord_visits.check(wants_json=wants_json)


@discord.command("sync")
@click.option("--force", is_flag=True, help="Tell Discord also where it has them all.")
@as_json
def sync(force: bool, wants_json: bool) -> int:
    """
    Tell Discord the slash commands of the bot: for each server of the settings, and for direct messages where they are
    on. Where nothing differs, nothing is sent. After an update of tastyflow it is run once.

    \b
    Examples:
      tastyflow discord sync
      tastyflow discord sync --force --json

    Exit codes: 0 good, 1 something was refused, 3 Discord is off, or its token is missing or wrong.
    """
    from tastyflow_adapters.cli import discord_visits

    return discord_visits.sync(force=force, wants_json=wants_json)
