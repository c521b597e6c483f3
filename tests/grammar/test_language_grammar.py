"""The grammar itself: without two readings, documented, in step with the code."""

import logging
import re
import subprocess
import sys
from datetime import datetime

import lark
import pytest

import tastyflow_grammar
from tastyflow.domain.expirations import NEW_YORK
from tastyflow_grammar import parse
from tastyflow_grammar.meaning.dates import FORMS
from tastyflow_grammar.reading.leg_parts import LegParts
from tastyflow_grammar.reading.reader import GRAMMAR
from tastyflow_grammar.reading.structure import Structure
from tastyflow_grammar.reading.term_parts import TermParts

SOURCE = GRAMMAR.read_text("utf-8")


def test_no_line_can_be_read_in_two_ways(caplog: pytest.LogCaptureFixture):
    lark.logger.setLevel(logging.DEBUG)
    with caplog.at_level(logging.DEBUG, logger=lark.logger.name):
        lark.Lark(SOURCE, parser="lalr", lexer="contextual")
    lark.logger.setLevel(logging.CRITICAL)
    assert "conflict" not in caplog.text.lower()


def test_every_rule_has_its_method_and_every_method_its_rule():
    built = lark.Lark(SOURCE, parser="lalr", lexer="contextual", maybe_placeholders=False)
    named = {rule.alias or rule.origin.name for rule in built.rules}
    expanded = {rule.origin.name for rule in built.rules if rule.options.expand1}
    made_by_lark = {name for name in named if name.startswith("_")}
    methods = {name for made in (Structure, LegParts, TermParts) for name in vars(made) if not name.startswith("_")}
    assert named - expanded - made_by_lark - methods == set()
    assert methods - named == set()


def test_every_date_form_of_the_grammar_has_its_meaning():
    dates = re.search(r"\n\?date:(.*?)\n\n", SOURCE, re.DOTALL).group(1)
    named = set(re.findall(r"-> (\w+)", dates)) | {"day_month", "day_month_year", "natural_month"}
    assert set(FORMS) - named == {"symbol_day"}  # an option symbol brings its day along
    assert named - set(FORMS) == set()


def test_the_examples_at_the_head_of_the_grammar_are_one_and_the_same_order():
    head = SOURCE[: SOURCE.index("// With a price")]
    examples = [line.removeprefix("//").strip() for line in head.splitlines() if line.startswith("//     ")]
    meant = {
        parse(
            text.lower().replace("bto", "buy").replace("buy to open", "buy"),
            as_of=datetime(2026, 11, 20, tzinfo=NEW_YORK),
        )
        for text in examples
    }
    assert len(examples) >= 5
    assert len(meant) == 1


def test_every_line_on_the_first_page_of_the_grammar_is_understood():
    page = SOURCE[: SOURCE.index("\nstart:")].splitlines()
    shown = [text for line in page if line.startswith("//     ") for text in re.split(" {3,}", line[2:].strip())]
    assert len(shown) > 20
    commands = [parse(text, as_of=datetime(2026, 11, 20, 10, tzinfo=NEW_YORK)) for text in shown]
    assert len({type(command) for command in commands}) > 10
    assert len(page) <= 40


def test_the_package_exports_what_it_says_in_order():
    assert tastyflow_grammar.__all__ == sorted(["answer", "complete", "parse", "render", "version"])


def test_importing_the_language_brings_no_heavy_neighbour():
    heavy = ("numpy", "pandas", "pydantic", "eventsourcing", "discord", "tastytrade")
    script = f"import sys, tastyflow_grammar; print([name for name in {heavy!r} if name in sys.modules])"
    path = [str(GRAMMAR.parents[1]), str(GRAMMAR.parents[2])]
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env={"PYTHONPATH": ":".join(path)}
    )
    assert run.stdout.strip() == "[]"
