"""``tastyflow parse --corpus`` shows every line whose meaning moved, the dangerous ones first."""

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow_adapters.cli.corpus.rows import MAX_LINE, Row, rows_of
from tastyflow_adapters.cli.corpus.score import Kind, change_of, score
from tastyflow_grammar import answer
from tests.cli.conftest import PROGRAM
from tests.cli.test_cli_parse import NEVER, SLOW

AS_OF = "2026-11-20T10:00:00-05:00"
LEG = {
    "action": "buy", "quantity": 5, "instrument": "equity_option", "underlying": "SPY",
    "right": "put", "strike": "450", "expiration": "2026-12-18",
}  # fmt: skip
OTHER = LEG | {"action": "sell", "strike": "440"}
TEXT = "buy 5 SPY 450p 12/18 @ 2.50"
CLOSED = "buy 5 SPY 450p 12/19"
WORDS = "buy", "5", "10", "SPY", "450p", "12/18", "12/19", "@", "2.50", "gtc", "cancel", "7f3a", "last", "sell", "MSFT"


def line(text: str = TEXT, expect: Any = None, **more: Any) -> dict[str, Any]:
    return {"id": "a-1", "family": "a", "text": text, "as_of": AS_OF, "expect": expect or {"status": "ok"}, **more}


@pytest.fixture
def corpus(tmp_path: Path):
    """Write a corpus and give its name."""

    def write(*lines: dict[str, Any] | bytes) -> str:
        file = tmp_path / "lines.jsonl"
        file.write_bytes(b"\n".join(each if isinstance(each, bytes) else json.dumps(each).encode() for each in lines))
        return str(file)

    return write


def objects(out: str) -> list[Any]:
    return [json.loads(each) for each in out.splitlines()]


# ── what counts as a change ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "row",
    [
        line(expect={"price": "2.50"}),
        line(expect={"price": 2.5, "stop": None, "legs": [LEG | {"note": None}]}),
        line(expect={"status": "ok", "no such key": None}),
        line(expect={"order_type": "limit", "time_in_force": "day"}),
        line("buy 5 SPY 450p 12/18 @ mid", {"price": "mid"}),
        line(CLOSED, {"code": "not_a_trading_day"}, at_fault="12/19"),
        line(CLOSED, {"status": "error", "code_any": ["bad_date", "not_a_trading_day"]}, at_fault="19"),
        line("buy 5 SPY 450p today", {"legs": [LEG | {"expiration": "2026-11-20"}]}, as_of="2026-11-20T23:59"),
        line("buy 5 SPY 450p today", {"legs": [LEG | {"expiration": "2026-11-20"}]}, as_of="2026-11-21T04:59Z"),
    ],
)
def test_only_the_expected_keys_count_and_prices_are_numbers(inside, corpus, row):
    ended = inside("parse", "--corpus", corpus(row), "--json")
    assert ended.code == 0, ended.out
    assert ended.json["summary"]["as_expected"] == 1


@pytest.mark.parametrize(
    ("row", "kind", "keys"),
    [
        (line(expect={"status": "error", "code": "ambiguous"}, at_fault="5"), "accepted", ["status", "code"]),
        (line(expect={"code_any": ["ambiguous"]}), "accepted", ["status", "code"]),
        (line(expect={"price": "2.51"}), "different", ["price"]),
        (line(expect={"price": None}), "different", ["price"]),
        (line(expect={"price": "sNaN"}), "different", ["price"]),
        (line(expect={"legs": [LEG, OTHER]}), "different", ["legs"]),
        (line(expect={"legs": [OTHER]}, legs_any_order=True), "different", ["legs"]),
        (line(expect={"time_in_force": "gtc", "strategy": "custom"}), "different", ["time_in_force", "strategy"]),
        (line("cancel 7f3a", {"command": "status", "order": "7f3a"}), "different", ["command"]),
        (line(CLOSED, {"command": "order"}), "refused", ["status", "command"]),
        (line(CLOSED, {"legs": None}), "refused", ["status"]),
        (line(CLOSED, {"status": "error", "code": "expired"}), "code", ["code"]),
        (line(CLOSED, {"code_any": ["expired", "bad_date"]}, at_fault="SPY"), "code", ["code", "at_fault"]),
        (line(CLOSED, {"code": "not_a_trading_day"}, at_fault="SPY"), "harmless", ["at_fault"]),
        (line(expect={"strategy": "custom"}), "harmless", ["strategy"]),
        (line("halt too hot", {"command": "halt", "reason": "too wet"}), "harmless", ["reason"]),
    ],
)
def test_a_change_is_as_bad_as_what_it_would_do(inside, corpus, row, kind, keys):
    ended = inside("parse", "--corpus", corpus(row), "--json")
    change, total = objects(ended.out)
    assert ended.code == 1
    assert (change["change"], [difference["key"] for difference in change["differences"]]) == (kind, keys)
    assert change["dangerous"] == (kind in ("accepted", "different"))
    assert total["summary"]["wrong_but_accepted"] == change["dangerous"]
    assert total["summary"]["changed"][kind] == 1


