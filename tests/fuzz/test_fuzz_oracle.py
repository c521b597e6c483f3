"""The oracle of the fuzz target, without it: it finds nothing in the language, and what is doctored it finds."""

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from inputs import MISTYPED, REPEATED, SEEN_AS_OF, SOUP, TEXT, corpus, decode, encode, mutable_seeds, seeds
from nonsense import accepted
from oracle import judge, refusal
from phrases import days_said

from tastyflow_grammar import answer, parse


def order(text: str) -> dict[str, Any]:
    return parse(text, as_of=SEEN_AS_OF).as_dict()


def rules(text: str, command: dict[str, Any]) -> set[str]:
    return {finding.rule for finding in accepted(text, SEEN_AS_OF, command)}


# --- the language holds ---


@pytest.mark.parametrize("part", range(8))
def test_nothing_is_found_in_any_line_of_the_corpus(part: int):
    found = [(text, *judge(text, as_of).findings) for text, as_of in list(corpus())[part::8]]
    assert [each for each in found if len(each) > 1] == []


@settings(deadline=None)
@given(st.sampled_from([TEXT, SOUP, MISTYPED, REPEATED]), st.binary(min_size=3, max_size=3), st.binary(max_size=60))
@example(SOUP, b"\x24\x10\x0b", b"")
def test_nothing_is_found_in_any_input_of_the_fuzz_target(how: int, moment: bytes, what: bytes):
    text, as_of = decode(bytes([how]) + moment + what)
    assert judge(text, as_of).findings == ()


@settings(deadline=None)
@given(st.sampled_from(list(mutable_seeds())), st.binary(min_size=3, max_size=12))
def test_nothing_is_found_in_a_mistyped_line(seed: bytes, changes: bytes):
    text, as_of = decode(seed + changes)
    assert judge(text, as_of).findings == ()


def test_most_seeds_are_commands_so_that_the_rules_have_something_to_hold_against():
    understood = [judge(text, SEEN_AS_OF).understood for text in seeds()]
    assert sum(understood) > 50


@pytest.mark.parametrize(
    "text",
    [
        "buy ten TEN 25c 12/18",
        "buy 5 $TEN 25c 12/18",
        "buy 5 DTE 140c 12/18",
        "sell 5 SPY 440/435 put credit spread 12/18",
        "buy 3 KO KO 70c 70c 11/20",
        "buy 2 BRKB  261218C00500000",
        "halt\tha",
        "buy 25 TEN TEN",
        "buy 10 calls for STC strike 95 Dec 18",
        "buy 1 KO 70c next `thurs`",
        "buy 3 KO 70c 11/20 ❤️",
    ],
)
def test_nothing_is_found_where_a_word_only_looks_like_another(text: str):
    assert judge(text, SEEN_AS_OF).findings == ()


# --- the oracle finds what is wrong ---

OPTION = "BTO 10 SPY 450C 12/18 @ 2.50 gtc"
VERTICAL = "buy 5 QQQ 400/410 call vertical Jan 15 3.20 db"
LEG = ("legs", 0)


