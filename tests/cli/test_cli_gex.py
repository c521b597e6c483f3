"""``tastyflow gex``: what a person, a pipe and a program are shown, and what is refused with a way out."""

import json
import os
import re
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from select import select

import pytest

from tests.cli.conftest import PROGRAM

FROZEN = {"TASTYFLOW_NOW": "2026-11-20T14:00:05"}  # at 14:00 sharp a figure stands on the edge of its rounding
GOLDEN = Path(__file__).with_name("gex_spy.txt")
CHANGING = re.compile(r"\d\d:\d\d:\d\d New York|\b\d+ s old|(?<=oldest input)\s+\d+ s\b")
"""The moment, and ages: the clock runs on while the feed is heard."""


def masked(page):
    return CHANGING.sub("…", page)


def test_the_page_of_a_chain_is_what_it_was(tastyflow):
    said = tastyflow("gex", "SPY", **FROZEN)
    assert (said.code, said.err) == (0, "")
    assert masked(said.out) == masked(GOLDEN.read_text("utf-8"))


def test_a_page_on_a_pipe_has_eighty_columns_and_no_colour(inside):
    page = inside("gex", "SPX", "--dte", "0-7", **FROZEN).out
    assert max(map(len, page.splitlines())) <= 80
    assert "\x1b" not in page
    assert "0 to 7 days" in page


def test_a_program_reads_every_unit_by_its_name(inside):
    said = inside("gex", "SPY", "--json", **FROZEN)
    gex = said.json["gex"]
    assert (said.code, said.json["environment"], said.json["error"], said.json["faults"]) == (0, "fake", None, [])
    net = gex["net"]
    assert net["dollars_per_percent"] == pytest.approx(net["dollars_per_dollar"] * gex["spot"] / 100)
    assert gex["sign_model"] == "naive"
    assert gex["scope"]["words"] == "0 to 45 days"
    assert gex["coverage"]["share_of_open_interest"] == 1
    assert gex["call_wall"]["strike"] in gex["by_strike"]["strikes"]
    assert len(said.json["snapshot"]) == 64


@pytest.mark.parametrize(
    ("options", "key", "value"),
    [
        (("--dte", "0"), "scope", {"min_days": 0, "max_days": 0}),
        (("--dte", "all"), "scope", {"min_days": 0, "max_days": None}),
        (("--expirations", "2026-12-18, 2026-12-31"), "scope", {"expirations": ["2026-12-18", "2026-12-31"]}),
        (("--sign-model", "gross"), "sign_model", "gross"),
    ],
)
def test_what_is_asked_for_once_comes_before_the_settings(inside, options, key, value):
    told = inside("gex", "SPY", *options, "--json", **FROZEN).json["gex"][key]
    assert (told | value if isinstance(value, dict) else value) == told


def test_the_settings_say_the_rest(inside):
    chosen = FROZEN | {
        "TASTYFLOW_GEX__DTE": "7",
        "TASTYFLOW_GEX__SIGN_MODEL": "reversed",
        "TASTYFLOW_GEX__RANGE_PERCENT": "5",
    }
    gex = inside("gex", "SPY", "--json", **chosen).json["gex"]
    assert (gex["scope"]["max_days"], gex["sign_model"], gex["repricing"]["high_percent"]) == (7, "reversed", 5.0)


def test_each_model_of_signs_turns_what_it_says_it_turns(inside):
    def net(model):
        return inside("gex", "SPY", "--sign-model", model, "--json", **FROZEN).json["gex"]["net"]["dollars_per_percent"]

    assert net("reversed") == pytest.approx(-net("naive"), rel=1e-3)


def test_a_picture_goes_into_a_file_and_over_an_older_picture(inside, tmp_path):
    file = tmp_path / "spy.png"
    for _ in range(2):
        said = inside("gex", "SPY", "--png", str(file), **FROZEN)
        assert said.code == 0
        assert said.out.endswith(f"\nPicture: {file}\n")
        assert file.read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in tmp_path.glob("*.png*")] == ["spy.png"]


def test_nothing_that_is_no_picture_is_written_over(inside, tmp_path):
    notes = tmp_path / "notes.png"
    notes.write_text("my notes")
    for name in (notes, tmp_path / "orders.db", tmp_path / "no" / "folder.png"):
        said = inside("gex", "SPY", "--png", str(name), "--json", **FROZEN)
        assert said.code == 1
        assert said.json["error"]["code"] in {"not_a_picture", "picture_file"}
    assert notes.read_text() == "my notes"


def test_without_the_library_that_draws_the_text_is_there_and_the_picture_says_how_to_have_it(inside, monkeypatch):
    monkeypatch.setattr("tastyflow_adapters.signals.drawing.can_draw", lambda: False)
    said = inside("gex", "SPY", "--png", "x.png", **FROZEN)
    assert said.code == 3
    assert "pip install 'tastyflow[pictures]'" in said.err
    assert inside("gex", "SPY", **FROZEN).code == 0


# ── watched, recorded, replayed ──────────────────────────────────────────────────────────────────────────────────


