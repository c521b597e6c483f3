"""
The way out at work: ``tastyflow flatten``, and ``tastyflow cancel all --everyone``.

    flatten ─▶ (the list, and a question) ─▶ one message ─▶ an order for each spread and leg, printed as recorded
    cancel all --everyone ─▶ every open order ─▶ a line for each: whose it is, and what became of it
"""

import click

from tastyflow.application.answers import Reply
from tastyflow.application.attribution import because_of_operator
from tastyflow.application.message import Message
from tastyflow.domain.commands import CancelOrder
from tastyflow.ports import Recipient
from tastyflow_adapters.bootstrap import open_desk
from tastyflow_adapters.cli.asking import Tested, ask, message_of, operator, run, tested
from tastyflow_adapters.cli.confirming import asked, consent_here
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.pages import Progress, cancelled_page, error_page, order_page
from tastyflow_adapters.cli.place import Place
from tastyflow_adapters.cli.safe_console import SafeConsole
from tastyflow_adapters.cli.safe_text import json_line
from tastyflow_adapters.cli.shapes import error_json, orders_json
from tastyflow_adapters.cli.unfollowed import mention
from tastyflow_adapters.config.choices import Choices
from tastyflow_adapters.config.loading import load


def flatten(
    words: str, trader: str | None, account: str = "", *, wants_json: bool, is_confirmed: bool = False
) -> ExitCode:
    """Close what *words* name, and print what came of each order."""
    settings = load()
    consent = consent_here(is_confirmed=is_confirmed)
    message = message_of(f"flatten {words or 'all'}", trader, settings, account, consent=consent)
    progress = Progress(SafeConsole(stderr=True), message.user, message=message.message, several=True)
    reply, orders = run(_flattened(settings, message, progress))
    if reply.error is not None and not orders:
        raise reply.error
    if wants_json:
        error = None if reply.error is None else error_json(reply.error)
        click.echo(json_line(orders_json(settings, orders) | {"error": error}))
    else:
        console = SafeConsole()
        for each in orders:
            console.show(order_page(*each, accounts=settings.account_names))
        if reply.error is not None and reply.command is not None:  # else the one order says it
            console.show(error_page(reply.error))
    mention(settings, (order for order, _ in orders))
    promoted = all(order.is_promoted(has_live_venue=settings.has_live_venue) for order, _ in orders)
    return ExitCode.of(succeeds=promoted and reply.error is None)


async def _flattened(settings: Choices, message: Message, progress: Recipient) -> tuple[Reply, list[Tested]]:
    async with open_desk(settings, recipients=[progress]) as desk:
        reply = await asked(desk, message, SafeConsole(stderr=True))
        await desk.told()
        return reply, tested(desk, reply)


def cancel_for_everyone(*, wants_json: bool) -> ExitCode:
    """Cancel every trader's open orders, and print what became of each."""
    settings = load()
    if settings.begins_with_demo:
        orders = run(_cancelled(settings))
    else:
        _, orders = ask(settings, "cancel all for everyone", CancelOrder("all", everyone=True), None)
    if wants_json:
        click.echo(json_line(orders_json(settings, orders) | {"error": None}))
    else:
        SafeConsole().show(cancelled_page((order for order, _ in orders), Place.of(settings)))
    return ExitCode.of(succeeds=all(order.is_cancelling or order.stage.is_over for order, _ in orders))


async def _cancelled(settings: Choices) -> list[Tested]:
    async with open_desk(settings) as desk:
        why = because_of_operator(operator(), desk.context.clock.now())
        return tested(desk, Reply(orders=await desk.cancel_for_everyone(why)))
