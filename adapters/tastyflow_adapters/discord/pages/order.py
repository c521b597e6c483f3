"""
Orders as they stand: one with all that is known of it, and a list of them.
"""

from collections.abc import Collection, Sequence
from typing import Final

from tastyflow.application.environment_words import place_of
from tastyflow.application.telling.risk_words import risk_words
from tastyflow.application.telling.wording import filled_words, outside_words, rehearsal_words, went_words
from tastyflow.domain.halt import Halt, Trading
from tastyflow.domain.new_york_time import short_moment
from tastyflow.domain.order import Order
from tastyflow.domain.order.cancel_causes import ended_words
from tastyflow.domain.testresult import TestResult
from tastyflow_adapters.discord.hints import next_step
from tastyflow_adapters.discord.page import Act, ChatPage, Choice, Menu, Row, Tone
from tastyflow_adapters.discord.pages.columns import Part
from tastyflow_adapters.discord.pages.live import TONES, buttons_of, stage_words, stands_words
from tastyflow_adapters.discord.pages.refusal import OfferedLine, lines_to_press

NO_ORDER: Final = "There is no order yet."
TIMES: Final = "Times are New York's."


def order_page(
    order: Order, test: TestResult | None, accounts: Collection[str] = (), instead: Sequence[OfferedLine] = ()
) -> ChatPage:
    """
    How *order* stands, where, what to do next, and the buttons for what can be asked of it.

    Args:
        instead: Lines that may have been meant, and can be pressed.
    """
    meant, menu = lines_to_press(instead)
    risk = tuple(risk_words(order))
    filled, several = tuple(filled_words(order)), len(order.legs) > 1
    went = [outside_words(order), *(() if several else filled)]
    went += [rehearsal_words(test)] if test is not None else []
    rows = (
        Row("risk", risk),
        Row("legs", filled if several else ()),
        Row("how it went", tuple(line for line in (*went, ended_words(order.message)) if line)),
        Row("did you mean", tuple(each.words for each in instead)),
    )
    return ChatPage(
        title=f"Order {order.reference} · {stands_words(order)}",
        place=place_of(order, accounts),
        lines=(order.words or order.asked.text,),
        rows=tuple(row for row in rows if row.lines),
        footer=next_step(order),
        tone=TONES.get(order.stage, Tone.PLAIN),
        buttons=(*buttons_of(order), *meant),
        menu=menu,
    )


def orders_page(part: Part[Order], halt: Halt, place: str, accounts: Collection[str] = ()) -> ChatPage:
    """One part of a trader's orders, newest first; each can be looked at."""
    stopped = (halt.in_words,) if halt.trading is not Trading.RUNNING else ()
    if not part.items:
        return ChatPage(place=place, lines=(*stopped, NO_ORDER), tone=Tone.WARNING if stopped else Tone.PLAIN)
    choices = tuple(Choice(f"{each.reference} · {each.words or each.asked.text}", each.id.hex) for each in part.items)
    return ChatPage(
        title="Your orders",
        place=place,
        lines=stopped,
        rows=tuple(_row(each, accounts) for each in part.items),
        footer=" ".join(filter(None, (part.words, TIMES))),
        tone=Tone.WARNING if stopped else Tone.PLAIN,
        buttons=part.turns("orders", back="Newer", on="Older"),
        menu=Menu("Look at one", Act.STATUS, "", choices),
    )


def _row(order: Order, accounts: Collection[str]) -> Row:
    account = order.account if len({*accounts, order.account}) > 1 else ""
    name = " · ".join(filter(None, (order.reference, stage_words(order), short_moment(order.asked_at), account)))
    return Row(name, (order.words or order.asked.text, *went_words(order)))
