"""The names beside a log are held against the tokens in its events: who asked cannot be exchanged there."""

from pathlib import Path

import pytest
from eventsourcing.persistence import StoredEvent

from tastyflow.application.audit import settled_end, structure_of
from tastyflow.application.audit.findings import Findings
from tastyflow.application.audit.naming import NamesCheck
from tests.store.kit import by_hand, opened, stream, without_guards

PEOPLE = ("ann", "bob", "zoë", "ann lee")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.db"
    with opened(path) as recorder:
        for version, name in enumerate(PEOPLE, start=1):
            state = f'{{"actor":"operator:{name}"}}'.encode()
            recorder.insert_events([StoredEvent(stream("a"), version, "tastyflow.order.drafted@1", state)])
    return path


def findings(path: Path) -> list[tuple[int, str]]:
    with opened(path, read_only=True) as recorder:
        found = Findings()
        names = NamesCheck(recorder.names_apart(), found)
        names.look_at_all(recorder.chained_rows(after=0, limit=100))
        names.settle(recorder.end())
        told = [(each.seq, each.rule) for each in found.kept]
        report = structure_of(recorder, settled_end(recorder))
        assert told == [(each.seq, each.rule) for each in report.findings if each.rule == "names"]
        assert report.asked["names"] == names.asked
        return told


def forge(path: Path, statement: str, *values: object) -> None:
    with by_hand(path) as hand:
        guards = without_guards(hand)
        hand.execute(statement, values)
        for guard in guards:
            hand.execute(guard)


def test_names_as_they_were_written_are_true(log):
    assert findings(log) == []


@pytest.mark.parametrize("to", ["name || 'a'", "'bob2'", "upper(name)", "''"])
@pytest.mark.parametrize("name", PEOPLE)
def test_every_name_that_is_exchanged_is_told_at_its_first_event(log, name, to):
    forge(log, f"UPDATE names SET name = {to} WHERE name = ?", name)  # noqa: S608
    assert findings(log) == [(PEOPLE.index(name) + 1, "names")]


@pytest.mark.parametrize("name", PEOPLE)
def test_every_salt_that_is_changed_and_every_name_that_is_taken_away_is_told(log, name):
    forge(log, "UPDATE names SET salt = zeroblob(16) WHERE name = ?", name)
    assert findings(log) == [(PEOPLE.index(name) + 1, "names")]
    forge(log, "DELETE FROM names WHERE name = ?", name)
    assert findings(log) == [(PEOPLE.index(name) + 1, "names")]


def test_a_token_that_is_changed_is_missed_where_it_stood(log):
    forge(log, "UPDATE names SET token = replace(token, substr(token, 1, 2), 'zz') WHERE name = 'bob'")
    assert findings(log)[0] == (2, "names")


def test_two_names_that_change_places_are_told(log):
    with by_hand(log) as hand:
        (ann, bob) = hand.execute("SELECT token, salt, name FROM names WHERE name IN ('ann', 'bob') ORDER BY name")
    for token, (_, salt, name) in ((ann[0], bob), (bob[0], ann)):
        forge(log, "UPDATE names SET salt = ?, name = ? WHERE token = ?", salt, name, token)
    assert findings(log) == [(1, "names"), (2, "names")]


def test_a_name_that_was_forgotten_is_no_finding(log):
    with opened(log) as recorder:
        recorder.append([], forget=["bob"]).result()
    assert findings(log) == []
