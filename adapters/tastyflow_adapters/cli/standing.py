"""
How things stand: ``orders``, ``status``, ``cancel``, ``positions``, ``balance`` at work.

    orders, status ─▶ settled? ─▶ the log alone      nothing is at work, so that a venue has nothing to add
                        └▶ no ─▶ the desk            it asks the venues first
"""

from collections.abc import Sequence

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
NONE_OPEN: str = "No order is open."


def orders(trader: str | None, *, wants_json: bool) -> ExitCode:
    """Print the newest orders of *trader*."""
    choices = load()
    listed = settled.orders(choices, trader)
    if listed is None:
        from tastyflow.domain.commands import ListOrders
        from tastyflow_adapters.cli.asking import ask

        _, listed = ask(choices, "orders", ListOrders(), trader)
    if wants_json:
        return _print_orders(listed)
    if not listed:
        click.echo(NO_ORDER)
        return ExitCode.DONE
    from tastyflow_adapters.cli.pages import orders_page
    from tastyflow_adapters.cli.safe_console import SafeConsole

    SafeConsole().show(orders_page(order for order, _ in listed))
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

        SafeConsole().show(order_page(*found))
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

    _, cancelled = ask(load(), f"cancel {reference}", CancelOrder(readable(reference)), trader)
    if wants_json:
        _print_orders(cancelled)
    elif not cancelled:
        click.echo(NONE_OPEN)
    else:
        from tastyflow_adapters.cli.pages import order_page
        from tastyflow_adapters.cli.safe_console import SafeConsole

        for each in cancelled:
            SafeConsole().show(order_page(*each))
    return ExitCode.of(succeeds=all(order.is_cancelling for order, _ in cancelled))


def positions(trader: str | None, *, wants_json: bool) -> ExitCode:
    """Print what the account holds."""
    from tastyflow.domain.commands import ShowPositions
    from tastyflow_adapters.cli.asking import ask

    reply, _ = ask(load(), "positions", ShowPositions(), trader)
    if wants_json:
        from tastyflow_adapters.cli.shapes import positions_json

        click.echo(json_line({"positions": positions_json(reply.positions or ()), "error": None}))
    else:
        from tastyflow_adapters.cli.pages import positions_page
        from tastyflow_adapters.cli.safe_console import SafeConsole

        SafeConsole().show(positions_page(reply.positions or ()))
    return ExitCode.DONE


def balance(trader: str | None, *, wants_json: bool) -> ExitCode:
    """Print the account's cash and buying power."""
    from tastyflow.domain.commands import ShowBalance
    from tastyflow_adapters.cli.asking import ask

    reply, _ = ask(load(), "balance", ShowBalance(), trader)
    if wants_json:
        from tastyflow_adapters.cli.shapes import balances_json

        balances = reply.balances and balances_json(reply.balances)
        click.echo(json_line({"balance": balances, "error": None}))
    elif reply.balances:
        from tastyflow_adapters.cli.pages import balance_page
        from tastyflow_adapters.cli.safe_console import SafeConsole

        SafeConsole().show(balance_page(reply.balances))
    return ExitCode.DONE


def _print_orders(listed: Sequence[Tested]) -> ExitCode:
    from tastyflow_adapters.cli.shapes import order_json

    click.echo(json_line({"orders": [order_json(*each) for each in listed], "error": None}))
    return ExitCode.DONE
