"""``tastyflow recover``: what the venue has is held against the log, by hand."""

import asyncio
import itertools
import json
import shutil

import pytest

from tastyflow.errors import OutcomeUnknown
from tastyflow_adapters import bootstrap
from tastyflow_adapters.fake import FakeBroker
from tastyflow_adapters.tastytrade.http import pinning
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
def test_what_could_not_be_asked_is_said_and_never_told_as_compared(inside, monkeypatch):
    inside("order", RESTING)

    async def is_away(self, *_, **__):
        raise OutcomeUnknown("The venue answered 503.")

    for call in ("listed", "get", "find"):
        monkeypatch.setattr(FakeBroker, call, is_away)
    told = inside("recover")
    first, *_, last = told.out.splitlines()
    assert told.code == 1
    assert first == "1 open order to be held against the venue."
    assert "The orders of the account could not be listed: The venue answered 503." in told.out
    assert last == "Not everything could be asked: run it again once the venue answers."
    assert inside("recover", "--json").json["accounts"][0]["complete"] is False


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
    assert "tastyflow recover --accept --reason TEXT" in inside("incident", "list").out
    assert inside("recover", "--accept").code == 2
    assert inside("recover", "--accept", "--reason", "restored on Monday").code == 0
    assert inside("order", "buy 1 SPY 455C next month @ 2", "--json").json["stage"] == "working"
    again = inside("recover", "--accept", "--reason", "once more", "--json")
    assert (again.code, again.json["error"]["code"]) == (1, "nothing_to_accept")


@pytest.mark.usefixtures("rests")
def test_a_home_that_was_used_before_venues_and_lost_its_log_sends_nothing(inside, home, venues):
    chosen = venues | {"TASTYFLOW_POLICY__HOURS": "warn", "TASTYFLOW_POLICY__CONFIRM": "never"}
    inside("order", RESTING, **chosen)
    for kept in [*home.rglob("log.db*"), *home.rglob("head.json")]:
        kept.unlink()
    assert [*home.rglob(bootstrap.PINNED)]
    assert bootstrap.PINNED == pinning.FILE
    refused = inside("order", "buy 1 SPY 455C next month @ 2", "--json", **chosen)
    assert refused.json["error"]["code"] == "log_in_doubt", refused.json["error"]
    found = [each["finding"] for each in inside("recover", "--json", **chosen).json["accounts"][0]["found"]]
    assert "log" in found
    assert inside("recover", "--accept", "--reason", "the log was removed", **chosen).code in {0, 4}
    assert "in doubt" not in inside("order", "buy 1 SPY 455C next month @ 2", **chosen).out


def test_whether_a_home_was_used_is_asked_before_its_venues_are(home, monkeypatch):
    monkeypatch.setenv("TASTYFLOW_HOME", str(home))

    async def was_used():
        async with bootstrap.open_desk() as desk:
            return desk.context.was_used

    assert not asyncio.run(was_used())
    (home / "fake" / bootstrap.PINNED).write_text("{}")
    assert asyncio.run(was_used())


# The log's file, exchanged between two commands


def log_is_removed(home, older, other):
    for file in home.glob("fake/log.db*"):
        file.unlink()


def log_and_head_are_removed(home, older, other):
    log_is_removed(home, older, other)
    (home / "fake" / "head.json").unlink()


def older_copy_is_put_back(home, older, other):
    log_is_removed(home, older, other)
    shutil.copy(older / "log.db", home / "fake" / "log.db")


def log_of_another_home_is_put_there(home, older, other):
    log_is_removed(home, older, other)
    shutil.copy(other / "fake" / "log.db", home / "fake" / "log.db")


EXCHANGES = [log_is_removed, log_and_head_are_removed, older_copy_is_put_back, log_of_another_home_is_put_there]


@pytest.mark.parametrize("exchange", EXCHANGES, ids=lambda each: each.__name__)
def test_an_exchanged_log_sends_nothing_until_it_is_accepted(inside, home, tmp_path, exchange):
    mission, later = "buy 1 call for SPY at strike {} expiring next month".format, itertools.count(455)
    assert inside("order", mission(450), "--json").json["stage"] == "filled"
    shutil.copytree(home / "fake", tmp_path / "older")
    assert inside("trader", "add", "ann").code == 0  # not even an order: each command leaves the head behind
    assert inside("order", mission(450), "--json", TASTYFLOW_HOME=str(tmp_path / "other")).code == 0
    exchange(home, tmp_path / "older", tmp_path / "other")

    refused = inside("order", mission(next(later)), "--json")
    assert (refused.code, refused.json["error"]["code"]) == (1, "log_in_doubt")
    assert "tastyflow recover --accept --reason TEXT" in refused.json["error"]["hint"]
    assert inside("recover", "--accept", "--reason", "the copy was compared with the venue").code in {0, 4}
    assert inside("order", mission(next(later)), "--json").json["stage"] == "filled"
