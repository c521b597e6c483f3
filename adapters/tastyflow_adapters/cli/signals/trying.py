"""
``tastyflow signals test`` at work: nothing is recorded or placed.

    look     the chain watched until its data are fit, `PATIENCE_S` at most ─▶ how the conditions stand
    replay   a recording ─▶ every moment at which the rule would have fired, and why not at the near misses ─▶ counted
"""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Final

import click

from tastyflow.domain.signal_rule.figures import Figures
from tastyflow.domain.signal_rule.holding import held_by_data
from tastyflow.domain.signal_rule.rule import SignalRule
from tastyflow.errors import Invalid, Refused
from tastyflow.ports import Clock
from tastyflow_adapters.bootstrap import clock_of, open_desk
from tastyflow_adapters.cli.asking import run
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.place_shapes import environment_json
from tastyflow_adapters.cli.safe_console import SafeConsole, say
from tastyflow_adapters.cli.safe_text import json_line
from tastyflow_adapters.cli.shapes import error_json
from tastyflow_adapters.cli.signals.at_hand import rule_meant
from tastyflow_adapters.cli.signals.shapes import look_json, row_json, summary_json
from tastyflow_adapters.cli.signals.trial_page import Seen, look_page, row_lines, summary_lines
from tastyflow_adapters.config.choices import Choices
from tastyflow_adapters.config.gex_choices import STANDARD
from tastyflow_adapters.config.loading import load
from tastyflow_adapters.language import Grammar
from tastyflow_adapters.signals.rules import order_line
from tastyflow_adapters.signals.running.evaluating import reads_market
from tastyflow_adapters.signals.running.lines import FillsLines
from tastyflow_adapters.signals.running.opening import choices_of, watch_opener
from tastyflow_adapters.signals.running.part import NO_FEED
from tastyflow_adapters.signals.running.trial import Trial
from tastyflow_adapters.signals.running.watches import OpenWatch, Watched
from tastyflow_adapters.signals.watching import RecordingHeader, recorded

PATIENCE_S: Final = 20.0
"""How long a look waits until the data are fit."""


def look(named: str, *, wants_json: bool) -> ExitCode:
    """Print how the conditions of a rule stand now."""
    choices = load()
    rule = rule_meant(choices, clock_of(choices), named)
    seen = run(_looked(choices, rule))
    if wants_json:
        click.echo(json_line(environment_json(choices) | look_json(rule, seen) | {"error": None}))
    else:
        SafeConsole().show(look_page(rule, seen))
    return ExitCode.DONE


async def _looked(choices: Choices, rule: SignalRule) -> Seen:
    async with open_desk(choices) as desk:
        context = desk.context
        open_watch = watch_opener(context, choices.gex)
        if not reads_market(rule):
            figures = Figures(rule.symbol, context.clock.now())
        elif open_watch is None:
            raise Refused(NO_FEED, code="no_feed", hint="Look in production, or try the rule on a recording: --replay.")
        else:
            figures = await _fit_figures(open_watch, rule, context.clock)
        lines = FillsLines(context.market, context.language, context.clock)
        line, refusal = "", ""
        try:
            line = await lines.line(rule, figures)
        except Refused as no:
            refusal = no.message
        held = held_by_data(rule, figures, context.clock.now())
    trigger = rule.trigger.seen(figures, rule.trigger.begin())[1] if rule.trigger is not None else None
    return Seen(figures, trigger, held, line, refusal)


async def _fit_figures(open_watch: OpenWatch, rule: SignalRule, clock: Clock) -> Figures:
    """The first figures that the rule may trade on; after `PATIENCE_S` the newest ones, as they are."""
    newest: Figures | None = None
    async with open_watch(Watched.by(rule)) as watch:
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                async for newest in watch.updates():
                    if not held_by_data(rule, newest, clock.now()):
                        break
    if newest is None:
        raise Refused(f"Nothing was heard of {rule.symbol} within {PATIENCE_S:g} s.", code="no_data")
    return newest


def replay(named: str, file: Path, *, wants_json: bool) -> ExitCode:
    """Print every moment of a recording at which a rule would have fired, or nearly did."""
    choices = load()
    rule = rule_meant(choices, clock_of(choices), named)
    if rule.trigger is None:
        raise Refused(
            f"The rule {rule.name} has no trigger over figures: its signals are alerts of {rule.source}.",
            code="no_trigger",
        )
    recording = recorded(file)
    symbol = recording.header.symbol
    if symbol != rule.symbol:
        raise Refused(f"The recording is of {symbol}, and the rule reads {rule.symbol}.", code="other_symbol")
    listed, language = recording.listed, Grammar()

    def line_at(rule: SignalRule, figures: Figures) -> str:
        return order_line(rule, figures, listed=listed, language=language, now=figures.at)

    trial, console, rows = Trial(rule, rule.trigger, line_at), SafeConsole(), []
    note = _note(rule, recording.header)
    if not wants_json:
        console.show(say(f"{rule.name} {rule.version} on a recording of {symbol}, as it runs in shadow", "bold"))
        if note:
            console.show(say(note, "yellow"))
    torn: Invalid | None = None
    try:
        for row in trial.rows(moment.figures for moment in recording.moments()):
            rows.append(row)
            if not wants_json:
                console.show(row_lines(row))
    except Invalid as error:  # what is before the tear was tried
        torn = error
    summary = trial.summary()
    if wants_json:
        told = {
            "rule": rule.name,
            "version": rule.version,
            "note": note or None,
            "rows": [row_json(row) for row in rows],
        }
        told |= {"summary": summary_json(summary), "error": error_json(torn) if torn else None}
        click.echo(json_line(told))
        return ExitCode.of(succeeds=torn is None)
    for line in summary_lines(summary):
        console.show(say(line))
    if torn is not None:
        raise torn
    return ExitCode.DONE


def _note(rule: SignalRule, header: RecordingHeader) -> str:
    """What of a recording is not what the rule reads; empty where nothing is."""
    wants = choices_of(rule.scope, STANDARD)
    if (header.scope, header.sign_model) == (wants.scope, wants.sign_model):
        return ""
    return (
        f"It was recorded over {header.scope.in_words()} ({header.sign_model.value}); the rule reads "
        f"{wants.scope.in_words()} ({wants.sign_model.value}): its figures would have been others."
    )
