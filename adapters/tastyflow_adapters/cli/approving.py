"""
``tastyflow approvals``, ``approve`` and ``reject``: a second person lets an order go on, or does not.

    approve REF ─▶ what is approved, shown ─▶ asked at a terminal ─▶ the market again ─▶ approved, sent, followed
"""

import sys
from collections.abc import Sequence

import click

from tastyflow.application.approving.waiting_orders import WaitingOrder
from tastyflow.domain.commands import ApproveOrder, ListApprovals, RejectOrder
from tastyflow_adapters.bootstrap import open_desk
from tastyflow_adapters.cli.approvals_page import approvals_page
from tastyflow_adapters.cli.asking import Tested, ask, message_of, run
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.options import as_json, as_trader
from tastyflow_adapters.cli.pages import order_page
from tastyflow_adapters.cli.place_shapes import environment_json
from tastyflow_adapters.cli.safe_console import SafeConsole
from tastyflow_adapters.cli.safe_text import TextCommand, json_line, readable
from tastyflow_adapters.cli.shapes import order_json, waiting_json
from tastyflow_adapters.config.choices import Choices
from tastyflow_adapters.config.loading import load


@click.command()
@as_trader
@as_json
def approvals(trader: str | None, wants_json: bool) -> ExitCode:
    """The orders that wait for another person's approval: of every trader, where you may approve; else yours."""
    settings = load()
    reply, _ = ask(settings, "approvals", ListApprovals(), trader)
    waiting = reply.approvals or ()
    if wants_json:
        listed = {"approvals": [waiting_json(each) for each in waiting], "error": None}
        click.echo(json_line(environment_json(settings) | listed))
    else:
        SafeConsole().show(approvals_page(waiting))
    return ExitCode.DONE


@click.command()
@click.argument("reference", metavar="REF")
@click.option("--yes", is_flag=True, help="Approve without being asked.")
@as_trader
@as_json
def approve(reference: str, yes: bool, trader: str | None, wants_json: bool) -> ExitCode:
    """
    Approve another trader's order, and wait until it is filled, working or refused. REF is the start of its id.

    The market is read again: where it moved further than the collar since the order began to wait, the order is refused
    instead. At a terminal you see the order first, and are asked.

    \b
    Examples:
      tastyflow approvals
      tastyflow approve 3f2a91

    Exit code 0: working or filled. 1: not approved, or refused.
    """
    settings, name = load(), readable(reference)
    is_asked = not yes and not wants_json and sys.stdin.isatty()
    if is_asked and not _agreed(settings, name, trader):
        click.echo("Nothing was approved. The order goes on waiting.")
        return ExitCode.FAILED
    _, found = ask(settings, f"approve {name}", ApproveOrder(name), trader)
    _show(found, wants_json=wants_json)
    return ExitCode.of(succeeds=all(order.is_promoted(has_live_venue=settings.has_live_venue) for order, _ in found))


@click.command(cls=TextCommand)
@click.argument("reference", metavar="REF")
@click.argument("reason", metavar="[REASON]", nargs=-1)
@as_trader
@as_json
def reject(reference: str, reason: tuple[str, ...], trader: str | None, wants_json: bool) -> ExitCode:
    """
    Refuse another trader's order that waits for an approval. REF is the start of its id; the reason is told.

    \b
    Example:
      tastyflow reject 3f2a91 too large before earnings
    """
    name, said = readable(reference), readable(" ".join(reason))
    _, found = ask(load(), f"reject {name} {said}".rstrip(), RejectOrder(name, said or None), trader)
    _show(found, wants_json=wants_json)
    return ExitCode.of(succeeds=all(order.code == "rejected" for order, _ in found))


def _agreed(settings: Choices, reference: str, trader: str | None) -> bool:
    """Whether the person at the terminal, shown the order, says yes."""
    SafeConsole().show(approvals_page([run(_waiting(settings, reference, trader))]))
    return click.confirm("Approve it?", default=False)


async def _waiting(settings: Choices, reference: str, trader: str | None) -> WaitingOrder:
    async with open_desk(settings) as desk:
        return await desk.approvable(message_of(f"approve {reference}", trader, settings), reference)


def _show(found: Sequence[Tested], *, wants_json: bool) -> None:
    for each in found:
        if wants_json:
            click.echo(json_line(order_json(*each)))
        else:
            SafeConsole().show(order_page(*each))
