"""``tastyflow signals score`` at work: from the log alone."""

import click

from tastyflow.domain.signal.score import score_of, sums_of
from tastyflow_adapters.bootstrap import clock_of, open_ledger
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.place_shapes import environment_json
from tastyflow_adapters.cli.safe_console import SafeConsole
from tastyflow_adapters.cli.safe_text import json_line, readable
from tastyflow_adapters.cli.signals.at_hand import rules_at_hand
from tastyflow_adapters.cli.signals.score_page import score_page
from tastyflow_adapters.cli.signals.shapes import score_json
from tastyflow_adapters.cli.signals.standing import signals_of
from tastyflow_adapters.config.loading import load


def score(name: str, newest: int, *, wants_json: bool) -> ExitCode:
    """Print what became of the newest signals of the rule *name*."""
    choices = load()
    with open_ledger(choices) as ledger:
        at_hand = rules_at_hand(choices, ledger, clock_of(choices)).named(readable(name))
        scores = [score_of(*each) for each in signals_of(ledger, at_hand, newest)]
    sums = sums_of(scores)
    if wants_json:
        click.echo(json_line(environment_json(choices) | score_json(at_hand, scores, sums) | {"error": None}))
    else:
        SafeConsole().show(score_page(at_hand, scores, sums))
    return ExitCode.DONE
