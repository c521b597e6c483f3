"""The help fits a message of the chat, and shows lines that are understood."""

import re
from datetime import datetime, timedelta
from typing import get_args

import pytest

from tastyflow.domain.commands import Command, PlaceOrder
from tastyflow.domain.expirations import NEW_YORK
from tastyflow.domain.strategies import SHAPES
from tastyflow_grammar import parse
from tastyflow_grammar.writing.help import HELP

EXAMPLES = re.findall(r"`([^`]+)`", HELP)
TODAY = datetime(2026, 11, 20, 10, tzinfo=NEW_YORK)


@pytest.mark.parametrize("text", EXAMPLES)
def test_what_the_help_shows_is_understood_on_any_day(text):
    for days in range(0, 800, 3):
        parse(text, as_of=TODAY + timedelta(days))


def test_the_help_shows_every_command_and_every_strategy():
    shown = [parse(text, as_of=TODAY) for text in EXAMPLES]
    assert {type(command) for command in shown} == set(get_args(Command))
    assert {command.strategy for command in shown if isinstance(command, PlaceOrder)} >= SHAPES.keys()


def test_the_help_fits_one_message_and_80_columns():
    assert len(HELP) <= 1_300
    assert max(map(len, HELP.splitlines())) <= 80


def test_the_help_says_the_same_where_markdown_is_drawn():
    assert HELP.count("`") == 2 * len(EXAMPLES)
    outside = re.sub(r"`[^`]+`", "", HELP)
    assert not set("*_~|>\\<[") & set(outside)
    assert not [line for line in HELP.splitlines() if re.match(r"[#+-]|\d+\.", line)]
