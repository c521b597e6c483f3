"""What moves money, or a person, is done in one place of the application."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
APPLICATION = ROOT / "tastyflow" / "application"


def calls(verb: str, code: str) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == verb:
            yield node


def asks_a_venue_to_cancel(call: ast.Call) -> bool:
    """``broker.cancel(broker_order)``; a task's ``cancel()`` has no argument, the desk's verb has two."""
    return len(call.args) == 1


def places_an_order(call: ast.Call) -> bool:
    """``broker.place(ticket, external_id=…)``."""
    return any(keyword.arg == "external_id" for keyword in call.keywords)


def changes_the_order_at_the_venue(call: ast.Call) -> bool:
    """``broker.replace(broker_order, ticket, external_id=…)``."""
    return any(keyword.arg == "external_id" for keyword in call.keywords)


def tells_a_recipient(call: ast.Call) -> bool:
    return True


RULES = {
    "cancel": (asks_a_venue_to_cancel, ["live/cancelling.py"]),
    "place": (places_an_order, ["sending.py"]),
    "replace": (changes_the_order_at_the_venue, ["sending.py"]),
    "tell": (tells_a_recipient, ["telling/teller.py", "incidents/alarming.py"]),  # traders; and the operators
}


@pytest.mark.parametrize("verb", RULES)
def test_one_place_does_it(verb):
    does, places = RULES[verb]
    found = {
        path.relative_to(APPLICATION).as_posix()
        for path in APPLICATION.rglob("*.py")
        if any(does(call) for call in calls(verb, path.read_text("utf-8")))
    }
    assert found == set(places)


@pytest.mark.parametrize(
    ("verb", "code"),
    [
        ("cancel", "async def f(broker): await broker.cancel(known)"),
        ("place", "async def f(venue): await venue.place(ticket, external_id='x')"),
        ("tell", "async def f(self): await self._recipient.tell(notice)"),
    ],
)
def test_a_second_place_would_be_seen(verb, code):
    assert any(RULES[verb][0](call) for call in calls(verb, code))


def test_the_recorder_sends_nothing_and_asks_nothing():
    code = (APPLICATION / "live" / "recording.py").read_text("utf-8")
    asked = {"place", "cancel", "replace", "find", "get", "ready", "dry_run", "updates", "broker", "sleep"}
    assert [call.func.attr for verb in asked for call in calls(verb, code)] == []
