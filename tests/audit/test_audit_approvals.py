"""Tampering with an approval: who gave it, of what, at which market, in time, and what was sent without."""

import json
from decimal import Decimal
from uuid import UUID

import pytest

from tastyflow.application.audit import Row, verify
from tastyflow.domain.trader import Trader
from tests.audit.tamper import edited, find, moved, renumbered, without

EVE, DEMO = str(Trader.id_of("eve")), str(Trader.id_of("demo"))


def rules_broken(rows) -> set[str]:
    return {finding.rule for finding in verify(rows).findings}


def of_the_same_order(rows, topic: str, other: int) -> int:
    """The last row of *topic* before *other*, of the same order."""
    return max(
        index
        for index, row in enumerate(rows[:other])
        if f".{topic}@" in row.topic and row.originator_id == rows[other].originator_id
    )


@pytest.fixture
def approved(rows) -> int:
    """The row in which eve approved an order that was sent."""
    return find(rows, "order.approved", approver=EVE)


def payload(row: Row):
    return json.loads(row.state)


def test_an_order_that_wanted_a_person_was_not_approved_by_the_policy(rows, approved):
    forged = edited(edited(rows, approved, "approver", None), approved, "market", None)
    assert rules_broken(forged) == {"approved_by_another", "claimed_approval"}


def test_who_asked_for_it_did_not_approve_it(rows, approved):
    forged = edited(rows, approved, "approver", DEMO)
    assert rules_broken(forged) == {"approved_by_another", "claimed_approval"}


def test_who_is_named_as_the_approver_did_it(rows, approved):
    actor = payload(rows[approved])["actor"].replace("eve", "bob").replace(EVE, str(Trader.id_of("bob")))
    assert rules_broken(edited(rows, approved, "actor", actor)) == {"approved_by_another"}


def test_the_user_who_asked_for_it_did_not_approve_it_as_another_trader(rows, approved):
    drafted = of_the_same_order(rows, "drafted", approved)
    real = edited(edited(rows, drafted, "environment", "production"), drafted, ("asked", "os_user"), "demo")
    acting = edited(real, approved, "actor", payload(rows[approved])["actor"].partition(" as ")[0] + " as demo")
    assert "approved_by_another" not in rules_broken(real)
    assert "approved_by_another" in rules_broken(acting)
    assert "approved_by_another" not in rules_broken(edited(acting, drafted, "environment", "fake"))


def test_the_user_of_a_chat_who_asked_for_it_did_not_approve_it_as_another_trader(rows, approved):
    drafted = of_the_same_order(rows, "drafted", approved)
    asked = edited(edited(rows, drafted, ("asked", "platform"), "discord"), drafted, ("asked", "user"), "42")
    person = payload(rows[approved])["actor"].partition(" via ")[0]
    own = edited(asked, approved, "actor", f"{person} via discord:42")
    assert "approved_by_another" in rules_broken(own)
    assert "approved_by_another" not in rules_broken(edited(asked, approved, "actor", f"{person} via discord:43"))


def test_the_approver_is_a_trader(rows, approved):
    assert "approved_by_another" in rules_broken(edited(rows, approved, "approver", str(UUID(int=7))))


def test_the_approver_had_the_permission_then(rows, approved):
    eve = find(rows, "trader.registered", name="eve")
    forged = edited(rows, eve, "permissions", ["view", "long_options"])
    assert {"approved_by_another", "claimed_approval"} <= rules_broken(forged)


def test_the_approver_was_not_suspended_then(rows, approved):
    suspended = find(rows, "trader.suspended")
    assert {"approved_by_another", "claimed_approval"} <= rules_broken(moved(rows, suspended, approved))


def test_the_permission_is_asked_for_again_at_the_claim(rows, approved):
    suspended = find(rows, "trader.suspended")
    assert rules_broken(moved(rows, suspended, approved + 1)) == {"claimed_approval"}


def test_it_was_approved_in_time(rows, approved):
    requested = of_the_same_order(rows, "approval_requested", approved)
    at = payload(rows[approved])["at"]
    assert "approved_by_another" in rules_broken(edited(rows, requested, "until", at))


def test_an_approval_that_is_missing_is_missed(rows, approved):
    assert "claimed_approval" in rules_broken(renumbered(without(rows, approved)))


def test_a_request_that_is_missing_is_missed(rows, approved):
    requested = of_the_same_order(rows, "approval_requested", approved)
    assert "approved_by_another" in rules_broken(renumbered(without(rows, requested)))


def test_a_check_that_wanted_a_person_cannot_be_left_out(rows, approved):
    validated = of_the_same_order(rows, "validated", approved)
    assert "approval_of_checks" in rules_broken(edited(rows, validated, "approval", []))
    first = find(rows, "order.validated")
    assert "approval_of_checks" in rules_broken(edited(rows, first, "approval", ["approval_amount"]))


@pytest.mark.parametrize("side", ["bid", "ask"])
@pytest.mark.parametrize(
    ("topic", "rule"), [("approval_requested", "approval_requested"), ("approved", "approved_by_another")]
)
def test_the_net_market_follows_from_the_legs(rows, approved, topic, rule, side):
    row = approved if topic == "approved" else of_the_same_order(rows, topic, approved)
    price = Decimal(payload(rows[row])["market"][side]) + 1
    assert rule in rules_broken(edited(rows, row, ("market", side), str(price)))


def test_what_the_market_voided_was_what_had_been_asked_for(rows):
    voided = find(rows, "order.approval_voided")
    assert "voided_market" in rules_broken(edited(rows, voided, ("then", "at"), "2026-11-20T15:00:00Z"))
    assert "voided_market" in rules_broken(edited(rows, voided, ("now", "legs", 0, "symbol"), "QQQ"))
