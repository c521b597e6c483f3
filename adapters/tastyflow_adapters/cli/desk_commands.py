"""
``orders``, ``status``, ``cancel``, ``positions``, ``balance``: how things stand, asked of the venues first.
"""

from collections.abc import Callable
from typing import Any

import click
from rich.console import Group, RenderableType

from tastyflow.application.desk import Reply
from tastyflow.domain.commands import CancelOrder, ListOrders, ShowBalance, ShowPositions, ShowStatus
from tastyflow_adapters.cli.asking import Tested, as_json, as_trader, ask
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.pages import Paper, balance_page, order_page, orders_page, positions_page
from tastyflow_adapters.cli.safe_text import json_line, readable
from tastyflow_adapters.cli.shapes import balances_json, order_json, positions_json


@click.command()
@as_trader
@as_json
def orders(trader: str | None, wants_json: bool) -> int:
    """Your newest orders, newest first, refused ones too; brought up to date with the venue."""
    return ask(
        "orders",
        ListOrders(),
        trader,
        print_it=_printer(
            wants_json,
            lambda _, tested: {"orders": [order_json(*each) for each in tested], "error": None},
            lambda _, tested: orders_page(order for order, _ in tested),
        ),
    )


@click.command()
@click.argument("reference", metavar="REF")
@as_trader
@as_json
def status(reference: str, trader: str | None, wants_json: bool) -> int:
    """How one order stands. REF is the start of its id, or "last"."""
    return ask(
        f"status {reference}",
        ShowStatus(readable(reference)),
        trader,
        print_it=_printer(
            wants_json,
            lambda _, tested: order_json(*tested[0]),
            lambda _, tested: order_page(*tested[0]),
        ),
    )


@click.command()
@click.argument("reference", metavar="REF")
@as_trader
@as_json
def cancel(reference: str, trader: str | None, wants_json: bool) -> int:
    """Cancel an order. REF is the start of its id, "last", or "all" for everything that is open."""
    return ask(
        f"cancel {reference}",
        CancelOrder(readable(reference)),
        trader,
        print_it=_printer(
            wants_json,
            lambda _, tested: {"orders": [order_json(*each) for each in tested], "error": None},
            lambda _, tested: Group(*(order_page(*each) for each in tested) if tested else ("No order is open.",)),
            succeeds=lambda reply: all(order.is_cancelling for order in reply.orders),
        ),
    )


@click.command()
@as_trader
@as_json
def positions(trader: str | None, wants_json: bool) -> int:
    """What the account holds."""
    return ask(
        "positions",
        ShowPositions(),
        trader,
        print_it=_printer(
            wants_json,
            lambda reply, _: {"positions": positions_json(reply.positions or ()), "error": None},
            lambda reply, _: positions_page(reply.positions or ()),
        ),
    )


@click.command()
@as_trader
@as_json
def balance(trader: str | None, wants_json: bool) -> int:
    """Cash, net liquidating value and buying power of the account, in dollars."""
    return ask(
        "balance",
        ShowBalance(),
        trader,
        print_it=_printer(
            wants_json,
            lambda reply, _: {"balance": reply.balances and balances_json(reply.balances), "error": None},
            lambda reply, _: balance_page(reply.balances) if reply.balances else "",
        ),
    )


def _printer(
    wants_json: bool,
    as_object: Callable[[Reply, list[Tested]], dict[str, Any]],
    as_page: Callable[[Reply, list[Tested]], RenderableType],
    *,
    succeeds: Callable[[Reply], bool] = lambda _: True,
) -> Callable[[Reply, list[Tested]], int]:
    def print_it(reply: Reply, tested: list[Tested]) -> int:
        if wants_json:
            click.echo(json_line(as_object(reply, tested)))
        else:
            Paper().show(as_page(reply, tested))
        return ExitCode.of(succeeds=succeeds(reply))

    return print_it
