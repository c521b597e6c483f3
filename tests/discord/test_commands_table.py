"""The table of commands: every verb of the language is in it, and what Discord would refuse is not."""

import re
from typing import get_args

import pytest

from tastyflow.domain import commands as language
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.trader.permissions import VERBS
from tastyflow_adapters.discord import hints
from tastyflow_adapters.discord.commands import COMMANDS, Option
from tastyflow_adapters.discord.rendering import render
from tests.discord.answers_kit import text_of

NAMES = [each.name for each in COMMANDS]
OPTIONS = [pytest.param(option, id=f"{each.name}-{option.name}") for each in COMMANDS for option in each.options]

SAID_BY: dict[type, str] = {
    language.PlaceOrder: "order",
    language.PreviewOrder: "preview",
    language.Flatten: "flatten",
    language.CancelOrder: "cancel",
    language.ReplaceOrder: "replace",
    language.ShowStatus: "status",
    language.ListOrders: "orders",
    language.ListApprovals: "approvals",
    language.ShowPositions: "positions",
    language.ShowBalance: "balance",
    language.ShowQuote: "quote",
    language.ListExpirations: "expirations",
    language.ShowChain: "chain",
    language.ShowHelp: "help",
    language.ApproveOrder: "approve",
    language.RejectOrder: "reject",
    language.HaltTrading: "halt",
    language.ResumeTrading: "resume",
}
OF_THE_CHAT = {"link", "limits", "why", "incidents", "gex"}
"""Commands that the language has no words for: who a person is, what they may, what happened."""


def test_every_command_of_the_language_is_known_here():
    assert set(SAID_BY) == set(get_args(language.Command))


def test_the_chat_has_the_commands_of_the_language_and_no_others():
    assert set(NAMES) - OF_THE_CHAT == set(SAID_BY.values())


def test_every_verb_that_needs_a_permission_can_be_asked_for():
    by_another_way = {"cancel_everyone", "administer"}  # words of the language, and the command line alone
    by_another_way |= {"signals", "loosen_rule", "tighten_rule"}  # rules are kept on the command line
    assert set(VERBS) - by_another_way <= set(NAMES)


def test_no_command_stands_in_the_table_twice():
    assert len(NAMES) == len(set(NAMES)) <= 100


@pytest.mark.parametrize("command", COMMANDS, ids=NAMES)
def test_discord_takes_a_command(command):
    assert re.fullmatch(r"[a-z]{1,32}", command.name)
    assert 1 <= len(command.description) <= 100
    assert len(command.options) <= 25
    assert len({option.name for option in command.options}) == len(command.options)
    needed = [option.is_required for option in command.options]
    assert needed == sorted(needed, reverse=True), "what is required comes first"


@pytest.mark.parametrize("option", OPTIONS)
def test_discord_takes_an_option(option: Option):
    assert re.fullmatch(r"[a-z]{1,32}", option.name)
    assert 1 <= len(option.description) <= 100
    assert len(option.choices) <= 25
    assert all(1 <= len(choice) <= 100 for choice in option.choices)
    assert not (option.choices and option.completes), "Discord offers one or the other"
    assert 1 <= option.longest <= 6000


@pytest.mark.anyio
async def test_help_fits_one_message():
    (help_command,) = (each for each in COMMANDS if each.name == "help")
    page = await help_command.answer(None, None)  # type: ignore[arg-type]  # it asks nothing
    made = render(page)  # type: ignore[arg-type]
    assert made.card is not None
    assert "Shortened" not in made.card.footer
    assert all(f"/{name}:" in text_of(page) for name in NAMES)


@pytest.mark.parametrize(
    "text",
    [
        *(advice.hint for advice in hints.ERRORS.values()),
        *hints.STAGES.values(),
        *hints.REASONS.values(),
        hints.WAITS,
        hints.CONFIRM,
        hints.CANCEL_ASKED,
    ],
)
def test_every_command_that_a_hint_names_exists(text):
    assert set(re.findall(r"(?<!\w)/([a-z]+)", text)) <= set(NAMES)
    assert "tastyflow " not in text, "that is a command of the terminal"


def test_every_stage_that_has_a_hint_is_one():
    assert set(hints.STAGES) <= set(Stage)
