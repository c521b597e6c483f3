"""
The switch of trading: what a halt would cancel, before it is done; and what became of each order afterwards.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from tastyflow.application.telling.wording import cancelled_words
from tastyflow.domain.halt import Halt, Trading
from tastyflow.domain.new_york_time import clock_in_words
from tastyflow.domain.order import Order
from tastyflow_adapters.discord.page import Act, Button, ChatPage, Emphasis, Row, Tone

MOST_SHOWN: Final = 20
"""Orders that stand in a page by themselves; the others are counted."""


def halt_plan(
    halt: Halt, orders: Sequence[Order], place: str, *, reducing: bool, reason: str, offer: str, until: datetime
) -> ChatPage:
    """
    What a halt would do, to be confirmed.

    Args:
        orders: What it would cancel.
        offer: What the button stands for.
    """
    lets = "Only orders that take risk away may leave then." if reducing else "No order may leave then, of any trader."
    count = f"{len(orders):,} open order{'' if len(orders) == 1 else 's'} would be cancelled."
    return _plan(
        "Halt what adds risk?" if reducing else "Halt trading?",
        (halt.in_words, lets, count, f"Reason: {reason}" if reason else "No reason is given."),
        place,
        Button("Halt", Act.DO, offer, Emphasis.DANGER),
        offer,
        until,
        tuple(Row(each.reference, (each.words,)) for each in orders[:MOST_SHOWN]),
    )


def resume_plan(halt: Halt, place: str, *, reason: str, offer: str, until: datetime) -> ChatPage:
    """What a resume would do, to be confirmed."""
    lets = "Every order that the checks let pass may leave then. What was cancelled stays cancelled."
    go_on = Button("Resume", Act.DO, offer, Emphasis.GOOD)
    return _plan("Resume trading?", (halt.in_words, lets, f"Reason: {reason}"), place, go_on, offer, until)


TITLES: Final[Mapping[Trading, str]] = {
    Trading.RUNNING: "Trading runs",
    Trading.REDUCING: "Risk may only be reduced",
    Trading.HALTED: "Halted",
}


def halted_page(halt: Halt, orders: Sequence[Order], place: str, accounts: Collection[str] = ()) -> ChatPage:
    """Whether orders may leave, and what became of each that was to be cancelled."""
    left = sum(not (order.is_cancelling or order.stage.is_over) for order in orders)
    said = (f"{left:,} could not be cancelled: use /halt again to ask again.",) if left else ()
    return ChatPage(
        title=TITLES[halt.trading],
        place=place,
        lines=(halt.in_words, *said),
        rows=tuple(
            Row(f"{each.reference} · {each.stage}", (each.words or each.asked.text, *_became(each, accounts)))
            for each in orders
        ),
        tone=Tone.BAD if left else Tone.GOOD if halt.trading is Trading.RUNNING else Tone.WARNING,
        is_final=True,
    )


def _became(order: Order, accounts: Collection[str]) -> tuple[str, ...]:
    """What became of its cancel, where the stage beside its name does not say it."""
    said = cancelled_words(order, accounts)
    return (said,) if said != order.stage else ()


def _plan(
    title: str,
    lines: tuple[str, ...],
    place: str,
    yes: Button,
    offer: str,
    until: datetime,
    rows: tuple[Row, ...] = (),
) -> ChatPage:
    return ChatPage(
        title=title,
        place=place,
        lines=lines,
        rows=rows,
        footer=f"Nothing was done yet. It waits for your yes until {clock_in_words(until)}.",
        tone=Tone.ASKING,
        buttons=(yes, Button("Dismiss", Act.DISMISS, offer)),
    )
