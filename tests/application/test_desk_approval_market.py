"""While an order waits for an approval: the market moves, time passes, its proof goes stale."""

from decimal import Decimal

import pytest
from attrs import evolve

from tastyflow.domain.order.events import ApprovalVoided, OrderRetrying
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.venue import Venue
from tastyflow.errors import NotSent, Refused
from tests.application.approvals import QuietMarket, WhenReady, approve, quoted, refused, with_approvers
from tests.application.kit import ONE_CALL, DeskUnderTest, log_of, story
from tests.application.soundness import assert_sound

pytestmark = pytest.mark.anyio


@pytest.fixture
async def house(build) -> DeskUnderTest:
    return await with_approvers(build)


# The market


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize(("moved", "holds"), [("0.24", True), ("0.25", True), ("0.26", False)])
async def test_the_market_may_move_by_the_collar_before_it_is_approved(house, sign, moved, holds):
    quoted(house)
    async with house.desk() as desk:
        order = await house.place(desk, f"{ONE_CALL} @ 2.10")  # it rests
        quoted(house, f"{sign}{moved}")
        done = await approve(house, desk, order)
    assert done.stage is (Stage.WORKING if holds else Stage.REFUSED)
    assert len(house.books()[1]) == holds
    if not holds:
        assert done.code == "drifted"
        voided = next(event for event in log_of(house.ledger, order) if isinstance(event, ApprovalVoided))
        assert (voided.then.mid, voided.now.mid) == (Decimal("2.50"), Decimal("2.50") + Decimal(f"{sign}{moved}"))
        assert house.trader().reserved == {}


async def test_without_quotes_it_is_not_approved_and_waits_on(house):
    order = await house.once(ONE_CALL)
    market, house.market = house.market, QuietMarket(house.market)
    async with house.desk() as desk:
        assert await refused(house, desk, order) == "no_market"
        assert house.order(order.id) == order
    house.market = market
    async with house.desk() as desk:
        assert (await approve(house, desk, order)).stage is Stage.FILLED


async def test_what_the_market_did_between_approval_and_claim_voids_it(house):
    quoted(house)

    async def moves() -> None:
        quoted(house, "0.26")

    house.production = WhenReady(house.live, moves)
    async with house.desk() as desk:
        order = await house.place(desk, f"{ONE_CALL} @ 2.10")
        done = await approve(house, desk, order)
    assert (done.stage, done.code) == (Stage.REFUSED, "drifted")
    assert story(log_of(house.ledger, done)).endswith("approved approval_voided refused")
    assert house.books()[1] == []


async def test_without_quotes_just_before_the_claim_it_is_not_sent(house):
    quiet, noisy = QuietMarket(house.market), house.market

    class Falling:
        """Quotes while it is approved, none of the call at the claim."""

        silent = False

        def __getattr__(self, name):
            return getattr(noisy, name)

        async def quotes(self, instruments):
            return await (quiet if self.silent else noisy).quotes(instruments)

    market = Falling()

    async def silence() -> None:
        market.silent = True

    house.market, house.production = market, WhenReady(house.live, silence)
    async with house.desk() as desk:
        order = await house.place(desk, f"{ONE_CALL} @ 2.10")
        done = await approve(house, desk, order)
    assert (done.stage, done.code) == (Stage.REFUSED, "gate")
    assert "The market that it was approved at cannot be held against the market now." in done.message
    assert house.books()[1] == []


# Time


@pytest.mark.parametrize(("off_s", "in_time"), [(-1.0, True), (0.0, False), (1.0, False)])
async def test_it_waits_until_its_time_is_over_and_no_moment_longer(house, off_s, in_time):
    async with house.desk() as desk:
        order = await house.place(desk, ONE_CALL)
        house.clock.jump((order.waiting_until - house.clock.now()).total_seconds() + off_s)
        if in_time:
            assert (await approve(house, desk, order)).stage is Stage.FILLED
            return
        assert await refused(house, desk, order) == "not_waiting"
    ended = house.order(order.id)
    assert (ended.stage, ended.code) == (Stage.REFUSED, "approval_expired")
    assert house.trader().reserved == {}


