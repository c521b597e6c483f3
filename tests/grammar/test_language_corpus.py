"""What each text means, line by line."""

from collections import Counter

import pytest
from language_corpus import Row, rows

from tastyflow_grammar import answer

CODES = {
    *("empty", "not_a_command", "missing_action", "missing_symbol", "missing_strike", "missing_right"),
    *("missing_expiration", "bad_quantity", "bad_price", "bad_strike", "bad_date", "expired", "not_a_trading_day"),
    *("conflict", "unsupported", "ambiguous", "syntax"),
}
ROWS = rows()


@pytest.mark.parametrize("row", [row for row in ROWS if row.understood], ids=lambda row: row.text)
def test_a_command_is_understood_to_the_letter(row: Row):
    assert answer(row.text, as_of=row.as_of) == row.answer


@pytest.mark.parametrize("row", [row for row in ROWS if not row.understood], ids=lambda row: row.text)
def test_a_refusal_names_its_code_and_the_words_at_fault(row: Row):
    refused = answer(row.text, as_of=row.as_of)
    assert {key: refused.get(key) for key in row.answer} == row.answer
    start, end = refused["span"]
    assert row.at_fault is None or row.text[start:end] == row.at_fault


@pytest.mark.parametrize("row", [row for row in ROWS if not row.understood], ids=lambda row: row.text)
def test_every_suggestion_is_a_command_that_parses(row: Row):
    for suggestion in answer(row.text, as_of=row.as_of)["suggestions"]:
        assert answer(suggestion, as_of=row.as_of)["status"] == "ok", suggestion


def test_the_corpus_has_every_code_and_enough_lines():
    codes = Counter(row.answer.get("code") for row in ROWS)
    assert set(codes) - {None} == CODES
    assert len(ROWS) >= 250
