"""The pages about risk are the program's own: tables from the enums, pictures and numbers from the rules."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import fields

from tastyflow.domain.instruments import Equity, Right, plain
from tastyflow.domain.policy import Policy
from tastyflow.domain.risk.codes import ABOUT, RiskCode
from tastyflow.domain.risk.picture import picture
from tastyflow.domain.risk.profile import of_ticket
from tastyflow.domain.risk.worst_case import Trade
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.trader import Limits
from tests.domain.makers import leg, limit, option

DOCS = Path(__file__).parents[2] / "docs"
PUT = Right.PUT


def written(page: str, name: str) -> list[str]:
    """What stands between the marks of *name*."""
    text = (DOCS / page).read_text("utf-8")
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", text, re.DOTALL)
    assert found is not None, f"{page} has no {name}"
    return found.group(1).splitlines()


def checks() -> list[str]:
    rows = []
    for code, about in ABOUT.items():
        exits = "yes" if about.binds_exits else "no"
        cells = (f"`{code}`", about.sentence, about.default, about.could_not_run, exits, f"`{about.refusal}`")
        rows.append(f"| {' | '.join(cells)} |")
    head = "| check | what it asks | default | could not run | stops an exit | refused as |"
    return [head, "| --- | --- | --- | --- | --- | --- |", *rows]


def attributes(kind: type) -> dict[str, str]:
    """What the docstring of *kind* says of each attribute."""
    said: dict[str, str] = {}
    names: list[str] = []
    for line in (kind.__doc__ or "").partition("Attributes:")[2].splitlines():
        begun = re.match(r" {8}([a-z][a-z_, ]*): (.*)", line)
        if begun:
            names = begun.group(1).split(", ")
            said |= dict.fromkeys(names, begun.group(2))
        elif names and line.strip():
            said |= {name: f"{said[name]} {line.strip()}" for name in names}
    return said


def shown(value: object) -> str:
    if isinstance(value, Decimal):
        return plain(value)
    return {None: "none", True: "yes", False: "no", (): "none"}.get(value, str(value))  # type: ignore[call-overload]


def limits() -> list[str]:
    said = attributes(Limits)
    rows = [f"| `{each.name}` | {shown(each.default)} | {said[each.name]} |" for each in fields(Limits)]
    return ["| limit of a trader | default | what it is |", "| --- | --- | --- |", *rows]


def policy() -> list[str]:
    said = attributes(Policy)
    names = [each.name for each in fields(Policy)]
    mine = names[names.index("hard_max_contracts") :]
    rows = [f"| `{name}` | {shown(getattr(Policy(), name))} | {said[name]} |" for name in mine]
    return ["| choice of the operator | default | what it is |", "| --- | --- | --- |", *rows]


@pytest.mark.parametrize(("name", "table"), [("checks", checks), ("limits", limits), ("policy", policy)])
def test_the_tables_of_limits_are_the_programs_own(name, table):
    assert written("limits.md", name) == table()


def test_every_check_stands_in_the_page():
    text = (DOCS / "limits.md").read_text("utf-8")
    assert [code for code in RiskCode if f"| `{code}` |" not in text] == []


DEFAULTS = {
    RiskCode.MAX_CONTRACTS: (Limits().max_contracts, Policy().hard_max_contracts),
    RiskCode.MAX_SHARES: (Limits().max_shares, Policy().hard_max_shares),
    RiskCode.MAX_LOSS: (Limits().max_defined_loss_usd, Limits().max_notional_usd, Limits().max_loss_pct),
    RiskCode.MAX_EXPOSURE: (Limits().max_open_notional_usd,),
    RiskCode.MAX_UNDERLYING: (Limits().max_underlying_pct,),
    RiskCode.ORDER_BUYING_POWER: (Limits().max_order_buying_power_pct,),
    RiskCode.TOTAL_BUYING_POWER: (Limits().max_buying_power_pct,),
    RiskCode.MARKET_ORDER: (Limits().max_market_usd,),
    RiskCode.ORDERS_A_MINUTE: (Limits().orders_a_minute,),
    RiskCode.HOUSE_ORDERS_A_MINUTE: (Policy().house_orders_a_minute,),
    RiskCode.ORDERS_A_DAY: (Limits().orders_a_day,),
    RiskCode.DUPLICATE: (Policy().duplicate_window_s,),
    RiskCode.WORKING_ORDERS: (Limits().max_working,),
    RiskCode.WORKING_ON_SYMBOL: (Limits().max_working_a_symbol,),
    RiskCode.DAILY_LOSS_REDUCING: (Limits().daily_loss_reducing_pct,),
    RiskCode.DAILY_LOSS_HALT: (Limits().daily_loss_halt_pct,),
    RiskCode.REPEATED_FAILURES: (Policy().failures_in_a_row, Policy().failures_window_s),
    RiskCode.UNKNOWN_OUTCOMES: (Policy().max_unknown_outcomes,),
    RiskCode.QUOTE_AGE: (Policy().quote_age_s,),
    RiskCode.SPREAD_WIDTH: (Policy().spread_pct,),
    RiskCode.COLLAR: (Policy().collar_pct, Policy().collar_usd, Policy().hard_collar_pct),
}


@pytest.mark.parametrize("code", DEFAULTS)
def test_the_default_that_a_page_names_is_the_programs(code):
    numbers = re.findall(r"\d[\d,]*(?:\.\d+)?", ABOUT[code].default)
    for default in DEFAULTS[code]:
        assert default is not None
        assert f"{float(default):,g}" in numbers


def credit(price: str, *legs: tuple[str, int, object]) -> Ticket:
    return limit(*(leg(*each) for each in legs), price=price, effect="credit")


def debit(price: str, *legs: tuple[str, int, object]) -> Ticket:
    return limit(*(leg(*each) for each in legs), price=price)


B, S = "buy_to_open", "sell_to_open"
SHOWN = {
    "iron condor": credit(
        "1.93", (S, 1, option("435", PUT)), (B, 1, option("430", PUT)), (S, 1, option("465")), (B, 1, option("470"))
    ),
    "butterfly": debit("0.66", (B, 1, option("450")), (S, 2, option("460")), (B, 1, option("470"))),
    "call spread": debit("4", (B, 1, option("440")), (S, 1, option("450"))),
    "covered call": debit("440", (B, 100, Equity("SPY")), (S, 1, option("455"))),
    "naked call": credit("5", (S, 1, option("450"))),
}


def page(ticket: Ticket) -> list[str]:
    profile = of_ticket(ticket, {})
    told = (profile.loss_in_words(), profile.gain_in_words(), profile.break_evens_in_words())
    return ["```text", *picture(Trade.of(ticket, {})).splitlines(), "```", "", f"{', '.join(told).capitalize()}."]


@pytest.mark.parametrize("name", SHOWN)
def test_a_picture_in_the_docs_is_what_the_rules_draw(name):
    assert written("risk.md", name) == page(SHOWN[name])
