"""Accounts are given to traders by name: which one an order means, and which are refused."""

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.domain.trader import AccountsGiven
from tastyflow.domain.trader.accounts import account_for, may_use
from tastyflow.errors import Invalid, NotProven, Refused
from tests.domain.makers import PRODUCTION, Log, registered, why

BOTH = ("main", "ira")
NAMES = st.sampled_from(["main", "ira", "joint", "roth"])
SEVERAL = st.lists(NAMES, unique=True, max_size=4).map(tuple)


def having(*accounts: str):
    trader = registered()
    given_now = trader.give_accounts(accounts, why=why())
    return trader if given_now is None else trader.evolved(given_now)


@pytest.mark.parametrize(
    ("asked", "given_to", "accounts", "meant"),
    [
        ("", (), ("main",), "main"),
        ("", (), ("ira",), "ira"),
        ("main", (), ("main",), "main"),
        ("", ("ira", "main"), BOTH, "ira"),
        ("", ("ira",), BOTH, "ira"),
        ("main", ("ira", "main"), BOTH, "main"),
        ("", ("main",), ("main",), "main"),
    ],
)
def test_an_account_is_meant_by_name_or_is_the_first_one_given(asked, given_to, accounts, meant):
    assert account_for(having(*given_to), asked, accounts) == meant


@pytest.mark.parametrize(
    ("asked", "given_to", "accounts", "code"),
    [
        ("", (), BOTH, "no_account"),
        ("main", (), BOTH, "account_not_given"),
        ("main", ("ira",), BOTH, "account_not_given"),
        ("main", ("ira",), ("main",), "account_not_given"),
        ("joint", ("ira",), BOTH, "no_such_account"),
        ("", ("gone",), BOTH, "no_such_account"),  # it is never guessed that another one is meant
        ("gone", ("gone",), ("main",), "no_such_account"),
    ],
)
def test_what_was_not_given_and_what_is_not_there_is_refused_with_a_way_out(asked, given_to, accounts, code):
    with pytest.raises(Refused) as refused:
        account_for(having(*given_to), asked, accounts)
    assert refused.value.code == code
    assert refused.value.hint.endswith(".")


@given(asked=st.just("") | NAMES, given_to=SEVERAL, accounts=SEVERAL.filter(bool))
def test_only_an_account_that_is_there_and_was_given_is_ever_meant(asked, given_to, accounts):
    trader = having(*given_to)
    try:
        meant = account_for(trader, asked, accounts)
    except Refused:
        return
    assert meant in accounts
    assert asked in ("", meant)
    assert meant in given_to or (not given_to and accounts == (meant,))
    assert may_use(trader, meant, accounts)


def test_giving_accounts_is_an_event_with_before_and_after_and_the_same_again_is_none():
    trader = having("main", "ira")
    changed = trader.give_accounts(["ira"], why=why())
    assert isinstance(changed, AccountsGiven)
    assert (changed.before, changed.after, changed.actor) == (("main", "ira"), ("ira",), why().actor)
    after = trader.evolved(changed)
    assert after.accounts == ("ira",)
    assert after.give_accounts(["ira"], why=why()) is None
    assert after.evolved(after.give_accounts([], why=why())).accounts == ()


@pytest.mark.parametrize("names", [["IRA"], ["a b"], [""], ["-x"], ["a" * 17], ["main", "main"], ["5WX00001"]])
def test_what_is_no_name_of_an_account_is_not_given(names):
    with pytest.raises(Invalid) as refused:
        registered().give_accounts(names, why=why())
    assert refused.value.code == "bad_account_name"


def test_the_longest_name_is_one():
    assert having("a" * 16).accounts == ("a" * 16,)


@pytest.mark.parametrize(("drafted", "claimed"), [("ira", "main"), ("ira", ""), ("", "ira")])
def test_production_is_claimed_in_the_account_of_the_draft_alone(drafted, claimed):
    approved = Log().approved()
    order = evolve(approved.order, account=drafted)
    with pytest.raises(NotProven):
        order.claim(PRODUCTION, nonce="n", proof=order.proof, account=claimed, why=why())
    assert order.claim(PRODUCTION, nonce="n", proof=order.proof, account=drafted, why=why()).account == drafted