@pytest.mark.parametrize(
    ("text", "place", "value", "rule"),
    [
        (OPTION, (*LEG, "quantity"), 1, "account"),
        (OPTION, (*LEG, "quantity"), 100, "account"),
        (OPTION, (*LEG, "quantity"), 100_001, "quantity"),
        (OPTION, (*LEG, "action"), "sell_to_open", "account"),
        (OPTION, (*LEG, "action"), "buy_to_close", "account"),
        (OPTION, (*LEG, "underlying"), "QQQ", "account"),
        (OPTION, (*LEG, "underlying"), "BTC", "ticker"),
        (OPTION, (*LEG, "right"), "put", "account"),
        (OPTION, (*LEG, "strike"), "2.5", "account"),
        (OPTION, (*LEG, "strike"), "1000001", "strike"),
        (OPTION, (*LEG, "expiration"), "2026-12-11", "account"),
        (OPTION, (*LEG, "expiration"), "2027-12-18", "day"),
        (OPTION, (*LEG, "expiration"), "2028-12-18", "account"),
        (OPTION, (*LEG, "expiration"), {"dte": 65}, "account"),
        (OPTION, (*LEG, "expiration"), {"dte": 1}, "day"),
        (OPTION, ("order_type",), "market", "price"),
        (OPTION, ("price",), "450", "account"),
        (OPTION, ("price",), "0", "price"),
        (OPTION, ("price",), "mid", "account"),
        (OPTION, ("price_effect",), "credit", "price"),
        (OPTION, ("stop",), "2", "price"),
        (OPTION, ("time_in_force",), "day", "account"),
        (OPTION, ("strategy",), "vertical", "legs"),
        (VERTICAL, ("legs", 1, "action"), "buy", "legs"),
        (VERTICAL, ("legs", 1, "quantity"), 10, "legs"),
        (VERTICAL, ("legs", 1, "underlying"), "SPY", "legs"),
        (VERTICAL, ("legs", 1, "strike"), "400", "legs"),
        (VERTICAL, ("legs", 1, "strike"), "420", "account"),
        (VERTICAL, ("price_effect",), "credit", "price"),
        (VERTICAL, ("strategy",), "custom", "legs"),
        (VERTICAL, ("legs",), [], "legs"),
    ],
)
def test_a_doctored_order_is_found(text: str, place: tuple[str | int, ...], value: object, rule: str):
    command = order(text)
    assert rules(text, command) == set()
    *outer, last = place
    part: Any = command
    for step in outer:
        part = part[step]
    part[last] = value
    assert rule in rules(text, command)


@pytest.mark.parametrize(
    ("text", "taken_as", "rule"),
    [
        ("buy 100 MSFT @ 510 extra", "buy 100 MSFT @ 510", "account"),
        ("buy 100 MSFT @ 510 makret", "buy 100 MSFT @ 510", "account"),
        ("buy 100 MSFT @ 510 7", "buy 100 MSFT @ 510", "account"),
        ("buy 100 MSFT please @ 510", "buy 100 MSFT @ 510", "account"),
        ("buy 100 MSFT @ 510 put", "buy 100 MSFT @ 510", "account"),
        ("buy 10 10 SPY 450C 12/18", "buy 10 SPY 450C 12/18", "account"),
        ("buy 10 SPY 450C 12/18 stop 2", "buy 10 SPY 450C 12/18", "account"),
        ("buy 10 SPY 450C next friday", "buy 10 SPY 450C 12/18", "account"),
        ("should I buy 100 MSFT @ 510", "buy 100 MSFT @ 510", "talk"),
        ("100 MSFT @ 510", "buy 100 MSFT @ 510", "talk"),
        ("buy 100 MSFT @ 510?", "buy 100 MSFT @ 510", "question"),
        ("buy 100 MSFT @ 510; cancel all", "buy 100 MSFT @ 510", "marks"),
        ("buy 100 🚀 MSFT @ 510", "buy 100 MSFT @ 510", "marks"),
        ("buy 100 MS\u200bFT @ 510", "buy 100 MSFT @ 510", "letters"),
        ("buy 100 \u041cSFT @ 510", "buy 100 MSFT @ 510", "letters"),
        ("buy 100 MSFT @ 51\uff10", "buy 100 MSFT @ 510", "letters"),
        ("buy 1\ufe0f00 MSFT @ 510", "buy 100 MSFT @ 510", "letters"),
        ("buy 100 MSFT @ 510" + " " * 2_000, "buy 100 MSFT @ 510", "length"),
        ("buy 1 SPY 430/435/465/470 iron condor Dec 18", "STO 1 SPY 430/435/465/470 iron condor Dec 18", "side"),
        ("buy bull put spread 5 SPY 440/435 12/18", "bull put spread 5 SPY 440/435 12/18", "side"),
        ("replace 7f3a @ 2.4 0", "replace 7f3a @ 2.4", "account"),
        ("replace 7f3a x5 @ 2.4", "replace 7f3a @ 2.4", "account"),
        ("cancel 7f3a #12", "cancel 7f3a", "account"),
        ("cancel all puts", "cancel all", "account"),
        ("halt fat finger", "halt thumb", "remark"),
        ("halt reducing fat finger", "halt fat finger", "account"),
        ("halt fat finger", "halt reducing fat finger", "account"),
        ("resume quotes are back", "resume", "account"),
        ("preview buy 100 MSFT @ 510 extra", "preview buy 100 MSFT @ 510", "account"),
        ("preview 100 MSFT @ 510", "preview buy 100 MSFT @ 510", "talk"),
        ("quote SPY 450c 12/18 put", "quote SPY 450c 12/18", "account"),
        ("quote SPY 450c 12/18 7", "quote SPY 450c 12/18", "account"),
        ("quote SPY 450c 12/18", "quote SPY", "account"),
        ("chain SPY next friday", "chain SPY 12/18", "account"),
        ("chain SPY 12/18", "chain SPY", "account"),
        ("exps SPY QQQ", "exps SPY", "account"),
    ],
)
def test_a_text_taken_for_another_is_found(text: str, taken_as: str, rule: str):
    command = order(taken_as)
    assert rules(taken_as, command) == set()
    assert rule in rules(text, command)


