"""What an audit holds signals to: one order at most, as the rule, its trader and people let it; and what it shows."""

import asyncio
import json
from uuid import UUID

import pytest

from tastyflow.application.audit import differences, log_of, replay, served_by, story_of, verify
from tastyflow.application.audit.rules import OF_RULES, RULES_IN_THE_END
from tastyflow.application.audit.signals import OF_SIGNALS, SIGNALS_IN_THE_END
from tastyflow.domain.signal import SignalActed, SignalRaised
from tests.application.kit import EVERYTHING, GENEROUS, DeskUnderTest, register
from tests.application.record_history import tell_signals
from tests.audit.tamper import doubled, edited, find, renumbered, without
from tests.audit.test_audit_approvals import payload, rules_broken

OTHER, LONG_AGO, LATER = str(UUID(int=7)), "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def told():
    async def telling():
        house = DeskUnderTest.make()
        await house.until(register(house.ledger, house.clock.now(), "demo", GENEROUS, EVERYTHING))
        await tell_signals(house)
        return house

    house = asyncio.run(telling())
    yield house
    house.ledger.close()


@pytest.fixture(scope="module")
def rows(told):
    return list(log_of(told.ledger))


def test_the_log_of_signals_keeps_every_promise_and_asks_each(told, rows):
    assert rules_broken(rows) == set()
    assert {each.name for each in (*OF_RULES, *RULES_IN_THE_END, *OF_SIGNALS, *SIGNALS_IN_THE_END)} <= set(
        verify(rows).asked
    )
    assert list(differences(replay(rows), served_by(told.ledger))) == []


TAMPERINGS = {
    "a signal of another moment": ("signal_raised_once", "signal.raised", "moment", LONG_AGO),
    "a signal in another mode": ("signal_raised_once", "signal.raised", "mode", "auto"),
    "a signal of another trader": ("signal_raised_once", "signal.raised", "trader", "demo"),
    "a signal of another content": ("signal_raised_once", "signal.raised", "rule_digest", "0" * 64),
    "a signal that became another order": ("signal_becomes_one_order", "signal.acted", "order", OTHER),
    "a signal that acted too late": ("signal_becomes_one_order", "signal.acted", "at", LATER),
    "a signal that expired too early": ("signal_settled_once", "signal.expired", "at", "2026-11-20T15:11:05Z"),
    "a refusal without a reason": ("signal_settled_once", "signal.declined", "code", ""),
    "a rule that counted another signal": ("signal_raised_once", "signal_rule.triggered", "signal", OTHER),
    "a rule moved by another person": ("rule_moved_in_turn", "signal_rule.set_to_approve", "by", "eve"),
    "a rule moved by no trader": ("rule_moved_in_turn", "signal_rule.set_to_auto", "actor", "operator:alice"),
    "a rule moved from elsewhere": ("rule_moved_in_turn", "signal_rule.set_to_auto", "before", "shadow"),
    "a rule moved for other content": ("rule_moved_in_turn", "signal_rule.set_to_auto", "digest", "0" * 64),
    "a rule off for no reason": ("rule_turned_itself_off", "signal_rule.turned_itself_off", "reason", ""),
    "a rule with another name": ("rule_loaded", "signal_rule.loaded", "name", "wall"),
    "a rule with a lower version": ("rule_loaded", "signal_rule.reloaded", "rule_version", 1),
    "an answer to another signal": ("answered_for_its_signal", "signal_rule.answered", "signal", OTHER),
    "a line that was not asked for": ("signal_becomes_one_order", "signal.raised", "line", "buy 9 SPY"),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_what_was_tampered_with_is_found(rows, name):
    rule, topic, field, value = TAMPERINGS[name]
    nth = 1 if topic == "signal.raised" and field == "line" else 0  # the first one is a shadow
    assert rule in rules_broken(edited(rows, find(rows, topic, nth), field, value))


@pytest.mark.parametrize(
    ("topic", "rule"),
    [
        ("signal.acted", "asked_by_a_signal"),
        ("signal.raised", "counted_in_the_end"),
        ("incident.opened", "rested_in_the_end"),
    ],
)
def test_what_was_taken_away_is_missed(rows, topic, rule):
    if topic == "signal.acted":
        bare = renumbered(without(rows, find(rows, topic)))
    else:
        nth = -1 if topic == "signal.raised" else 0
        stream = rows[find(rows, topic, nth)].originator_id
        bare = renumbered([row for row in rows if row.originator_id != stream])
    assert rule in rules_broken(bare)


def test_a_signal_is_not_raised_twice(rows):
    found = rules_broken(renumbered(doubled(rows, find(rows, "signal.raised"))))
    assert {"signal_raised_once", "folding"} & found


def test_no_order_of_a_signal_without_the_signal(rows):
    acted = rows[find(rows, "signal.acted")].originator_id
    bare = renumbered([row for row in rows if row.originator_id != acted])
    assert {"order_of_signal", "claimed_for_a_rule"} <= rules_broken(bare)


def test_in_approve_production_is_not_claimed_without_a_person(rows):
    """The log of one order in approve, in which the wish for a person was taken away with all that followed from it."""
    approved = find(rows, "order.approved", 0)
    order = rows[approved].originator_id
    validated = next(n for n, r in enumerate(rows) if r.originator_id == order and ".validated@" in r.topic)
    assert payload(rows[validated])["approval"] == ["signal_approval"]
    assert "signal_approval_asked" in rules_broken(edited(rows, validated, "approval", []))
    bare = renumbered(without(rows, approved))
    assert "claimed_for_a_rule" in rules_broken(bare)


def test_a_rule_that_was_off_sends_nothing(rows):
    """A rule turned off before the claim of its order, by hand in the log: the claim is found."""
    acted = find(rows, "signal.acted", 1)
    standing = rows[find(rows, "signal_rule.loaded")].originator_id
    off = find(rows, "signal_rule.turned_off")
    moved = [*rows[: acted + 1], rows[off], *(row for n, row in enumerate(rows) if n > acted and n != off)]
    assert any(row.originator_id == standing for row in moved)
    assert "claimed_for_a_rule" in rules_broken(renumbered(moved))


def test_the_story_of_its_order_begins_with_the_signal(rows):
    acted = find(rows, "signal.acted")
    story = story_of(UUID(json.loads(rows[acted].state)["order"]), rows)
    assert story is not None
    topics = [moment.topic for moment in story.moments]
    assert topics[0] == SignalRaised.TOPIC
    assert SignalActed.TOPIC in topics
    assert "spot crossed the flip upwards" in story.moments[0].text
    assert story.moments[0].cause == f"signal:{rows[acted].originator_id.hex}"
    assert story.moments[1].cause == story.moments[0].cause
