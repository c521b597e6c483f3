"""Events: each says what it does to the state, and a decision folds each of them once."""

import ast
from pathlib import Path

import pytest

import tastyflow.domain
import tastyflow.domain.preview  # the other kinds come along with the makers
from tastyflow.domain.book.events import BookEvent
from tastyflow.domain.events import TOPICS, Decision, Event
from tastyflow.domain.halt.events import HaltEvent
from tastyflow.domain.incident import IncidentEvent
from tastyflow.domain.order.events import FoundBy, OrderEvent, OrderFoundAtVenue, OrderRefused
from tastyflow.domain.setup.events import SetupClaimed, SetupEvent
from tastyflow.domain.signal.events import SignalEvent
from tastyflow.domain.signal_rule.events import RuleEvent
from tastyflow.domain.testresult.events import TestEvent
from tastyflow.domain.trader.events import TraderEvent
from tastyflow.domain.trader.identity import IdentityClaimed, IdentityEvent
from tastyflow.domain.venue import Status
from tastyflow.domain.venue.hearing import hear
from tests.domain.makers import PRODUCTION, Log, execution, snapshot, why

BASES = (
    OrderEvent, TraderEvent, TestEvent, SetupEvent, BookEvent, IdentityEvent, HaltEvent, IncidentEvent, SignalEvent,
    RuleEvent,
)  # fmt: skip
FIRST_OR_LATER = (OrderRefused, OrderFoundAtVenue, SetupClaimed, IdentityClaimed, HaltEvent)
MODULES = sorted(Path(tastyflow.domain.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_every_stored_event_says_what_it_does_to_the_state_or_begins_one(topic):
    kind = TOPICS[topic]
    base = next((base for base in BASES if issubclass(kind, base)), None)
    changes = base is not None and kind.change is not base.change
    begins = callable(getattr(kind, "begin", None))
    assert changes or begins
    assert not (changes and begins) or issubclass(kind, FIRST_OR_LATER)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_the_domain_reads_no_attribute_by_a_string(path):
    calls = (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))
    assert [n.lineno for n in calls if isinstance(n.func, ast.Name) and n.func.id in {"getattr", "setattr"}] == []


def test_a_decision_folds_each_event_once_and_keeps_what_it_reached(monkeypatch):
    folded: list[Event] = []
    order = Log().submitting().order
    evolved = type(order).evolved
    monkeypatch.setattr(type(order), "evolved", lambda self, event: folded.append(event) or evolved(self, event))
    seen = snapshot("P-1", Status.FILLED, execution("f", 10), external_id=order.attempts[-1].external_id)
    heard = hear(order, PRODUCTION, seen, seen, found_by=FoundBy.STREAM, why=why())
    assert [type(event).__name__ for event in heard.events] == ["SubmissionAdopted", "FillRecorded", "OrderFilled"]
    assert folded == heard.events
    assert heard.before is order
    assert heard.now.version == order.version + 3


def test_a_decision_on_nothing_new_takes_nothing():
    decision = Decision(Log().order)
    decision.take(None)
    assert (decision.events, decision.now) == ([], decision.before)


@pytest.mark.parametrize("cls", TOPICS.values(), ids=lambda cls: cls.__name__)
def test_an_event_shows_its_fields_by_the_one_repr_of_all(cls):
    assert cls.__repr__ is Event.__repr__
