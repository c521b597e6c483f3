"""``tastyflow order``: twelve steps, one object, an exit code; and every bad input ends in words."""

import json
import re
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tastyflow.application.attribution import trader_id_in
from tastyflow.domain.trader import Trader
from tastyflow_adapters.cli.asking import operator
from tastyflow_adapters.store.log import open_log
from tests.cli.conftest import EXAMPLE, PROGRAM, RESTING, ROOT

KEYS = {
    "approval",
    "replaces",
    "replacement",
    "order",
    "id",
    "stage",
    "text",
    "echo",
    "ticket",
    "completions",
    "risk",
    "test",
    "attempts",
    "fills",
    "error",
    "trader",
    "environment",
    "account",
    "place",
    "waits_for_confirmation",
    "times",
    "filled",
    "fees",
    "outside",
    "rehearsal_fills",
}


def test_the_missions_example_is_filled_in_an_empty_home(tastyflow):
    ended = tastyflow("order", EXAMPLE, "--json")
    said = ended.json
    assert (ended.code, said["stage"], said["error"], said["text"]) == (0, "filled", None, EXAMPLE)
    assert set(said) == KEYS
    assert said["id"].replace("-", "").startswith(said["order"])
    assert said["echo"].startswith("buy to open 10 SPY 450 call ")


def test_every_key_is_in_the_page():
    page = (ROOT / "docs" / "orders.md").read_text("utf-8")
    table = re.search(r"<!-- json -->(.*?)<!-- /json -->", page, re.DOTALL).group(1)
    named = [row.split("|")[1].strip() for row in table.splitlines() if row.startswith("| ")][2:]
    assert {key for names in named for key in names.split(", ")} == KEYS


def test_the_ticket_the_test_and_the_attempt_share_one_digest(inside):
    said = inside("order", EXAMPLE, "--json").json
    assert said["ticket"]["digest"] == said["test"]["digest"]
    assert said["ticket"]["strategy"] == "single"
    assert said["test"]["verdict"] == "passed"
    assert {"name", "outcome", "detail", "latency_ms"} == set(said["test"]["checks"][0])
    assert [(a["venue"], a["attempt"], a["outcome"]) for a in said["attempts"]] == [
        ("sandbox", 1, "adopted"),
        ("production", 1, "adopted"),
    ]
    assert sum(fill["quantity"] for fill in said["fills"]) == 10
    assert {"fill_id", "symbol", "price"} <= set(said["fills"][0])


def test_what_was_rehearsed_is_told_apart_from_what_was_filled_and_when_stands_beside_it(inside):
    said = inside("order", EXAMPLE, "--json").json
    assert {fill["venue"] for fill in said["fills"]} == {"production"}
    assert {fill["venue"] for fill in said["rehearsal_fills"]} == {"sandbox"}
    assert (said["trader"], said["environment"], said["account"], said["place"]) == ("demo", "fake", "main", "FAKE")
    times = [said["times"][name] for name in ("asked", "rehearsed", "sent", "first_fill", "last_fill", "over")]
    assert times == sorted(times)
    (leg,) = said["filled"]["legs"]
    spent = sum(fill["quantity"] * Decimal(fill["price"]) for fill in said["fills"])
    assert (leg["ordered"], leg["filled"]) == (10, 10)
    assert Decimal(leg["average_price"]) == (spent / 10).quantize(Decimal("0.0001"))
    assert Decimal(said["filled"]["net_price"]) == Decimal(leg["average_price"])
    assert said["filled"]["net_effect"] == "debit"
    refused = inside("order", "buy 10 SPY 450", "--json").json
    assert (refused["times"]["sent"], refused["filled"], refused["fees"]) == (None, None, None)


def test_progress_goes_to_standard_error_and_only_the_object_to_standard_output(tastyflow):
    ended = tastyflow("order", "buy 1 SPY 450C next month", "--json")
    assert len(ended.out.splitlines()) == 1
    assert re.search(r"✓ dry_run: .*\n(.*\n)*submitting Sending it to production \(FAKE\)\.\n(.*\n)*filled", ended.err)


def test_people_see_a_panel_with_the_average_price(inside):
    ended = inside("order", EXAMPLE)
    assert ended.code == 0
    assert re.search(r"─ [0-9a-f]{6} filled · FAKE ─", ended.out)
    assert re.search(r"filled 10 of 10 at [\d.]+ on average", ended.out)
    assert "\x1b" not in ended.out + ended.err


