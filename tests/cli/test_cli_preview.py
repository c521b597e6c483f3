"""``tastyflow preview`` as a program reads it and as a person sees it."""

import pytest

from tests.cli.conftest import EXAMPLE


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
        ("buy 2 SPY 450C next month @ 50", "price", True),
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


@pytest.mark.parametrize("columns", [80, 60])
def test_the_card_fits_its_terminal(inside, columns):
    from tastyflow_adapters.cli import safe_console

    said = inside("preview", "sell 1 SPY 430/435/465/470 iron condor next month")
    assert "maximum loss" in said.out
    assert "FAKE · preview" in said.out
    assert all(len(line) <= safe_console.PIPED for line in said.out.splitlines())
