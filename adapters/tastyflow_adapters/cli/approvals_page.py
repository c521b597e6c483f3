"""
What a person sees before they approve: the order, who asked for it, why it waits, and the market then and now.
"""

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from tastyflow.application.approving.waiting_orders import WaitingOrder
from tastyflow.application.environment_words import place_of
from tastyflow.application.telling.risk_words import risk_words
from tastyflow.domain.new_york_time import minute_in_words, moment_in_words
from tastyflow.domain.order.approval import MarketSnapshot
from tastyflow.domain.risk.approval import in_words
from tastyflow_adapters.cli.safe_console import say

NONE_WAITS = "No order waits for an approval."
NO_MARKET = "The market cannot be read now: it cannot be approved before that."


def approvals_page(waiting: Iterable[WaitingOrder]) -> RenderableType:
    """Every order that waits, the oldest first."""
    pages = [approval_page(each) for each in waiting]
    return Group(*pages) if pages else say(NONE_WAITS)


def approval_page(waiting: WaitingOrder) -> RenderableType:
    """One order that waits."""
    order, request = waiting.order, waiting.request
    lines: list[Text] = [say(order.words or order.asked.text, "bold"), *(say(line) for line in risk_words(order))]
    lines.append(say(f"asked by {waiting.requester}, {moment_in_words(order.asked_at)}: “{order.asked.text}”"))
    lines += [say(reason, "yellow") for reason in request.reasons]
    lines.append(say(f"market then  {_market(request.market)}"))
    if waiting.market is None:
        lines.append(say(NO_MARKET, "red"))
    else:
        lines.append(say(f"market now   {_market(waiting.market)}"))
    if waiting.moved is not None:
        lines.append(say(waiting.moved, "red"))
    lines.append(say(f"waits until {moment_in_words(request.until)}", "dim"))
    place = place_of(order)
    title = f"{order.reference} waits for approval" + (f" · {place}" if place else "")
    return Panel(Group(*lines), title=say(title), title_align="left", border_style="yellow", expand=False)


def _market(market: MarketSnapshot) -> str:
    return f"{in_words(market)} at {minute_in_words(market.at)}"
