"""
``tastyflow incident`` at work.

    list, show, acknowledge, close   from the log alone: they work while every venue is away
    resubmit, adopt, abandon         at the desk: a venue may be asked, and an order may be sent

    --as NAME, or where something can be lost         as that trader, who needs the permission
    in ``fake`` and before simulators, without --as   as the person at the machine
"""

import sys
from collections.abc import Awaitable, Callable

import click

from tastyflow.application.attribution import because_of_operator
from tastyflow.application.desk import Desk
from tastyflow.application.incidents.choices import can_be_sent_again
from tastyflow.application.incidents.handling import Handler, Incidents, handler_of
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.domain.incident import Incident
from tastyflow.domain.order import Order
from tastyflow.domain.testresult import TestResult
from tastyflow.ports import Clock
from tastyflow_adapters.bootstrap import clock_of, open_desk, open_ledger, prepare
from tastyflow_adapters.cli.asking import LoggedInstallation, message_of, operator, run
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.incident_pages import incident_json, incident_page, incidents_page
from tastyflow_adapters.cli.pages import order_page
from tastyflow_adapters.cli.place_shapes import environment_json
from tastyflow_adapters.cli.safe_console import SafeConsole
from tastyflow_adapters.cli.safe_text import json_line, readable
from tastyflow_adapters.cli.shapes import order_json
from tastyflow_adapters.config.choices import Choices
from tastyflow_adapters.config.loading import load

Seen = tuple[Incident, Order | None]
Decision = Callable[[Desk, Handler], Awaitable[Order]]


def show_all(trader: str | None, *, wants_json: bool) -> ExitCode:
    """Print every open incident."""
    choices = load()
    found = run(handled(choices, trader, lambda incidents, _: _listed(incidents)))
    if wants_json:
        listed = {"incidents": [incident_json(each) for each, _ in found], "error": None}
        click.echo(json_line(environment_json(choices) | listed))
    else:
        SafeConsole().show(incidents_page([each for each, _ in found], is_simulated=choices.is_simulated))
    return ExitCode.DONE


def show(reference: str, trader: str | None, *, wants_json: bool) -> ExitCode:
    """Print one incident, and its order."""
    choices, name = load(), readable(reference)
    found = run(handled(choices, trader, lambda incidents, _: _one(incidents.find(name))))
    return _print(choices, found, wants_json=wants_json)


def acknowledge(reference: str, trader: str | None, *, wants_json: bool) -> ExitCode:
    """Record that a person looks at it."""
    choices, name = load(), readable(reference)
    found = run(handled(choices, trader, lambda incidents, who: _changed(incidents.acknowledge(name, who))))
    return _print(choices, found, wants_json=wants_json)


def close(reference: str, how: str, trader: str | None, *, wants_json: bool) -> ExitCode:
    """Record that it is over, and what was done."""
    choices, name, said = load(), readable(reference), readable(how)
    found = run(handled(choices, trader, lambda incidents, who: _changed(incidents.close(name, said, who))))
    return _print(choices, found, wants_json=wants_json)


def resubmit(reference: str, reason: str, trader: str | None, *, is_agreed: bool, wants_json: bool) -> ExitCode:
    """Send an order in doubt again; at a terminal it is shown, and asked about, first."""
    choices, name, said = load(), readable(reference), readable(reason)
    if not is_agreed and not wants_json and sys.stdin.isatty():
        found = run(handled(choices, trader, lambda incidents, _: _one(incidents.find(name))))
        _print(choices, found, wants_json=False)
        ((_, shown),) = found
        is_possible = shown is not None and can_be_sent_again(shown)  # else it is refused, with the reason
        if is_possible and not click.confirm("Send it again?", default=False):
            click.echo("Nothing was sent.")
            return ExitCode.FAILED
    order, test = run(_decided(choices, trader, lambda desk, who: desk.decisions.resubmit(name, said, who)))
    _print_order(order, test, wants_json=wants_json)
    if order.waiting_until is not None:
        return ExitCode.WAITING
    return ExitCode.of(succeeds=order.is_promoted(has_live_venue=choices.has_live_venue))


def abandon(reference: str, reason: str, trader: str | None, *, wants_json: bool) -> ExitCode:
    """Give an order in doubt up."""
    choices, name, said = load(), readable(reference), readable(reason)
    _print_order(
        *run(_decided(choices, trader, lambda desk, who: desk.decisions.abandon(name, said, who))),
        wants_json=wants_json,
    )
    return ExitCode.DONE


def adopt(reference: str, number: str, trader: str | None, *, wants_json: bool) -> ExitCode:
    """Take an order of production for the one in doubt."""
    choices, name, there = load(), readable(reference), readable(number)
    _print_order(
        *run(_decided(choices, trader, lambda desk, who: desk.decisions.adopt(name, there, who))),
        wants_json=wants_json,
    )
    return ExitCode.DONE


# ── from the log alone ─────────────────────────────────────────────────────────────────────────────────────────


async def handled(
    choices: Choices, trader: str | None, ask: Callable[[Incidents, Handler], Awaitable[list[Incident]]]
) -> list[Seen]:
    """What *ask* comes to, each incident with its order."""
    clock = clock_of(choices)
    with open_ledger(choices) as ledger:
        await prepare(choices, ledger, clock)
        who = _who(choices, ledger, clock, trader)
        found = await ask(Incidents(ledger), who)
        return [(each, ledger.read(Order, each.order) if each.order else None) for each in found]


async def _listed(incidents: Incidents) -> list[Incident]:
    return list(incidents.open_ones())


async def _one(incident: Incident) -> list[Incident]:
    return [incident]


async def _changed(changing: Awaitable[Incident]) -> list[Incident]:
    return [await changing]


def _who(choices: Choices, ledger: Ledger, clock: Clock, trader: str | None) -> Handler:
    """The person who handles incidents here: an operator, where nothing can be lost and no trader is named."""
    if trader is None and choices.begins_with_demo:
        return Handler(f"the operator {operator()}", because_of_operator(operator(), clock.now()))
    installation = LoggedInstallation(ledger, choices.begins_with_demo)
    return handler_of(installation, message_of("incident", trader, choices), clock.now())


# ── at the desk ────────────────────────────────────────────────────────────────────────────────────────────────


async def _decided(choices: Choices, trader: str | None, decide: Decision) -> tuple[Order, TestResult | None]:
    async with open_desk(choices) as desk:
        order = await decide(desk, _who(choices, desk.context.ledger, desk.context.clock, trader))
        return order, desk.test_of(order)


def _print(choices: Choices, found: list[Seen], *, wants_json: bool) -> ExitCode:
    ((incident, order),) = found
    if wants_json:
        told = {"incident": incident_json(incident), "order": order and order_json(order, None), "error": None}
        click.echo(json_line(environment_json(choices) | told))
    else:
        console = SafeConsole()
        console.show(incident_page(incident, order, is_simulated=choices.is_simulated))
        if order is not None:
            console.show(order_page(order, None, accounts=choices.account_names))
    return ExitCode.DONE


def _print_order(order: Order, test: TestResult | None, *, wants_json: bool) -> None:
    if wants_json:
        click.echo(json_line(order_json(order, test)))
    else:
        SafeConsole().show(order_page(order, test))
