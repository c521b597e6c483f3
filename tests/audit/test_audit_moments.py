"""Everything as it stood at a moment, and what is different between two: from the log alone."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tastyflow.application import audit
from tastyflow.application.ledger.folding import KINDS
from tests.audit.tamper import find


def test_every_kind_of_aggregate_has_words(rows):
    for state in audit.replay(rows).states.values():
        told = audit.facts_of(state)
        assert told.kind in KINDS
        assert all(isinstance(value, str) and value for value in told.facts.values())


def test_nothing_is_different_between_a_moment_and_itself(rows):
    assert audit.between(rows, rows[-1].id).changes == ()
    assert audit.between(rows[:50], 50).events == 0


def test_from_nothing_to_the_end_all_is_new(rows):
    changes = audit.between(rows, 0).changes
    assert {each.after.id for each in changes} == set(audit.replay(rows).states)
    assert all(each.before is None for each in changes)


def test_two_stretches_lead_where_one_leads(rows):
    whole = {each.after.id: each.after for each in audit.between(rows, 0).changes}

    @given(st.integers(0, len(rows)))
    def in_two(middle):
        known = {each.after.id: each.after for each in audit.between(rows[:middle], 0).changes}
        for each in audit.between(rows, middle).changes:
            assert each.before == known.get(each.after.id)
            known[each.after.id] = each.after
        assert {key: told.facts for key, told in known.items()} == {key: told.facts for key, told in whole.items()}

    in_two()


def test_a_fill_is_what_is_different_after_it(rows):
    index = find(rows, "order.fill_recorded", venue="production")
    (change,) = audit.between(rows[: index + 1], rows[index].id - 1).changes
    assert (change.after.kind, set(change.changed)) == ("order", {"filled"})


def test_a_time_is_the_last_event_recorded_by_then(house, rows):
    end = len(rows)
    times = [audit.entry_of(row).event.at for row in rows]
    assert audit.position_at(house.ledger, times[0] - timedelta(seconds=1), end) == 0
    assert audit.position_at(house.ledger, max(times), end) == end
    middle = times[end // 2]
    assert audit.position_at(house.ledger, middle, end) == sum(each <= middle for each in times)