@pytest.mark.usefixtures("rests")
def test_an_order_that_rests_is_promoted_too(inside):
    ended = inside("order", RESTING, "--json")
    assert (ended.code, ended.json["stage"]) == (0, "working")


def test_the_text_may_come_by_standard_input(inside):
    ended = inside("order", "-", "--json", typed=b"buy 1 SPY 450C next month\r\n")
    assert (ended.code, ended.json["text"]) == (0, "buy 1 SPY 450C next month")


@pytest.mark.usefixtures("rests")
def test_the_table_of_the_old_sandbox_leaves_higher_limits_unfilled(inside):
    natural = f"{EXAMPLE} at natural"
    again = {"TASTYFLOW_POLICY__DUPLICATE_WINDOW_S": "0"}
    assert inside("order", natural, "--json", TASTYFLOW_FAKE_FILLS="table").json["stage"] == "working"
    assert inside("order", natural, "--json", TASTYFLOW_FAKE_FILLS="quote", **again).json["stage"] == "filled"


def test_an_account_begins_with_the_cash_that_was_chosen(inside):
    ended = inside("balance", "--json", TASTYFLOW_FAKE_CASH_USD="1234.50")
    assert ended.json["balance"]["cash_usd"] == "1234.5"


def test_the_clock_may_stand_elsewhere_in_fake(inside):
    said = inside("order", EXAMPLE, "--json", TASTYFLOW_NOW="2027-03-01T10:00").json
    assert said["ticket"]["legs"][0]["expiration"] == "2027-04-16"
    assert said["stage"] == "filled"


# ── refusals: exit 1, a code, a way out, nothing placed, and in the log ──────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "code", "hint"),
    [
        ("buy 11 SPY 450C next month", "over_limit", "10"),
        ("buy 10 SPY 450C next month @ 200.00", "price", "nearer to the market"),
        ("buy 1 ZZZZ 450C next month", "unknown_symbol", ""),
        ("buy 1 SPYY 450C next month", "unknown_symbol", "SPY"),
        ("buy 1 BRK.B 355C tomorrow", "expiration_not_listed", ""),
        ("buy 1 SPY 450.5C next month", "strike_not_listed", "450"),
        ("buy 1 TSLA 250C next month @ 3.02", "off_tick", "3.0"),
        ("buy 1 SPY 450C Nov 20 2020", "expired", ""),
        ("", "empty", ""),
        ("good morning", "not_a_command", ""),
        ("orders", "not_an_order", "chat"),
        ("sell 1 SPY 450P next month to close", "", ""),
    ],
)
def test_a_refusal_says_why_places_nothing_and_is_in_the_log(inside, text, code, hint):
    ended = inside("order", text, "--json")
    said = ended.json
    assert ended.code == 1
    assert said["stage"] == "refused"
    assert not code or said["error"]["code"] == code
    assert said["attempts"] == said["fills"] == []
    told = " ".join([said["error"]["message"], said["error"]["hint"], *said["error"]["suggestions"]])
    assert hint in told
    assert json.loads(inside("audit", "show", said["order"], "--json").out)


@pytest.mark.parametrize("text", ["buy 11 SPY 450C next month", "buy 1 SPY 450.5C next month"])
def test_a_suggestion_can_be_ordered_as_it_stands(inside, text):
    suggestion = inside("order", text, "--json").json["error"]["suggestions"][0]
    assert inside("order", suggestion, "--json").code == 0


def test_an_unknown_trader_is_told_how_to_be_added(inside):
    said = inside("order", EXAMPLE, "--as", "ann", "--json")
    assert (said.code, said.json["error"]["code"]) == (1, "unknown_trader")
    assert said.json["error"]["suggestions"] == ["tastyflow trader add ann"]


def test_a_missing_permission_is_named(inside):
    assert inside("trader", "add", "ann").code == 0
    said = inside("order", "sell to open 1 SPY 450P next month", "--as", "ann", "--json").json
    assert said["error"]["code"] == "not_permitted"
    assert "this sale would open a cash-secured put, and ann may not." in said["error"]["message"]


