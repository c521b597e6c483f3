"""
The work of ``tastyflow discord check`` and ``tastyflow discord sync``; importing it imports discord.py.

    check   settings ─▶ token ─▶ in Discord (`discord.setup.checks`) ─▶ memory, linked traders ─▶ a page, as of doctor
    sync    settings ─▶ token ─▶ each place: what differs ─▶ told ─▶ a line each
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, closing
from datetime import timedelta
from functools import partial
from typing import Final

import click
from pydantic import SecretStr
from rich.console import Group

from tastyflow.application.ledger.lookup import Lookup
from tastyflow.errors import Misconfigured, TastyflowError
from tastyflow_adapters import redaction
from tastyflow_adapters.bootstrap import clock_of, open_ledger
from tastyflow_adapters.checkup import Observation, Probe, ProbeOutcome, ProbeResult, examine, ok, warn
from tastyflow_adapters.cli import checkup_page
from tastyflow_adapters.cli.asking import run
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.safe_console import SafeConsole, say
from tastyflow_adapters.cli.safe_text import json_line
from tastyflow_adapters.cli.shapes import error_json
from tastyflow_adapters.config.choices import Choices
from tastyflow_adapters.config.loading import load
from tastyflow_adapters.discord.memory.file import NAME, MemoryFile
from tastyflow_adapters.discord.memory.link_tries import MOST_OF_ONE, LinkTries
from tastyflow_adapters.discord.request import PLATFORM
from tastyflow_adapters.discord.setup.checks import TOKEN, checks
from tastyflow_adapters.discord.setup.commands import EVERYWHERE, Difference, difference, looked_up, tell, wanted
from tastyflow_adapters.discord.setup.visit import visiting
from tastyflow_adapters.discord.token import token_of
from tastyflow_adapters.store.log import log_exists

OFF: Final = "it is off: the table [discord] of the settings names no server, and takes no direct messages"
SWITCH_ON: Final = "Set discord.guilds and discord.channels in config.toml (docs/discord.md)."
DAY: Final = timedelta(days=1)


def check(*, wants_json: bool) -> int:
    """Look at everything; the exit code."""
    results = run(_examined())
    if wants_json:
        click.echo(json_line(checkup_page.view(results)))
    else:
        SafeConsole().show(checkup_page.page(results))
    return checkup_page.code_of(results)


def sync(*, force: bool, wants_json: bool) -> int:
    """
    Tell Discord the commands; the exit code.

    Raises:
        Misconfigured: Discord is off, or the token is missing or refused.
        TastyflowError: Discord does not answer.
    """
    settings = load()
    redaction.install()
    if not settings.discord.is_on:
        raise Misconfigured(f"Nothing to tell Discord: {OFF}.", code="discord_off", hint=SWITCH_ON)
    done = run(synced(settings, token_of(settings), force=force))
    broken = next((each for _, each in done if isinstance(each, TastyflowError)), None)
    if wants_json:
        rows = [_json(place, each) for place, each in done]
        click.echo(json_line({"places": rows, "error": error_json(broken) if broken else None}))
    else:
        SafeConsole().show(Group(*(say(_line(place, each, force=force)) for place, each in done)))
    return ExitCode.FAILED if broken else ExitCode.DONE


# ── check ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _examined() -> list[ProbeResult]:
    begun = checkup_page.Bedside().begun
    redaction.install()
    try:
        settings = load()
    except Misconfigured as error:
        return [ProbeResult("settings", "", ProbeOutcome.FAIL, error.message, error.hint)]
    here = settings.discord
    if not here.is_on:
        return [ProbeResult("settings", "", ProbeOutcome.WARN, OFF, SWITCH_ON)]
    takes = f"{_many(here.channels, 'channel')} of {_many(here.guilds, 'server')}"
    takes += ", and direct messages" if here.direct_messages else ""
    known = [ProbeResult("settings", "", ProbeOutcome.OK, f"environment {settings.env}; orders from {takes}")]
    local = (Probe("memory", partial(_memory, settings)), Probe("linked traders", partial(_traders, settings)))
    try:
        token = await asyncio.to_thread(token_of, settings)
    except Misconfigured as error:
        known.append(ProbeResult(TOKEN, "", ProbeOutcome.FAIL, error.message, error.hint))
        token = SecretStr("")
    else:
        known.append(ProbeResult(TOKEN, "", ProbeOutcome.OK, "it is stored"))
    async with AsyncExitStack() as stack:
        known += await examine(checks(stack, token, here), begun=begun, known=known)
    return known + await examine(local, begun=begun, known=known)


def _many(ids: Sequence[str], what: str) -> str:
    return f"1 {what}" if len(ids) == 1 else f"{len(ids)} {what}s"


async def _memory(settings: Choices) -> Observation:
    file = settings.folder / NAME
    if not file.exists():
        return ok(f"{file} is not there yet: the service makes it")
    with closing(MemoryFile.open(file)) as memory:
        wrong = LinkTries(memory).since(clock_of(settings).now() - DAY)
    if wrong >= MOST_OF_ONE:
        return warn(f"{wrong} wrong codes were typed to /link within a day", f"Who typed them is in {file}: link_try.")
    return ok(f"{file} can be used")


async def _traders(settings: Choices) -> Observation:
    if not log_exists(settings.log):
        return warn("there is no trader yet", "Add one: tastyflow trader add NAME")

    def look() -> Sequence[str]:
        with open_ledger(settings) as ledger:
            traders = [each for each in Lookup(ledger).traders() if not each.suspended]
            return [each.name for each in traders if any(platform == PLATFORM for platform, _ in each.identities)]

    names = await asyncio.to_thread(look)
    if not names:
        return warn("no trader is linked to a user of Discord", "Make a code: tastyflow trader link NAME discord")
    return ok(", ".join(names))


# ── sync ─────────────────────────────────────────────────────────────────────────────────────────────────────────

Synced = tuple[str, Difference | TastyflowError]
"""A place, and what was different there, or why it could not be told."""


async def synced(settings: Choices, token: SecretStr, *, force: bool) -> Sequence[Synced]:
    """
    Tell Discord the commands of each place where they differ, or of all of them by *force*.

    Raises:
        Misconfigured: Discord does not take the token.
        TastyflowError: Discord does not answer.
    """
    bedside, done = checkup_page.Bedside(), list[Synced]()
    async with visiting(token) as client:
        for place, should in wanted(settings.discord).items():
            bedside.now(_name(place))
            try:
                differs = difference(place, await looked_up(client, place), should)
                if force or not differs.is_none:
                    await tell(client, place, should)
            except TastyflowError as refused:
                done.append((place, refused))
            else:
                done.append((place, differs))
    return done


def _name(place: str) -> str:
    return "everywhere" if place == EVERYWHERE else f"server {place}"


def _line(place: str, told: Difference | TastyflowError, *, force: bool) -> str:
    if isinstance(told, TastyflowError):
        return f"{_name(place)}: not told. {told.message} {told.hint or ''}".strip()
    if told.is_none:
        return f"{_name(place)}: nothing new{', told again' if force else ''}"
    return f"{_name(place)}: {told.in_words}"


def _json(place: str, told: Difference | TastyflowError) -> Mapping[str, object]:
    row: dict[str, object] = {"guild": place or None}
    if isinstance(told, TastyflowError):
        return row | {"error": error_json(told)}
    return row | {"added": told.added, "changed": told.changed, "removed": told.removed, "error": None}
