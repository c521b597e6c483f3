"""
Words that carry nothing: in their place they change no order, and anywhere else they are words like any other.

    a line of the corpus ─▶ a passing word in a gap between two words ─▶ the same command
                         ─▶ any other word there ─▶ no order
"""

import re
from collections.abc import Iterator
from datetime import datetime

import pytest
from language_corpus import Row, rows

from tastyflow_grammar import answer
from tastyflow_grammar.reading.passing_words import NOTES, OPENINGS, WITHIN, without_passing_words
from tastyflow_grammar.reading.reader import is_our_word
from tastyflow_grammar.vocabulary import ACTIONS, FREE_TEXT

REWRITTEN = ("tickets.jsonl",)
"""Whole lines of brokers, in which every word has its place."""
ORDERS = [
    row
    for row in rows()
    if row.understood
    and row.expect["command"] == "order"
    and not row.file.endswith(REWRITTEN)
    and row.text.isascii()
    and row.text.split()[0].upper() in ACTIONS
    and not re.search(r"[@<(\"*_`\n]|\d +[A-Z]{3}[A-Z]* +\d\d\b|\b([Tt]he|[Mm][ey]|thank)\b| -", row.text)
]
SOME = ORDERS[::4]
NUMBER = re.compile(r"[$.]?\d")
PART_OF_A_DAY = re.compile(r"this|next|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*", re.IGNORECASE)
PERIOD = re.compile(r"(week|month|year|trade)\W*", re.IGNORECASE)  # "day trade" is one note


def titled(row: Row) -> str:
    return f"{row.id}: {row.text}"


def with_word(row: Row, word: str, gap: int) -> str:
    words = row.text.split()
    return " ".join([*words[:gap], word, *words[gap:]])


def gaps(row: Row) -> Iterator[int]:
    """
    Behind the first word.

    Not between an action and a number: "the 450" is no number of contracts. Not within a day or a note: "next my week"
    is none.
    """
    words = row.text.split()
    return (
        at
        for at in range(1, len(words))
        if not (NUMBER.match(words[at]) and words[at - 1].upper() in ACTIONS)
        and not PART_OF_A_DAY.fullmatch(words[at - 1])
        and not PERIOD.fullmatch(words[at])
    )


def same(row: Row, text: str) -> bool:
    return answer(text, as_of=row.as_of) == answer(row.text, as_of=row.as_of)


def test_there_are_lines_to_try():
    assert len(SOME) > 100


@pytest.mark.parametrize("word", ["the", "my", "(hedge)", "(day trade)"])
def test_a_word_that_passes_anywhere_changes_no_order(word: str):
    changed = [text for row in SOME for gap in gaps(row) if not same(row, text := with_word(row, word, gap))]
    assert changed == []


@pytest.mark.parametrize("note", [*map(str.lower, NOTES), *(f"- {note.lower()}" for note in NOTES), "tastyflow"])
def test_a_note_at_the_end_changes_no_order(note: str):
    assert [row.text for row in SOME[::3] if not same(row, f"{row.text} {note}")] == []


@pytest.mark.parametrize("opening", [*(f"{each.lower()}:" for each in OPENINGS), "tastyflow,", "tastyflow please"])
def test_what_may_open_a_line_changes_no_order(opening: str):
    assert [row.text for row in SOME[::3] if not same(row, f"{opening} {row.text}")] == []


def test_me_behind_the_action_changes_no_order():
    acted = [row for row in SOME if row.text.split()[1].upper() not in ("TO", "SHORT", "ALL", "HALF", "OUT")]
    assert [row.text for row in acted if not same(row, with_word(row, "me", 1))] == []


@pytest.mark.parametrize("called", ["@here @EM Alert", "<@&123> traders", "@everyone folks!"])
def test_people_called_at_the_end_change_no_order(called: str):
    assert [row.text for row in SOME[::3] if not same(row, f"{row.text} {called}")] == []


@pytest.mark.parametrize("word", ["zebras", "hedges", "(hegde)", "-hegde", "better", "up"])
def test_any_other_word_stays_one_and_refuses_the_order(word: str):
    read = [
        text
        for row in SOME[::3]
        if not is_our_word(row.expect["legs"][0]["underlying"])  # "LMT with": a limit, and another ticker
        for gap in range(1, len(row.text.split()))
        if answer(text := with_word(row, word, gap), as_of=row.as_of)["status"] == "ok"
    ]
    assert read == []


@pytest.mark.parametrize("first", sorted({*FREE_TEXT}))
def test_free_text_keeps_its_words(first: str):
    reason = "the market, my fault, or better: a limit of the desk"
    reference = " 7f3a" if first == "REJECT" else ""
    said = answer(f"{first.lower()}{reference} {reason}", as_of=datetime(2026, 11, 20, 10, 0))  # noqa: DTZ001
    assert said["reason"] == reason


def test_every_word_is_blanked_in_its_place_so_that_spans_stand():
    text = "SELL MY 3 SPY 500/505 CALL SPREAD THE 18 DEC FOR A NET CREDIT OF 1.20 OR BETTER (HEDGE)"
    kept = without_passing_words(text)
    assert len(kept) == len(text)
    assert all(own in (" ", was) for own, was in zip(kept, text, strict=True))


def test_every_row_of_the_table_says_why_and_begins_with_its_word():
    for word, passing in WITHIN.items():
        assert all(row.why.endswith(".") for row in passing)
        assert all(row.words.replace("\\", "").startswith(word) for row in passing)
