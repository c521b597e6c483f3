"""What the bot remembers of its messages: counted, compared and set, each key once, and kept over a restart."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tastyflow_adapters.discord.memory.file import MemoryFile
from tastyflow_adapters.discord.memory.live import LiveMessages
from tastyflow_adapters.discord.memory.outbox import KEPT, Outbox, ToTell
from tastyflow_adapters.discord.memory.recognising import nonce_of
from tastyflow_adapters.discord.page import Act, Button, ChatPage, Choice, Emphasis, Menu, Row, TextFile, Tone

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
ORDER = uuid4()
PAGE = ChatPage(
    title="Order 9c41d2 · filled",
    place="PRODUCTION, account ira",
    lines=("a", "b"),
    rows=(Row("checks", ("✓",), is_strong=True),),
    tone=Tone.GOOD,
    buttons=(Button("Why", Act.WHY, "9c41d2", Emphasis.DANGER),),
    menu=Menu("which", Act.SUGGESTION, "1", (Choice("a", "b", "c"),)),
    files=(TextFile("a.txt", "text"),),
)


@pytest.fixture
def memory():
    with closing(MemoryFile.open(None)) as opened:
        yield opened


@pytest.fixture
def rows(memory):
    made = LiveMessages(memory)
    made.mark(ORDER, user="4242", home="7", is_over=False)
    return made


def message(key="a:1", channel="7", user="4242", page=PAGE):
    return ToTell(key=key, channel=channel, user=user, page=page, shared=page, happened_at=NOW)


def test_news_is_counted_and_what_is_shown_catches_up(rows):
    rows.mark(ORDER, user="4242", home="7", is_over=False)
    row = rows.find(ORDER)
    assert (row.wanted, row.shown, row.is_behind) == (2, 0, True)
    assert not rows.to_try(row)
    rows.posted(row, "7", "900", NOW, looks="x")
    row = rows.find(ORDER)
    assert (row.message, row.channel, row.posted_at, row.is_behind) == ("900", "7", NOW, False)
    assert rows.behind() == []


def test_news_while_it_is_edited_is_not_taken_for_shown(rows):
    rows.posted(rows.find(ORDER), "7", "900", NOW, looks="x")
    rows.mark(ORDER, user="4242", home="7", is_over=False)
    before = rows.find(ORDER)
    rows.mark(ORDER, user="4242", home="7", is_over=True)
    assert rows.shown_as(before, looks="y")
    assert rows.behind() == [ORDER]
    assert rows.find(ORDER).is_over


def test_of_two_that_edit_at_once_the_second_makes_it_be_shown_anew(rows):
    rows.posted(rows.find(ORDER), "7", "900", NOW, looks="x")
    rows.mark(ORDER, user="4242", home="7", is_over=False)
    seen_by_both = rows.find(ORDER)
    assert rows.shown_as(seen_by_both, looks="y")
    assert not rows.shown_as(seen_by_both, looks="z")
    assert rows.find(ORDER).is_behind
    assert rows.find(ORDER).looks == ""


def test_a_second_try_may_find_something_older(rows):
    row = rows.find(ORDER)
    assert [rows.to_try(row), rows.to_try(row)] == [False, True]
    rows.posted(row, "7", "900", NOW, looks="")
    assert rows.find(ORDER).is_behind
    rows.follow_on(row)
    assert not rows.to_try(rows.find(ORDER))


def test_another_generation_has_another_nonce_and_the_same_one_everywhere(rows):
    first = rows.find(ORDER)
    rows.follow_on(first)
    rows.follow_on(first)  # of a generation that is over: nothing
    second = rows.find(ORDER)
    assert (first.generation, second.generation) == (0, 1)
    assert first.nonce != second.nonce
    assert first.nonce == nonce_of(f"{ORDER}:0")


@given(st.text(), st.text())
def test_a_nonce_fits_and_tells_keys_apart(one, other):
    assert len(nonce_of(one)) == 25
    assert (nonce_of(one) == nonce_of(other)) is (one == other)


def test_a_page_comes_back_as_it_was_put(memory):
    outbox = Outbox(memory)
    put = evolve(message(), shared=ChatPage(lines=("shorter",)), is_silent=True, about=str(ORDER))
    assert outbox.put(put)
    found = outbox.next_for("7", "4242")
    assert evolve(found, number=0) == put


def test_a_key_is_told_once_for_as_long_as_it_is_remembered(memory):
    outbox = Outbox(memory)
    assert outbox.put(message())
    assert not outbox.put(message())
    outbox.done(outbox.next_for("7", "4242"), NOW, posted_as="900")
    assert not outbox.put(message())
    assert outbox.next_for("7", "4242") is None
    outbox.put(message("later"))
    outbox.done(outbox.next_for("7", "4242"), NOW + KEPT + timedelta(days=1), posted_as="901")
    assert outbox.put(message())


def test_each_trader_in_each_channel_has_an_order_of_their_own(memory):
    outbox = Outbox(memory)
    for number, (channel, user) in enumerate((("7", "1"), ("7", "2"), ("8", "1"), ("7", "1"))):
        outbox.put(message(f"k{number}", channel, user))
    assert set(outbox.waiting()) == {("7", "1"), ("7", "2"), ("8", "1")}
    assert outbox.next_for("7", "1").key == "k0"
    outbox.done(outbox.next_for("7", "1"), NOW, posted_as="")
    assert outbox.next_for("7", "1").key == "k3"


def test_all_of_it_is_there_after_a_restart(tmp_path):
    with closing(MemoryFile.open(tmp_path / "discord.db")) as memory:
        LiveMessages(memory).mark(ORDER, user="4242", home="7", is_over=False)
        Outbox(memory).put(message())
    with closing(MemoryFile.open(tmp_path / "discord.db")) as memory:
        assert LiveMessages(memory).behind() == [ORDER]
        assert Outbox(memory).waiting() == [("7", "4242")]
