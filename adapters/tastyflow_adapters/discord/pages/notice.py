"""
A message of its own about an order: what happened, in one sentence, under the words of the order.
"""

from collections.abc import Collection

from tastyflow.application.environment_words import place_of
from tastyflow.application.telling.wording import filled_words
from tastyflow.domain.order import Order
from tastyflow_adapters.discord.page import Act, Button, ChatPage, Tone
from tastyflow_adapters.discord.pages.live import TONES, footer_of, shared_place_of, stands_words


def notice_page(
    order: Order,
    sentence: str,
    *,
    trader: str = "",
    is_shared: bool,
    is_filled: bool = False,
    accounts: Collection[str] = (),
) -> ChatPage:
    """
    *sentence*, of *order* as it stood then.

    Args:
        is_shared: Whether others than its trader read along: then *sentence* is the one for them.
        is_filled: Whether it tells that all is filled: how much and at what price says it better than *sentence*.
    """
    said = filled_words(order) if is_filled and len(order.legs) == 1 else [sentence]
    return ChatPage(
        title=f"Order {order.reference} · {stands_words(order)}",
        place=shared_place_of(order) if is_shared else place_of(order, accounts),
        lines=tuple(line for line in (order.words or order.asked.text, *said) if line),
        footer=footer_of(order, trader, is_shared=is_shared),
        tone=Tone.ASKING if order.waiting_until is not None else TONES.get(order.stage, Tone.PLAIN),
        buttons=(Button("Why", Act.WHY, order.reference),),
        is_private=False,
    )
