"""
``tastyflow signals shadow``, ``approve``, ``auto`` and ``off`` at work.

    shadow, approve, auto ─▶ the file read, and loaded ─▶ what changes, shown ─▶ auto at a terminal: asked ─▶ moved
    off                   ─▶ recorded; nothing is read or asked, no venue either ─▶ what waits of its orders, withdrawn
"""

import sys

import click
from attrs import evolve, frozen

from tastyflow.application.desk import Desk
from tastyflow.application.signalling.standings import Moved, record_move
from tastyflow.domain.signal_rule import RuleMode, RuleStanding
from tastyflow.domain.signal_rule.rule import SignalRule
from tastyflow.errors import Misconfigured, Refused, VenueFailure
from tastyflow_adapters.bootstrap import clock_of, open_desk, open_ledger, prepare
from tastyflow_adapters.cli.asking import LoggedInstallation, message_of, run
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.place import Place
from tastyflow_adapters.cli.place_shapes import environment_json
from tastyflow_adapters.cli.safe_console import SafeConsole
from tastyflow_adapters.cli.safe_text import json_line, readable
from tastyflow_adapters.cli.shapes import order_json
from tastyflow_adapters.cli.signals.at_hand import RuleAtHand, rule_meant, unlinked_words
from tastyflow_adapters.cli.signals.pages import asked_page, moved_page
from tastyflow_adapters.cli.signals.shapes import rule_json
from tastyflow_adapters.config.choices import Choices
from tastyflow_adapters.config.loading import load
from tastyflow_adapters.unechoed import require_no_secret


@frozen
class _Change:
    """What a command changed: the rule, how it stood before, what came of it, and why it can act as no trader."""

    rule: SignalRule | None
    before: RuleStanding | None
    moved: Moved
    unlinked: str


def move(
    name: str, mode: str, reason: str, trader: str | None, *, is_agreed: bool = True, wants_json: bool
) -> ExitCode:
    """Let the rule *name* do as much as *mode* says, and print what that changes."""
    choices, called, said, to = load(), readable(name), readable(reason), RuleMode(mode)
    require_no_secret(said, "the reason")
    rule = rule_meant(choices, clock_of(choices), called) if to is not RuleMode.OFF else None
    if rule is not None and rule.name != called:
        raise Refused("Name the rule, and not its file.", code="unknown_rule", hint=f"It is called {rule.name}.")
    is_asked = not is_agreed and not wants_json and sys.stdin.isatty()
    if rule is not None and is_asked:
        standing, place = run(_loaded(choices, rule)), Place.of(choices)
        SafeConsole().show(asked_page(rule, standing, to, place.words))
        if not click.confirm("Let it?", default=False):
            click.echo("Nothing was changed.")
            return ExitCode.FAILED
    doing = _moved if to is not RuleMode.OFF else _turned_off
    change = run(doing(choices, called, to, said, trader, rule))
    _print(choices, change, wants_json=wants_json)
    return ExitCode.DONE


async def _loaded(choices: Choices, rule: SignalRule) -> RuleStanding:
    async with open_desk(choices) as desk:
        return await desk.signalling.load(rule)


async def _moved(
    choices: Choices, name: str, mode: RuleMode, reason: str, trader: str | None, rule: SignalRule | None
) -> _Change:
    message = message_of(f"signals {mode} {name}", trader, choices)
    async with open_desk(choices) as desk:
        before = await _as_it_stands(desk, name, rule)
        seen = rule.digest if rule is not None else None
        moved = await desk.signalling.move(name, mode, message, reason=reason, seen=seen)
        return _Change(rule, before, moved, unlinked_words(desk.context.ledger, name, rule))


async def _turned_off(
    choices: Choices, name: str, mode: RuleMode, reason: str, trader: str | None, rule: SignalRule | None
) -> _Change:
    """Recorded before any venue is asked: whatever is away there, the rule is off."""
    message, clock = message_of(f"signals {mode} {name}", trader, choices), clock_of(choices)
    with open_ledger(choices) as ledger:
        await prepare(choices, ledger, clock)
        before = ledger.read(RuleStanding, RuleStanding.id_of(name))
        at = LoggedInstallation(ledger, choices.begins_with_demo)
        standing, _ = await record_move(at, clock.now(), name, mode, message, reason=reason)
    try:
        change = await _moved(choices, name, mode, reason, trader, rule)
    except (VenueFailure, Misconfigured) as away:
        note = f"What waits of its orders could not be withdrawn: {away.message} None of it leaves for production."
        return _Change(rule, before, Moved(standing, notes=(note,)), "")
    return evolve(change, before=before)


async def _as_it_stands(desk: Desk, name: str, rule: SignalRule | None) -> RuleStanding | None:
    """How the rule stands before it is moved; one whose file was never loaded is loaded by this."""
    return desk.signalling.standing_of(name) if rule is None else await desk.signalling.load(rule)


def _print(choices: Choices, change: _Change, *, wants_json: bool) -> None:
    standing = change.moved.standing
    if wants_json:
        at_hand = RuleAtHand(standing.name, change.rule, standing, unlinked=change.unlinked)
        told = {
            "rule": rule_json(at_hand),
            "before": change.before and change.before.mode.value,
            "withdrawn": [order_json(order, None) for order in change.moved.withdrawn],
            "notes": list(change.moved.notes),
            "at_work": [order_json(order, None) for order in change.moved.at_work],
            "error": None,
        }
        click.echo(json_line(environment_json(choices) | told))
    else:
        SafeConsole().show(moved_page(change.moved, change.before, Place.of(choices).words, change.unlinked))
