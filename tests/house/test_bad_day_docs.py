"""The table of bad days in docs/reliability.md: each test that it names is there, and none of theirs is left out."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "reliability.md"
DEFINED = re.compile(r"^(?:async )?def (test_\w+)\(", re.MULTILINE)
HEADING = "## Bad days of signals"
SOUND = {"test_on_a_sound_day_the_rule_fires_once"}
"""What the bad days are held against."""


def rows() -> list[list[str]]:
    section = PAGE.read_text("utf-8").split(HEADING)[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def defined(folder: Path) -> set[str]:
    return {name for file in folder.rglob("test_*.py") for name in DEFINED.findall(file.read_text("utf-8"))}


def test_each_bad_day_has_an_outcome_and_a_test_that_exists():
    days = [row for row in rows() if not row[0].startswith("**")]
    assert len(days) > 40
    known = defined(TESTS)
    for day, outcome, test in days:
        assert outcome, day
        assert test.strip("`") in known, day


def test_each_story_of_a_bad_day_stands_in_the_table():
    named = {row[2].strip("`") for row in rows()}
    assert defined(TESTS / "signals" / "bad_days") - named - SOUND == set()
