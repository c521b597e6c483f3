"""An order that its venue knows no more: ``status`` and ``cancel`` say what happened, and what to do, as processes."""

import pytest

from tests.cli.conftest import RESTING

LONG_AGO = {"TASTYFLOW_NOW": "2026-11-20T12:00"}


@pytest.fixture
def forgotten(inside, home):
    """The reference of an order that worked, and that its venue has forgotten."""
    placed = inside("order", RESTING, "--json", TASTYFLOW_NOW="2026-11-20T10:00").json
    assert placed["stage"] == "working"
    for each in (home / "fake").glob("production.db*"):
        each.unlink()
    return placed["order"]


@pytest.mark.usefixtures("rests")
@pytest.mark.parametrize("verb", ["status", "cancel"])
def test_an_order_that_vanished_is_told_with_the_reason_and_what_to_do(inside, forgotten, verb):
    page = inside(verb, forgotten, **LONG_AGO)
    told = inside(verb, forgotten, "--json", **LONG_AGO)
    again = told.json if verb == "status" else told.json["orders"][0]
    said = " ".join(page.out.replace("│", " ").split())
    assert (page.code, told.code) == ((0, 0) if verb == "status" else (1, 1))
    assert "Production knows no order" in said
    assert "look at the venue what became of it" in said
    assert f"tastyflow incident show {forgotten}" in said
    assert "works on" not in said
    assert (again["stage"], again["error"]["code"]) == ("escalated", "vanished")
    assert told.json["error"]["code"] == "vanished"
    assert told.json["error"]["hint"].startswith("Nothing can be cancelled there")
    shown = inside("incident", "show", forgotten, **LONG_AGO)
    assert (shown.code, "Production knows no order" in shown.out) == (0, True)
