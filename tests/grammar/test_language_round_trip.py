"""What is echoed to the trader is what was understood."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from language_corpus import FILES, rows, titled
from language_strategies import commands, limited_spreads, moments

from tastyflow.domain.expirations import NEW_YORK, new_york_date
from tastyflow_grammar import parse, render

DAY = r"(?:\w{3} \w{3} \d+ \d{4}|\d+dte)"
ORDER = re.compile(
    r"(?P<verb>[a-z ]+ \d+)(?P<symbol> \S+)(?P<strikes> [\d./pc]+)(?P<right> (?:call|put))?"
    r"(?P<name> (?:vertical|straddle|strangle|butterfly|calendar|iron condor|iron butterfly))"
    rf"(?P<days> {DAY}(?: / {DAY})?)(?P<price> @ \S+(?: debit| credit)?)(?P<lasting> .*)"
)
AS_OF = datetime(2026, 10, 14, 11, tzinfo=NEW_YORK)
UNDERSTOOD = [row for row in rows() if row.understood]


@settings(deadline=None)
@given(st.data(), moments)
def test_every_command_parses_back_from_its_canonical_words(data: st.DataObject, as_of: datetime):
    command = data.draw(commands(new_york_date(as_of)))
    assert parse(render(command), as_of=as_of) == command
    assert parse(render(command, as_of=as_of), as_of=as_of) == command


@settings(deadline=None)
@given(st.data(), moments, st.integers(1, 50))
def test_the_canonical_words_mean_the_same_on_the_days_before(data: st.DataObject, as_of: datetime, days: int):
    command = data.draw(commands(new_york_date(as_of)))
    assert parse(render(command), as_of=as_of - timedelta(days)) == command


@settings(deadline=None)
@given(st.data(), moments, st.sampled_from([str.upper, str.lower, str.title]))
def test_letter_case_and_spacing_do_not_matter_to_an_order(data: st.DataObject, as_of: datetime, case):
    command = data.draw(commands(new_york_date(as_of)).filter(lambda asked: not getattr(asked, "order", "")))
    if getattr(command, "reason", None) is None:
        respelt = case(render(command)).replace(" ", "\u00a0 ")
        assert parse(respelt, as_of=as_of) == command


@settings(deadline=None)
@given(st.data(), moments)
def test_the_parts_of_a_strategy_stand_in_any_order(data: st.DataObject, as_of: datetime):
    order = data.draw(limited_spreads(new_york_date(as_of)))
    verb, parts, lasting = in_parts(render(order))
    shuffled = " ".join([verb, *data.draw(st.permutations(parts)), lasting])
    assert parse(shuffled, as_of=as_of) == order


def in_parts(words: str) -> tuple[str, list[str], str]:
    """``sell 5 | $SPY | 440/435 | put | vertical | Fri Dec 18 2026 | @ 1.05 credit | day``"""
    found = ORDER.fullmatch(words)
    assert found, words
    groups = {name: (part or "").strip() for name, part in found.groupdict().items()}
    groups["symbol"] = "$" + groups["symbol"].removeprefix("$")
    return (
        groups.pop("verb"),
        [groups[name] for name in groups if name != "lasting" and groups[name]],
        groups["lasting"],
    )


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("halt --reason reducing", "halt --reason reducing"),  # 'halt reducing' would let closing go on
        ("halt --reason right there", "halt --reason right there"),  # 'halt right there' is English
        ("resume: is well", "resume --reason is well"),
        ("resume --reason trading", "resume --reason trading"),
        ("halt --reason --status", "halt --reason --status"),
        ("halt --reason ,x", "halt --reason ,x"),
        ("halt --reason HEDGE", "halt --reason HEDGE"),  # a note at the end of a line is no reason
        ("halt --reason fat finger", "halt fat finger"),
    ],
)
def test_a_reason_that_begins_like_a_word_of_ours_stays_a_reason(typed: str, written: str):
    command = parse(typed, as_of=AS_OF)
    assert render(command) == written
    assert parse(written, as_of=AS_OF) == command


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_echo_of_a_typed_line_is_the_same_command(file: Path):
    for row in (row for row in UNDERSTOOD if row.file == str(file)):
        command = parse(row.text, as_of=row.as_of)
        again = parse(render(command), as_of=row.as_of)
        assert again == command, titled(row)
        assert render(again) == render(command), titled(row)


@pytest.mark.parametrize(
    ("typed", "echoed"),
    [
        ("BTO 10 SPY 450C 12/18 @ 2.50", "buy to open 10 SPY 450 call Fri Dec 18 2026 @ 2.5 day"),
        ("sell 50 aapl 190.25 gtc", "sell 50 AAPL shares @ 190.25 gtc"),
        ("close 2 BRK/B 480p 45dte mkt", "close 2 BRK.B 480 put 45dte market day"),
        (
            "STC 4 SPY 450C 12/18 stop 2.00 limit 1.90",
            "sell to close 4 SPY 450 call Fri Dec 18 2026 stop 2 limit 1.9 day",
        ),
        ("buy 100 shares of ALL at mid good till Dec 4", "buy 100 $ALL shares @ mid good till Fri Dec 4 2026"),
        ("replace #12 x5 2.40 cr", "replace 12 x5 @ 2.4 credit"),
    ],
)
def test_the_echo_is_spelt_as_a_trader_would(typed: str, echoed: str):
    assert render(parse(typed, as_of=AS_OF)) == echoed