@pytest.mark.parametrize("ask", ["recover", "refresh", "approvals", "reject"])
async def test_whoever_looks_next_ends_what_was_not_approved_in_time(house, ask):
    order = await house.once(ONE_CALL)
    house.clock.jump(3600.0)
    async with house.desk() as desk:
        eve = house.message("x", user="eve")
        if ask == "recover":
            await house.until(desk.recover())
        elif ask == "refresh":
            await house.until(desk.refresh(order.id))
        elif ask == "approvals":
            assert await house.until(desk.approvals(eve)) == ()
        else:
            with pytest.raises(Refused, match="not approved in time"):
                await house.until(desk.reject(eve, order.reference))
    assert house.order(order.id).code == "approval_expired"


async def test_a_proof_that_went_stale_is_renewed_before_it_is_approved(house):
    async with house.desk() as desk:
        order = await house.place(desk, ONE_CALL)
        house.clock.jump(1000.0)
        done = await approve(house, desk, order)
    assert done.stage is Stage.FILLED
    words = story(log_of(house.ledger, done)).split()
    assert words.count("claimed(sandbox)") == 2
    assert words.count("approval_requested") == 1
    assert words.index("approved") > len(words) - 1 - words[::-1].index("rehearsal_concluded")
    assert done.attempt(Venue.PRODUCTION).proof == done.test != order.test
    assert_sound(house)


async def test_a_fresh_proof_is_not_renewed(house):
    async with house.desk() as desk:
        order = await house.place(desk, ONE_CALL)
        house.clock.jump(600.0)
        done = await approve(house, desk, order)
    assert story(log_of(house.ledger, done)).split().count("claimed(sandbox)") == 1


async def test_while_the_sandbox_is_away_a_stale_proof_stays_and_the_order_waits_on(house):
    class Away:
        def __init__(self, broker) -> None:
            self._broker = broker

        def __getattr__(self, name):
            return getattr(self._broker, name)

        async def ready(self) -> None:
            raise NotSent("The sandbox is away.")

    order = await house.once(ONE_CALL)
    house.clock.jump(1000.0)
    honest, house.sandbox = house.sandbox, Away(house.sandbox)
    async with house.desk() as desk:
        assert await refused(house, desk, order) == "not_renewed"
    waiting = house.order(order.id)
    assert evolve(waiting, version=order.version) == order
    tried = house.ledger.history(order.id)[order.version :]
    assert [type(event) for event in tried] == [OrderRetrying] * (house.policy.max_attempts - 1)
    house.sandbox = honest
    async with house.desk() as desk:
        assert (await approve(house, desk, order)).stage is Stage.FILLED


async def test_what_the_market_did_during_the_new_rehearsal_voids_it(house):
    quoted(house)
    async with house.desk() as desk:
        order = await house.place(desk, f"{ONE_CALL} @ 2.10")
        house.clock.jump(1000.0)
        ready = house.rehearsals.ready

        async def moves() -> None:
            quoted(house, "0.26")
            await ready()

        house.rehearsals.ready = moves
        done = await approve(house, desk, order)
    assert (done.stage, done.code) == (Stage.REFUSED, "drifted")
    assert story(log_of(house.ledger, done)).endswith("rehearsal_concluded approval_voided refused"), "never approved"
    assert house.books()[1] == []


async def test_a_crash_after_the_new_rehearsal_leaves_it_waiting_with_a_fresh_proof(house):
    order = await house.once(ONE_CALL)
    house.clock.jump(1000.0)
    async with house.desk() as desk:
        renewed = await house.until(desk._desks.of(order).rehearser.renew(order))
    assert (renewed.stage, renewed.waiting_until) == (Stage.REHEARSED, order.waiting_until)
    again = house.restarted()
    async with again.desk() as desk:
        done = await approve(again, desk, order)
    assert done.stage is Stage.FILLED
    assert story(log_of(again.ledger, done)).split().count("claimed(sandbox)") == 2
