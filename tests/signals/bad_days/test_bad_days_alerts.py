"""An alert that is sent again, as those who send alerts do: after an answer that was lost, and over a restart."""

from contextlib import asynccontextmanager

import pytest

from tastyflow.domain.order.stages import Stage
from tastyflow.domain.signal_rule import RuleMode
from tastyflow_adapters.signals.running.acting import ActsInTasks
from tastyflow_adapters.signals.running.alerts import Alerts
from tastyflow_adapters.signals.running.lines import FillsLines
from tastyflow_adapters.signals.running.part import no_feed
from tastyflow_adapters.signals.running.rules_at_work import RulesAtWork
from tastyflow_adapters.signals.running.watches import Watches
from tests.application.kit import DeskUnderTest, Language
from tests.application.signalling_kit import with_robot
from tests.signals.bad_days.watched_day import PromptFolder
from tests.signals.webhook.webhook_kit import headers_of, open_door

pytestmark = pytest.mark.anyio

RULE = """
name = "gex"
version = 1
symbol = "SPY"
trader = "robot"
source = "webhook"
brings = ["rsi", "level"]

[limits]
cool_down_min = 1
most_a_day = 9
expires_after_s = 60

[action]
line = "buy 1 {symbol} 450 call {expiration 20..40 dte monthly} @ natural"
"""


@asynccontextmanager
async def process(house, folder, tmp_path):
    """A process that takes alerts for the rule: real door, real rule, real desk."""
    clock, said = house.clock, []
    async with house.desk() as desk:
        rules = RulesAtWork(PromptFolder(folder, Language(), clock), desk.signalling, said.append)
        await house.until(rules.refresh())
        lines = FillsLines(house.market, Language(), clock)
        acting = ActsInTasks(desk.signalling, lines.line, clock, may_act=lambda: True, say=said.append)
        watches = Watches(no_feed, clock, lambda _watched, _figures: None, said.append)
        alerts = Alerts(rules, watches, desk.signalling, acting)
        async with open_door(tmp_path, clock, alerts.take) as door:
            yield desk, door, rules
        await house.until(acting.close())


@pytest.fixture
async def house(anyio_backend, tmp_path):
    (tmp_path / "signals").mkdir()
    (tmp_path / "signals" / "gex.toml").write_text(RULE, encoding="utf-8")
    made = await with_robot(DeskUnderTest.make(), name="gex")
    yield made
    made.ledger.close()


async def set_to_auto(house, desk, rules):
    digest = rules.get("gex").rule.digest
    for mode in (RuleMode.APPROVE, RuleMode.AUTO):
        message = house.message(f"signals {mode} gex", user="ann")
        await house.until(desk.signalling.move("gex", mode, message, seen=digest))
    await house.until(rules.refresh())


@pytest.mark.parametrize("key", ["", "alert-1"], ids=["named by its time", "with a key of its own"])
async def test_an_alert_that_is_sent_again_after_a_restart_is_the_same_signal(house, tmp_path, key):
    folder, headers = tmp_path / "signals", headers_of(at=house.clock.now(), key=key)
    async with process(house, folder, tmp_path) as (desk, door, rules):
        await set_to_auto(house, desk, rules)
        first = await door.post(headers=headers)
        again = await door.post(headers=headers)
        assert first.told == again.told
        assert door.accepted() == {"raised": 1, "repeated": 1}
        await house.until(house.clock.sleep(5))
        (signal,) = desk.signalling.signals_of("gex")
        assert house.order(signal.order).stage is Stage.FILLED
    after = house.restarted()
    async with process(after, folder, tmp_path) as (desk, door, _rules):
        repeated = await door.post(headers=headers)
        assert repeated.told == first.told
        assert door.accepted() == {"repeated": 1}
        await after.until(after.clock.sleep(90))
        assert desk.signalling.signals_of("gex") == (signal,)
    assert len(after.books()[1]) == 1
    after.ledger.close()


async def test_an_alert_that_is_sent_again_an_hour_later_is_too_late(house, tmp_path):
    headers = headers_of(at=house.clock.now())
    house.clock.jump(3600)
    async with process(house, tmp_path / "signals", tmp_path) as (desk, door, rules):
        await set_to_auto(house, desk, rules)
        assert (await door.post(headers=headers)).status in {400, 401, 403}
        assert desk.signalling.signals_of("gex") == ()
