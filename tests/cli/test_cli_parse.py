"""``tastyflow parse`` keeps the contract of the order language on its command line."""

import json
import subprocess
import sys

import pytest

from tests.cli.conftest import PROGRAM

AS_OF = "2026-11-20"
TODAY = ("--as-of", AS_OF, "--json")
NEVER = ("pandas", "numpy", "tastytrade", "discord", "aiohttp")
SLOW = ("pydantic", "eventsourcing", "rich", "prompt_toolkit", "asyncio", "msgspec", "sqlite3", "email")


def test_an_understood_line_is_one_object_and_exit_0(tastyflow):
    ended = tastyflow("parse", *TODAY, "buy 10 calls for SPY at strike 450 expiring next month")
    assert ended.code == 0
    assert ended.json["legs"] == [
        {"action": "buy", "quantity": 10, "instrument": "equity_option", "underlying": "SPY", "right": "call",
         "strike": "450", "expiration": "2026-12-18"}
    ]  # fmt: skip
    assert ended.err == ""


def test_a_refused_line_is_one_object_and_exit_1(inside):
    ended = inside("parse", *TODAY, "buy 10 SPY calls next month")
    assert (ended.code, ended.json["status"], ended.json["code"]) == (1, "error", "missing_strike")


@pytest.mark.parametrize(
    "args",
    [
        (),
        ("buy", "10", "SPY"),
        ("--as-of", "yesterday", "orders"),
        ("--as-of", "9999-99-99", "orders"),
        ("--nope", "orders"),
    ],
)
def test_a_wrong_command_line_is_exit_2_and_says_how_it_goes(inside, args):
    ended = inside("parse", *args)
    assert ended.code == 2
    assert "Usage: tastyflow parse" in ended.err
    assert ended.out == ""


def test_a_wrong_command_line_with_json_is_one_object_too(inside):
    ended = inside("parse", "--json")
    assert (ended.code, ended.json["error"]["code"]) == (2, "usage")


def test_lines_of_standard_input_are_answered_in_order_and_blank_ones_skipped(tastyflow):
    ended = tastyflow("parse", "--as-of", AS_OF, "-", typed=b"orders\n\n   \r\nhello there\r\n\xff\xfe\nbalance")
    answers = [json.loads(line) for line in ended.out.splitlines()]
    assert [a.get("command") or a["status"] for a in answers] == ["orders", "error", "error", "balance"]
    assert ended.code == 1


def test_lines_that_are_all_understood_are_exit_0(inside):
    ended = inside("parse", "-", typed="\ufefforders\nhelp\n")
    assert (ended.code, ended.out.count("\n")) == (0, 2)


def test_no_line_at_all_is_nothing_refused(inside):
    assert inside("parse", "-", typed="").code == 0


@pytest.mark.parametrize("text", ["-10 SPY 450C 12/18", "+10 SPY 450C 12/18"])
def test_a_line_may_begin_with_a_sign(inside, text):
    ended = inside("parse", *TODAY, text)
    assert ended.json["legs"][0]["quantity"] == 10


@pytest.mark.parametrize(
    ("as_of", "day"),
    [("2026-11-20T23:30", "2026-11-20"), ("2026-11-21T04:30+00:00", "2026-11-20"), ("2026-11-23T05:00Z", "2026-11-23")],
)
def test_as_of_is_new_yorks_unless_it_has_an_offset(inside, as_of, day):
    ended = inside("parse", "--as-of", as_of, "--json", "buy 1 SPY 450C today")
    assert ended.json["legs"][0]["expiration"] == day


def test_people_read_the_canonical_words(inside):
    ended = inside("parse", "--as-of", AS_OF, "bto 10x spy 12/18 450c @2.5")
    assert ended.code == 0
    assert ended.out.startswith("Understood: buy to open 10 SPY 450 call Fri Dec 18 2026 (28 DTE) @ 2.5 day\n")


def test_people_read_what_is_wrong_and_what_was_meant(inside):
    ended = inside("parse", "--as-of", AS_OF, "buy 10 SPY 450C Dec 20")
    assert ended.code == 1
    assert "not_a_trading_day" in ended.out
    assert "did you mean: " in ended.out


def test_what_a_terminal_would_obey_is_shown_and_not_carried_out(inside):
    ended = inside("parse", "buy \x1b[31m10\x07 SPY\x9b2J")
    assert not {"\x1b", "\x07", "\x9b"} & set(ended.out + ended.err)


def test_parsing_needs_no_home_no_settings_and_no_heavy_neighbour(environment):
    command = [sys.executable, "-X", "importtime", *PROGRAM[1:], "parse", "--json", "buy 1 SPY 450C next month"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env=environment | {"TASTYFLOW_ENV": "nonsense"}
    )
    imported = {line.rsplit("|", 1)[-1].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert imported & {*NEVER, *SLOW} == set()
    assert "lark" in imported
