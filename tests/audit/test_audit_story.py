"""The story of an order: what was typed, understood, tested, decided and done, and when."""

import json

import pytest

from tastyflow.application.audit import about, entry_of, replay, story_of
from tastyflow.application.telling.sentences import TELLINGS, details_of, sentence_of
from tastyflow.domain.events import TOPICS
from tastyflow.domain.order import Order
from tastyflow.domain.testresult import CheckName
from tastyflow_adapters.cli.audit.shapes import row_json, story_json
from tests.application.kit import MISSION
from tests.audit.tamper import find


@pytest.fixture
def orders(rows):
    """The orders as they stand, in the order in which they were asked for."""
    return [state for state in replay(rows).states.values() if isinstance(state, Order)]


@pytest.fixture
def story(rows, orders):
    found = story_of(orders[0].id, rows)
    assert found is not None
    return found


def test_it_begins_with_the_words_typed_and_ends_with_the_fill(story):
    assert any(f"“{MISSION}”" in line for line in story.moments[0].details)
    own = [moment for moment in story.moments if not moment.topic.startswith("tastyflow.setup.")]
    assert any(moment.text == "Filled." and moment.chapter == "production" for moment in own[-3:])
    assert story.outcome == "filled, 10 of 10 filled"


def test_its_chapters_come_in_order(story):
    chapters = list(dict.fromkeys(moment.chapter.value for moment in story.moments))
    assert chapters == ["asked", "rehearsal", "gate", "production"]


def test_every_completion_limit_check_and_piece_of_evidence_is_in_it(story, orders):
    told = "\n".join(line for moment in story.moments for line in (moment.text, *moment.details))
    assert all(sentence in told for sentence in orders[0].completions)
    assert "maximum loss $8,010.00" in told
    assert "max_loss, passed: The maximum loss is $8,010.00." in told
    assert all(f"✓ {name.value}:" in told for name in CheckName)
    assert f"sent = echoed: {orders[0].ticket.canonical}" in told
    assert orders[0].digest in told
    assert all(attempt.external_id in told for attempt in orders[0].attempts)


def test_the_verdict_comes_before_the_claim_and_the_claim_before_the_adoption(story):
    words = [moment.text for moment in story.moments]
    places = [
        next(i for i, text in enumerate(words) if text.startswith(begin))
        for begin in ("Verdict: passed", "Approved", "Sending it to production", "Production has it", "Filled 10")
    ]
    assert places == sorted(places)
    assert story.moments[places[2]].details[0].startswith("The gate allowed it")


def test_times_run_from_the_first_moment(story):
    elapsed = [moment.elapsed_s for moment in story.moments]
    assert elapsed[0] == 0
    assert elapsed == sorted(elapsed)
    assert story.elapsed_s == elapsed[-1] == (story.moments[-1].at - story.moments[0].at).total_seconds()


def test_every_order_has_a_story_that_json_can_hold(rows, orders):
    for order in orders:
        story = story_of(order.id, rows)
        assert story.order == order
        said = json.loads(json.dumps(story_json(story)))
        assert said["stage"] == order.stage
        assert [moment["seq"] for moment in said["moments"]] == [moment.seq for moment in story.moments]


def test_a_refusal_at_the_gate_is_told_at_the_gate(rows, orders):
    story = story_of(next(order.id for order in orders if order.code == "gate"), rows)
    refused = next(moment for moment in story.moments if moment.text.startswith("Refused: Not promoted"))
    assert refused.chapter == "gate"
    assert "Code gate" in refused.details
    assert "too old" in refused.text


def test_a_refused_text_tells_what_was_typed_and_what_was_suggested(rows, orders):
    (moment,) = story_of(next(order.id for order in orders if order.code == "ambiguous"), rows).moments
    assert any("buy 10 SPY 450" in line for line in moment.details)
    assert any(line.startswith("Suggested: ") for line in moment.details)


def test_nobody_has_a_story_that_is_not_there(rows):
    assert story_of(rows[find(rows, "trader.registered")].originator_id, rows) is None


def test_a_story_is_of_one_order(rows, orders):
    """Its own rows, those of its tests, of its reservation and its place in the book; other rows are of others."""
    told = {order.id: {row.id for row in about(order.id, rows)} for order in orders}
    assert sum(map(len, told.values())) == len(set().union(*told.values()))
    others = set(range(1, len(rows) + 1)) - set().union(*told.values())
    assert {rows[seq - 1].topic.split(".")[1] for seq in others} == {"trader", "identity", "book", "halt"}


def test_every_event_there_is_can_be_told(rows):
    assert set(TELLINGS) == set(TOPICS.values())
    for row in rows:
        event = entry_of(row).event
        assert sentence_of(event).strip()
        assert all(line.strip() for line in details_of(event))


def test_a_row_for_programs_repeats_nothing(rows):
    for row in rows:
        said = row_json(row)
        assert list(said) == ["seq", "at", "topic", "aggregate", "version", "actor", "cause", "payload"]
        assert not {"at", "actor", "cause"} & set(said["payload"])
        own = {key: said[key] for key in ("at", "actor", "cause")}
        assert own | said["payload"] == json.loads(row.state)
