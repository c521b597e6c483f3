"""``tastyflow log``: a home is lost, put back, compared and accepted, and until then nothing is sent on it."""

import sqlite3
from pathlib import Path

import pytest

from tests.cli.conftest import EXAMPLE

ALL = "2999-01-01"
ANOTHER = "buy 2 AAPL 190C next month"


def move_away(home: Path, tmp_path: Path) -> None:
    (tmp_path / "away").mkdir(exist_ok=True)
    for file in (home / "fake").glob("log.db*"):
        file.rename(tmp_path / "away" / file.name)


@pytest.fixture
def traded(inside) -> None:
    assert inside("order", EXAMPLE).code == 0


def test_a_log_that_was_put_back_sends_nothing_before_it_is_accepted(inside, traded, home, tmp_path):
    copy = tmp_path / "copy.db"
    made = inside("log", "backup", str(copy), "--json")
    assert made.json["verified"] is True
    assert inside("order", "buy 1 SPY 450C next month").code == 0
    move_away(home, tmp_path)

    back = inside("log", "restore", str(copy), "--json")
    assert {key: back.json[key] for key in ("log_id", "position", "head")} == {
        key: made.json[key] for key in ("log_id", "position", "head")
    }
    refused = inside("order", ANOTHER, "--json")
    assert (refused.code, refused.json["error"]["code"]) == (1, "log_in_doubt")
    assert inside("recover", "--accept", "--reason", "restored; the venue was compared").code in (0, 4)
    assert inside("order", "buy 3 AAPL 195C next month").code == 0
    assert inside("audit", "verify").code == 0


def test_a_log_that_was_put_back_without_a_loss_is_accepted_too(inside, traded, home, tmp_path):
    assert inside("log", "backup", str(tmp_path / "copy.db")).code == 0
    move_away(home, tmp_path)
    (home / "fake" / "head.json").unlink()
    said = inside("log", "restore", str(tmp_path / "copy.db"))
    assert "Nothing is sent on it before it is accepted" in said.out
    assert inside("order", ANOTHER, "--json").json["error"]["code"] == "log_in_doubt"


def test_archives_become_the_log_of_a_home_again(inside, traded, home, tmp_path):
    made = inside("log", "backup", "--until", ALL, str(tmp_path / "all.jsonl.gz"), "--json").json
    elsewhere = inside("log", "import", str(tmp_path / "all.jsonl.gz"), "-o", str(tmp_path / "old.db"), "--json").json
    assert (elsewhere["head"], elsewhere["log_id"]) == (made["head"], made["log_id"])
    assert inside("audit", "--file", str(tmp_path / "old.db"), "verify").code == 0
    move_away(home, tmp_path)
    assert inside("log", "import", str(tmp_path / "all.jsonl.gz")).code == 0
    assert inside("order", ANOTHER, "--json").json["error"]["code"] == "log_in_doubt"


def test_a_log_is_carried_to_another_file_and_verifies_there(inside, traded, tmp_path):
    said = inside("log", "migrate", str(tmp_path / "new.db"), "--json")
    assert said.json["position"] > 1
    assert inside("audit", "--file", str(tmp_path / "new.db"), "verify").code == 0
    assert inside("log", "migrate", str(tmp_path / "new.db"), "--json").json["error"]["code"] == "file_exists"


def test_the_size_is_told_in_words_and_in_json(inside, traded):
    said = inside("log", "compact-check")
    assert "there is nothing to archive" in said.out
    (year,) = inside("log", "compact-check", "--json").json["years"]
    assert year["events"] == year["last"] > 1


@pytest.mark.parametrize(
    "args",
    [
        ("backup", "copy.db", "--since", "2025-01-01"),
        ("backup", "copy.db", "--since", "2026-01-01", "--until", "2025-01-01"),
        ("backup", "copy.db", "--until", "next year"),
        ("import",),
    ],
)
def test_what_cannot_be_meant_is_usage(inside, args):
    assert inside("log", *args).code == 2


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("backup", "copy.db"), "store_missing"),
        (("restore", "missing.db"), "not_a_backup"),
        (("compact-check",), "store_missing"),
        (("migrate", "postgresql://host/db"), "store_missing"),
        (("import", "missing.gz"), "unreadable_archive"),
    ],
)
def test_an_unused_home_stays_unused(inside, home, tmp_path, monkeypatch, args, code):
    monkeypatch.chdir(tmp_path)
    ended = inside("log", *args, "--json")
    assert (ended.code, ended.json["error"]["code"]) == (1, code)
    assert not (home / "fake" / "log.db").exists()


def test_the_program_backs_up_as_a_process(tastyflow, tmp_path):
    assert tastyflow("order", EXAMPLE).code == 0
    ended = tastyflow("log", "backup", str(tmp_path / "copy.db"))
    assert (ended.code, ended.err) == (0, "")
    assert "is whole and verified" in ended.out
    (head,) = [line for line in ended.out.splitlines() if line.startswith("Head ")]
    assert head.split()[1] in (tmp_path / "copy.db.head.json").read_text()


def test_what_is_kept_beside_the_events_is_made_anew_and_held_against_a_replay(inside, traded, home):
    made = inside("log", "rebuild", "--json").json
    assert made["rows"] > 0
    compared = inside("audit", "replay", "--json")
    assert (compared.code, compared.json["read_models"]) == (0, {"until": made["until"], "rows": made["rows"]})
    with sqlite3.connect(home / "fake" / "log.db") as hand:
        hand.execute("DELETE FROM read_models WHERE model = 'trader'")
    different = inside("audit", "replay")
    assert (different.code, "tastyflow log rebuild" in different.out) == (1, True)
    assert "made anew" in inside("log", "rebuild").out
    assert inside("audit", "replay").code == inside("audit", "verify").code == 0


def test_there_is_nothing_to_make_anew_where_there_is_no_log(inside):
    refused = inside("log", "rebuild", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (1, "store_missing")


def test_a_log_that_is_carried_begins_its_read_models_anew(inside, traded, home, tmp_path):
    assert inside("log", "rebuild").code == 0
    assert inside("log", "migrate", str(tmp_path / "new.db")).code == 0
    with sqlite3.connect(tmp_path / "new.db") as hand:
        assert hand.execute("SELECT count(*) FROM places WHERE name LIKE 'read models%'").fetchone() == (0,)
        assert hand.execute("SELECT count(*) FROM read_models").fetchone() == (0,)
    assert inside("audit", "--file", str(tmp_path / "new.db"), "replay").code == 0
