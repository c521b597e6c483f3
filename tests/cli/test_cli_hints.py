"""The command line's own advice: one table for the codes and stages of the core, whose commands exist."""

import json
import re

import click
import pytest

from tastyflow.domain.order.stages import Stage
from tastyflow.errors import Refused, TastyflowError
from tastyflow_adapters.cli import hints
from tastyflow_adapters.cli.program import COMMANDS, program
from tests.cli.conftest import RESTING


def texts() -> list[str]:
    said = [text for advice in hints.ERRORS.values() for text in (advice.hint, *advice.suggestions)]
    return [*said, *hints.STAGES.values(), hints.CANCEL_ASKED]


@pytest.mark.parametrize("text", texts())
def test_every_command_in_the_table_exists(text):
    for command, sub in re.findall(r"tastyflow ([a-z]+)(?: ([a-z]+))?", text):
        assert command in COMMANDS
        found = program.get_command(click.Context(program), command)
        if isinstance(found, click.Group):
            assert sub in found.commands


def test_every_stage_in_the_table_is_one():
    assert set(hints.STAGES) <= set(Stage)


def test_a_code_that_is_not_in_the_table_keeps_its_own_hint_and_suggestions():
    error = TastyflowError("No.", code="over_limit", hint="Order less.", suggestions=("buy 1 SPY 450C 12/18",))
    assert hints.advice_on(error) == ("Order less.", ("buy 1 SPY 450C 12/18",))


@pytest.mark.parametrize(("user", "named"), [("ann", "ann"), ("ann lee", "NAME"), ("$(rm)", "NAME"), ("", "NAME")])
def test_a_command_to_copy_holds_a_name_only_where_it_needs_no_quotes(user, named):
    error = Refused("No trader is known by that.", code="unknown_trader", data={"user": user})
    assert hints.advice_on(error).suggestions == (f"tastyflow trader add {named}",)


def test_a_command_without_its_data_is_left_out():
    advice = hints.advice_on(Refused("There is no trader 'bob'.", code="unknown_trader"))
    assert advice.hint
    assert advice.suggestions == ()


def test_the_log_records_no_command_line(inside, home):
    assert inside("order", RESTING, "--as", "stranger").code == 1
    (refused,) = (
        event["payload"] for event in map(json.loads, inside("audit", "log", "--json").out.splitlines())
        if event["topic"].startswith("tastyflow.order.refused")
    )  # fmt: skip
    assert refused["code"] == "unknown_trader"
    assert (refused["hint"], refused["suggestions"]) == ("", [])


def test_the_terminal_says_how_a_stranger_is_added(inside):
    said = inside("order", RESTING, "--as", "stranger", "--json").json["error"]
    assert "tastyflow trader add NAME" in said["hint"]
    assert said["suggestions"] == ["tastyflow trader add stranger"]
    assert inside("order", RESTING, "--as", "stranger").out.count("tastyflow trader add stranger") == 1
