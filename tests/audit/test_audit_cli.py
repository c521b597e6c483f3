"""``tastyflow audit`` as people and programs run it, on a log that others may be writing, or have ruined."""

import json
import os
import sqlite3
import stat
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve, frozen

from tastyflow.domain.trader import Limits
from tastyflow.errors import Invalid
from tastyflow_adapters.cli import program
from tastyflow_adapters.cli.audit.proposed_limits import proposed_in
from tests.application.kit import MISSION
from tests.audit.busy import ORDERS

PYTHONPATH = os.pathsep.join(str(Path(__file__).parents[2] / part) for part in ("", "grammar", "adapters"))
AUDIT = [sys.executable, "-m", "tastyflow_adapters.cli", "audit"]
COMMANDS = (["log"], ["show", "last"], ["replay"], ["replay", "--until", "20"], ["verify"])


def environment(home):
    kept = {key: value for key, value in os.environ.items() if not key.startswith("TASTYFLOW_")}
    return {**kept, "TASTYFLOW_HOME": str(home), "PYTHONPATH": PYTHONPATH, "COLUMNS": "80", "NO_COLOR": "1"}


@frozen
class Ended:
    """How a run ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


def process(home, *arguments):
    """Run the program as a process of its own."""
    done = subprocess.run(
        [*AUDIT, *arguments], env=environment(home), capture_output=True, text=True, encoding="utf-8", timeout=60
    )
    return Ended(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the program in this process: the same to the exit code, and much faster."""
    for name in [name for name in os.environ if name.startswith("TASTYFLOW_")]:
        monkeypatch.delenv(name)

    def run(home, *arguments):
        monkeypatch.setenv("TASTYFLOW_HOME", str(home))
        capsys.readouterr()
        code = program.run(["audit", *arguments])
        return Ended(code, *capsys.readouterr())

    return run


def contents(home):
    return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in home.rglob("*") if path.is_file()}


def by_hand(home, *statements):
    """Somebody with the sqlite3 command line, who takes the guards away and puts them back."""
    with sqlite3.connect(home / "fake" / "log.db") as log:
        guards = log.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            log.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            log.execute(statement)
        for _, sql in guards:
            log.execute(sql)
    log.close()


# ── a good log ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_good_log_is_read_and_left_as_it_was(run, home, command):
    before = contents(home)
    for start, arguments in ((process, command), (run, [*command, "--json"])):
        done = start(home, *arguments)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.strip()
    assert contents(home) == before


def test_the_log_as_lines_of_json(run, home):
    said = [json.loads(line) for line in run(home, "log", "--json").stdout.splitlines()]
    assert [row["seq"] for row in said] == list(range(1, len(said) + 1))
    assert [row["seq"] for row in map(json.loads, run(home, "log", "--json", "--after", "5", "--limit", "3").stdout.splitlines())] == [6, 7, 8]  # fmt: skip  # noqa: E501


def test_the_log_of_one_order(run, home):
    everything = run(home, "log", "--json").stdout.splitlines()
    drafted = next(row for row in map(json.loads, everything) if row["topic"].endswith("drafted@1"))
    mine = run(home, "log", "--json", "--order", drafted["aggregate"][:6]).stdout.splitlines()
    assert 20 < len(mine) < len(everything)
    assert json.loads(mine[0]) == drafted


def test_the_story_of_the_first_order(run, home):
    drafted = next(
        row for row in map(json.loads, run(home, "log", "--json").stdout.splitlines()) if "drafted" in row["topic"]
    )
    told = run(home, "show", drafted["aggregate"][:6]).stdout
    assert MISSION in " ".join(told.split())
    for word in ("filled, 10 of 10", "Asked", "Rehearsal", "Gate", "Production", "✓ tidy", "sent = echoed", "+0 ms"):
        assert word in told


def test_replay_and_verify_say_how_much_they_looked_at(run, home):
    assert f"{ORDERS} orders, 2 traders, 11 test results, 11 setups, 3 identities" in run(home, "replay").stdout
    assert "✓ Clean" in run(home, "verify").stdout
    said = json.loads(run(home, "verify", "--json").stdout)
    assert (said["status"], said["found"], said["aggregates"]["order"]) == ("clean", 0, ORDERS)
    assert said["asked"]["claimed_proof"] >= 3


def test_the_states_as_of_a_position(run, home):
    said = json.loads(run(home, "replay", "--until", "12", "--json").stdout)
    assert (said["status"], said["until"], said["events"]) == ("equal", 12, 12)
    assert {state["kind"] for state in said["states"]} <= {"order", "trader", "test_result", "identity", "book"}
    assert "As of" in (told := run(home, "replay", "--until", "12").stdout) or "up to row 12" in told


