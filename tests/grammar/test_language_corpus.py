"""What each text means, file by file of the corpus; a failure lists every line that is read otherwise."""

from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from language_corpus import FILES, Row, rows, titled

from tastyflow.domain.ticket import Strategy
from tastyflow_adapters.cli.corpus.score import change_of
from tastyflow_grammar import answer
from tastyflow_grammar.refusing.faults import Code

CODES = {code.value for code in Code}
STRATEGIES = {strategy.value for strategy in Strategy}
ROWS = rows()
UNDERSTOOD = [row for row in ROWS if row.understood]
REFUSED = [row for row in ROWS if not row.understood]
SINGLES = [row for row in ROWS if row.file.endswith("singles.jsonl")]


@pytest.fixture(scope="module")
def answered() -> Callable[[Row], dict[str, Any]]:
    """The answer to a line, computed once."""
    once = cache(lambda text, as_of: answer(text, as_of=as_of))
    return lambda row: once(row.text, row.as_of)


def of(file: Path, some: list[Row]) -> list[Row]:
    return [row for row in some if row.file == str(file)]


every_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


@every_file
def test_a_command_means_what_is_expected(file: Path, answered):
    changes = {titled(row): change_of(row, answered(row)) for row in of(file, UNDERSTOOD)}
    assert {line: change for line, change in changes.items() if change} == {}


@every_file
def test_a_refusal_names_its_code_and_covers_the_words_at_fault(file: Path, answered):
    changes = {titled(row): change_of(row, answered(row)) for row in of(file, REFUSED)}
    assert {line: change for line, change in changes.items() if change} == {}


def test_the_answer_to_a_command_of_one_leg_has_no_other_key(answered):
    singles = [row for row in SINGLES if row.understood]
    assert {titled(row): answered(row) for row in singles} == {titled(row): row.expect for row in singles}


def test_the_span_has_the_words_at_fault_and_no_others(answered):
    faulty = [row for row in SINGLES if row.at_fault]
    spans = {titled(row): row.text[slice(*answered(row).get("span", (0, 0)))] for row in faulty}
    assert spans == {titled(row): row.at_fault for row in faulty}


@every_file
def test_every_suggestion_is_a_command_that_parses(file: Path, answered):
    offered = [(row, each) for row in of(file, REFUSED) for each in answered(row).get("suggestions", ())]
    read = [(titled(row), each, answer(each, as_of=row.as_of)["status"]) for row, each in offered]
    assert [each for each in read if each[-1] != "ok"] == []


def test_the_corpus_has_every_code_every_strategy_and_enough_lines():
    codes = {code for row in REFUSED for code in row.expect.get("code_any", [row.expect.get("code")])}
    assert codes == CODES
    assert {row.expect.get("strategy") for row in UNDERSTOOD} - {None} == STRATEGIES
    assert len(ROWS) >= 1_700
    assert all(of(file, ROWS) for file in FILES)


def test_every_line_has_a_name_of_its_own_in_its_file():
    assert [name for name, times in Counter((row.file, row.id) for row in ROWS).items() if times > 1] == []
