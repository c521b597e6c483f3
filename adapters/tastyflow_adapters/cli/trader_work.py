"""
``tastyflow trader`` at work: the traders of this home, kept by the operator of this machine.

    change_by ─▶ print_change ─▶ roster_here ─▶ prepared ─▶ what changed, as a page or as JSON
    print_code                   a code that links a user of a chat, printed once
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import click

from tastyflow.application.identities import LINKED_BY_CODE
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.linking import make_code
from tastyflow.application.roster import Roster
from tastyflow.application.traders import Traders
from tastyflow.domain.trader import Trader
from tastyflow_adapters.bootstrap import clock_of, open_ledger, prepare
from tastyflow_adapters.cli.asking import operator, run
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.place import Place
from tastyflow_adapters.cli.place_shapes import code_json, trader_json
from tastyflow_adapters.cli.safe_console import SafeConsole
from tastyflow_adapters.cli.safe_text import json_line, readable
from tastyflow_adapters.cli.trader_pages import change_page, code_page
from tastyflow_adapters.config.choices import Choices
from tastyflow_adapters.config.loading import load
from tastyflow_adapters.installation import open_roster

Made = TypeVar("Made")


def change_by(name: str, verb: Callable[[Traders, str, str], Awaitable[Trader]], *, wants_json: bool) -> int:
    """Change the trader called *name* by *verb*, as the operator of this machine, and print what it changed."""
    called, by = readable(name), operator()

    def changing(roster: Roster) -> Awaitable[Trader]:
        return roster.change(called, lambda traders: verb(traders, called, by))

    return print_change(load(), called, changing, wants_json=wants_json)


def print_change(
    settings: Choices, name: str, use_case: Callable[[Roster], Awaitable[Trader]], *, wants_json: bool
) -> int:
    """Carry out *use_case* on the trader called *name*, and print what it changed."""
    with roster_here(settings) as (ledger, roster):
        before = Traders(ledger, clock_of(settings)).find(name)
        changed = run(prepared(settings, ledger, use_case, roster))
    if wants_json:
        click.echo(json_line(trader_json(changed) | {"error": None}))
    else:
        SafeConsole().show(change_page(before, changed, Place.of(settings).words))
    return ExitCode.DONE


def print_code(name: str, platform: str, *, wants_json: bool) -> int:
    """Make a code that links a user of *platform*, and print it, this once."""
    if platform not in LINKED_BY_CODE:
        raise click.UsageError(f"Missing argument 'USER': a code links on {' and '.join(LINKED_BY_CODE)} only.")
    settings, called, by = load(), readable(name), operator()
    with roster_here(settings) as (ledger, roster):
        made = run(prepared(settings, ledger, lambda each: make_code(each, called, platform, by=by), roster))
    if wants_json:
        click.echo(json_line(code_json(made) | {"error": None}))
    else:
        SafeConsole().show(code_page(made))
    return ExitCode.DONE


async def prepared(
    settings: Choices, ledger: Ledger, use_case: Callable[[Roster], Awaitable[Made]], roster: Roster
) -> Made:
    """What *use_case* makes of *roster*, once the log is ready for it."""
    await prepare(settings, ledger, clock_of(settings))
    return await use_case(roster)


@contextmanager
def roster_here(settings: Choices) -> Iterator[tuple[Ledger, Roster]]:
    """The log of this environment, and the traders as the operator of this machine keeps them."""
    with open_ledger(settings) as ledger:
        yield ledger, open_roster(settings, ledger, clock_of(settings), operator())