def watched(environment, *args, lines):
    """The first *lines* of a watch on a pipe, then Ctrl-C; its lines and its exit code."""
    command = [*PROGRAM, "gex", *args, "--watch", "--every", "0.2"]
    with subprocess.Popen(
        command, env=environment | FROZEN, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as it:
        told = [it.stdout.readline() for _ in range(lines)]
        it.send_signal(signal.SIGINT)
        rest, errors = it.communicate(timeout=60)
    assert "Traceback" not in errors
    return [*told, *rest.splitlines()], it.returncode


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is no signal that can be sent there")
def test_a_watch_on_a_pipe_is_a_line_each_time_and_ctrl_c_is_its_end(environment):
    told, code = watched(environment, "SPY", lines=3)
    assert code == 0
    assert all("net " in line and "per 1 %" in line and "coverage" in line for line in told)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals on Windows")
def test_a_watch_in_a_terminal_is_drawn_in_its_place_and_ends_by_ctrl_c(environment):
    import pty
    import termios

    ours, its = pty.openpty()
    termios.tcsetwinsize(its, (30, 80))
    command = [*PROGRAM, "gex", "SPY", "--watch", "--every", "0.2"]
    with subprocess.Popen(
        command, env=environment | FROZEN | {"TERM": "xterm"}, stdin=its, stdout=its, stderr=its, start_new_session=True
    ) as it:
        shown = b""
        while shown.count(b"Ctrl-C ends it.") < 2:
            shown += os.read(ours, 4096)
        it.send_signal(signal.SIGINT)
        while select([ours], [], [], 0.5)[0]:
            shown += os.read(ours, 4096)
        assert it.wait(timeout=60) == 0
    os.close(its)
    os.close(ours)
    told = shown.decode()
    assert "\x1b[1A" in told  # the page before is drawn over
    assert "Traceback" not in told
    assert "flip" in told


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is no signal that can be sent there")
def test_a_watch_for_a_program_is_an_object_a_line(environment):
    told, code = watched(environment, "SPY", "--json", lines=3)
    assert code == 0
    moments = [json.loads(line)["gex"]["at"] for line in told]
    assert all(earlier < later for earlier, later in pairwise(moments))


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is no signal that can be sent there")
def test_what_was_recorded_is_shown_again_with_the_same_figures(environment, inside, tmp_path):
    file = tmp_path / "spy.tfrec"
    told, code = watched(environment, "SPY", "--json", "--record", str(file), lines=3)
    assert code == 0
    recorded = [json.loads(line) for line in told]
    again = inside("gex", "--replay", str(file), "--json").json
    assert again["place"] == "FAKE RECORDING"
    assert again["gex"]["net"] == pytest.approx(recorded[-1]["gex"]["net"], rel=1e-3)
    assert again["gex"]["scope"] == recorded[-1]["gex"]["scope"]
    played = inside("gex", "--replay", str(file), "--watch", "--every", "0.2").out.splitlines()
    assert len(played) >= 3
    assert inside("gex", "SPX", "--replay", str(file)).code == 1


def test_of_a_torn_recording_what_is_whole_is_shown_and_then_that_it_is_torn(inside, tmp_path):
    file = tmp_path / "spy.tfrec"
    assert inside("gex", "SPY", "--record", str(file), **FROZEN).code == 0
    file.write_bytes(file.read_bytes()[:-7])
    said = inside("gex", "--replay", str(file))
    assert said.code == 1
    assert "call wall" in said.out
    assert "Error:" in said.err
    told = inside("gex", "--replay", str(file), "--json")
    assert (told.code, told.json["error"]["code"]) == (1, "recording_truncated")


def test_a_recording_that_was_changed_shows_nothing(inside, tmp_path):
    file = tmp_path / "spy.tfrec"
    assert inside("gex", "SPY", "--record", str(file), **FROZEN).code == 0
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 2] ^= 1
    file.write_bytes(bytes(whole))
    said = inside("gex", "--replay", str(file))
    assert (said.code, said.out) == (1, "")


def test_a_recording_is_never_written_over(inside, tmp_path):
    file = tmp_path / "spy.tfrec"
    assert inside("gex", "SPY", "--record", str(file), **FROZEN).code == 0
    before = file.read_bytes()
    said = inside("gex", "SPY", "--record", str(file), "--json", **FROZEN)
    assert (said.code, said.json["error"]["code"]) == (1, "recording_exists")
    assert file.read_bytes() == before


# ── what is refused ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        ((), 2, "Name a symbol"),
        (("SPY", "--replay", "x", "--dte", "7"), 2, "A recording has its own scope"),
        (("SPY", "--dte", "7", "--expirations", "2026-12-18"), 2, "do not go together"),
        (("SPY", "--sign-model", "theirs"), 2, "naive"),
        (("SPY", "--dte", "7-0"), 1, "days to expiration are written as 0, 0-45 or all"),
        (("SPY", "--expirations", "Friday"), 1, "Write days as 2026-12-18"),
        (("SPY", "--expirations", "2026-12-19"), 1, "in scope"),
        (("FOOBAR",), 1, "no symbol that is known here"),
        (("SPY 450c",), 1, "no symbol that is known here"),
        (("SPY", "--as", "stranger"), 1, "No trader is known as 'stranger'"),
        (("--replay", "nowhere.tfrec"), 1, "nowhere.tfrec"),
    ],
)
def test_what_cannot_be_is_one_message_with_a_way_out(inside, args, code, words):
    said = inside("gex", *args, **FROZEN)
    assert said.code == code
    assert words in said.err


def test_the_sandbox_has_no_market_data_and_no_venue_is_asked(inside):
    said = inside("gex", "SPY", "--json", TASTYFLOW_ENV="sandbox")
    assert (said.code, said.json["error"]["code"]) == (3, "no_option_feed")
    assert "TASTYFLOW_ENV=production" in said.err


def test_looking_writes_no_event(inside):
    assert inside("gex", "SPY", **FROZEN).code == 0
    before = inside("audit", "log", "--json", **FROZEN).out
    assert inside("gex", "SPY", **FROZEN).code == 0
    assert inside("audit", "log", "--json", **FROZEN).out == before


def test_help_needs_neither_numpy_nor_matplotlib(environment):
    code = (
        "import sys; from tastyflow_adapters.cli.program import run; run(['gex', '--help']); "
        "print(sorted({'numpy', 'matplotlib', 'rich', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
