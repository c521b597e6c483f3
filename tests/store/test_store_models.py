"""Read models beside the log: rows and how far they have come go together, and each event counts once."""

from uuid import UUID

import pytest
from eventsourcing.persistence import IntegrityError
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.ports import MODELS, ModelRow, ModelStep
from tastyflow_adapters.store.memory import MemoryRecorder
from tests.store.kit import event, opened, stream

PLACE = f"{MODELS} 1"


def row(position, name="a", key="ann"):
    return ModelRow("trader", key, position, stream(name))


def step(after, until, *rows):
    return ModelStep(PLACE, after, until, rows)


def test_rows_are_found_by_their_key_the_newest_first(log):
    log.keep_models(step(0, 9, row(3, "a"), row(7, "b"), row(5, "c", key="bob"))).result()
    assert [each.stream for each in log.modelled("trader", "ann", limit=9)] == [stream("b"), stream("a")]
    assert log.modelled("trader", "ann", limit=1) == [row(7, "b")]
    assert log.modelled("trader", "eve", limit=9) == log.modelled("claim", "ann", limit=9) == []
    assert log.bookmark(PLACE) == 9


def test_a_step_that_another_process_has_taken_writes_nothing(log):
    log.keep_models(step(0, 9, row(3))).result()
    with pytest.raises(IntegrityError):
        log.keep_models(step(0, 7, row(6))).result()
    assert log.models_size(until=99) == 1
    assert log.bookmark(PLACE) == 9


def test_what_they_lack_is_said_row_by_row(log):
    log.keep_models(step(0, 9, row(3, "a"))).result()
    wrong = [row(3, "b"), row(4, "a"), row(3, "a", key="bob")]
    assert log.models_lack([row(3, "a"), *wrong]) == wrong


def test_dropped_they_begin_anew_and_nothing_else_is_gone(log):
    log.append([event("a", 1)]).result()
    log.keep_bookmark("another reader", 4).result()
    log.keep_models(step(0, 9, row(3))).result()
    log.drop_models().result()
    assert (log.models_size(until=99), log.bookmark(PLACE)) == (0, None)
    assert (log.bookmark("another reader"), log.end()) == (4, 1)


def test_a_damaged_table_of_models_fails_no_append(path):
    with opened(path) as log:
        log._writer._statements._connection.execute("DROP TABLE read_models")
        step_taken, appended = log.keep_models(step(0, 9, row(3))), log.append([event("a", 1)])
        with pytest.raises(IntegrityError):
            step_taken.result()
        assert appended.result() == [1]
        assert log.modelled("trader", "ann", limit=9) == []


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 6), st.sampled_from("abc")), max_size=12))
def test_whatever_steps_are_tried_the_rows_are_those_of_one_walk_through_the_log(steps):
    log, place, expected = MemoryRecorder(), 0, {}
    for after, length, key in steps:
        rows = [row(position, key=key) for position in range(after + 1, after + length + 1)]
        taken = log.keep_models(step(after, after + length, *rows))
        assert (taken.exception() is None) == (after == place)
        if after == place:
            place += length
            expected.update({each.position: key for each in rows})
    assert {each.position: key for key in "abc" for each in log.modelled("trader", key, limit=99)} == expected
    assert log.models_size(until=99) == len(expected) == place


def test_they_stay_where_the_log_is_opened_again(path):
    with opened(path) as log:
        log.keep_models(step(0, 9, row(3))).result()
    with opened(path, read_only=True) as log:
        assert log.modelled("trader", "ann", limit=9) == [row(3)]
        assert isinstance(log.modelled("trader", "ann", limit=9)[0].stream, UUID)
