"""``tastyflow audit key`` and ``audit anchors``: from the first key to a log that was cut."""

import json
import sqlite3
import stat

import pytest

from tastyflow_adapters.anchors.keys import PRIVATE, PUBLIC

ORDER = ("order", "buy 1 SPY 450C next month @ natural")
ANOTHER = ("order", "buy 2 SPY 451C next month @ natural")
EACH = {"TASTYFLOW_ANCHORS__EVERY_EVENTS": "1"}


@pytest.fixture
def anchored(inside, home):
    """A home with a key in a file and one order."""
    assert inside("audit", "key", "--file").code == 0
    assert inside(*ORDER).code == 0
    return home


def test_a_key_is_made_once_and_its_private_half_is_its_owners_alone(inside, home):
    first = inside("audit", "key", "--file", "--json").json
    again = inside("audit", "key", "--json").json
    assert first["keys"] == again["keys"]
    assert again["made_in"] is None
    assert stat.S_IMODE((home / PRIVATE).stat().st_mode) == 0o600
    assert (home / PRIVATE).read_text().strip() not in (home / PUBLIC).read_text()
    assert (home / PRIVATE).read_text().strip() not in inside("audit", "key").out


def test_a_command_anchors_what_is_due_in_its_end(inside, anchored):
    told = inside("audit", "anchors")
    assert told.code == 0
    assert "this home: 1 anchors; the log is proven up to event" in told.out
    assert inside("audit", "anchors", "--json").json["anchors"][0]["findings"] == []


def test_copies_go_to_another_disk_and_a_disk_that_is_away_holds_nothing_up(inside, anchored, tmp_path):
    disk, away = tmp_path / "disk", tmp_path / "away"
    disk.mkdir()
    folders = EACH | {"TASTYFLOW_ANCHORS__FOLDERS": json.dumps([str(disk), str(away)])}
    assert inside(*ANOTHER, **folders).code == 0
    assert not away.exists()
    (copy,) = disk.glob("*.anchors.jsonl")
    assert copy.read_text() == (anchored / "fake" / "anchors.jsonl").read_text()
    shown = " ".join(inside("audit", "anchors", **folders).out.split())
    assert shown.count("proven up to") == 2


def test_a_log_that_was_cut_or_written_anew_is_found(inside, anchored):
    with sqlite3.connect(anchored / "fake" / "log.db") as hand:
        guards = hand.execute("SELECT name, sql FROM sqlite_master WHERE name LIKE '%never_deleted'").fetchall()
        for name, _ in guards:
            hand.execute(f"DROP TRIGGER {name}")
        hand.execute("DELETE FROM chain WHERE position > (SELECT max(rowid) - 5 FROM stored_events)")
        hand.execute("DELETE FROM stored_events WHERE rowid > (SELECT max(position) FROM chain)")
        for _, statement in guards:
            hand.execute(statement)  # as if nothing had been
    told = inside("audit", "anchors")
    assert told.code == 1
    assert "taken away at its end" in told.out + told.err


def test_a_key_that_is_changed_is_signed_by_the_one_before(inside, anchored):
    assert inside("audit", "key", "--rotate", "--file").code == 0
    assert inside(*ANOTHER, **EACH).code == 0
    assert inside("audit", "anchors").code == 0
    keys = inside("audit", "key", "--json").json["keys"]
    assert keys[1]["signed_by"] == keys[0]["fingerprint"]
    assert keys[0]["signed_by"] is None


def test_a_lost_key_stops_anchors_and_no_order(inside, anchored, caplog):
    (anchored / PRIVATE).unlink()
    placed = inside(*ANOTHER, **EACH)
    assert placed.code == 0
    assert "could not be anchored" in caplog.text
    assert "--replace-lost" in inside("audit", "key", "--rotate").err


def test_a_key_that_others_can_read_signs_nothing(inside, anchored, caplog):
    (anchored / PRIVATE).chmod(0o644)
    placed = inside(*ANOTHER, **EACH)
    assert placed.code == 0
    assert "can be read by other users" in caplog.text
