"""A message to the desk: an id is kept whole or refused, never shortened."""

from datetime import datetime

import pytest

from tastyflow.application.message import MAX_ID, MAX_TEXT, Message
from tastyflow.errors import Invalid


@pytest.mark.parametrize("name", ["platform", "message", "channel", "reply_to"])
@pytest.mark.parametrize("value", ["x" * (MAX_ID + 1), "a lone \ud800"], ids=["too long", "no text"])
def test_an_id_that_no_log_can_hold_is_refused(name, value):
    with pytest.raises(Invalid) as refused:
        Message(**{"text": "x", "platform": "cli", "user": "u", "message": "m", name: value})
    assert refused.value.code == "bad_message"


def test_an_id_as_long_as_it_may_be_is_kept_whole():
    message = Message("x", "cli", "u", "m", channel="c" * MAX_ID, reply_to="r" * MAX_ID)
    assert (message.as_asked().channel, message.as_asked().reply_to) == ("c" * MAX_ID, "r" * MAX_ID)


def test_a_text_is_cut_and_made_whole():
    assert len(Message("y" * 9999, "cli", "u", "m").as_asked().text) == MAX_TEXT
    assert Message("a \ud800", "cli", "u", "m").as_asked().text == "a ?"


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(Invalid):
        Message("x", "cli", "u", "m", at=datetime(2026, 11, 20))  # noqa: DTZ001