def a_row(expect: dict[str, Any], *, any_order: bool = False) -> Row:
    return Row("a-1", "a", TEXT, datetime.fromisoformat(AS_OF), {"status": "ok"} | expect, any_order)


def test_another_order_of_the_legs_is_harmless_and_may_be_allowed():
    said = {"status": "ok", "legs": [OTHER, LEG]}
    change = change_of(a_row({"legs": [LEG, OTHER]}), said)
    assert change is not None
    assert change.kind is Kind.HARMLESS
    assert change_of(a_row({"legs": [LEG, OTHER]}, any_order=True), said) is None


@settings(deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=7).map(" ".join) | st.text())
def test_what_is_read_now_is_never_a_change(text: str):
    moment = datetime.fromisoformat(AS_OF)
    expected = json.loads(json.dumps(answer(text, as_of=moment)))
    start, end = expected.get("span", (0, 0))
    scored = score([Row("a-1", "a", text, moment, expected, at_fault=text[start:end])])
    assert (scored.changes, scored.valid + scored.refused) == ([], 1)


# ── what people read ─────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_changed_is_two_lines_and_exit_0(tastyflow, corpus):
    ended = tastyflow("parse", "--corpus", corpus(line(), b"  ", line(CLOSED, {"code": "not_a_trading_day"})))
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        "2 lines: all as expected",
        "score: valid 1/1, refused 1/1, wrong but accepted 0",
    ]


def test_a_changed_line_says_what_was_expected_and_what_is_read_now(tastyflow, corpus):
    file = corpus(line(expect={"legs": [LEG, OTHER | {"expiration": {"dte": 45}}], "price": "3"}))
    ended = tastyflow("parse", "--corpus", file, COLUMNS="80")
    assert ended.code == 1
    assert ended.out.splitlines() == [
        "DANGEROUS  a-1: another order than expected (lines.jsonl:1)",
        "  text      buy 5 SPY 450p 12/18 @ 2.50",
        "  as of     2026-11-20T10:00:00-05:00",
        "  expected  leg 2: sell 5 SPY 440 put 45dte",
        "  now       leg 2: nothing",
        "  expected  price: 3",
        "  now       price: 2.5",
        "",
        "1 line: 0 as expected, 1 changed",
        "       1  different  DANGEROUS: another order than expected",
        "families with changes:",
        "  a                       1 of 1: 1 different",
        "score: valid 0/1, refused 0/0, wrong but accepted 1",
    ]


def test_a_refusal_and_an_order_are_told_as_a_whole(inside, corpus):
    order = {"status": "ok", "command": "order", "legs": [LEG], "strategy": "single", "price": "2.5", "stop": None}
    ended = inside("parse", "--corpus", corpus(line(CLOSED, order), line(expect={"code_any": ["expired", "syntax"]})))
    said = ended.out.splitlines()
    assert "  expected  refused: expired or syntax" in said
    assert "  now       buy 5 SPY 450 put 2026-12-18, single, limit, price 2.5, debit, day" in said
    assert "  expected  buy 5 SPY 450 put 2026-12-18, single, price 2.5" in said
    assert "  now       refused: not_a_trading_day. Sat Dec 19 2026 is no trading day (a weekend)." in said
    assert "  here      12/19" in said
    assert "  suggests  buy 5 SPY 450p Dec 18 2026" in said


