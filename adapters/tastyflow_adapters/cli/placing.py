"""
``tastyflow order`` at work: one chat line through the twelve steps, printed as it is recorded.
"""

import asyncio

import click
from attrs import frozen

from tastyflow.application.message import Message
from tastyflow.domain.order import Order
from tastyflow.domain.testresult import TestResult
from tastyflow.domain.venue import Venue
from tastyflow.errors import TastyflowError
from tastyflow.ports import Recipient
from tastyflow_adapters.bootstrap import open_desk
from tastyflow_adapters.cli.asking import message_of, run
from tastyflow_adapters.cli.confirming import confirmed, consent_here
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.pages import Progress, order_page
from tastyflow_adapters.cli.safe_console import SafeConsole
from tastyflow_adapters.cli.safe_text import json_line, text_of
from tastyflow_adapters.cli.shapes import failure_json, order_json
from tastyflow_adapters.cli.unfollowed import mention
from tastyflow_adapters.config.choices import Choices
from tastyflow_adapters.config.loading import load


@frozen
class Placement:
    """What came of it: the order as recorded, if it was; *interrupted* where its end was not waited for."""

    order: Order | None
    test: TestResult | None = None
    interrupted: bool = False


def place(
    text: str, trader: str | None, account: str = "", *, wants_json: bool, is_confirmed: bool = False
) -> ExitCode:
    """
    Place what *text* asks for, or what standard input does where it is "-", and print what came of it.

    Who is at a terminal is asked first where the policy wants it, unless *is_confirmed*.
    """
    settings = load()
    message = message_of(text_of(text), trader, settings, account, consent=consent_here(is_confirmed=is_confirmed))
    progress = Progress(SafeConsole(stderr=True), message.user, message=message.message)
    placement = run(_placed(settings, message, progress))
    if placement.interrupted or placement.order is None:
        code = end_early(placement, message, settings, wants_json=wants_json)
        mention(settings, [placement.order] if placement.order else [])
        return code
    if wants_json:
        click.echo(json_line(order_json(placement.order, placement.test)))
    else:
        SafeConsole().show(order_page(placement.order, placement.test, accounts=settings.account_names))
    mention(settings, [placement.order])
    if placement.order.waiting_until is not None:
        return ExitCode.WAITING
    return ExitCode.of(succeeds=placement.order.is_promoted(has_live_venue=settings.has_live_venue))


async def _placed(settings: Choices, message: Message, progress: Recipient) -> Placement:
    async with open_desk(settings, recipients=[progress]) as desk:
        try:
            placed = await desk.place(message)
            await desk.told()
            if placed.waits_for_confirmation:
                placed = await confirmed(desk, placed, message, SafeConsole(stderr=True))
                await desk.told()
            return Placement(placed, desk.test_of(placed))
        except asyncio.CancelledError:
            known = desk.context.ledger.read(Order, Order.id_of(message.platform, message.message))
            return Placement(known, interrupted=True)


def end_early(placement: Placement, message: Message, settings: Choices, *, wants_json: bool) -> ExitCode:
    """Say how far *message* came, whose end was not waited for."""
    reference = Order.id_of(message.platform, message.message).hex[:6]
    known = placement.order
    told = f"Order {reference} is {known.stage}" if known else "Nothing was recorded, and nothing was placed"
    hint = _what_becomes_of(known, settings.rules.interrupted_after_s) if known else ""
    error = TastyflowError(f"Interrupted. {told}.", code="interrupted", hint=hint)
    click.echo("\n".join(line for line in (error.message, error.hint) if line), err=True)
    if wants_json:
        click.echo(json_line(failure_json(error, known)))
    return ExitCode.INTERRUPTED


def _what_becomes_of(order: Order, bound_s: float) -> str:
    """What becomes of an order that its command left."""
    if any(attempt.venue is Venue.PRODUCTION for attempt in order.attempts):
        return f"What was sent goes on: tastyflow status {order.reference}"
    if order.stage.is_over:
        return "Nothing went to production."
    ask = f"tastyflow status {order.reference}"
    if order.waits_for_confirmation or order.waiting_until is not None:
        return f"Nothing went to production. It waits for a person until its time is over: {ask}"
    bound = f"once nothing was recorded of it for {bound_s:g} seconds"
    return f"Nothing went to production. The next command ends it, {bound}: {ask}"
