"""Folding the whole log in its own order gives what the ledger serves, at every position."""

from dataclasses import replace
from uuid import UUID

import pytest
from attrs import evolve

from tastyflow.application.audit import compared, differences, log_of, replay, replaying, served_by
from tastyflow.application.ledger.codec import decode
from tastyflow.application.ledger.folding import fold
from tests.audit.tamper import edited, find


def test_the_replay_of_a_busy_log_is_what_the_ledger_serves(house, rows):
    replayed = replay(rows)
    assert replayed.broken == ()
    assert list(differences(replayed, served_by(house.ledger))) == []
    assert (replayed.events, replayed.until) == (len(rows), rows[-1].id)
    assert sum(replayed.counts.values()) == len(replayed.states)


def test_as_of_any_position_it_is_what_folding_step_by_step_gives(house, rows):
    states = {}
    for row in rows:
        event = decode(row.topic, row.originator_id, row.originator_version, row.state)
        states[event.originator_id] = fold(states.get(event.originator_id), (event,))
        replayed = replay(rows, until=row.id)
        assert replayed.states == states
        assert replayed.until == row.id


def test_what_the_ledger_serves_is_compared_as_of_the_replay(house, rows):
    """Others go on writing: a newer state in the ledger is no difference."""
    assert list(differences(replay(rows, until=40), served_by(house.ledger))) == []


def test_before_the_first_row_there_is_nothing(rows):
    replayed = replay(rows, until=0)
    assert (replayed.events, replayed.until, dict(replayed.states)) == (0, 0, {})


@pytest.mark.parametrize(
    ("topic", "path", "value"),
    [
        ("order.validated", "contracts", 9),
        ("trader.capacity_reserved", "notional_usd", "1"),
        ("test_result.concluded", "verdict", "inconclusive"),
    ],
)
def test_an_edit_is_a_difference_that_names_the_field(house, rows, topic, path, value):
    index = find(rows, topic)
    kind = topic.partition(".")[0].replace("_", " ")
    at_once = replay(edited(rows, index, path, value), until=rows[index].id)
    (found,) = differences(at_once, served_by(house.ledger))
    assert found.subject.startswith(kind)
    assert "replayed" in found.why
    assert "served" in found.why


def test_what_cannot_be_folded_is_reported_and_does_not_stop_the_rest(rows):
    index = find(rows, "order.validated")
    broken = [*rows[:index], rows[index]._replace(state=b"{"), *rows[index + 1 :]]
    replayed = replay(broken)
    assert [each.seq for each in replayed.broken] == [rows[index].id]
    assert len(replayed.states) == len(replay(rows).states)


def test_an_aggregate_that_the_ledger_does_not_know_is_a_difference(rows):
    replayed = replay(rows)
    found = list(differences(replayed, lambda _id, _version: None))
    assert len(found) == len(replayed.states)
    assert all("does not know" in each.why for each in found)


def test_a_state_of_another_kind_is_a_difference(rows):
    replayed = replay(rows)
    some = next(iter(replayed.states.values()))
    other = next(state for state in replayed.states.values() if type(state) is not type(some))
    found = list(differences(evolve(replayed, states={some.id: some}), lambda _id, _version: other))
    assert "serves a" in found[0].why


def test_a_ledger_that_cannot_read_a_stream_says_it_does_not_know_it(house):
    assert served_by(house.ledger)(UUID(int=7), 1) is None


def test_a_page_at_a_time_or_all_at_once_is_the_same_log(house, rows, monkeypatch):
    monkeypatch.setattr("tastyflow.application.audit.log.PAGE", 7)
    assert tuple(log_of(house.ledger)) == rows
    assert tuple(log_of(house.ledger, after=30, until=60)) == rows[30:60]


class _OtherIndex:
    """The log of a ledger, of which the index gives the events of one stream otherwise."""

    def __init__(self, log, stream, change):
        self._log, self._stream, self._change = log, stream, change
        self.log = self  # a ledger, too

    def __getattr__(self, name):
        return getattr(self._log, name)

    def read_each(self, page):
        given = zip(page, self._log.read_each(page), strict=True)
        return [self._change(list(events)) if stream == self._stream else events for (stream, _), events in given]


INDEXES = {
    "as stored": lambda events: events,
    "without the last": lambda events: events[:-1],
    "without the first": lambda events: events[1:],
    "the last one twice": lambda events: [*events, events[-1]],
    "backwards": lambda events: events[::-1],
    "nothing": lambda events: [],
    "written otherwise": lambda events: [*events[:-1], replace(events[-1], state=events[-1].state + b" ")],
    "cut short": lambda events: [*events[:-1], replace(events[-1], state=events[-1].state[:-1])],
    "of another topic": lambda events: [*events[:-1], replace(events[-1], topic="tastyflow.halt.declared@1")],
    "of another version": lambda events: [*events[:-1], replace(events[-1], originator_version=99)],
}


@pytest.mark.parametrize("change", INDEXES.values(), ids=INDEXES)
def test_what_the_index_gives_is_judged_as_if_every_stream_were_folded_twice(house, rows, change, monkeypatch):
    """A stream whose events are the replayed ones to the byte is not folded again: that hides no difference."""
    streams = sorted({row.originator_id for row in rows})[::3]
    once = [compared(_OtherIndex(house.ledger.log, each, change), until=len(rows)) for each in streams]
    monkeypatch.setattr(replaying, "told", lambda *_: object())  # no digest is ever like another one
    assert [compared(_OtherIndex(house.ledger.log, each, change), until=len(rows)) for each in streams] == once
    if change is INDEXES["nothing"]:
        assert all(each.found for each in once)
    if change in (INDEXES["as stored"], INDEXES["written otherwise"]):
        assert not any(each.found for each in once)


def test_a_stream_with_a_row_that_could_not_be_folded_is_folded_again(rows):
    index = find(rows, "order.validated")
    stream = rows[index].originator_id
    bad = edited(rows, index, "contracts", "many")
    assert replay(bad).broken
    assert set(replay(rows).digests) - set(replay(bad).digests) == {stream}
