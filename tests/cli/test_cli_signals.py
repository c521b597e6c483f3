"""``tastyflow signals``: rules listed, shown, moved, tried and scored; nothing more happens than is said."""

import asyncio
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tastyflow.domain.instruments import Equity
from tastyflow_adapters.clock import TurnableClock
from tastyflow_adapters.config.gex_choices import STANDARD
from tastyflow_adapters.fake import FakeMarket, FakeOptionFeed
from tastyflow_adapters.signals.running.opening import choices_of
from tastyflow_adapters.signals.watching import ChainRecorder, ChainWatch
from tests.signals.running.running_kit import rule_of, rule_text

IN_SESSION = "2026-11-20T15:00:00Z"
NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


@pytest.fixture
def environment(environment):
    environment["TASTYFLOW_NOW"] = IN_SESSION
    return environment


@pytest.fixture
def folder(home):
    made = home / "signals"
    made.mkdir(parents=True)
    return made


def write(folder, name="flip", **changes):
    (folder / f"{name}.toml").write_text(rule_text(name, **changes))


@pytest.fixture
def robot(inside):
    """The trader that the rule acts as."""
    assert inside("trader", "add", "robot", "--permission", "long_options").code == 0
    assert inside("trader", "link", "robot", "signal", "flip").code == 0


def test_without_a_rule_the_list_says_where_rules_are(inside, home):
    ended = inside("signals", "list")
    assert ended.code == 0
    assert "There is no rule yet." in ended.out
    assert inside("signals", "list", "--json").json["rules"] == []


def test_a_rule_that_was_never_loaded_is_listed_with_what_is_missing(inside, folder):
    write(folder)
    ended = inside("signals", "list")
    assert "not loaded" in ended.out
    assert "There is no trader robot here: tastyflow trader add robot" in ended.out
    assert "No service runs here" in ended.out
    (listed,) = inside("signals", "list", "--json").json["rules"]
    assert (listed["rule"], listed["mode"], listed["file"]["version"]) == ("flip", None, 1)


def test_a_wrong_file_is_a_line_of_the_list_and_of_what_cannot_be_named(inside, folder):
    write(folder)
    (folder / "other.toml").write_text(rule_text("other").replace("version = 1", "version = -1"))
    listed = inside("signals", "list", "--json").json
    assert len(listed["complaints"]) == 1
    assert "other.toml, line" in listed["complaints"][0]
    for word in ("shadow", "show", "test"):
        ended = inside("signals", word, "other")
        assert (ended.code, "other.toml, line" in ended.err) == (1, True)
    assert "flip" in inside("signals", "show", "nowhere").err


def test_every_complaint_about_the_named_file_has_a_line_and_those_about_others_none(inside, folder):
    (folder / "one.toml").write_text(rule_text("one").replace("version = 1", "version = -1\nwhy = 1"))
    (folder / "two.toml").write_text("nonsense =")
    assert "There is no rule that can be read." in inside("signals", "list").out
    said = inside("signals", "test", "one").err.splitlines()
    assert [line.startswith("one.toml, line") for line in said] == [False, True, True]
    assert "Not read: one.toml, two.toml" in inside("signals", "test", "three").err


def test_without_a_command_its_help_is_printed_line_by_line(inside):
    ended = inside("signals")
    assert ended.code == 2
    assert any(line.strip().startswith("shadow ") for line in ended.err.splitlines())


def test_a_rule_that_is_linked_to_another_trader_says_what_mends_it(inside, folder, robot):
    write(folder)
    inside("trader", "add", "other")
    (folder / "flip.toml").write_text(
        (folder / "flip.toml").read_text().replace('trader = "robot"', 'trader = "other"')
    )
    assert "tastyflow trader unlink robot signal flip" in inside("signals", "list").out
    assert "tastyflow trader unlink robot signal flip" in inside("trader", "link", "other", "signal", "flip").err


def test_a_person_lets_a_rule_do_more_step_by_step_and_off_is_one_step(inside, folder, robot):
    write(folder)
    ended = inside("signals", "auto", "flip")
    assert (ended.code, "next is approve" in ended.err) == (1, True)  # one step at a time
    assert inside("signals", "approve", "flip", "--reason", "it looked well").code == 0
    moved = inside("signals", "auto", "flip", "--json")
    assert (moved.code, moved.json["before"], moved.json["rule"]["mode"]) == (0, "approve", "auto")
    shown = inside("signals", "show", "flip")
    assert "flip 1 · auto" in shown.out
    assert "auto since Nov 20 10:00 by demo" in shown.out
    ended = inside("signals", "off", "flip", "--reason", "enough")
    assert (ended.code, "flip 1: auto → off" in ended.out) == (0, True)
    assert "off since Nov 20 10:00 by demo: enough" in inside("signals", "show", "flip").out


