"""Alerts of a webhook and of a criterion reach their rule: beside the market, once, and where the rule takes them."""

import asyncio
from datetime import timedelta

import pytest
from running_kit import rule_text

from tastyflow.domain.signal import SignalStage
from tastyflow.domain.signal_rule import OffCode, RuleMode
from tastyflow.domain.signal_rule.alert import Alert, AlertOutcome, HeardAlert
from tastyflow.errors import Refused
from tastyflow_adapters.signals.criteria.running import CriterionFailed, CriterionFault
from tastyflow_adapters.signals.running import criteria_at_work
from tastyflow_adapters.signals.running import part as part_module

pytestmark = pytest.mark.anyio
OFF, SHADOW, APPROVE, AUTO = RuleMode
LINE = "buy to open 1 {symbol} {level} call exp Dec 18 2026"
WEBHOOK = 'source = "webhook"\nbrings = ["level"]'
RAISED, REPEATED, HELD = AlertOutcome


@pytest.fixture
def alerts(monkeypatch):
    """What takes alerts in the part that runs, once it does."""
    made = []

    class Kept(part_module.Alerts):
        def __init__(self, *args):
            super().__init__(*args)
            made.append(self)

    monkeypatch.setattr(part_module, "Alerts", Kept)
    return made


def heard(house, *, key="a-1", source="webhook", late_s=0.0, **figures):
    at = house.clock.now() - timedelta(seconds=late_s)
    alert = Alert("It broke out.", {"level": 455.0} | figures, key)
    return HeardAlert(rule="flip", source=source, source_id=f"key:{key}", at=at, alert=alert)


async def loaded(at_work, mode=AUTO, **changes):
    at_work.write(rule_text(**({"trigger": "", "top": WEBHOOK, "line": LINE} | changes)))
    await at_work.pass_s(4)
    await at_work.set_to(mode)


async def test_an_alert_is_answered_once_its_signal_is_recorded_and_becomes_one_order(at_work, house, alerts):
    async with at_work.running():
        await loaded(at_work)
        answer = await house.until(alerts[0].take(heard(house)))
        (signal,) = at_work.signals()
        assert (answer.outcome, answer.signal) == (RAISED, signal.id)
        await at_work.pass_s(20)
        (signal,) = at_work.signals()
        assert signal.stage is SignalStage.ACTED
        assert signal.line == "buy to open 1 SPY 455 call exp Dec 18 2026"
    assert len(house.books()[1]) == 1


async def test_the_same_alert_again_is_the_same_signal_also_after_a_restart(at_work, house, alerts):
    async with at_work.running():
        await loaded(at_work)
        alert = heard(house)
        first = await house.until(alerts[0].take(alert))
        await at_work.pass_s(70)
        again = await house.until(alerts[0].take(alert))
        assert (again.outcome, again.signal) == (REPEATED, first.signal)
    async with at_work.running():
        await at_work.pass_s(4)
        again = await house.until(alerts[1].take(alert))
        assert (again.outcome, again.signal) == (REPEATED, first.signal)
        assert len(at_work.signals()) == 1
    assert len(house.books()[1]) == 1


async def test_an_alert_while_its_rule_cools_down_or_is_off_is_held(at_work, house, alerts):
    async with at_work.running():
        await loaded(at_work)
        await house.until(alerts[0].take(heard(house)))
        await at_work.pass_s(10)
        held = await house.until(alerts[0].take(heard(house, key="a-2")))
        assert (held.outcome, "cools down" in held.reasons[0]) == (HELD, True)
        await at_work.set_to(OFF)
        assert alerts[0].figures_of("flip") is None
        await at_work.pass_s(70)
        assert (await house.until(alerts[0].take(heard(house, key="a-3")))).outcome is HELD
        assert len(at_work.signals()) == 1


async def test_an_alert_that_is_older_than_the_rule_allows_is_held(at_work, house, alerts):
    async with at_work.running():
        await loaded(at_work)
        held = await house.until(alerts[0].take(heard(house, late_s=21)))
        assert held.outcome is HELD
        assert at_work.signals() == ()


