"""The tables of docs/permissions.md are the program's own."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from tastyflow.domain.instruments import Right
from tastyflow.domain.risk.needs import permissions_needed
from tastyflow.domain.risk.worst_case import Trade
from tastyflow.domain.ticket import OrderType, Ticket
from tastyflow.domain.trader.permissions import DOING, GRANTABLE, VERBS, with_included
from tests.domain.facts import SPY, account, facts
from tests.domain.makers import leg, limit, option

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"
C450, C460, C470 = option("450"), option("460"), option("470")
P430, P440 = option("430", Right.PUT), option("440", Right.PUT)


def ticket(*legs):
    made = tuple(leg(*each) for each in legs)
    return limit(*made, price="1", effect="debit" if any(each.action.buys for each in made) else "credit")


BUY, SELL, CLOSE = "buy_to_open", "sell_to_open", "sell_to_close"
ORDERS = {
    "buy a call or a put": (ticket((BUY, 1, C450)), {}, 0),
    "buy a vertical": (ticket((BUY, 1, C450), (SELL, 1, C460)), {}, 0),
    "sell a vertical, an iron condor": (ticket((BUY, 1, P430), (SELL, 1, P440)), {}, 0),
    "sell a call over 100 shares that are held": (ticket((SELL, 1, C460)), {SPY: 100}, 0),
    "buy 100 shares and sell a call over them": (ticket((BUY, 100, SPY), (SELL, 1, C460)), {}, 0),
    "sell a put whose strike is in cash": (ticket((SELL, 1, P440)), {}, 44_000),
    "sell a call or a put otherwise": (ticket((SELL, 1, C460)), {}, 0),
    "a ratio spread that sells more than it buys": (ticket((BUY, 1, C450), (SELL, 2, C460)), {}, 0),
    "buy shares": (ticket((BUY, 100, SPY)), {}, 0),
    "sell shares short": (ticket((SELL, 100, SPY)), {}, 0),
    "buy shares by a market or stop order": (Ticket((leg(BUY, 100, SPY),), OrderType.MARKET), {}, 0),
    "close what is held": (ticket((CLOSE, 1, C450)), {C450: 1}, 0),
    "sell the bought leg of a spread alone": (ticket((CLOSE, 1, C450)), {C450: 1, C460: -1}, 0),
}
"""An order in words, as a ticket, with what is held and the cash."""


def orders() -> list[str]:
    rows = ["| order | permission |", "| --- | --- |"]
    for words, (made, held, cash) in ORDERS.items():
        known = facts(made, held=Trade(held, Decimal(0)), balances=account(cash))
        needed = " and ".join(f"`{each}`" for each in sorted(permissions_needed(known)))
        rows.append(f"| {words} | {needed or 'any one of the five for trading'} |")
    return rows


def verbs() -> list[str]:
    rows = [f"| | {' | '.join(f'`{each}`' for each in GRANTABLE)} |", f"| --- |{' --- |' * len(GRANTABLE)}"]
    for verb, wanted in VERBS.items():
        cells = ("●" if wanted & with_included(frozenset({each})) else " " for each in GRANTABLE)
        rows.append(f"| {DOING[verb]} (`{verb}`) | {' | '.join(cells)} |")
    return rows


@pytest.mark.parametrize(("name", "table"), [("verbs", verbs), ("orders", orders)])
def test_a_table_of_permissions_is_the_programs_own(name, table):
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", PAGE.read_text("utf-8"), re.DOTALL)
    assert found is not None
    assert found.group(1).splitlines() == table()


def test_every_permission_is_explained():
    text = PAGE.read_text("utf-8")
    assert all(f"- `{each}`" in text for each in GRANTABLE)
