"""
Gamma exposure of an underlying: the picture, and a line of its levels.

    /gex SPX dte:0-7 ─▶ permitted ─▶ looked at lately? ─▶ a chain that is watched for a moment ─▶ drawn in a thread

What is heavy (numpy, matplotlib) is imported with the first answer.
"""

import asyncio
from typing import TYPE_CHECKING, Final

from attrs import evolve

from tastyflow.application.context import Context
from tastyflow.application.intake.identify import permitted
from tastyflow.domain.commands import ListExpirations
from tastyflow.errors import Invalid, NotUnderstood, Refused
from tastyflow_adapters.config.gex_choices import GexChoices, days_of
from tastyflow_adapters.discord.answers.looking.asking import SYMBOL, environment_of
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.page import Answer, ChatPage
from tastyflow_adapters.discord.request import Request

if TYPE_CHECKING:
    from tastyflow.domain.signal_rule.figures import Figures
    from tastyflow_adapters.signals.gamma import GammaExposure

DTE: Final = "dte"
PATIENCE_S: Final = 20.0
"""How long a chain is listened to that does not say everything."""


async def gex(chat: Chat, request: Request) -> Answer:
    """What hedging a move of the underlying would take, and where that changes."""
    context = chat.desk.context
    permitted(context, request.message("gex"), "gex")
    symbol = _underlying(context, request.options.get(SYMBOL, ""))
    chosen = _chosen(chat.choices.gex, request.options.get(DTE, ""))

    async def make() -> ChatPage:
        exposure, figures = await _looked_at(context, symbol, chosen)
        from tastyflow_adapters.discord.pages.gamma import gamma_page

        return await asyncio.to_thread(gamma_page, exposure, figures.faults, environment_of(chat))

    return await chat.gamma_pages.get((symbol, chosen), make)


async def _looked_at(context: Context, symbol: str, chosen: GexChoices) -> "tuple[GammaExposure, Figures]":
    from tastyflow_adapters.signals.watching import ChainWatch
    from tastyflow_adapters.signals.watching.choosing import watch_choices
    from tastyflow_adapters.signals.watching.first_look import first_look

    if context.feed is None:
        raise Refused(
            "Gamma exposure is worked out from production's market data, and this environment has none.",
            code="no_option_feed",
            hint="The operator chooses the environment.",
        )
    watch = ChainWatch(context.market, context.feed, context.clock, symbol, choices=watch_choices(chosen))
    async with watch:
        figures = await first_look(watch.updates(), PATIENCE_S)
        if figures is None or figures.get("spot") is None:
            raise Refused("No price of it was heard.", code="no_spot", hint="Ask again in a while.")
        return watch.exposure(), figures


def _underlying(context: Context, symbol: str) -> str:
    words = " ".join(symbol.split())
    try:
        command = context.language.parse(f"expirations {words}", as_of=context.clock.now())
    except NotUnderstood:
        command = None
    if not isinstance(command, ListExpirations):
        message = f"{words[:40]!r} is no symbol that is known here."
        raise Refused(message, code="unknown_symbol", hint="Choose one that is offered as you type.")
    return command.underlying


def _chosen(choices: GexChoices, dte: str) -> GexChoices:
    try:
        return evolve(choices, dte=days_of(dte)) if dte.strip() else choices
    except ValueError as wrong:
        raise Invalid(f"dte: {wrong}.", code="bad_scope") from None