def test_off_needs_no_file_and_reads_none(inside, folder, robot):
    write(folder)
    inside("signals", "approve", "flip")
    (folder / "flip.toml").write_text("nonsense =")
    assert inside("signals", "off", "flip").code == 0
    shown = inside("signals", "show", "flip")
    assert "No file holds it" in shown.out
    assert inside("signals", "off", "unknown").code == 1


def test_who_has_not_the_permission_may_not_let_it_do_more_and_may_stop_their_own(inside, folder, robot):
    write(folder)
    assert inside("trader", "add", "vic", "--permission", "view").code == 0
    ended = inside("signals", "approve", "flip", "--as", "vic")
    assert ended.code == 1
    assert inside("signals", "list", "--json").json["rules"][0]["mode"] == "shadow"
    assert inside("signals", "approve", "flip").code == 0
    assert inside("signals", "off", "flip", "--as", "vic").code == 1
    assert inside("signals", "off", "flip", "--as", "robot").code == 0


def test_an_edited_rule_is_not_what_was_allowed(inside, folder, robot):
    write(folder)
    inside("signals", "approve", "flip")
    write(folder, most_a_day=20)
    ended = inside("signals", "auto", "flip")
    assert ended.code == 1
    assert "its version is still 1" in ended.err
    assert "1, file 1" in inside("signals", "list").out
    write(folder, most_a_day=20, version=2)
    assert inside("signals", "approve", "flip").code == 0
    listed = inside("signals", "list", "--json").json["rules"][0]
    assert (listed["version"], listed["mode"]) == (2, "approve")


def test_at_a_terminal_auto_is_shown_and_asked_about_and_a_no_changes_nothing(tmp_path, tastyflow, folder, environment):
    pty = pytest.importorskip("pty")
    import os
    import subprocess

    from tests.cli.conftest import PROGRAM

    write(folder)
    tastyflow("signals", "approve", "flip")
    for answer, code, mode in ((b"n\n", 1, "approve"), (b"y\n", 0, "auto")):
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [*PROGRAM, "signals", "auto", "flip"], stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, env=environment
        )
        os.write(ours, answer)
        out, _ = process.communicate(timeout=60)
        os.close(ours)
        os.close(theirs)
        assert (process.returncode, b"approve \xe2\x86\x92 auto" in out) == (code, True)
        assert tastyflow("signals", "list", "--json").json["rules"][0]["mode"] == mode


def test_a_live_look_says_how_the_conditions_stand_and_what_it_would_ask_for(inside, folder):
    write(folder, trigger='figure = "minutes_since_open"\nabove = 10\nhysteresis = 0')
    ended = inside("signals", "test", "flip")
    assert ended.code == 0
    assert re.search(r"minutes since open 3\d(\.\d+)? minutes is above 10 minutes", ended.out)  # its clock runs on
    assert "Its trigger is met now." in ended.out
    assert "It would ask for: buy to open 1 SPY" in ended.out
    told = inside("signals", "test", "flip", "--json").json
    assert (told["holds"], told["held"], told["line"].split()[:5]) == (True, [], ["buy", "to", "open", "1", "SPY"])
    assert inside("signals", "list", "--json").json["rules"][0]["mode"] is None  # nothing was recorded


def test_in_the_sandbox_there_is_no_market_to_look_at(inside, folder, venues):
    write(folder)
    ended = inside("signals", "test", "flip", **(venues | {"TASTYFLOW_ENV": "sandbox"}))
    assert ended.code == 1
    assert "no market data of production" in ended.err


def test_a_rule_file_can_be_tried_before_it_is_in_the_folder(inside, tmp_path):
    (tmp_path / "new.toml").write_text(rule_text("new"))
    assert inside("signals", "test", str(tmp_path / "new.toml")).code == 0
    (tmp_path / "bad.toml").write_text(rule_text("new").replace("[action]", "[acton]"))
    ended = inside("signals", "test", str(tmp_path / "bad.toml"))
    assert ended.code == 1
    assert "bad.toml, line" in ended.err
    assert inside("signals", "test", str(tmp_path / "none.toml")).code == 1


# ── a recording ──────────────────────────────────────────────────────────────────────────────────────────────────

TEXT = rule_text(
    trigger="all = [ {figure = 'spot', above = 450, hysteresis = 0}, {figure = 'minutes_since_open', above = 30.5} ]",
    top="[scope]\nexpirations = [2026-12-18]",
)
SPOTS = [449.5] * 12 + [451.0] * 4 + [449.0] * 4 + [451.0] * 3 + [448.0] * 3

