"""``tastyflow signals list`` and ``show`` at work: from the folder, the log and the service; no venue is asked."""

import click

from tastyflow.application.ledger.ledger import Ledger
from tastyflow.domain.order import Order
from tastyflow.domain.signal import Signal
from tastyflow_adapters.bootstrap import clock_of, open_ledger
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.place_shapes import environment_json
from tastyflow_adapters.cli.safe_console import SafeConsole
from tastyflow_adapters.cli.safe_text import json_line, readable
from tastyflow_adapters.cli.signals.at_hand import RuleAtHand, rules_at_hand
from tastyflow_adapters.cli.signals.pages import rule_page, rules_page
from tastyflow_adapters.cli.signals.shapes import rule_json, rules_json, signal_json
from tastyflow_adapters.config.loading import load

NEWEST = 5
"""How many signals of a rule are shown."""

Became = tuple[Signal, Order | None]


def show_all(*, wants_json: bool) -> ExitCode:
    """Print every rule."""
    choices, clock = load(), clock_of(load())
    with open_ledger(choices) as ledger:
        found = rules_at_hand(choices, ledger, clock)
        last = {each.name: signals_of(ledger, each, 1) for each in found.rules}
    if wants_json:
        click.echo(json_line(environment_json(choices) | rules_json(found, last) | {"error": None}))
    else:
        SafeConsole().show(rules_page(found, last, choices.signal_rules, clock.now()))
    return ExitCode.DONE


def show(name: str, *, wants_json: bool) -> ExitCode:
    """Print one rule, and its newest signals."""
    choices, clock = load(), clock_of(load())
    with open_ledger(choices) as ledger:
        found = rules_at_hand(choices, ledger, clock)
        at_hand = found.named(readable(name))
        newest = signals_of(ledger, at_hand, NEWEST)
    if wants_json:
        told = {"rule": rule_json(at_hand), "signals": [signal_json(*each) for each in newest], "error": None}
        click.echo(json_line(environment_json(choices) | told))
    else:
        SafeConsole().show(rule_page(at_hand, newest, found, clock.now()))
    return ExitCode.DONE


def signals_of(ledger: Ledger, at_hand: RuleAtHand, newest: int) -> list[Became]:
    """The newest signals of a rule, the newest first, each with its order."""
    found: list[Became] = []
    signal_id = at_hand.standing.last_signal if at_hand.standing is not None else None
    while signal_id is not None and len(found) < newest:
        signal = ledger.read(Signal, signal_id)
        if signal is None:
            break
        found.append((signal, ledger.read(Order, signal.order) if signal.order else None))
        signal_id = signal.previous
    return found
