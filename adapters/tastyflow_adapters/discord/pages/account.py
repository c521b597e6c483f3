"""
An account as its trader looks at it: positions with their value, balances, limits. For the eyes of that trader alone.
"""

from typing import Final

from tastyflow.application.looking.limits import LimitsSeen, limit_rows
from tastyflow.application.looking.seen import Holdings, Valued
from tastyflow.application.looking.wording import (
    EXPLAINS,
    NOTHING_HELD,
    UNEXPLAINED,
    holding_words,
    profit_words,
    value_words,
    valued_cells,
)
from tastyflow.domain.venue import Balances
from tastyflow_adapters.discord.page import ChatPage, Row, Tone
from tastyflow_adapters.discord.pages.columns import part_of

POSITIONS: Final = 10
"""Positions on a page."""
LOOK: Final = f"{EXPLAINS} Tell the operator, who can reconcile the account."


def holdings_page(seen: Holdings, place: str, number: int = 1, account: str = "") -> ChatPage:
    """
    A row for each position: what it is, what it cost, what it is worth, and the profit or loss that is open.

    Args:
        account: What the positions were asked of, for the buttons that turn the page.
    """
    doubts = tuple(f"{UNEXPLAINED} {each.words}" for each in seen.unexplained)
    doubts += (LOOK,) if doubts else ()
    tone = Tone.WARNING if doubts else Tone.PLAIN
    if not seen.positions:
        return ChatPage(title="Positions", place=place, lines=(NOTHING_HELD, *doubts), tone=tone)
    part = part_of(seen.positions, number, POSITIONS)
    total = f"Worth {value_words(seen.value_usd)} in all, open profit {profit_words(seen.profit_usd)}."
    return ChatPage(
        title="Positions",
        place=place,
        lines=(total, *doubts),
        rows=tuple(_held(each, seen) for each in part.items),
        footer=part.words,
        tone=tone,
        buttons=part.turns("positions", account),
    )


def _held(each: Valued, seen: Holdings) -> Row:
    name = holding_words(each, is_explained=seen.difference(each.position.instrument) is None)
    cost, mark, value, profit = valued_cells(each)
    return Row(name, (f"cost {cost} · mark {mark}", f"value {value} · open profit {profit}"))


def balance_page(balances: Balances, place: str) -> ChatPage:
    """Cash, net liquidating value and buying power."""
    return ChatPage(
        title="Balance",
        place=place,
        lines=(
            f"cash ${balances.cash_usd:,.2f}",
            f"net liquidating value ${balances.net_liquidating_value_usd:,.2f}",
            f"buying power ${balances.buying_power_usd:,.2f}",
        ),
    )


def limits_page(seen: LimitsSeen) -> ChatPage:
    """What a trader may do and ask for, and what is used of it."""
    away = (f"What the account holds is not known: {seen.failure}",) if seen.failure else ()
    suspended = ("You are suspended: nothing new is placed.",) if seen.trader.suspended else ()
    return ChatPage(
        title=f"Limits of {seen.trader.name}",
        place=seen.place,
        lines=(*suspended, *away),
        rows=tuple(Row(row.name, row.lines) for row in limit_rows(seen)),
        footer="The operator sets them. Percentages are of the account's net liquidating value.",
        tone=Tone.WARNING if away or suspended else Tone.PLAIN,
    )
