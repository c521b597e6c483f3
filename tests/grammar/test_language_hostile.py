"""Whatever is typed, the answer is a command or a refusal that points into the text; and it comes in linear time."""

import sys
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from language_corpus import rows
from language_strategies import commands, moments

from tastyflow.domain.commands import Command
from tastyflow.domain.expirations import new_york_date
from tastyflow.errors import NotUnderstood
from tastyflow_grammar import answer, parse, render
from tastyflow_grammar.refusing.faults import Code

AS_OF = datetime(2026, 10, 14, 11, tzinfo=UTC)
TEXTS = [row.text for row in rows()]
TOKENS = sorted({token for text in TEXTS for token in text.split()})
MARKS = [
    "\u200b",
    "\u200d",
    "\u202e",
    "\ufeff",
    "\u00ad",
    "\x00",
    "\x1b",
    "\ud800",
    "\u0410",
    "\uff15",
    "\u0301",
    "🚀",
    "\ufe0f",
]


def understood(text: str, as_of: datetime = AS_OF) -> Command | NotUnderstood:
    """The command or the refusal, with what must hold of either."""
    try:
        command = parse(text, as_of=as_of)
    except NotUnderstood as error:
        refused = error
    else:
        assert parse(render(command), as_of=as_of) == command
        assert parse(render(command, as_of=as_of), as_of=as_of) == command
        return command
    start, end = refused.span
    assert 0 <= start <= end <= len(text)
    assert refused.message
    assert refused.code in set(Code)
    for suggestion in refused.suggestions:
        parse(suggestion, as_of=as_of)
    return refused


@settings(deadline=None)
@given(st.text(), moments)
def test_any_text_is_understood_or_refused_with_a_span_inside_it(text: str, as_of: datetime):
    understood(text, as_of)


@settings(deadline=None)
@given(st.lists(st.sampled_from(TOKENS), max_size=14).map(" ".join), moments)
@example("sell 10 ON @ 5 EXP", AS_OF)
def test_any_soup_of_order_words_is_understood_or_refused(text: str, as_of: datetime):
    understood(text, as_of)


@settings(deadline=None)
@given(st.sampled_from(TEXTS), st.data())
def test_a_mistyped_line_is_understood_or_refused(text: str, data: st.DataObject):
    at = data.draw(st.integers(0, len(text)))
    width = data.draw(st.integers(0, 2))
    mistyped = text[:at] + data.draw(st.text("abcdlpst05 ,./@$", max_size=2)) + text[at + width :]
    understood(mistyped)


@settings(deadline=None)
@given(moments, st.data())
def test_an_order_short_of_a_word_or_with_one_too_many_is_refused_with_suggestions_that_parse(
    as_of: datetime, data: st.DataObject
):
    words = render(data.draw(commands(new_york_date(as_of)))).split()
    at = data.draw(st.integers(0, len(words) - 1))
    word = data.draw(
        st.sampled_from(["", words[at][:-1], words[at] * 2, f"{words[at]} {words[-1]}", "x9", "450", "call"])
    )
    understood(" ".join([*words[:at], word, *words[at + 1 :]]), as_of)


@settings(deadline=None)
@given(st.sampled_from(TEXTS), st.sampled_from(MARKS[:8]), st.data())
def test_what_cannot_be_seen_is_never_stripped_silently(text: str, mark: str, data: st.DataObject):
    at = data.draw(st.integers(0, len(text)))
    refused = understood(text[:at] + mark + text[at:])
    hidden_in_emoji = mark == "\u200d" and not text[:at].isascii()
    assert hidden_in_emoji or (isinstance(refused, NotUnderstood) and refused.code == "syntax")


@pytest.mark.parametrize("mark", ["\u0410", "\uff15", "\u0301", "\u2460", "\u066b", "\u2212"])
def test_a_look_alike_within_a_word_is_refused_where_it_stands(mark: str):
    text = f"BTO 3 K{mark}O 70C 11/20"
    refused = understood(text)
    assert isinstance(refused, NotUnderstood)
    assert (refused.code, refused.span) == ("syntax", (6, 9))


@pytest.mark.parametrize(
    "text", ["\u2460 " * 500, "\u044f " * 600, "buy " + "\u044f " * 600, "buy 3 KO 70c \u044f " * 100]
)
def test_words_of_another_script_are_refused_however_many(text: str):
    assert understood(text).code in ("not_a_command", "syntax")


def test_a_text_beyond_the_limit_is_refused_unread():
    refused = understood("buy 3 KO 70c 11/20" + " " * 2_000)
    assert isinstance(refused, NotUnderstood)
    assert refused.code == "syntax"
    assert "2,000" in refused.message


@pytest.mark.parametrize("digits", ["9" * 1_900, "0" * 1_900, "9," * 900 + "9", "1." * 900, "9" * 40 + "." + "9" * 40])
@pytest.mark.parametrize(
    "text",
    [
        "buy {} KO 70c 11/20",
        "buy 3 KO {}c 11/20",
        "buy 3 KO 70c {}dte",
        "buy 3 KO 70c 11/20 @ {}",
        "buy 3 KO 70c {}/20",
    ],
)
def test_numbers_of_any_length_are_refused(text: str, digits: str):
    assert isinstance(understood(text.format(digits)[:2_000]), NotUnderstood)


@pytest.mark.parametrize(
    "as_of",
    [datetime.min.replace(tzinfo=zone) for zone in (UTC, None)]
    + [datetime.max.replace(tzinfo=zone) for zone in (UTC, None)],
)
@pytest.mark.parametrize(
    "text", ["buy 3 KO 70c next month", "buy 3 KO 70c tomorrow", "buy 3 KO 70c", "buy 3 KO 70c eom"]
)
def test_the_ends_of_the_calendar_are_a_refusal_not_a_crash(text: str, as_of: datetime):
    assert answer(text, as_of=as_of)["status"] in ("ok", "error")


UNITS = [
    "buy ",
    "((",
    "1 ",
    "SPY ",
    "450C ",
    "@ ",
    "Dec 18 ",
    "a",
    "1,",
    "12/",
    "*_",
    "! ",
    "thank you ",
    "🚀",
    "  ",
    "X",
    "'",
    "$",
]


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("text", ["{}", "buy {}", "BTO 3 KO 70C 11/20 {}", "halt {}"])
def test_the_work_grows_with_the_length_and_not_faster(text: str, unit: str):
    short, long = (text.format((unit * 2_000)[:length]) for length in (180, 1_800))
    understood(short)  # the tables are built
    assert steps(long) < 14 * steps(short) + 5_000


def steps(text: str) -> int:
    """How many calls reading a text takes: a clock that does not depend on the machine."""
    count = 0

    def tick(_frame, event, _argument):
        nonlocal count
        count += 1
        return tick

    sys.setprofile(tick)
    try:
        answer(text, as_of=AS_OF)
    finally:
        sys.setprofile(None)
    return count