GOLDEN = """\
flip 1 on a recording of SPY, as it runs in shadow
Nov 20 10:00:25  near  minutes since open 30.4 minutes is not above 30.5 minutes, by 0.1 minutes (until 10:00:30, 6 moments)
Nov 20 10:00:31  fires buy to open 1 SPY 470 call exp Dec 18 2026
                        because spot 451.00 is above 450.00, by 1.00
                        because minutes since open 30.5 minutes is above 30.5 minutes, by 0 minutes
Nov 20 10:00:33  near  spot 449.00 is not above 450.00, by 1.00 (until 10:00:40, 8 moments)
Nov 20 10:00:41  paced It cools down for 0.8 more of 1 minutes.
                        because spot 451.00 is above 450.00, by 1.00
                        because minutes since open 30.7 minutes is above 30.5 minutes, by 0.2 minutes
Nov 20 10:00:47  near  spot 448.00 is not above 450.00, by 2.00 (until 10:00:52, 6 moments)
54 moments from Nov 20 10:00:00 to Nov 20 10:00:52 New York.
It would have raised 1 signal, as it runs in shadow.
Its own pace held back 1 signal more.
Data that were not fit (coverage): 1 of 54 moments.
Data that were not fit (stale): 1 of 54 moments.
It came near 3 times.
"""  # noqa: E501


async def record(file: Path, spots, text: str) -> None:
    """A watch of the fake market whose spot goes through *spots*, two seconds each."""
    clock = TurnableClock(NOW)
    market = FakeMarket(clock)
    rule = rule_of(text, NOW)

    def stands(spot):
        market.pin(Equity("SPY"), Decimal(str(spot)) - Decimal("0.01"), Decimal(str(spot)) + Decimal("0.01"))

    stands(spots[0])
    feed, choices = FakeOptionFeed(market, clock), choices_of(rule.scope, STANDARD)
    async with ChainWatch(market, feed, clock, "SPY", choices=choices, recorder=ChainRecorder(file)):
        for spot in spots:
            stands(spot)
            await clock.turn(2.0)


@pytest.fixture
def recording(tmp_path):
    file = tmp_path / "day.tfrec"
    asyncio.run(record(file, SPOTS, TEXT))
    return file


def test_a_replay_prints_every_moment_at_which_it_would_have_fired_and_why_not_where_it_nearly_did(
    inside, folder, recording
):
    (folder / "flip.toml").write_text(TEXT)
    ended = inside("signals", "test", "flip", "--replay", str(recording))
    assert ended.code == 0, ended.err
    assert ended.out == GOLDEN
    assert inside("signals", "test", "flip", "--replay", str(recording)).out == GOLDEN
    told = inside("signals", "test", "flip", "--replay", str(recording), "--json").json
    assert told["summary"]["fired"] == [row["kind"] for row in told["rows"]].count("fired")
    assert inside("signals", "list", "--json").json["rules"][0]["mode"] is None  # nothing was recorded


def test_a_recording_of_another_symbol_or_scope_is_said(inside, folder, recording):
    (folder / "flip.toml").write_text(TEXT.replace('symbol = "SPY"', 'symbol = "QQQ"'))
    ended = inside("signals", "test", "flip", "--replay", str(recording))
    assert (ended.code, "The recording is of SPY, and the rule reads QQQ." in ended.err) == (1, True)
    (folder / "flip.toml").write_text(TEXT.replace("expirations = [2026-12-18]", 'dte = "0-45"'))
    assert "its figures would have been others" in inside("signals", "test", "flip", "--replay", str(recording)).out


def test_a_recording_that_is_torn_is_tried_up_to_there_and_ends_with_the_reason(inside, folder, recording):
    (folder / "flip.toml").write_text(TEXT)
    recording.write_bytes(recording.read_bytes()[:-40])
    ended = inside("signals", "test", "flip", "--replay", str(recording))
    assert (ended.code, "moments from Nov 20" in ended.out, ended.err != "") == (1, True, True)
    told = inside("signals", "test", "flip", "--replay", str(recording), "--json")
    assert (told.code, told.json["error"]["code"]) == (1, "recording_truncated")


def test_what_is_no_recording_is_refused(inside, folder, tmp_path):
    write(folder)
    (tmp_path / "no.tfrec").write_text("hello")
    assert inside("signals", "test", "flip", "--replay", str(tmp_path / "no.tfrec")).code == 1
    assert inside("signals", "test", "flip", "--replay", str(tmp_path / "none.tfrec")).code == 1


# ── the score ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_rule_without_a_signal_has_no_score(inside, folder, robot):
    write(folder)
    inside("signals", "shadow", "flip")
    ended = inside("signals", "score", "flip")
    assert (ended.code, "flip has raised no signal yet." in ended.out) == (0, True)
    assert inside("signals", "score", "flip", "--json").json["signals"] == []
    assert inside("signals", "score", "other").code == 1
