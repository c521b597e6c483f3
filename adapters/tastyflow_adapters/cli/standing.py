"""
How things stand: ``orders``, ``status``, ``cancel``, ``positions``, ``balance`` at work.

    orders, status ─▶ settled? ─▶ the log alone      nothing is at work, so that a venue has nothing to add
                        └▶ no ─▶ the desk            it asks the venues first
"""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from tastyflow.domain.order import Order
from tastyflow.domain.testresult import TestResult
from tastyflow_adapters.cli import settled
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.safe_text import json_line, readable
from tastyflow_adapters.config.choices import Choices
from tastyflow_adapters.config.loading import load

Tested = tuple[Order, TestResult | None]

NO_ORDER: str = "There is no order yet."
NOTHING: Mapping[str, Any] = {}
NONE_OPEN: str = "No order is open."


def orders(trader: str | None, *, wants_json: bool) -> ExitCode:
    """Print the newest orders of *trader*."""
    choices = load()
    listed, stopped = settled.orders(choices, trader), None
    if listed is None:
        from tastyflow.domain.commands import ListOrders
        from tastyflow_adapters.cli.asking import ask

        reply, listed = ask(choices, "orders", ListOrders(), trader)
        stopped = reply.halt
    if wants_json:
        from tastyflow.domain.halt import Halt
        from tastyflow_adapters.cli.place_shapes import trading_json

        return _print_orders(choices, listed, {"trading": trading_json(stopped or Halt.never())})
    if stopped is not None and stopped.trading != "running":
        from tastyflow_adapters.cli.pages import halted_page
        from tastyflow_adapters.cli.safe_console import SafeConsole

        SafeConsole().show(halted_page(stopped, None))
    if not listed:
        click.echo(NO_ORDER)
        return ExitCode.DONE
    from tastyflow_adapters.cli.pages import orders_page
    from tastyflow_adapters.cli.place import Place
    from tastyflow_adapters.cli.safe_console import SafeConsole

    SafeConsole().show(orders_page((order for order, _ in listed), Place.of(choices)))
    return ExitCode.DONE


def status(reference: str, trader: str | None, *, wants_json: bool) -> ExitCode:
    """Print how one order of *trader* stands."""
    choices = load()
    found = settled.order(choices, trader, readable(reference)) or _asked_for(choices, reference, trader)
    if wants_json:
        from tastyflow_adapters.cli.shapes import order_json

        click.echo(json_line(order_json(*found)))
    else:
        from tastyflow_adapters.cli.pages import order_page
        from tastyflow_adapters.cli.safe_console import SafeConsole

        SafeConsole().show(order_page(*found, accounts=choices.account_names))
    return ExitCode.DONE


def _asked_for(choices: Choices, reference: str, trader: str | None) -> Tested:
    from tastyflow.domain.commands import ShowStatus
    from tastyflow_adapters.cli.asking import ask

    _, (found,) = ask(choices, f"status {reference}", ShowStatus(readable(reference)), trader)
    return found


def cancel(reference: str, trader: str | None, *, wants_json: bool) -> ExitCode:
    """Cancel one order of *trader*, or all that are open; print them as they stand then."""
    from tastyflow.domain.commands import CancelOrder
    from tastyflow_adapters.cli.asking import ask

    choices = load()
    _, cancelled = ask(choices, f"cancel {reference}", CancelOrder(readable(reference)), trader)
    left = next((order for order, _ in cancelled if not order.is_cancelling), None)
    if wants_json:
        from tastyflow_adapters.cli.shapes import not_cancelled_json

        _print_orders(choices, cancelled, {"error": left and not_cancelled_json(left)})
    elif not cancelled:
        click.echo(NONE_OPEN)
    else:
        from tastyflow_adapters.cli.pages import order_page
        from tastyflow_adapters.cli.safe_console import SafeConsole

        for each in cancelled:
            SafeConsole().show(order_page(*each, accounts=choices.account_names))
    return ExitCode.of(succeeds=left is None)


def positions(trader: str | None, account: str = "", *, wants_json: bool) -> ExitCode:
    """Print what the account holds."""
    from tastyflow.domain.commands import ShowPositions
    from tastyflow_adapters.cli.asking import ask

    choices = load()
    reply, _ = ask(choices, "positions", ShowPositions(), trader, account)
    if wants_json:
        from tastyflow_adapters.cli.looking_shapes import looked_json
        from tastyflow_adapters.cli.place_shapes import place_json

        shape = looked_json(reply.looked) if reply.looked else {"positions": [], "total": None, "unexplained": []}
        click.echo(json_line(place_json(choices, reply) | shape | {"error": None}))
    elif reply.looked is not None:
        from tastyflow_adapters.cli.looking_pages import looked_page
        from tastyflow_adapters.cli.place import Place
        from tastyflow_adapters.cli.safe_console import SafeConsole

        SafeConsole().show(looked_page(reply.looked, Place.about(reply, choices).words))
    return ExitCode.DONE


def balance(trader: str | None, account: str = "", *, wants_json: bool) -> ExitCode:
    """Print the account's cash and buying power."""
    from tastyflow.domain.commands import ShowBalance
    from tastyflow_adapters.cli.asking import ask

    choices = load()
    reply, _ = ask(choices, "balance", ShowBalance(), trader, account)
    if wants_json:
        from tastyflow_adapters.cli.place_shapes import balances_json, place_json

        balances = reply.balances and balances_json(reply.balances)
        click.echo(json_line(place_json(choices, reply) | {"balance": balances, "error": None}))
    elif reply.balances:
        from tastyflow_adapters.cli.pages import balance_page
        from tastyflow_adapters.cli.place import Place
        from tastyflow_adapters.cli.safe_console import SafeConsole

        SafeConsole().show(balance_page(reply.balances, Place.about(reply, choices)))
    return ExitCode.DONE


def _print_orders(choices: Choices, listed: Sequence[Tested], more: Mapping[str, Any] = NOTHING) -> ExitCode:
    from tastyflow_adapters.cli.shapes import orders_json

    click.echo(json_line(orders_json(choices, listed) | {"error": None, **more}))
    return ExitCode.DONE