async def test_an_alert_for_a_rule_of_another_source_is_none(at_work, house, alerts):
    async with at_work.running():
        await loaded(at_work)
        assert (await house.until(alerts[0].take(heard(house, source="own")))).outcome is HELD
        assert alerts[0].figures_of("flip") == {"level"}
        assert alerts[0].figures_of("other") is None
        assert alerts[0].names() == ("flip",)
        assert at_work.signals() == ()


async def test_where_a_rule_has_a_trigger_besides_it_must_be_met_and_the_market_fit(at_work, house, alerts):
    async with at_work.running():
        await loaded(at_work, trigger='figure = "spot"\nabove = 450\nhysteresis = 0')
        silent = await house.until(alerts[0].take(heard(house)))
        await at_work.see(spot=449)
        below = await house.until(alerts[0].take(heard(house, key="a-2")))
        await at_work.see(spot=451, oldest_age_s=30.0)
        old = await house.until(alerts[0].take(heard(house, key="a-3")))
        assert {each.outcome for each in (silent, below, old)} == {HELD}
        assert "not above" in below.reasons[0]
        await at_work.see(spot=451)
        assert (await house.until(alerts[0].take(heard(house, key="a-4")))).outcome is RAISED


async def test_a_service_that_may_not_act_takes_no_alert(at_work, house, alerts):
    async with at_work.running():
        await loaded(at_work)
        at_work.may_act = False
        with pytest.raises(Refused):
            await house.until(alerts[0].take(heard(house)))
        assert at_work.signals() == ()


# ── criteria ─────────────────────────────────────────────────────────────────────────────────────────────────────


class HandCriterion:
    """In place of the process of a criterion: gives what the test hands it."""

    made: "list[HandCriterion]" = []  # noqa: RUF012  each test empties it

    def __init__(self, name, rule, clock, **chosen):
        self.name, self.chosen, self.looks = name, chosen, []
        self.given: asyncio.Queue = asyncio.Queue()
        HandCriterion.made.append(self)

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        HandCriterion.made.remove(self)

    def look(self, figures):
        self.looks.append(figures)

    async def alerts(self):
        while True:
            given = await self.given.get()
            if isinstance(given, Exception):
                raise given
            yield given


@pytest.fixture
def criteria(monkeypatch):
    HandCriterion.made.clear()
    monkeypatch.setattr(criteria_at_work, "RunningCriterion", HandCriterion)
    return HandCriterion.made


OWN = {
    "top": 'source = "own"\nbrings = ["level"]',
    "trigger": "",
    "line": "buy 1 {symbol} {call_wall} call exp Dec 18 2026",
}


async def test_a_criterion_works_while_its_rule_may_raise_signals_and_is_shown_the_market(at_work, house, criteria):
    async with at_work.running():
        await loaded(at_work, SHADOW, **OWN)
        (criterion,) = criteria
        assert (criterion.name, criterion.chosen["brings"]) == ("own", {"level"})
        await at_work.see(spot=451)
        assert [each.get("spot") for each in criterion.looks] == [451]
        seen = criterion.looks[0]
        criterion.given.put_nowait((heard(house, source="own"), seen))
        await at_work.pass_s(2)
        (signal,) = at_work.signals()
        assert signal.stage is SignalStage.SHADOWED
        await at_work.set_to(OFF)
        assert criteria == []


async def test_a_criterion_that_is_over_turns_its_rule_off_and_hurts_nothing_else(at_work, criteria):
    async with at_work.running():
        await loaded(at_work, SHADOW, **OWN)
        at_work.write(rule_text("other"), "other.toml")
        await at_work.pass_s(4)
        (criterion,) = criteria
        criterion.given.put_nowait(CriterionFailed("own", CriterionFault.RAISED, "raised ZeroDivisionError"))
        await at_work.pass_s(3)
        assert (at_work.standing().mode, at_work.standing().off_code) == (OFF, OffCode.CRITERION)
        assert any("raised ZeroDivisionError" in each for each in at_work.incidents())
        assert criteria == []
        assert at_work.standing("other").mode is SHADOW
        await at_work.see(spot=449)
        await at_work.see(spot=451)
        assert len(at_work.signals("other")) == 1
