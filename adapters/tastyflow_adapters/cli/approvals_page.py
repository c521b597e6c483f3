"""
What a person sees before they approve: the order, who asked for it, why it waits, and the market then and now.
"""

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from tastyflow.application.approving.waiting_orders import WaitingOrder
from tastyflow.application.approving.wording import (
    NONE_WAITS,
    asked_words,
    market_now,
    market_then,
    named_words,
    signal_words,
    until_words,
    waiting_title,
)
from tastyflow.application.telling.risk_words import risk_words
from tastyflow_adapters.cli.safe_console import say


def approvals_page(waiting: Iterable[WaitingOrder]) -> RenderableType:
    """Every order that waits, the oldest first."""
    pages = [approval_page(each) for each in waiting]
    return Group(*pages) if pages else say(NONE_WAITS)


def approval_page(waiting: WaitingOrder) -> RenderableType:
    """One order that waits."""
    order, request = waiting.order, waiting.request
    lines: list[Text] = [say(order.words or order.asked.text, "bold")]
    lines += [say(line) for line in (named_words(waiting), *risk_words(order)) if line]
    lines.append(say(asked_words(waiting)))
    lines += [say(line) for line in signal_words(waiting)]
    lines += [say(reason, "yellow") for reason in request.reasons]
    lines.append(say(market_then(waiting)))
    lines.append(say(market_now(waiting), "red" if waiting.market is None else ""))
    if waiting.moved is not None:
        lines.append(say(waiting.moved, "red"))
    lines.append(say(until_words(waiting), "dim"))
    title = say(waiting_title(waiting))
    return Panel(Group(*lines), title=title, title_align="left", border_style="yellow", expand=False)