def test_what_no_trader_would_tell_apart_is_told_as_json(inside, corpus):
    ended = inside("parse", "--corpus", corpus(line("cancel 12", {"order": 12})))
    assert '  expected  order: 12\n  now       order: "12"\n' in ended.out


def test_of_legs_in_any_order_those_that_have_no_partner_are_told(inside, corpus):
    ended = inside("parse", "--corpus", corpus(line(expect={"legs": [OTHER, LEG, LEG]}, legs_any_order=True)))
    assert [each for each in ended.out.splitlines() if "leg" in each and ":" in each[:20]] == [
        "  expected  leg: sell 5 SPY 440 put 2026-12-18",
        "  now       leg: nothing",
        "  expected  leg: buy 5 SPY 450 put 2026-12-18",
        "  now       leg: nothing",
    ]


def test_an_expectation_may_be_any_json(inside, corpus):
    deep: Any = "x"
    for _ in range(400):
        deep = [deep]
    ended = inside("parse", "--corpus", corpus(line(expect={"price": deep, "legs": [{"action": deep}], "stop": {}})))
    assert (ended.code, ended.err) == (1, "")


def test_the_dangerous_lines_come_first_and_several_files_are_one_score(inside, corpus, tmp_path):
    file = corpus(
        line(expect={"strategy": "custom"}, id="label"),
        line(CLOSED, {"code": "expired"}, id="code"),
        line(CLOSED, {"command": "order"}, id="refused"),
        line(expect={"price": "3"}, id="different"),
    )
    second = tmp_path / "more.jsonl"
    second.write_text(
        json.dumps(line(expect={"code": "expired"}, id="accepted", family="b")) + "\n" + json.dumps(line())
    )
    ended = inside("parse", "--corpus", file, "--corpus", str(second))
    heads = [each.partition(":")[0] for each in ended.out.splitlines() if each.endswith(")") and "jsonl:" in each]
    assert heads == ["DANGEROUS  accepted", "DANGEROUS  different", "refused", "code", "label"]
    assert ended.out.endswith("score: valid 1/4, refused 0/2, wrong but accepted 2\n")
    as_json = objects(inside("parse", "--json", "--corpus", file, "--corpus", str(second)).out)
    assert [each.get("id") for each in as_json] == ["accepted", "different", "refused", "code", "label", None]
    assert as_json[-1]["summary"]["families"] == {
        "a": {"lines": 5, "different": 1, "refused": 1, "code": 1, "harmless": 1},
        "b": {"lines": 1, "accepted": 1},
    }


@pytest.mark.parametrize("columns", ["1", "40", "80", "200"])
def test_what_a_terminal_would_obey_is_shown_and_long_texts_are_cut(inside, corpus, columns):
    evil = "\x1b[2J\x07\u202e\u009b\ud800\n" + "x y " * 2_000
    row = line(evil, {"code": "expired", "message": evil}, id=evil, family=evil, at_fault=evil)
    order = line(expect={"legs": [{"action": evil, "underlying": [evil]}], evil: evil})
    ended = inside("parse", "--corpus", corpus(row, order, line(" ", {"command": evil})), COLUMNS=columns)
    assert ended.code == 1
    assert not {"\x1b", "\x07", "\u202e", "\x9b", "\ud800"} & set(ended.out + ended.err)
    assert len(ended.out) < 12_000


def test_json_says_where_each_line_is_and_what_is_read_now(tastyflow, corpus):
    file = corpus(line(), line("gm\x1b", {"status": "ok"}, family="chat"))
    change, total = objects(tastyflow("parse", "--json", "--corpus", file).out)
    named = {"id": "a-1", "family": "chat", "file": file, "line": 2, "text": "gm\x1b", "as_of": AS_OF}
    assert change.items() >= named.items()
    assert change["answer"]["status"] == "error"
    assert change["differences"] == [{"key": "status", "expected": "ok", "now": "error"}]
    assert total["summary"]["valid"] == {"lines": 2, "as_expected": 1}


