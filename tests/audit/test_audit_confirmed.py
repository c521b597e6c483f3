"""An auditor finds every order that was sent without its trader's yes to exactly what was sent."""

import json

from tastyflow.application.audit import verify
from tests.audit.tamper import edited, find, moved, renumbered, without

YES = "order.confirmed"


def broken(rows):
    return {finding.rule for finding in verify(rows).findings}


def test_a_yes_that_is_missing_is_missed_at_every_claim(rows):
    gone = renumbered(without(rows, find(rows, YES)))
    found = [finding.rule for finding in verify(gone).findings]
    assert found.count("claimed_confirmed") == 2  # the sandbox's claim, and production's


def test_a_yes_after_the_claim_is_too_late(rows):
    yes = find(rows, YES)
    order = rows[yes].originator_id
    claim = next(i for i, row in enumerate(rows) if row.originator_id == order and "submission_claimed" in row.topic)
    assert "claimed_confirmed" in broken(moved(rows, yes, claim + 1))


def test_a_yes_to_other_content_is_none(rows):
    assert {"claimed_confirmed", "confirmed_in_time"} <= broken(edited(rows, find(rows, YES), "digest", "0" * 64))


def test_a_yes_of_another_person_is_none(rows):
    stranger = "trader:eve (00000000-0000-0000-0000-000000000007) via cli:eve"
    assert "confirmed_in_time" in broken(edited(rows, find(rows, YES), "actor", stranger))


def test_a_yes_after_the_offer_ran_out_is_found(rows):
    yes = find(rows, YES)
    validated = max(i for i, row in enumerate(rows[:yes]) if "order.validated" in row.topic)
    until = json.loads(rows[validated].state)["confirm_until"]
    assert until
    assert "confirmed_in_time" in broken(edited(rows, validated, "confirm_until", "2026-11-20T14:59:00Z"))


def test_a_yes_that_was_not_wanted_is_found(rows):
    yes = find(rows, YES)
    validated = max(i for i, row in enumerate(rows[:yes]) if "order.validated" in row.topic)
    assert "confirmed_in_time" in broken(edited(rows, validated, "confirm_until", None))
