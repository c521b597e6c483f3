"""
``tastyflow order``: one chat line through the twelve steps, told as it is recorded.
"""

import asyncio

import click
from attrs import frozen

from tastyflow.application.message import Message
from tastyflow.domain.order import Order
from tastyflow.domain.testresult import TestResult
from tastyflow.errors import TastyflowError
from tastyflow.ports import Recipient
from tastyflow_adapters.bootstrap import open_desk
from tastyflow_adapters.cli.asking import as_json, as_trader, message_of, run
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.pages import Paper, Progress, order_page
from tastyflow_adapters.cli.safe_text import TextCommand, json_line, text_of
from tastyflow_adapters.cli.shapes import failure_json, order_json
from tastyflow_adapters.config.settings import Settings, load


@frozen
class Outcome:
    """What came of it: the order as recorded, if anything is; *interrupted* where somebody did not wait for it."""

    order: Order | None
    test: TestResult | None = None
    interrupted: bool = False


@click.command(cls=TextCommand)
@click.argument("text", metavar="TEXT|-")
@as_trader
@as_json
def order(text: str, trader: str | None, wants_json: bool) -> int:
    """
    Place an order, and wait until it is filled, working or refused.

    It is read, completed from the chain, checked against your limits, placed and tested in the sandbox, and only then
    placed in production. Put the text in quotes; "-" reads it from standard input.

    \b
    Examples:
      tastyflow order "buy 10 calls for SPY at strike 450 expiring next month"
      tastyflow order "sell 5 AAPL 190P Jan 15 @ 2.10 gtc" --as ann
      echo "buy 100 MSFT at mid" | tastyflow order - --json

    Exit code 0: working or filled. 1: refused or failed. 3: a setting is wrong.
    """
    settings = load()
    message = message_of(text_of(text), trader, settings)
    outcome = run(_place(settings, message, Progress(Paper(stderr=True), message.user, message=message.message)))
    if outcome.interrupted or outcome.order is None:
        return _end_early(outcome, message, wants_json=wants_json)
    if wants_json:
        click.echo(json_line(order_json(outcome.order, outcome.test)))
    else:
        Paper().show(order_page(outcome.order, outcome.test))
    return ExitCode.of(succeeds=outcome.order.is_promoted(has_live_venue=settings.has_live_venue))


async def _place(settings: Settings, message: Message, progress: Recipient) -> Outcome:
    async with open_desk(settings, recipients=[progress]) as desk:
        try:
            placed = await desk.place(message)
            await desk.told()
            return Outcome(placed, desk.test_of(placed))
        except asyncio.CancelledError:
            known = desk.context.ledger.read(Order, Order.id_of(message.platform, message.message))
            return Outcome(known, interrupted=True)


def _end_early(outcome: Outcome, message: Message, *, wants_json: bool) -> int:
    reference = Order.id_of(message.platform, message.message).hex[:6]
    known = outcome.order
    told = f"Order {reference} is {known.stage}" if known else "Nothing was recorded, and nothing was placed"
    error = TastyflowError(
        f"Interrupted. {told}.",
        code="interrupted",
        hint=f"What was sent goes on: tastyflow status {reference}" if known else "",
    )
    click.echo("\n".join(line for line in (error.message, error.hint) if line), err=True)
    if wants_json:
        click.echo(json_line(failure_json(error, known)))
    return ExitCode.INTERRUPTED
