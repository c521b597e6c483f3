"""A log that fails behind a sending: the program says which order may be in production, in words and in JSON."""

import pytest
from eventsourcing.persistence import OperationalError

from tastyflow_adapters.fake.broker import FakeBroker
from tastyflow_adapters.store.recorder import GroupCommitRecorder
from tests.cli.conftest import EXAMPLE


@pytest.fixture
def full_behind_the_sending(monkeypatch):
    """The disk is full once production has taken an order."""
    place, append, taken = FakeBroker.place, GroupCommitRecorder.append, []

    async def noted(broker, *args, **how):
        answer = await place(broker, *args, **how)
        if broker.venue == "production":
            taken.append(answer)
        return answer

    def full(recorder, *args, **how):
        if taken:
            raise OperationalError("disk full")
        return append(recorder, *args, **how)

    monkeypatch.setattr(FakeBroker, "place", noted)
    monkeypatch.setattr(GroupCommitRecorder, "append", full)
    return monkeypatch.undo


def test_the_error_names_the_order_in_words(inside, full_behind_the_sending):
    ended = inside("order", EXAMPLE)
    full_behind_the_sending()
    assert ended.code == 1
    (said,) = [line for line in ended.err.splitlines() if line.startswith("Error: Order")]
    reference = said.split()[2]
    assert "may be in production" in said
    assert f"Do not order it again. Once the log can be written: 'tastyflow status {reference}'." in ended.err


def test_the_error_names_the_order_in_json(inside, full_behind_the_sending):
    ended = inside("order", EXAMPLE, "--json")
    full_behind_the_sending()
    error = ended.json["error"]
    assert (ended.code, error["code"]) == (1, "in_doubt")
    assert error["data"]["order"] in error["message"]
    assert error["data"]["order"] in error["hint"]


def test_a_chat_says_so_too(inside, full_behind_the_sending):
    ended = inside("chat", typed=f"{EXAMPLE}\n")
    full_behind_the_sending()
    assert "may be in production" in ended.out
    assert "Do not order it again" in ended.out