# ── what is no corpus ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (b"{", "line 2 is no JSON"),
        (b"[" * 90_000, "line 2 is no JSON"),
        (b'{"id": ' + b"9" * 9_000 + b"}", "line 2 is no JSON"),
        (b"[]", "line 2: this is no JSON object"),
        (b'{"id": "\xff"}', "line 2 is not UTF-8"),
        (b"x" * (MAX_LINE + 1), "line 2 is longer than 100,000 bytes"),
        ({"id": "a"}, "line 2: there is no 'family'"),
        (line(as_of="today"), "line 2: 'as_of' is no date and time"),
        (line(text=5), "line 2: 'text' must be a text"),
        (line(expect=["ok"]), "line 2: 'expect' must be an object"),
        (line() | {"expect": {}}, "line 2: 'expect' must say what is expected"),
        (line(expect={"status": "fine"}), "line 2: 'expect' must say what is expected"),
        (line(expect={"legs": {"action": "buy"}}), "line 2: 'legs' must be a list"),
        (line(expect={"code_any": "expired"}), "line 2: 'code_any' must be a list"),
        (line(at_fault=["12/19"]), "line 2: 'at_fault' must be a text"),
        (line(legs_any_order="yes"), "line 2: 'legs_any_order' must be true or false"),
    ],
)
def test_a_broken_line_is_exit_2_and_named(inside, corpus, broken, why):
    file = corpus(line(CLOSED), broken)
    ended = inside("parse", "--corpus", file)
    assert (ended.code, ended.out) == (2, "")
    assert f"{file}, {why}" in ended.err
    assert inside("parse", "--json", "--corpus", file).json["error"]["code"] == "usage"


@pytest.mark.parametrize("content", [b"", b"\n \r\n\n", b"\xef\xbb\xbf\n"])
def test_a_file_without_a_line_is_exit_2_and_no_perfect_score(inside, corpus, content):
    ended = inside("parse", "--corpus", corpus(content))
    assert (ended.code, ended.out) == (2, "")
    assert "nothing to score" in ended.err


def test_a_folder_or_no_file_is_exit_2(tastyflow, tmp_path):
    for file, why in ((tmp_path, "is a directory"), (tmp_path / "none\x1b.jsonl", "does not exist")):
        ended = tastyflow("parse", "--corpus", str(file))
        assert (ended.code, ended.out) == (2, "")
        assert why in ended.err
        assert "\x1b" not in ended.err


def test_a_mark_in_front_and_windows_line_ends_are_no_mistake(inside, corpus):
    as_bytes = json.dumps(line()).encode()
    ended = inside("parse", "--corpus", corpus(b"\xef\xbb\xbf" + as_bytes + b"\r", as_bytes + b"\r"))
    assert (ended.code, ended.out.splitlines()[0]) == (0, "2 lines: all as expected")


@pytest.mark.parametrize("more", [["orders"], [""], ["-"], ["--as-of", "2026-11-20"]])
def test_a_corpus_goes_with_no_text_and_no_moment(inside, corpus, more):
    ended = inside("parse", "--corpus", corpus(line()), *more)
    assert (ended.code, ended.out) == (2, "")
    assert "takes neither a TEXT nor --as-of" in ended.err


def test_a_folder_is_no_corpus_for_the_reader_either(tmp_path):
    with pytest.raises(Exception, match="cannot be read"):
        list(rows_of(tmp_path))


# ── how fast it starts ───────────────────────────────────────────────────────────────────────────────────────────


def test_scoring_needs_no_heavy_neighbour_and_parsing_nothing_of_the_scoring(environment, corpus):
    def imported(*args: str) -> set[str]:
        command = [sys.executable, "-X", "importtime", *PROGRAM[1:], "parse", *args]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        return {each.rsplit("|", 1)[-1].strip() for each in done.stderr.splitlines()}

    scoring = imported("--corpus", corpus(line()))
    assert "tastyflow_adapters.cli.corpus.score" in scoring
    assert {name.partition(".")[0] for name in scoring} & {*NEVER, *SLOW} == set()
    assert not [name for name in imported("help") if "corpus" in name]
