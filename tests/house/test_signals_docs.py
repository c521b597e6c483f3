"""docs/signals.md is what a person sees who types its commands; its table of signs is the program's own."""

import re
import sys
from pathlib import Path

import pytest

from tastyflow.domain.signal_rule.sign_model import SIGNS

PAGE = Path(__file__).parents[2] / "docs" / "signals.md"
CHANGING = re.compile(r"\d\d:\d\d:\d\d New York|\b\d+ s old|(?<=oldest input)\s+\d+ s\b")
"""The clock runs on while the feed is heard."""


def masked(page):
    return CHANGING.sub("…", page)


def signs():
    marks = {1: "+", -1: "-"}
    rows = [f"| `{each}` | {marks[row.calls]} | {marks[row.puts]} | {row.sentence} |" for each, row in SIGNS.items()]
    return ["| model | calls | puts | assumes |", "| --- | --- | --- | --- |", *rows]


def test_the_table_of_sign_models_is_the_programs_own():
    written = re.search(r"<!-- signs -->\n(.*?)<!-- /signs -->", PAGE.read_text("utf-8"), re.DOTALL)
    assert written is not None
    assert written.group(1).splitlines() == signs()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals on Windows")
def test_each_command_prints_what_the_page_says():
    from tests.house.console_pages import played  # of pseudo-terminals

    page = PAGE.read_text("utf-8")
    assert masked(played(page)) == masked(page)