def test_an_order_that_is_not_there_is_an_error_with_a_way_out(run, home):
    done = run(home, "show", "fffffff")
    assert done.returncode == 1
    assert "There is no order" in done.stderr
    assert json.loads(run(home, "show", "fffffff", "--json").stdout)["error"]["code"] == "unknown_order"


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_home_and_a_log_that_nobody_may_write_are_read(run, home, command):
    log = home / "fake" / "log.db"
    for path in (log, home / "fake", home):
        path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
    try:
        assert run(home, *command).returncode == 0
    finally:
        for path in (home, home / "fake", log):
            path.chmod(path.stat().st_mode | stat.S_IWUSR)


def test_another_log_can_be_named(run, home, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    done = run(elsewhere, "--file", str(home / "fake" / "log.db"), "verify")
    assert (done.returncode, list(elsewhere.iterdir())) == (0, [])


# ── none, or a bad one ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_in_an_empty_home_there_is_nothing_yet_and_nothing_is_made(run, tmp_path, command):
    home = tmp_path / "never-used"
    done = run(home, *command)
    assert (done.returncode, done.stderr) == (0, "")
    assert "nothing yet" in done.stdout
    assert run(home, *command, "--json").returncode == 0
    assert not home.exists()


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("ruin", ["noise", "half", "empty", "foreign", "gone", "unguarded"])
def test_a_log_that_is_none_is_one_clear_message(run, home, command, ruin):
    log = home / "fake" / "log.db"
    {
        "noise": lambda: log.write_bytes(b"\x00\xffnoise" * 1_000),
        "half": lambda: log.write_bytes(log.read_bytes()[: log.stat().st_size // 2]),
        "empty": lambda: log.write_bytes(b""),
        "foreign": lambda: (log.unlink(), sqlite3.connect(log).executescript("CREATE TABLE t (x);")),
        "gone": lambda: (log.unlink(), (home / "fake" / "production.db").touch()),
        "unguarded": lambda: sqlite3.connect(log).executescript("DROP TRIGGER stored_events_are_never_changed;"),
    }[ruin]()
    done = run(home, *command)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert "Traceback" not in done.stderr
    assert json.loads(run(home, *command, "--json").stdout.splitlines()[-1])["error"]["code"].startswith("store_")


def test_a_tampered_log_is_verified_to_the_row(run, home):
    by_hand(
        home,
        """UPDATE stored_events SET state = CAST(replace(state, '"verdict":"failed"', '"verdict":"passed"') AS BLOB)
           WHERE topic LIKE '%concluded%'""",
    )
    done = run(home, "verify")
    assert done.returncode == 1
    assert "fair_verdict" in done.stdout
    said = json.loads(run(home, "verify", "--json").stdout)
    assert said["status"] == "findings"
    assert {"seq", "rule", "subject", "why"} == set(said["findings"][0])


def test_a_row_taken_out_of_the_log_is_missed(run, home):
    by_hand(home, "DELETE FROM stored_events WHERE rowid = 20")
    done = run(home, "verify")
    assert done.returncode == 1
    assert "row 21" in done.stdout
    assert "after row 19" in done.stdout


def test_an_index_that_lies_is_a_difference(run, home):
    """Two rows of one stream in each other's place: each way of reading gives its own answer."""
    by_hand(
        home,
        "UPDATE stored_events SET rowid = -1 WHERE rowid = 9",
        "UPDATE stored_events SET rowid = 9 WHERE rowid = 10",
        "UPDATE stored_events SET rowid = 10 WHERE rowid = -1",
    )
    assert run(home, "verify").returncode == 1


EVIL = "\x1b[2J\x1b]0;pwned\x07 [bold red]x[/] \u202e\u009b31m"


def test_what_was_typed_is_printed_as_text(run, home):
    evil = json.dumps(EVIL, ensure_ascii=True).strip('"').replace("'", "''")
    by_hand(
        home,
        f"""UPDATE stored_events SET state = CAST(replace(state, '{MISSION}', '{evil}') AS BLOB)""",  # noqa: S608
        f"""UPDATE stored_events SET state = CAST(replace(state, 'What is 450?', '{evil}') AS BLOB)""",  # noqa: S608
    )
    for command in (["log"], ["log", "--json"], ["replay", "--until", "500"], ["verify"]):
        out = run(home, *command).stdout
        assert not {"\x1b", "\x07", "\u202e", "\u009b"} & set(out)
    assert "[bold red]x[/]" in run(home, "log").stdout


# ── while others write ───────────────────────────────────────────────────────────────────────────────────────────

WRITER = """
import asyncio, sys
from pathlib import Path
from tastyflow_adapters.bootstrap import open_desk
from tastyflow_adapters.config.settings import Settings
from tastyflow.application.message import Message

async def main():
    async with open_desk(Settings(home=Path(sys.argv[1]))) as desk:
        print("open", flush=True)
        for number in range(10_000):
            await asyncio.gather(*(
                desk.place(Message("buy 1 SPY 450C next month", "cli", "demo", f"w-{number}-{i}")) for i in range(5)
            ))
asyncio.run(main())
"""


def test_it_reads_a_log_that_is_being_written(tmp_path):
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], env=environment(tmp_path), stdout=subprocess.PIPE, text=True
    )
    try:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "open\n"
        seen = []
        for command in (["verify"], ["replay"], ["verify"]):
            done = process(tmp_path, *command, "--json")
            assert (done.returncode, done.stderr) == (0, ""), done.stdout
            seen.append(json.loads(done.stdout)["events"])
        assert process(tmp_path, "log").returncode == 0
        assert writer.poll() is None, "it was to be written meanwhile"
        assert seen == sorted(seen)
        assert seen[0] < seen[-1]
    finally:
        writer.kill()
        writer.communicate()
    assert process(tmp_path, "verify").returncode == 0


# ── looking back ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_moment_is_a_position_or_a_time(home, run):
    by_position = run(home, "replay", "--until", "100000").stdout
    assert "As of row" in by_position
    assert run(home, "replay", "--until", "2999-01-01").stdout == by_position
    early = json.loads(run(home, "replay", "--until", "2001-01-01T10:00", "--json").stdout)
    assert (early["until"], early["states"]) == (0, [])
    wrong = run(home, "replay", "--until", "tomorrow")
    assert wrong.returncode == 2
    assert "2026-11-20T15:30" in wrong.stderr


def test_every_kind_of_state_has_its_json(home, run):
    said = json.loads(run(home, "replay", "--until", "100000", "--json").stdout)
    assert {state["kind"] for state in said["states"]} > {"order", "trader", "book"}
    assert all(state["facts"] for state in said["states"])


def test_what_is_different_between_two_moments_is_told(home, run):
    end = json.loads(run(home, "verify", "--json").stdout)["until"]
    forth, back = run(home, "diff", "30", str(end)), run(home, "diff", str(end), "30")
    assert forth.returncode == 0
    assert forth.stdout == back.stdout  # the earlier moment is the first
    assert "→" in forth.stdout
    said = json.loads(run(home, "diff", "30", str(end), "--json").stdout)
    assert said["events"] == end - 30
    assert "Nothing is different" in run(home, "diff", "30", "30").stdout


def test_what_other_limits_would_have_done_is_told(home, run, tmp_path):
    proposed = tmp_path / "limits.toml"
    proposed.write_text('max_contracts = 0\nmax_shares = 0\nmax_loss_pct = "none"\n[traders.demo]\nsymbols = ["SPY"]\n')
    told = run(home, "what-if", "--limits", str(proposed))
    assert told.returncode == 0
    assert "would be refused" in told.stdout
    assert "limit of 0 an order" in told.stdout
    said = json.loads(run(home, "what-if", "--limits", str(proposed), "--json").stdout)
    assert {order["now"] for order in said["orders"]} >= {"refused"}
    assert json.loads(run(home, "what-if", "--since", "2999-01-01", "--json").stdout) == {"orders": []}


@pytest.mark.parametrize(
    ("content", "word"),
    [("max_contract = 5\n", "max_contract"), ("max_contracts = lots\n", "cannot be read"),
     ('max_contracts = "lots"\n', "a number"), ("[traders.nobody-here]\n", "nobody-here"), ("traders = 3\n", "table"),
     ("max_contracts = -1\n", "not negative"), ('symbols = ["?"]\n', "ticker")],
)  # fmt: skip
def test_a_file_that_holds_no_limits_is_refused_and_why_is_said(tmp_path, content, word):
    proposed = tmp_path / "limits.toml"
    proposed.write_text(content)
    with pytest.raises(Invalid, match=word):
        proposed_in(proposed, ["ann"]).limits("ann", Limits())


def test_a_file_of_limits_is_for_all_and_for_one(tmp_path):
    proposed = tmp_path / "limits.toml"
    proposed.write_text(
        'max_loss_pct = 2.5\nmax_working = "none"\nzero_dte = true\n[traders.ann]\nsymbols = ["SPY", "QQQ"]\n'
    )
    found = proposed_in(proposed, ["ann", "bob"])
    for_all = evolve(Limits(), max_loss_pct=Decimal("2.5"), max_working=None, zero_dte=True)
    assert found.limits("bob", Limits()) == for_all
    assert found.limits("ann", Limits()) == evolve(for_all, symbols=("SPY", "QQQ"))
