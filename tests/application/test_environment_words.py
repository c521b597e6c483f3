"""The environment in words, on everything that people see of an order."""

import pytest

from tastyflow.application.environment_words import environment_words, place_words


@pytest.mark.parametrize(
    ("environment", "is_simulated", "words"),
    [
        ("fake", False, "FAKE"),
        ("sandbox", False, "SANDBOX"),
        ("sandbox", True, "SANDBOX (simulator)"),
        ("production", False, "PRODUCTION"),
        ("production", True, "PRODUCTION (simulator)"),
        ("", True, ""),
    ],
)
def test_each_environment_has_its_words(environment: str, is_simulated: bool, words: str) -> None:
    assert environment_words(environment, is_simulated=is_simulated) == words


@pytest.mark.parametrize(
    ("account", "accounts", "words"),
    [
        ("main", ("main",), "PRODUCTION"),
        ("main", (), "PRODUCTION"),
        ("main", ("main", "ira"), "PRODUCTION, account main"),
        ("ira", ("main", "ira"), "PRODUCTION, account ira"),
        ("gone", ("main",), "PRODUCTION, account gone"),
        ("", ("main", "ira"), "PRODUCTION"),
    ],
)
def test_the_account_is_named_where_there_is_more_than_one(account: str, accounts: tuple[str, ...], words: str) -> None:
    assert place_words("production", account, accounts=accounts) == words