@pytest.mark.parametrize(
    ("key", "value", "rule"),
    [
        ("span", [3, 2], "span"),
        ("span", [0, 99], "span"),
        ("code", "oops", "code"),
        ("message", " ", "message"),
        ("message", "x" * 401, "message"),
        ("suggestions", ["help"] * 13, "suggestion"),
    ],
)
def test_a_doctored_refusal_is_found(key: str, value: object, rule: str):
    said = answer("buy 10 SPY 450C", as_of=SEEN_AS_OF)
    assert list(refusal("buy 10 SPY 450C", said)) == []
    assert [finding.rule for finding in refusal("buy 10 SPY 450C", said | {key: value})] == [rule]


def test_what_is_raised_is_a_finding_and_no_end(monkeypatch: pytest.MonkeyPatch):
    def broken(_text: str, *, as_of: datetime) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr("oracle.parse", broken)
    (finding,) = judge("buy 10 SPY 450C", SEEN_AS_OF).findings
    assert (finding.rule, "too deep" in finding.what) == ("crash", True)


def test_a_canonical_text_that_means_something_else_is_found(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("oracle.render", lambda _command, **_as_of: "buy 11 SPY 450C 12/18")
    assert {finding.rule for finding in judge("buy 10 SPY 450C 12/18", SEEN_AS_OF).findings} == {"round trip"}


def test_a_slow_answer_is_found(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("oracle.LIMIT_S", 0.0)
    assert [finding.rule for finding in judge("help", SEEN_AS_OF).findings] == ["hang"]


# --- the readings beneath it ---


@pytest.mark.parametrize(
    ("said", "on", "day"),
    [
        ("NEXT MONTH", "2026-12-30", "2027-01-15"),
        ("NEXT WEEK", "2026-10-17", "2026-10-30"),  # from a Saturday, the week ahead is this week
        ("NEXT FRIDAY", "2026-06-11", "2026-06-18"),  # Juneteenth
        ("NEXT MON", "2026-10-14", "2026-10-19"),
        ("EOM", "2026-10-14", "2026-10-30"),
        ("TOMORROW", "2026-10-16", "2026-10-19"),
        ("(65 DTE)", "2026-10-14", "2026-12-18"),
    ],
)
def test_a_day_said_in_words_is_the_contracts(said: str, on: str, day: str):
    assert days_said(said, date.fromisoformat(on))[1] == [date.fromisoformat(day)]


@given(st.text(st.characters(codec="utf-8")), st.sampled_from([SEEN_AS_OF]))
def test_a_seed_is_decoded_to_its_text_and_moment(text: str, as_of: datetime):
    assert decode(encode(text, as_of)) == (text, as_of)
