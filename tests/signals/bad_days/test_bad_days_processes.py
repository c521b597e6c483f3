"""
The whole story of a rule as processes, before the simulator; and services killed between a trigger and its order.

Each process is real, and so is each socket. The ledgers of the simulator say what was sent.
"""

import pytest

from tastyflow.domain.signal import SignalStage
from tastyflow.domain.signal_rule import OffCode, RuleMode
from tests.attacks.arena import Nursery
from tests.attacks.killing import KILLED
from tests.signals.bad_days.before_simulator import ABOVE, BELOW, NAME, before_simulator


@pytest.fixture(scope="module")
def nursery():
    running = Nursery()
    yield running
    running.close()


@pytest.fixture
def home(nursery, tmp_path):
    with before_simulator(tmp_path, nursery) as made:
        yield made


def test_from_shadow_to_one_filled_order_and_still_on_stale_data(home):
    """What a person types and sees: shadow, approve, auto, one order; then silence, and a rule that is off."""
    home.spot(BELOW)
    with home.service(patience_s=12.0) as service:
        assert home.standing.mode is RuleMode.SHADOW
        home.set_to_auto()
        home.crosses()
        home.says(service, f"of the rule {NAME} acted")
        home.until(lambda: [row["status"] for row in home.placed("production")] == ["Filled"], "it is filled")
        assert [row["status"] for row in home.placed("sandbox")] == ["Filled"]
        (signal,) = home.signals()
        assert signal.stage is SignalStage.ACTED
        told = home.typed("audit", "show", signal.order.hex[:6]).said
        assert f"Signal {signal.reference} of {NAME}" in told
        assert "crossed upwards" in told
        assert "The rehearsal passed" in told
        assert "The rehearsal passed" in home.typed("audit", "show", signal.reference).said
        home.falls_silent()
        home.spot(BELOW)
        home.until(lambda: "old" in home.seen, "it holds still")
        assert home.standing.mode is RuleMode.AUTO
        home.spot(ABOVE)
        home.says(service, "turned itself off")
        assert (home.standing.mode, home.standing.off_code) == (RuleMode.OFF, OffCode.STALE)
    assert home.signals() == [signal]
    assert len(home.placed("production")) == 1
    assert NAME in home.typed("incident", "list", "--as", "olga").said
    home.typed("audit", "verify")
    assert home.judged() == ()


DRAFTED = "commit order.drafted@1, order.validated@1, trader.capacity_reserved@1, book.order_entered@1, signal.acted@1"
CLAIMED = "commit order.submission_claimed@1 production"


def test_killed_between_trigger_and_order_the_service_that_stands_by_goes_on_with_the_same_signal(home):
    """Two services on one home, with the same rule: one works and dies, the other one takes over within its time."""
    home.spot(BELOW)
    with home.service(at=DRAFTED) as first, home.service("standing by") as second:
        home.set_to_auto()
        home.crosses()
        home.until(lambda: first.state() == "ended", "it is killed")
        assert first.code == KILLED, first.said[-500:]
        (raised,) = home.signals()
        assert raised.is_open
        assert home.placed("production") == []
        home.says(second, "ready in")
        home.until(lambda: [row["status"] for row in home.placed("production")] == ["Filled"], "it is filled")
        home.until(lambda: home.judged() == (), "all is settled")
    (signal,) = home.signals()
    assert (signal.id, signal.stage) == (raised.id, SignalStage.ACTED)
    assert len(home.placed("sandbox")) == len(home.placed("production")) == 1


def test_killed_between_its_rehearsal_and_the_claim_nothing_is_sent_and_the_order_ends(home):
    """What was rehearsed by a process that is gone is not sent by another one later: the market has gone on since."""
    home.spot(BELOW)
    with home.service(at=CLAIMED) as first:
        home.set_to_auto()
        home.crosses()
        home.until(lambda: first.state() == "ended", "it is killed")
        assert first.code == KILLED, first.said[-500:]
    (signal,) = home.signals()
    assert signal.stage is SignalStage.ACTED
    home.typed("orders", "--as", "olga", later_s=300.0)  # the next command, minutes later
    home.until(lambda: home.judged() == (), "all is settled")
    assert home.signals() == [signal]
    assert home.placed("production") == []
