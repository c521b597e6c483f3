"""Confirming: nothing of an order is sent before its trader said yes to exactly what was shown."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow.domain.order import Order
from tastyflow.domain.order.events import OrderConfirmed
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.policy import Confirm, Policy
from tastyflow.domain.risk.gate import may_promote
from tastyflow.domain.venue import Position
from tastyflow.errors import IllegalStep, Refused
from tests.application.confirming import ALWAYS, ASK, ASKING, GIVEN, nothing_was_sent, offered
from tests.application.kit import (
    CALL,
    MISSION,
    ONE_CALL,
    PRODUCTION,
    SANDBOX,
    DeskUnderTest,
    log,
    log_of,
    story,
)
from tests.application.soundness import assert_sound
from tests.domain.makers import NOW, POLICY, Log, concluded_test, registered, why

pytestmark = pytest.mark.anyio

# ── the order itself ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("venue", [SANDBOX, PRODUCTION])
def test_neither_venue_is_claimed_before_the_order_is_confirmed(venue):
    order = Log().offered().order
    with pytest.raises(IllegalStep, match="not confirmed" if venue is SANDBOX else "claim production"):
        order.claim(venue, nonce="n", why=why())
    confirmed = order.evolved(order.confirm(order.digest, why=why()))
    assert confirmed.claim(SANDBOX, nonce="n", why=why()).digest == order.digest


@pytest.mark.parametrize(("late", "allowed"), [(-1, True), (0, True), (1, False)])
def test_an_order_is_confirmed_until_the_offer_runs_out_and_not_later(late, allowed):
    order = Log().offered().order
    at = order.confirm_until + timedelta(microseconds=late)
    if allowed:
        assert order.confirm(order.digest, why=why(at)).digest == order.digest
    else:
        with pytest.raises(IllegalStep, match="no longer offered"):
            order.confirm(order.digest, why=why(at))


def test_only_the_content_that_was_shown_is_confirmed():
    order = Log().offered().order
    with pytest.raises(IllegalStep, match="other than what was shown"):
        order.confirm("0" * 64, why=why())


def test_confirming_twice_is_no_news_also_once_it_went_on():
    log_ = Log().offered()
    log_.do("confirm", log_.order.digest)
    assert log_.order.confirm(log_.order.digest, why=why()) is None
    log_.claimed(SANDBOX)
    assert log_.order.confirm(log_.order.digest, why=why()) is None


def test_a_confirmation_of_other_content_in_the_log_counts_for_nothing():
    order = Log().offered().order
    forged = OrderConfirmed(
        originator_id=order.id, originator_version=3, at=NOW, actor="x", cause="x", command_id="x", digest="0" * 64
    )
    order = order.evolved(forged)
    assert order.needs_confirmation
    with pytest.raises(IllegalStep, match="not confirmed"):
        order.claim(SANDBOX, nonce="n", why=why())


def test_the_gate_lets_no_order_pass_that_was_not_confirmed():
    approved = Log().approved()
    test = concluded_test(approved.order)
    trader = registered()
    unconfirmed = evolve(approved.order, confirm_until=NOW)
    said = may_promote(unconfirmed, test, trader, POLICY, NOW, ()).reasons
    assert "The order was not confirmed." in said
    assert "The order was not confirmed." not in may_promote(approved.order, test, trader, POLICY, NOW, ()).reasons


@pytest.mark.parametrize(
    ("policy", "loss", "wanted"),
    [
        (Confirm.NEVER, None, False),
        (Confirm.ABOVE, Decimal("99.99"), False),
        (Confirm.ABOVE, Decimal(100), True),
        (Confirm.ABOVE, Decimal("100.01"), True),
        (Confirm.ABOVE, None, True),  # unlimited, or not known
        (Confirm.ALWAYS, Decimal(0), True),
    ],
)
def test_what_an_order_can_lose_says_whether_it_is_confirmed(policy, loss, wanted):
    assert Policy(confirm=policy, confirm_above_usd=Decimal(100)).wants_confirmation(loss) is wanted


# ── at the desk ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_confirmed_order_goes_on_to_its_last_fill_and_the_yes_stands_before_the_claim(build):
    house = await build(policy=ASKING)
    async with house.desk() as desk:
        order = await offered(house, desk)
        assert (order.stage, order.confirm_until) == (Stage.VALIDATED, house.clock.now() + timedelta(seconds=120))
        assert nothing_was_sent(house)
        assert order.id in house.trader().reserved
        done = await house.until(desk.confirm(house.message("yes"), order.reference, order.digest))
    assert done.stage is Stage.FILLED
    told = story(log_of(house.ledger, done))
    assert told.startswith("drafted validated confirmed claimed(sandbox)")
    assert_sound(house)


async def test_no_withdraws_it_with_the_reason_and_frees_what_was_reserved(build):
    house = await build(policy=ASKING)
    async with house.desk() as desk:
        order = await offered(house, desk)
        over = await house.until(desk.decline(house.message("no"), order.reference))
    assert (over.stage, over.message) == (Stage.CANCELLED, "not confirmed by the trader")
    assert house.trader().reserved == {}
    assert nothing_was_sent(house)
    assert_sound(house)


async def test_a_yes_that_comes_too_late_refuses_the_order_and_says_to_ask_again(build):
    house = await build(policy=ASKING)
    async with house.desk() as desk:
        order = await offered(house, desk)
        house.clock.jump(120.001)
        over = await house.until(desk.confirm(house.message("yes"), order.reference, order.digest))
    assert (over.stage, over.code) == (Stage.REFUSED, "offer_expired")
    assert "Ask again" in over.hint
    assert house.trader().reserved == {}
    assert nothing_was_sent(house)


async def test_another_trader_cannot_confirm_or_decline_it(build):
    house = await build(policy=ASKING)
    await house.hire("eve")
    async with house.desk() as desk:
        order = await offered(house, desk)
        for verb in (
            desk.confirm(house.message("yes", user="eve"), order.reference, order.digest),
            desk.decline(house.message("no", user="eve"), order.reference),
        ):
            with pytest.raises(Refused) as no:
                await house.until(verb)
            assert no.value.code == "not_permitted"
        assert house.order(order.id).needs_confirmation
        await house.until(desk.decline(house.message("no"), order.reference))


async def test_other_content_than_was_shown_is_not_confirmed(build):
    house = await build(policy=ASKING)
    async with house.desk() as desk:
        order = await offered(house, desk)
        with pytest.raises(Refused) as no:
            await house.until(desk.confirm(house.message("yes"), order.reference, "0" * 64))
        assert no.value.code == "other_content"
        assert house.order(order.id).needs_confirmation
        await house.until(desk.decline(house.message("no"), order.reference))


async def test_no_caller_takes_an_order_on_that_waits_for_a_yes(build):
    house = await build(policy=ASKING)
    async with house.desk() as desk:
        order = await offered(house, desk)
        account_desk = desk._desks.of(order)
        for step in (
            lambda: desk.refresh(order.id),
            desk.recover,
            lambda: account_desk.go_on(order),
            lambda: account_desk.rehearser.rehearse(order),
            lambda: account_desk.live.promote(order),
            lambda: desk.ask(house.message("orders")),
            lambda: desk.ask(house.message(f"status {order.reference}")),
        ):
            await house.until(step())
            assert house.order(order.id) == order
        assert nothing_was_sent(house)
        await house.until(desk.decline(house.message("no"), order.reference))


async def test_nothing_is_set_up_in_the_sandbox_for_a_close_that_is_not_confirmed(build):
    house = await build(policy=ASKING)
    house.live.endow(Position(CALL, 4, Decimal(5)))
    async with house.desk() as desk:
        order = await offered(house, desk, "sell to close 4 SPY 450 calls exp Dec 18 2026")
        assert await house.until(desk._desks.of(order).rehearser.rehearse(order)) == order
        assert nothing_was_sent(house)
        done = await house.until(desk.confirm(house.message("yes"), order.reference, order.digest))
    assert done.stage is Stage.FILLED
    assert house.setups() != []


async def test_the_offer_is_taken_up_by_another_process(build, tmp_path):
    house = await build(policy=ASKING, path=tmp_path / "log.db")
    async with house.desk() as desk:
        order = await offered(house, desk)
    later = house.restarted(tmp_path / "log.db")
    async with later.desk() as desk:
        done = await later.until(desk.confirm(later.message("yes"), order.reference, order.digest))
    assert done.stage is Stage.FILLED
    later.ledger.close()


async def test_what_a_dead_process_offered_is_ended_by_the_next_one_at_its_time_and_not_before(build):
    house = await build(policy=ASKING)
    async with house.desk() as desk:
        order = await offered(house, desk)
    house.clock.jump(119)
    async with house.desk() as desk:
        await house.until(desk.recover())
        assert house.order(order.id).waits_for_confirmation
        house.clock.jump(2)
        (over,) = await house.until(desk.recover())
    assert (over.stage, over.code) == (Stage.REFUSED, "offer_expired")
    assert house.trader().reserved == {}
    assert nothing_was_sent(house)


async def test_two_who_confirm_at_once_send_one_order(build):
    house = await build(policy=ASKING)
    async with house.desk() as desk:
        order = await offered(house, desk)
        yes = [desk.confirm(house.message("yes"), order.reference, order.digest) for _ in range(3)]
        await house.until(asyncio.gather(*yes))
        done = await house.until(desk.refresh(order.id))
    assert done.stage is Stage.FILLED
    assert len(house.books()[1]) == 1
    assert story(log_of(house.ledger, done)).split().count("confirmed") == 1
    assert_sound(house)


async def test_a_yes_and_a_cancel_at_once_end_in_one_of_both_and_never_in_both(build):
    house = await build(policy=ASKING)
    async with house.desk() as desk:
        order = await offered(house, desk)
        await house.until(
            asyncio.gather(
                desk.cancel(house.message("cancel"), order.reference),
                desk.confirm(house.message("yes"), order.reference, order.digest),
            )
        )
        assert house.order(order.id).stage is Stage.CANCELLED
    assert house.books()[1] == []


async def test_where_no_person_can_be_asked_the_order_goes_on_unless_each_is_to_be_confirmed(build):
    house = await build(policy=ASKING)
    assert (await house.once(MISSION)).stage is Stage.FILLED
    house.policy = ALWAYS
    refused = await house.once(ONE_CALL)
    assert (refused.stage, refused.code) == (Stage.REFUSED, "confirmation_needed")
    assert len(house.books()[1]) == 1


async def test_what_its_author_saw_before_is_confirmed_in_the_append_that_drafts_it(build):
    house = await build(policy=ALWAYS)
    done = await house.once(MISSION, consent=GIVEN)
    assert done.stage is Stage.FILLED
    (yes,) = [event for event in log(house.ledger) if isinstance(event, OrderConfirmed)]
    assert (yes.digest, yes.actor.startswith("trader:demo ")) == (done.digest, True)


async def test_a_small_order_is_not_asked_about_and_a_close_loses_nothing(build):
    house = await build(policy=evolve(ASKING, confirm_above_usd=Decimal(5_000)))
    house.live.endow(Position(CALL, 4, Decimal(5)))
    async with house.desk() as desk:
        closed = await house.place(desk, "sell to close 4 SPY 450 calls exp Dec 18 2026", consent=ASK)
        assert not closed.needs_confirmation
        order = await offered(house, desk)  # ten calls at about eight dollars
        await house.until(desk.decline(house.message("no"), order.reference))


@pytest.mark.parametrize("policy", [ASKING, ALWAYS])
@given(st.lists(st.sampled_from(["yes", "other", "late", "no", "cancel", "recover", "restart", "again"]), max_size=5))
@settings(max_examples=25, deadline=None)
def test_nothing_is_sent_without_a_yes_in_time_to_the_same_content(policy, steps):
    """Whatever is done around an offer: what was sent has a confirmation of its digest before the claim."""

    async def story_of() -> None:
        house = DeskUnderTest.make(policy=policy)
        await house.hire()
        async with house.desk() as desk:
            order = await offered(house, desk, message="the-order")
            for step in steps:
                try:
                    match step:
                        case "yes":
                            await house.until(desk.confirm(house.message("y"), order.reference, order.digest))
                        case "other":
                            await house.until(desk.confirm(house.message("y"), order.reference, "f" * 64))
                        case "late":
                            house.clock.jump(121)
                        case "no":
                            await house.until(desk.decline(house.message("n"), order.reference))
                        case "cancel":
                            await house.until(desk.cancel(house.message("c"), order.reference))
                        case "recover":
                            await house.until(desk.recover())
                        case "again":
                            await house.place(desk, MISSION, message="the-order", consent=ASK)
                except (Refused, IllegalStep):
                    pass
        sent = bool(house.books()[0] or house.books()[1])
        confirmed = "confirmed" in story(log_of(house.ledger, house.order(Order.id_of("cli", "the-order"))))
        assert sent == confirmed
        first = next((step for step in steps if step in ("yes", "late", "no", "cancel")), "")
        assert confirmed == (first == "yes")
        assert_sound(house)
        house.ledger.close()

    asyncio.run(story_of())
