"""
What became of orders after a press: one as it stands, with what can be asked of it now; several, each with its lines.
"""

from collections.abc import Collection, Sequence

from attrs import evolve

from tastyflow.domain.order import Order
from tastyflow.domain.testresult import TestResult
from tastyflow_adapters.discord.page import ChatPage, Row, Tone
from tastyflow_adapters.discord.pages.live import TONES
from tastyflow_adapters.discord.pages.order import order_page


def outcome_page(
    order: Order, test: TestResult | None = None, *, accounts: Collection[str] = (), said: Sequence[str] = ()
) -> ChatPage:
    """How *order* stands; *said* is what was just done, and stands above."""
    page = order_page(order, test, accounts)
    return evolve(page, lines=(*said, *page.lines), is_final=True)


def outcomes_page(
    title: str, orders: Sequence[Order], became: Sequence[Sequence[str]], *, place: str = "", said: Sequence[str] = ()
) -> ChatPage:
    """Several orders, each with what became of it, in lines."""
    tones = {TONES.get(order.stage, Tone.PLAIN) for order in orders}
    return ChatPage(
        title=title,
        place=place,
        lines=tuple(said),
        rows=tuple(
            Row(
                f"{order.reference} · {order.stage}",
                (order.words or f"“{order.asked.text}”", *(line for line in each if line != order.stage)),
            )
            for order, each in zip(orders, became, strict=True)
        ),
        tone=Tone.BAD if Tone.BAD in tones else Tone.GOOD if Tone.GOOD in tones else Tone.PLAIN,
        is_final=True,
    )