@pytest.mark.parametrize("noise", [b"\xff" * 100_000, b"buy " * 25_000, b"\x00\x1b[2J" * 20_000, b"(" * 100_000])
def test_100_kb_of_noise_is_refused_in_good_time(inside, noise):
    began = time.monotonic()
    ended = inside("order", "-", "--json", typed=noise)
    assert (ended.code, ended.json["stage"]) == (1, "refused")
    assert time.monotonic() - began < 5


def test_100_kb_of_noise_as_an_argument_is_refused(tastyflow):
    assert tastyflow("order", "--json", b"\xf0\x9f\x92\xa9" * 25_000).json["stage"] == "refused"


# ── any text at all ──────────────────────────────────────────────────────────────────────────────────────────────

WORDS = (
    "buy",
    "sell",
    "1",
    "-5",
    "SPY",
    "450C",
    "450 puts",
    "@",
    "2.5",
    "mid",
    "next month",
    "gtc",
    "all",
    ";",
    "\x1b",
)
ANY_TEXT = st.one_of(
    st.text(max_size=80),
    st.text(st.characters(codec=None), max_size=40),  # lone surrogates too
    st.lists(st.sampled_from(WORDS), max_size=10).map(" ".join),
)


@pytest.mark.parametrize("command", ["parse", "order"])
@given(text=ANY_TEXT)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_gives_exactly_one_object_and_no_traceback(inside, command, text):
    ended = inside(command, "--json", "--", text.replace("-", "~") if text == "-" else text)
    assert ended.code == int("error" in json.dumps(ended.json.get("status", "")) or ended.json.get("error") is not None)


@given(text=ANY_TEXT)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_reference_and_any_name_end_in_words(inside, text):
    for args in (("status", "--json", "--", text), ("cancel", "--json", "--as", text, "--", "last")):
        ended = inside(*args)
        assert ended.code in (0, 1, 2)
        assert "error" in ended.json


# ── stores and processes ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_log_that_another_program_holds_is_said_to_be_and_nothing_is_placed(inside, home, monkeypatch):
    inside("orders")
    monkeypatch.setitem(open_log.__kwdefaults__, "lock_timeout_s", 0.3)  # else it waits five seconds
    with sqlite3.connect(home / "fake" / "log.db") as held:
        held.execute("BEGIN IMMEDIATE")
        ended = inside("order", EXAMPLE, "--json")
        held.rollback()
    held.close()
    assert (ended.code, ended.json["error"]["code"]) == (1, "store_locked")
    assert inside("positions", "--json").json["positions"] == []


@pytest.mark.parametrize(("file", "code"), [("log.db", "store_corrupt"), ("production.db", "fake_file")])
def test_a_file_that_is_damaged_is_said_to_be_and_left_as_it_is(inside, home, file, code):
    inside("orders")
    damaged = b"not a database at all " * 500
    (home / "fake" / file).write_bytes(damaged)
    ended = inside("order", EXAMPLE, "--json")
    assert (ended.code, ended.json["error"]["code"]) == (1, code)
    assert ended.json["error"]["hint"]
    assert (home / "fake" / file).read_bytes() == damaged


def test_a_home_that_is_a_file_is_a_matter_of_configuration(inside, home):
    home.write_text("")
    ended = inside("order", EXAMPLE, "--json")
    assert (ended.code, ended.json["error"]["code"]) == (3, "home_unwritable")


def test_a_home_that_cannot_be_made_is_a_matter_of_configuration(inside, home):
    home.mkdir()
    (home / "fake").write_text("in the way")
    ended = inside("order", EXAMPLE, "--json")
    assert (ended.code, ended.json["error"]["code"]) == (3, "home_unwritable")
    assert "TASTYFLOW_HOME" in ended.json["error"]["hint"]


@pytest.mark.usefixtures("rests")
def test_what_is_in_the_home_is_its_owners_alone(tastyflow, home):
    tastyflow("order", RESTING)
    modes = {path.name: path.stat().st_mode & 0o077 for path in [home, *home.rglob("*")]}
    assert set(modes.values()) == {0}, modes


def test_first_uses_at_the_same_time_do_not_get_in_each_others_way(tastyflow):
    with ThreadPoolExecutor() as pool:
        ended = list(pool.map(lambda n: tastyflow("order", f"buy {n} SPY 450C next month", "--json"), (1, 2, 3)))
    assert [(each.code, each.json["stage"]) for each in ended] == [(0, "filled")] * 3


