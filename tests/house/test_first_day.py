"""docs/first-day.md is what a person sees who types its commands, one after the other, in a terminal."""

import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "first-day.md"


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals on Windows")
def test_the_first_day_goes_as_the_page_says():
    from tests.house.console_pages import played  # of pseudo-terminals

    page = PAGE.read_text("utf-8")
    assert played(page) == page
