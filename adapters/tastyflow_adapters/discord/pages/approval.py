"""
An order that waits for an approval, as its approvers see it; and the same message once it waits no more.

    waits ─▶ waiting_page    what is asked, by whom, why it waits, the market then and now; Approve, Reject
    over  ─▶ decided_page    who decided what, or what ended it; no button but Why
"""

from collections.abc import Iterator, Sequence
from typing import Final

from tastyflow.application.approving.waiting_orders import WaitingOrder
from tastyflow.application.approving.wording import (
    NONE_WAITS,
    asker_in_words,
    asker_words,
    decided_title,
    decided_words,
    market_now,
    market_then,
    named_words,
    signal_words,
    until_words,
)
from tastyflow.application.environment_words import place_of
from tastyflow.application.telling.risk_words import risk_words
from tastyflow.domain.new_york_time import moment_in_words
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow_adapters.discord.page import Act, Button, ChatPage, Choice, Emphasis, Menu, Row, Tone

ANOTHER: Final = "Another person than the one who asked decides."
_WHY: Final = "Why"


def waiting_page(waiting: WaitingOrder, accounts: Sequence[str] = ()) -> ChatPage:
    """For the approvals channel: a press shows the market of that moment before anything is approved."""
    return _page(waiting, accounts, (Button("Approve", Act.APPROVE, waiting.order.id.hex, Emphasis.GOOD),))


def seen_page(waiting: WaitingOrder, accounts: Sequence[str] = ()) -> ChatPage:
    """For one approver, with the market of this moment: the yes to it."""
    order = waiting.order
    can = waiting.market is not None
    yes = Button(f"Approve {order.reference}", Act.APPROVE_SEEN, order.id.hex, Emphasis.GOOD, is_enabled=can)
    again = Button("Look again", Act.APPROVE, order.id.hex)
    return _page(waiting, accounts, (yes, again), is_private=True)


def decided_page(order: Order, requester: str, accounts: Sequence[str] = (), *, is_private: bool = False) -> ChatPage:
    """The same message once *order* waits no more; *requester* asked for it."""
    tones = {Stage.REFUSED: Tone.BAD, Stage.REHEARSING: Tone.ASKING}
    return ChatPage(
        title=f"Order {decided_title(order)}",
        place=place_of(order, accounts),
        lines=tuple(line for line in (order.words or order.asked.text, decided_words(order)) if line),
        rows=(Row("asked by", (_asked(order, requester),)),),
        tone=Tone.GOOD if order.approval is not None else tones.get(order.stage, Tone.PLAIN),
        buttons=(Button(_WHY, Act.WHY, order.id.hex),),
        is_private=is_private,
    )


def waiting_list(waiting: Sequence[WaitingOrder], accounts: Sequence[str] = ()) -> ChatPage:
    """All that wait, the oldest first; one of them is chosen from the menu."""
    if not waiting:
        return ChatPage(lines=(NONE_WAITS,))
    rows = tuple(
        Row(f"{each.order.reference} · {place_of(each.order, accounts)}".rstrip(" ·"), tuple(_briefly(each)))
        for each in waiting
    )
    choices = tuple(
        Choice(f"{each.order.reference} · {each.order.words}", each.order.id.hex, f"asked by {each.requester}")
        for each in waiting
    )
    return ChatPage(
        title="What waits for an approval",
        rows=rows,
        tone=Tone.ASKING,
        menu=Menu("Look at one", Act.APPROVE, "", choices),
    )


def _page(
    waiting: WaitingOrder, accounts: Sequence[str], yes: tuple[Button, ...], *, is_private: bool = False
) -> ChatPage:
    order = waiting.order
    buttons = (*yes, Button("Reject", Act.REJECT, order.id.hex, Emphasis.DANGER), Button(_WHY, Act.WHY, order.id.hex))
    return ChatPage(
        title=f"Order {order.reference} waits for approval",
        place=place_of(order, accounts),
        lines=(order.words or order.asked.text,),
        rows=tuple(row for row in _rows(waiting) if row.lines),
        footer=f"It {until_words(waiting)}. {ANOTHER}",
        tone=Tone.ASKING if waiting.market is not None and waiting.moved is None else Tone.WARNING,
        buttons=buttons,
        is_private=is_private,
    )


def _rows(waiting: WaitingOrder) -> Iterator[Row]:
    order = waiting.order
    yield Row("symbol", tuple(line for line in (named_words(waiting),) if line))
    yield Row("asked by", (_asked(order, waiting.requester), f"“{order.asked.text}”"))
    yield Row("why it asks", signal_words(waiting))
    yield Row("why it waits", waiting.request.reasons)
    yield Row("risk", tuple(risk_words(order)), is_strong=True)
    yield Row("market", tuple(_market(waiting)))


def _market(waiting: WaitingOrder) -> Iterator[str]:
    yield market_then(waiting)
    yield market_now(waiting)
    if waiting.moved is not None:
        yield waiting.moved


def _briefly(waiting: WaitingOrder) -> Iterator[str]:
    yield waiting.order.words or waiting.order.asked.text
    yield f"asked by {asker_words(waiting)}; {until_words(waiting)}"
    yield from waiting.request.reasons


def _asked(order: Order, requester: str) -> str:
    return f"{asker_in_words(order, requester)}, {moment_in_words(order.asked_at)}"
