"""Where others read along, a sentence tells nothing of an account: no dollars, no limit, no name, no venue's text."""

import json
from pathlib import Path
from uuid import UUID

import attrs
import pytest

from tastyflow.application.ledger.codec import decode
from tastyflow.application.ledger.folding import fold
from tastyflow.application.telling.sentences import TELLINGS, is_told, sentence_of, shared_sentence_of
from tastyflow.application.telling.telling import never
from tastyflow.domain.order import Order
from tastyflow.domain.order import events as happened
from tastyflow.domain.order.events.base import OrderEvent
from tastyflow.domain.testresult import Check, CheckRecorded, TestResult

HISTORY = sorted((Path(__file__).parents[1] / "history").glob("*.jsonl"))
CANARY = "CANARY-$1,234.56"
UNTRUSTED = {
    "message",
    "reason",
    "reasons",
    "hint",
    "account",
    "completions",
    "suggestions",
    "trouble",
    "resubmitted_by",
}
OF_OURS = {happened.OrderStillWaiting}
"""Its message is one of a few sentences of the program's own."""
BIRTHS = (happened.OrderDrafted, happened.OrderRefused, happened.OrderFoundAtVenue)
UNSAID = {happened.OrderDrafted, happened.OrderValidated}
"""What holds positions and risk through and through."""


def recorded():
    """Every event of orders and tests in the recorded logs, with the order as it stood then."""
    for path in HISTORY:
        states = {}
        for line in map(json.loads, path.read_text("utf-8").splitlines()):
            aggregate_id = UUID(line["id"])
            event = decode(line["topic"], aggregate_id, line["version"], line["state"].encode())
            state = states[aggregate_id] = fold(states.get(aggregate_id), (event,))
            if isinstance(state, Order):
                yield event, state
            elif isinstance(state, TestResult):
                yield event, states.get(state.order)


EVENTS = [(event, order) for event, order in recorded() if is_told(event)]


def poisoned(value):
    """*value* with a canary in every text that a venue, a person or an account could have written."""
    changes = {}
    for field in attrs.fields(type(value)):
        if field.name in UNTRUSTED:
            old = getattr(value, field.name)
            if isinstance(old, str):
                changes[field.name] = CANARY
            elif isinstance(old, tuple):
                changes[field.name] = (CANARY,)
    return attrs.evolve(value, **changes)


def test_every_event_that_is_told_is_told_where_others_read_along_or_has_a_reason_not_to_be():
    told = {
        kind for kind, row in TELLINGS.items() if row.is_told is not never and issubclass(kind, (OrderEvent, *BIRTHS))
    }
    unsaid = {kind for kind in told | {CheckRecorded} if TELLINGS[kind].shared is None}
    assert unsaid == UNSAID
    assert {type(event) for event, _ in EVENTS} == told | {CheckRecorded}


@pytest.mark.parametrize("kind", sorted({type(e) for e, _ in EVENTS}, key=lambda each: each.__name__))
def test_a_shared_sentence_quotes_nobody_and_counts_no_dollars(kind):
    for event, order in EVENTS:
        if type(event) is not kind or kind in OF_OURS:
            continue
        bad = poisoned(event)
        if isinstance(event, CheckRecorded):
            check = event.check
            bad = attrs.evolve(event, check=Check(check.name, check.outcome, CANARY, {"figure": CANARY}))
        said = shared_sentence_of(bad, poisoned(order) if order else None)
        assert CANARY not in said
        assert "$" not in said
        assert bool(said) is (kind not in UNSAID)


def test_the_canary_is_in_the_full_sentences():
    found = {type(e) for e, o in EVENTS if CANARY in sentence_of(poisoned(e), poisoned(o) if o else None)}
    assert len(found) > 8
