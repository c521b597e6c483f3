"""``tastyflow recover``: what the venue has is held against the log, by hand."""

import json

import pytest

from tests.cli.conftest import RESTING


@pytest.mark.usefixtures("rests")
def test_recovering_twice_says_the_same_and_changes_nothing(inside):
    inside("order", RESTING)
    first, second = inside("recover"), inside("recover")
    assert (first.code, second.code) == (0, 0)
    assert first.out == second.out
    assert first.out.splitlines() == [
        "1 open order held against the venue.",
        "  Nothing is missing here, and nothing is in doubt.",
    ]
    (account,) = inside("recover", "--json").json["accounts"]
    assert (account["complete"], account["found"], account["orders"]) == (True, [], 1)


@pytest.mark.usefixtures("rests")
def test_a_log_that_is_shorter_than_it_was_sends_nothing_until_an_operator_accepts_it(inside, home):
    inside("order", RESTING)
    (head,) = home.glob("**/head.json")
    kept = json.loads(head.read_text())
    head.write_text(json.dumps(kept | {"position": kept["position"] + 1000}))
    told = inside("recover")
    assert told.code == 4
    assert "The log ends at event" in told.out
    refused = inside("order", "buy 1 SPY 460C next month @ 2", "--json")
    assert refused.json["error"]["code"] == "log_in_doubt"
    assert inside("recover", "--accept").code == 2
    assert inside("recover", "--accept", "--reason", "restored on Monday").code == 0
    assert inside("order", "buy 1 SPY 455C next month @ 2", "--json").json["stage"] == "working"
    again = inside("recover", "--accept", "--reason", "once more", "--json")
    assert (again.code, again.json["error"]["code"]) == (1, "nothing_to_accept")
