"""
``tastyflow replace`` at work: a new order takes the place of one that works, printed as it is recorded.

    REF WORDS… ─▶ one message ─▶ the new order, and the old one as it stands then
"""

import asyncio

import click

from tastyflow.application.message import Message
from tastyflow.domain.order import Order
from tastyflow.errors import TastyflowError
from tastyflow.ports import Recipient
from tastyflow_adapters.bootstrap import open_desk
from tastyflow_adapters.cli.asking import Tested, message_of, run, tested
from tastyflow_adapters.cli.confirming import asked, consent_here
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.pages import Progress, order_page
from tastyflow_adapters.cli.placing import Placement, end_early
from tastyflow_adapters.cli.safe_console import SafeConsole
from tastyflow_adapters.cli.safe_text import json_line
from tastyflow_adapters.cli.shapes import order_json
from tastyflow_adapters.cli.unfollowed import mention
from tastyflow_adapters.config.choices import Choices
from tastyflow_adapters.config.loading import load


def replace(words: str, trader: str | None, *, wants_json: bool, is_confirmed: bool = False) -> ExitCode:
    """Replace the order that *words* name as they say, and print what came of both."""
    settings = load()
    consent = consent_here(is_confirmed=is_confirmed)
    message = message_of(f"replace {words}", trader, settings, consent=consent)
    progress = Progress(SafeConsole(stderr=True), message.user, several=True)
    orders = run(_replaced(settings, message, progress))
    if isinstance(orders, Placement):
        return end_early(orders, message, settings, wants_json=wants_json)
    (new, test), *others = orders
    if wants_json:
        old = [order_json(*each) for each in others]
        click.echo(json_line(order_json(new, test) | {"replaced": old[0] if old else None}))
    else:
        for each in (*others, (new, test)):
            SafeConsole().show(order_page(*each))
    mention(settings, [order for order, _ in orders])
    return ExitCode.of(succeeds=new.is_promoted(has_live_venue=settings.has_live_venue))


async def _replaced(settings: Choices, message: Message, progress: Recipient) -> "list[Tested] | Placement":
    async with open_desk(settings, recipients=[progress]) as desk:
        try:
            reply = await asked(desk, message, SafeConsole(stderr=True))
            await desk.told()
        except asyncio.CancelledError:
            known = desk.context.ledger.read(Order, Order.id_of(message.platform, message.message))
            return Placement(known, interrupted=True)
        if reply.error is not None and not reply.orders:
            raise reply.error
        if not reply.orders:
            raise TastyflowError("Nothing came of it.", code="internal")
        return tested(desk, reply)
