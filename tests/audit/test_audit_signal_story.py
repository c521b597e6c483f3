"""``tastyflow audit show`` of a signal: with its order, where it became one; alone, where it became none."""

import asyncio
import json
import shutil

import pytest

from tastyflow.domain.signal import Signal, SignalStage
from tests.application.kit import EVERYTHING, GENEROUS, DeskUnderTest, log, register
from tests.application.record_history import tell_signals
from tests.audit import test_audit_cli

run = test_audit_cli.run


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A log in a file, and its signals by stage."""
    path = tmp_path_factory.mktemp("signals") / "log.db"

    async def telling():
        house = DeskUnderTest.make(path=path)
        await house.until(register(house.ledger, house.clock.now(), "demo", GENEROUS, EVERYTHING))
        await tell_signals(house)
        ids = {event.originator_id for event in log(house.ledger) if ".signal.raised@" in event.TOPIC}
        signals = [house.ledger.read(Signal, each) for each in ids]
        house.ledger.close()
        return {signal.stage: signal for signal in signals if signal is not None}

    return path, asyncio.run(telling())


@pytest.fixture
def home(tmp_path, told):
    (tmp_path / "fake").mkdir(mode=0o700)
    shutil.copy(told[0], tmp_path / "fake" / "log.db")
    return tmp_path


def test_a_signal_that_became_an_order_is_shown_with_it(run, home, told):
    signal = told[1][SignalStage.ACTED]
    for reference in (signal.id.hex, signal.order.hex):
        said = json.loads(run(home, "show", reference, "--json").stdout)
        assert said["id"] == str(signal.order)
        assert said["moments"][0]["topic"].startswith("tastyflow.signal.raised")
    page = run(home, "show", signal.id.hex[:10]).stdout
    assert "spot crossed the flip upwards" in page
    assert "Filled" in page or "filled" in page


@pytest.mark.parametrize("stage", [SignalStage.SHADOWED, SignalStage.EXPIRED, SignalStage.DECLINED])
def test_a_signal_that_became_none_is_shown_alone(run, home, told, stage):
    signal = told[1][stage]
    said = json.loads(run(home, "show", signal.id.hex, "--json").stdout)
    assert (said["order"], said["stage"], said["rule"]) == (None, stage.value, "flip")
    page = run(home, "show", signal.id.hex).stdout
    assert page.startswith(f"Signal {signal.reference}  {stage}")
    assert "the rule flip, version 1" in page


def test_a_reference_of_neither_is_refused_as_that_of_no_order(run, home):
    done = run(home, "show", "fffffff")
    assert done.returncode != 0
    assert "no order" in done.stdout + done.stderr
