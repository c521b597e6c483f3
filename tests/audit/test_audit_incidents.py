"""What an audit holds incidents to: every escalation has one, and what is sent again was searched for."""

import asyncio

import pytest

from tastyflow.application.audit import log_of
from tests.application.kit import EVERYTHING, GENEROUS, DeskUnderTest, register
from tests.application.record_history import tell_incidents
from tests.audit.tamper import edited, find, renumbered, without
from tests.audit.test_audit_approvals import payload, rules_broken


@pytest.fixture(scope="module")
def rows():
    async def told():
        house = DeskUnderTest.make()
        await house.until(register(house.ledger, house.clock.now(), "demo", GENEROUS, EVERYTHING))
        await tell_incidents(house)
        return list(log_of(house.ledger))

    return asyncio.run(told())


def test_the_log_of_incidents_keeps_every_promise(rows):
    assert rules_broken(rows) == set()


def test_an_escalation_without_its_incident_is_missed(rows):
    opened = find(rows, "incident.opened", kind="order")
    stream = rows[opened].originator_id
    bare = renumbered([row for row in rows if row.originator_id != stream])
    assert rules_broken(bare) == {"escalated_to_people"}


def test_the_incident_is_about_the_order_that_was_escalated(rows):
    opened = find(rows, "incident.opened", kind="order")
    assert "escalated_to_people" in rules_broken(edited(rows, opened, "order", str(rows[0].originator_id)))


def test_what_is_sent_again_was_searched_for_after_it_was_sent(rows):
    again = find(rows, "order.resubmitted")
    early = payload(rows[find(rows, "order.drafted")])["at"]
    assert rules_broken(edited(rows, again, "searched_at", early)) == {"resubmitted_searched"}
    assert "resubmitted_searched" in rules_broken(edited(rows, again, "searched_at", "2027-01-01T00:00:00Z"))


def test_what_is_sent_again_was_not_found(rows):
    order = rows[find(rows, "order.resubmitted")].originator_id
    missing = next(
        n for n, row in enumerate(rows) if row.originator_id == order and ".submission_not_found@" in row.topic
    )
    assert "resubmitted_searched" in rules_broken(renumbered(without(rows, missing)))


def test_where_it_is_real_another_person_had_to_approve_what_is_sent_again(rows):
    order = rows[find(rows, "order.resubmitted")].originator_id
    drafted = next(n for n, row in enumerate(rows) if row.originator_id == order)
    assert "resubmitted_searched" in rules_broken(edited(rows, drafted, "environment", "production"))


@pytest.mark.parametrize("field", ["by", "how"])
def test_who_closed_an_incident_said_what_was_done(rows, field):
    closed = find(rows, "incident.closed")
    assert rules_broken(edited(rows, closed, field, "")) == {"incident_closed_by"}
