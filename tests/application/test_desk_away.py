"""A venue that cannot be reached before anything is claimed: it costs a wait, never an attempt."""

import asyncio

import pytest

from tastyflow.domain.order import Order
from tastyflow.domain.order.events import OrderRefused
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.testresult import Verdict
from tastyflow_adapters.fake import FakeFaults, FaultyBroker, Plan, ScriptedModel
from tastyflow_adapters.fake.faults import NOT_SENT, refused
from tastyflow_adapters.fake.order_plan import reject, route
from tests.application.kit import MISSION, DeskUnderTest, log_of, story
from tests.application.soundness import assert_sound

pytestmark = pytest.mark.anyio


def refusal(house, order):
    return next(event for event in log_of(house.ledger, order) if isinstance(event, OrderRefused))


def away(house, side, times):
    setattr(
        house, side, FaultyBroker(getattr(house, side), FakeFaults(calls={"ready": [NOT_SENT] * times}), house.clock)
    )


@pytest.mark.parametrize("side", ["sandbox", "production"])
async def test_a_venue_that_comes_back_in_time_costs_no_attempt(house, side):
    away(house, side, times=2)
    order = await house.once(MISSION)
    assert order.stage is Stage.FILLED
    assert [attempt.number for attempt in order.attempts] == [1, 1]
    assert_sound(house)


async def test_a_sandbox_that_stays_away_ends_the_order_before_any_claim(house):
    away(house, "sandbox", times=20)
    order = await house.once(MISSION)
    assert (order.stage, order.attempts) == (Stage.REFUSED, ())
    assert refusal(house, order).code == "sandbox_away"
    assert "claimed" not in story(log_of(house.ledger, order))
    assert_sound(house)


async def test_a_production_that_stays_away_ends_the_order_with_nothing_claimed_there(house):
    away(house, "production", times=20)
    order = await house.once(MISSION)
    assert order.stage is Stage.REFUSED
    assert refusal(house, order).code == "not_sent"
    assert "claimed(production)" not in story(log_of(house.ledger, order))
    assert not house.books()[1]
    assert_sound(house)


async def test_whatever_goes_wrong_while_getting_ready_claims_nothing(house, monkeypatch):
    async def breaks():
        raise RuntimeError("a bug")

    monkeypatch.setattr(house.sandbox, "ready", breaks, raising=False)
    order = await house.once(MISSION)
    assert (order.stage, order.attempts) == (Stage.REFUSED, ())


async def test_a_sandbox_whose_session_is_offline_says_nothing_about_the_order(build):
    house = await build(models=(ScriptedModel(lambda _t: Plan((route(), reject("Session offline")))), None))
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        test = desk.test_of(order)
    assert order.stage is Stage.REFUSED
    assert test.verdict is Verdict.INCONCLUSIVE
    assert {check.name: check.outcome.value for check in test.checks}["fill"] == "could_not_run"
    assert (order.code, len(order.attempts)) == ("sandbox_away", house.policy.max_attempts)
    assert not house.books()[1]


@pytest.mark.parametrize("side", ["sandbox", "production"])
async def test_a_login_that_is_refused_is_not_asked_for_again(house, side):
    asked = FakeFaults(calls={"ready": [refused("auth")] + [NOT_SENT] * 20})
    setattr(house, side, FaultyBroker(getattr(house, side), asked, house.clock))
    began = house.clock.monotonic()
    order = await house.once(MISSION)
    assert order.stage is Stage.REFUSED
    assert house.clock.monotonic() - began < house.policy.retry_waits_s[0] + 1


async def test_who_is_kept_away_leaves_the_order_to_whoever_rehearses_it(build):
    """Another process has claimed it: this one, which cannot log in, says nothing about it."""
    house = await build(latency_s=2.0)
    other = DeskUnderTest(house.clock, house.market, house.ledger, house.rehearsals, house.live, policy=house.policy)
    away(other, "sandbox", times=20)
    async with house.desk() as rehearsing, other.desk() as kept_away:
        doing = asyncio.ensure_future(rehearsing.place(house.message(MISSION, message="one")))
        await house.until(house.clock.sleep(5))
        claimed = house.order(Order.id_of("cli", "one"))
        assert claimed.stage is Stage.REHEARSING
        await house.until(kept_away._desks.first.rehearser.rehearse(claimed))
        final = await house.until(doing)
    assert "refused" not in story(log_of(house.ledger, final))
    assert final.stage in (Stage.WORKING, Stage.FILLED)
