"""``tastyflow preview`` as a program reads it and as a person sees it."""

import re

import pytest

from tastyflow_adapters.cli import safe_console
from tests.cli.conftest import EXAMPLE, ROOT

FROZEN = {"TASTYFLOW_NOW": "2026-11-20T10:00"}
PAGE = (ROOT / "docs" / "card.md").read_text("utf-8")


def test_a_preview_is_one_object_and_leaves_no_order(inside):
    said = inside("preview", EXAMPLE, "--json")
    assert (said.code, said.json["error"]) == (0, None)
    card = said.json["preview"]
    assert card["place"] == "FAKE"
    assert card["order"] is None
    assert len(card["checks"]) > 20
    assert card["legs"][0]["held"] == 0
    assert card["costs"]["fees_usd"]
    assert inside("orders", "--json").json["orders"] == []


@pytest.mark.parametrize(
    ("text", "code", "has_card"),
    [
        ("buy 2 SPY 450C next month @ 50.00", "price", True),
        ("buy 10 SPY 450.37C next month", "strike_not_listed", False),
        ("cancel all", "not_an_order", False),
        ("what a day", "not_a_command", False),
    ],
)
def test_what_would_be_refused_ends_with_1_and_says_why(inside, text, code, has_card):
    said = inside("preview", text, "--json")
    assert (said.code, said.json["error"]["code"]) == (1, code)
    assert (said.json["preview"] is not None) is has_card
    told = inside("preview", text)
    assert told.code == 1
    assert said.json["error"]["message"].split(".")[0][:30] in (told.out + told.err)


SHAPES = (
    EXAMPLE,
    "buy 5 SPY 450/460 call vertical next month",
    "sell 1 SPY 430/435/465/470 iron condor next month",
    "buy 100 SPY @ 440",
    "buy 2 SPY 450C next month @ 50.00",
)


@pytest.mark.parametrize("columns", [80, 60])
@pytest.mark.parametrize("text", SHAPES)
def test_the_card_fits_its_terminal_and_loses_no_word(inside, monkeypatch, columns, text):
    wide = inside("preview", text, **FROZEN).out
    monkeypatch.setattr(safe_console, "PIPED", columns)
    monkeypatch.setattr(safe_console.SafeConsole.__init__, "__kwdefaults__", {"stderr": False, "piped_width": columns})
    narrow = inside("preview", text, **FROZEN).out
    assert max(map(len, narrow.splitlines())) <= columns
    assert words_of(narrow) == words_of(wide)


def words_of(page):
    return [word for word in page.split() if not set(word) & set("│╭╮╰╯─")]


def test_the_page_shows_what_the_program_shows(inside):
    written = re.search(r"<!-- card -->\n```text\n\$ tastyflow preview \"(.*?)\"\n(.*?)```", PAGE, re.DOTALL)
    shown = inside("preview", written.group(1), **FROZEN).out
    assert re.sub(r"\d+ of \d+", "N of N", shown) == re.sub(r"\d+ of \d+", "N of N", written.group(2))
