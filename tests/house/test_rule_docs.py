"""The tables of docs/rules.md are the program's own, its files are rules, and its messages are what is said."""

import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tastyflow.domain.expirations import NEW_YORK
from tastyflow.domain.signal_rule.figures import FIGURES, Figures
from tastyflow_adapters.language import Grammar
from tastyflow_adapters.signals.rules import order_line, read_rule, rule_in_words
from tastyflow_adapters.signals.rules.keys import (
    ACTION_KEYS,
    CONDITION_KEYS,
    EVENT_KEYS,
    FORMS,
    LIMIT_KEYS,
    RULE_KEYS,
    SCOPE_KEYS,
)

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "rules.md").read_text("utf-8")
NOW = datetime(2026, 11, 30, 10, 0, tzinfo=NEW_YORK)


def keys(table):
    rows = [
        f"| `{key}` | {about.takes} | {f'`{about.default}`' if _is_value(about.default) else about.default or ' '} | "
        f"{about.sentence} |"
        for key, about in table.items()
    ]
    return ["| key | takes | default | what it is |", "| --- | --- | --- | --- |", *rows]


def _is_value(default):
    return bool(re.fullmatch(r'"[^"]*"|[\d.]+|\[[\d, ]*\]', default))


def figures():
    rows = [f"| `{name}` | {about.unit} | {about.sentence} |" for name, about in FIGURES.items()]
    return ["| figure | unit | what it is |", "| --- | --- | --- |", *rows]


TABLES = {
    "rule": lambda: keys(RULE_KEYS),
    "scope": lambda: keys(SCOPE_KEYS),
    "limits": lambda: keys(LIMIT_KEYS),
    "events": lambda: keys(EVENT_KEYS),
    "action": lambda: keys(ACTION_KEYS),
    "conditions": lambda: keys(CONDITION_KEYS),
    "figures": figures,
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_of_rules_is_the_programs_own(name):
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", PAGE, re.DOTALL)
    assert found is not None
    assert found.group(1).splitlines() == TABLES[name]()


def blocks(kind):
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)


def rule_of(text):
    rule, complaints = read_rule(text, file="flip.toml", language=Grammar(), now=NOW)
    assert [each.sentence for each in complaints] == []
    return rule


@pytest.mark.parametrize("text", [text for text in blocks("toml") if "[action]" in text])
def test_a_file_on_the_page_is_a_rule(text):
    assert rule_of(text)


ROUND = """
name = "around"
version = 1
symbol = "SPX"
trader = "gex-bot"
[trigger]
all = [
{conditions}
]
[events]
known_until = 2027-01-31
FOMC = [2027-01-27T14:00:00]
[action]
line = "buy 1 SPX {spot to 5} call {expiration 0..7 dte} @ mid"
"""


def conditions():
    return [line.partition("  #")[0] for text in blocks("toml") if "[action]" not in text for line in text.splitlines()]


@pytest.mark.parametrize("condition", conditions())
def test_a_condition_on_the_page_is_one(condition):
    assert rule_of(ROUND.replace("{conditions}", condition)).trigger


def test_the_page_shows_each_form_of_a_condition():
    shown = "\n".join(conditions())
    assert [form for form in FORMS if not re.search(rf"\b{form} = ", shown)] == []


def test_the_rule_in_words_is_what_the_program_says():
    rule = rule_of(blocks("toml")[0])
    (shown,) = re.findall(r"<!-- words -->\n```text\n(.*?)```", PAGE, re.DOTALL)
    assert shown.splitlines() == list(rule_in_words(rule))


def test_the_messages_on_the_page_are_what_is_said():
    (wrong,) = re.findall(r"<!-- wrong -->\n```text\n(.*?)```", PAGE, re.DOTALL)
    (said,) = re.findall(r"<!-- said -->\n```text\n(.*?)```", PAGE, re.DOTALL)
    _, complaints = read_rule(wrong, file="flip.toml", language=Grammar(), now=NOW)
    assert said.splitlines() == [each.sentence for each in complaints]


def lines():
    (table,) = re.findall(r"<!-- lines -->\n(.*?)<!-- /lines -->", PAGE, re.DOTALL)
    return re.findall(r"^\| `(.+?)` \| `(.+?)` \|$", table, re.MULTILINE)


@pytest.mark.parametrize(("line", "filled"), lines())
def test_a_line_on_the_page_is_filled_as_it_says(line, filled):
    figures = {"spot": 6012.4, "flip": 6045.1, "put_wall": 5900, "call_wall": 6100, "contracts": 7.9}
    about = ROUND.partition("[trigger]")[0]
    text = f"{about}source = 'webhook'\nbrings = ['contracts']\n[action]\nline = '{line}'\n"
    strikes = tuple(Decimal(strike) for strike in range(5000, 7005, 5))
    listed = dict.fromkeys([NOW.date(), date(2026, 12, 4), date(2026, 12, 18)], strikes)
    made = order_line(rule_of(text), Figures("SPX", NOW, figures), listed=listed, language=Grammar(), now=NOW)
    assert made == filled


def test_every_example_is_named_on_the_page():
    files = sorted((ROOT / "examples" / "rules").glob("*.toml"))
    assert [file.name for file in files if f"(../examples/rules/{file.name})" not in PAGE] == []
