"""What was heard is heard once: by whichever process, in whichever order, and while the file cannot be used."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow_adapters.discord.memory import strangers as strangers_file
from tastyflow_adapters.discord.memory.file import MemoryFile
from tastyflow_adapters.discord.memory.heard import KEPT, PRUNED_EACH, Arrival, Heard, HeardEvents
from tastyflow_adapters.discord.memory.strangers import Strangers
from tastyflow_adapters.discord.request import Asker

NOW = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
ASKER = Asker("40", "ann", "10", "20")


def event(number: int) -> Heard:
    return Heard(str(number), Arrival.PRESS, ASKER)


steps = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 6), st.booleans()), max_size=40)


@settings(max_examples=20)
@given(steps)
def test_of_all_processes_on_one_file_one_hears_an_event_first(tmp_path_factory, done):
    """Three processes, of which any may begin anew at any time."""
    path = tmp_path_factory.mktemp("heard") / "discord.db"
    opened = [MemoryFile.open(path) for _ in range(3)]
    processes = [HeardEvents(each) for each in opened]
    heard: list[int] = []
    for process, number, begins_anew in done:
        if begins_anew:
            processes[process] = HeardEvents(opened[process])
        if processes[process].first(event(number), at=NOW):
            heard.append(number)
    assert heard == [*dict.fromkeys(number for _, number, _ in done)]
    for each in opened:
        each.close()


def test_how_an_event_ended_is_kept_beside_who_asked_where(tmp_path):
    with closing(MemoryFile.open(tmp_path / "discord.db")) as memory:
        heard = HeardEvents(memory)
        heard.first(event(1), at=NOW)
        heard.ended(event(1), "answered")
        (row,) = memory.rows("SELECT * FROM heard")
        assert (row["kind"], row["user"], row["guild"], row["channel"], row["outcome"]) == (
            "press",
            "40",
            "10",
            "20",
            "answered",
        )


def test_rows_are_taken_out_once_discord_cannot_deliver_them_again(tmp_path):
    with closing(MemoryFile.open(tmp_path / "discord.db")) as memory:
        heard = HeardEvents(memory)
        heard.first(event(-1), at=NOW - KEPT - timedelta(seconds=1))
        heard.first(event(-2), at=NOW - KEPT + timedelta(seconds=1))
        for number in range(PRUNED_EACH + 1):
            heard.first(event(number), at=NOW)
        ids = {each["id"] for each in memory.rows("SELECT id FROM heard")}
        assert "-1" not in ids
        assert {"-2", "0"} <= ids


def test_where_the_file_cannot_be_used_the_process_knows_what_it_heard_itself(caplog):
    memory = MemoryFile.open(None)
    heard, strangers = HeardEvents(memory), Strangers(memory)
    memory.close()
    assert heard.first(event(1), at=NOW)
    assert not heard.first(event(1), at=NOW)
    heard.ended(event(1), "answered")
    assert strangers.refused("7", "unknown user", at=NOW)
    assert not strangers.refused("7", "unknown user", at=NOW)
    strangers.welcomed("7")
    assert "known to this process alone" in caplog.text


@pytest.mark.parametrize("is_anew", [False, True])
def test_a_stranger_is_told_once_also_after_a_restart_and_anew_after_being_let_in(tmp_path, is_anew):
    with closing(MemoryFile.open(tmp_path / "discord.db")) as memory:
        strangers = Strangers(memory)
        assert strangers.refused("7", "unknown user", at=NOW)
        if is_anew:
            strangers = Strangers(memory)
        assert not strangers.refused("7", "unknown user", at=NOW)
        assert strangers.refused("8", "unknown user", at=NOW)
        strangers.welcomed("7")
        assert strangers.refused("7", "other channel", at=NOW)
        assert not strangers.refused("8", "unknown user", at=NOW)


def test_a_crowd_of_strangers_is_answered_up_to_a_bound_and_fills_no_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(strangers_file, "MOST", 2)
    with closing(MemoryFile.open(tmp_path / "discord.db")) as memory:
        strangers = Strangers(memory)
        told = [strangers.refused(str(n), "unknown user", at=NOW + timedelta(seconds=n)) for n in range(4)]
        assert told == [True, True, False, False]
        assert {each["user"] for each in memory.rows("SELECT user FROM strangers")} == {"2", "3"}