@pytest.mark.usefixtures("rests")
def test_a_second_process_sees_the_order_and_what_happened_meanwhile(tastyflow, inside):
    placed = tastyflow("order", RESTING, "--json").json
    assert inside("status", placed["order"], "--json").json["stage"] == "working"
    cancelled = inside("cancel", placed["order"], "--json")
    assert (cancelled.code, cancelled.json["orders"][0]["stage"]) == (0, "cancelled")
    assert tastyflow("orders", "--json").json["orders"][0]["stage"] == "cancelled"


def interruptible() -> None:
    """A shell that runs the tests in the background tells its children to ignore Ctrl-C: these must not."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def interrupted_at(line: str, environment: dict[str, str]) -> tuple[int, Any, str]:
    """An order that rests is interrupted once *line* was told: the exit code, the JSON, and what was told."""
    process = subprocess.Popen(
        [*PROGRAM, "order", RESTING, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=environment, preexec_fn=interruptible,
    )  # fmt: skip
    assert process.stderr is not None
    for told in process.stderr:
        if line.encode() in told:
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    return process.returncode, json.loads(out), err.decode()


def test_who_interrupts_is_told_what_may_be_working(environment):
    code, said, err = interrupted_at("it is working", environment | {"TASTYFLOW_POLICY__FOLLOW_S": "60"})
    assert code == 130
    assert said["error"]["code"] == "interrupted"
    assert f"tastyflow status {said['order']}" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("where", ["/dev/full", "a closed pipe", "nowhere"])
def test_a_reader_who_goes_away_is_no_traceback(environment, where):
    streams = {"/dev/full": ">/dev/full", "a closed pipe": "| true", "nowhere": ">&-"}
    command = f'"$0" -m tastyflow_adapters.cli orders {streams[where]}'
    done = subprocess.run(
        ["/bin/sh", "-c", command, sys.executable], stderr=subprocess.PIPE, env=environment, check=False, timeout=30
    )
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr


def test_the_log_names_the_trader_and_the_user_at_the_machine(inside):
    order = inside("order", EXAMPLE, "--json").json
    story = inside("audit", "show", order["order"], "--json").json
    asked = {moment["actor"] for moment in story["moments"] if moment["cause"] and moment["chapter"] == "asked"}
    assert len(asked) == 1
    assert trader_id_in(actor := asked.pop()) == Trader.id_of("demo")
    assert actor.endswith(f" via cli:demo as {operator()}")


def test_who_interrupts_a_rehearsal_is_told_that_nothing_went_to_production(environment):
    code, said, err = interrupted_at("The sandbox has it", environment | {"TASTYFLOW_POLICY__REST_WAIT_S": "60"})
    assert (code, said["stage"], said["error"]["code"]) == (130, "refused", "interrupted")
    assert "Nothing went to production." in err


def test_what_a_killed_command_reserved_is_free_for_the_next_one_within_the_bound(environment, inside):
    chosen = {"TASTYFLOW_NOW": "2026-11-20T15:00:00Z", "TASTYFLOW_POLICY__REST_WAIT_S": "60"}
    process = subprocess.Popen(
        [*PROGRAM, "order", RESTING], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment | chosen
    )
    assert process.stderr is not None
    for line in process.stderr:
        if b"The sandbox has it" in line:
            break
    process.kill()
    process.communicate(timeout=20)
    soon, later = "2026-11-20T15:01:30Z", "2026-11-20T15:02:30Z"
    assert inside("orders", "--json", TASTYFLOW_NOW=soon).json["orders"][0]["stage"] == "rehearsing"
    (order,) = inside("orders", "--json", TASTYFLOW_NOW=later).json["orders"]
    assert (order["stage"], order["error"]["code"]) == ("refused", "interrupted")


@pytest.mark.parametrize("verb", ["order", "preview", "parse"])
def test_a_text_without_its_quotes_is_told_to_have_them(inside, verb):
    ended = inside(verb, "buy", "1", "SPY", "450C")
    assert ended.code == 2
    assert f'Put the text in quotes: tastyflow {verb} "…"' in ended.err
