"""What each text means, line by line."""

from collections import Counter

import pytest
from language_corpus import Row, rows, titled

from tastyflow.domain.commands import Strategy
from tastyflow_adapters.cli.corpus.score import change_of
from tastyflow_grammar import answer
from tastyflow_grammar.refusing.faults import Code

CODES = {code.value for code in Code}
STRATEGIES = {strategy.value for strategy in Strategy}
ROWS = rows()
UNDERSTOOD = [row for row in ROWS if row.understood]
REFUSED = [row for row in ROWS if not row.understood]
SINGLES = [row for row in ROWS if row.file.endswith("singles.jsonl")]


@pytest.mark.parametrize("row", UNDERSTOOD, ids=titled)
def test_a_command_means_what_is_expected(row: Row):
    assert change_of(row, answer(row.text, as_of=row.as_of)) is None


@pytest.mark.parametrize("row", REFUSED, ids=titled)
def test_a_refusal_names_its_code_and_covers_the_words_at_fault(row: Row):
    assert change_of(row, answer(row.text, as_of=row.as_of)) is None


@pytest.mark.parametrize("row", [row for row in SINGLES if row.understood], ids=titled)
def test_the_answer_to_a_command_of_one_leg_has_no_other_key(row: Row):
    assert answer(row.text, as_of=row.as_of) == row.expect


@pytest.mark.parametrize("row", [row for row in SINGLES if row.at_fault], ids=titled)
def test_the_span_has_the_words_at_fault_and_no_others(row: Row):
    start, end = answer(row.text, as_of=row.as_of).get("span", (0, 0))
    assert row.text[start:end] == row.at_fault


@pytest.mark.parametrize("row", REFUSED, ids=titled)
def test_every_suggestion_is_a_command_that_parses(row: Row):
    for suggestion in answer(row.text, as_of=row.as_of).get("suggestions", ()):
        assert answer(suggestion, as_of=row.as_of)["status"] == "ok", suggestion


def test_the_corpus_has_every_code_every_strategy_and_enough_lines():
    codes = {code for row in REFUSED for code in row.expect.get("code_any", [row.expect.get("code")])}
    assert codes == CODES
    assert {row.expect.get("strategy") for row in UNDERSTOOD} - {None} == STRATEGIES
    assert len(ROWS) >= 1_700


def test_every_line_has_a_name_of_its_own_in_its_file():
    assert [name for name, times in Counter((row.file, row.id) for row in ROWS).items() if times > 1] == []
