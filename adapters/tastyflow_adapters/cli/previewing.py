"""
``tastyflow preview`` at work: the card of an order that is not placed.
"""

import click

from tastyflow.application.card.previewing import Previewed
from tastyflow.application.message import Message
from tastyflow_adapters.bootstrap import open_desk
from tastyflow_adapters.cli.asking import message_of, run
from tastyflow_adapters.cli.card_page import card_page
from tastyflow_adapters.cli.card_shape import preview_json
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.pages import error_page
from tastyflow_adapters.cli.safe_console import SafeConsole
from tastyflow_adapters.cli.safe_text import json_line, text_of
from tastyflow_adapters.config.choices import Choices
from tastyflow_adapters.config.loading import load


def preview(text: str, trader: str | None, account: str = "", *, wants_json: bool) -> ExitCode:
    """Show what *text* would come to, or what standard input says where it is "-"."""
    settings = load()
    previewed = run(_previewed(settings, message_of(text_of(text), trader, settings, account)))
    if wants_json:
        click.echo(json_line(preview_json(previewed)))
    elif previewed.card is not None:
        SafeConsole().show(card_page(previewed.card))
    elif previewed.refusal is not None:
        SafeConsole(stderr=True).show(error_page(previewed.refusal))
    return ExitCode.of(succeeds=previewed.refusal is None)


async def _previewed(settings: Choices, message: Message) -> Previewed:
    async with open_desk(settings) as desk:
        return await desk.preview(message)
