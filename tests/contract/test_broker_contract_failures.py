"""What a broker says when something goes wrong on the way, and what is true at the venue then."""

import asyncio

import pytest

from tastyflow.domain.venue import Status
from tastyflow.errors import NotSent, OutcomeUnknown, VenueFailure
from tests.contract.tickets import CALL, marketable, resting
from tests.contract.venue_under_test import in_the_end, listening

pytestmark = pytest.mark.anyio

FOURTEEN_MINUTES_S = 840


async def assert_owned_once(subject, tag):
    """The venue has the order, once, and it is found under its tag."""
    assert subject.ledger() == [tag]
    assert [found.external_id for found in await subject.broker.find(tag)] == [tag]


async def assert_nowhere(subject, tag):
    assert subject.ledger() == []
    assert not await subject.broker.find(tag)


# ── ambiguous answers ──────────────────────────────────────────────────────────────────────────────────────────


async def test_c40_no_answer_and_the_order_was_accepted(subject):
    """Scenario 13."""
    subject.answer_lost(accepted=True)
    with pytest.raises(OutcomeUnknown):
        await subject.broker.place(marketable(2), external_id="t")
    await assert_owned_once(subject, "t")
    (found,) = await subject.broker.find("t")
    assert (await in_the_end(subject, found.broker_order)).filled(CALL.occ) == 2


async def test_c41_no_answer_and_the_order_was_never_seen(subject):
    """Scenario 14."""
    subject.answer_lost(accepted=False)
    with pytest.raises(OutcomeUnknown):
        await subject.broker.place(marketable(2), external_id="t")
    await subject.pass_time(60)
    await assert_nowhere(subject, "t")


async def test_c42_a_server_error_after_the_acceptance_is_no_refusal(subject):
    """Scenario 15."""
    subject.error_after_acceptance()
    with pytest.raises(OutcomeUnknown):
        await subject.broker.place(marketable(2), external_id="t")
    await assert_owned_once(subject, "t")


async def test_c43_half_an_answer_is_no_answer(subject):
    """Scenario 16."""
    subject.garbled_answer()
    with pytest.raises(OutcomeUnknown):
        await subject.broker.place(marketable(2), external_id="t")
    await assert_owned_once(subject, "t")


async def test_c44_a_lost_answer_to_a_cancel_has_cancelled(subject):
    order = await subject.broker.place(resting(1), external_id="t")
    await subject.pass_time(1)
    subject.answer_lost(accepted=True, call="cancel")
    with pytest.raises(OutcomeUnknown):
        await subject.broker.cancel(order.broker_order)
    assert (await in_the_end(subject, order.broker_order)).status is Status.CANCELLED


async def test_c45_a_lost_answer_to_a_replacement_has_replaced(subject):
    old = await subject.broker.place(resting(1), external_id="old")
    await subject.pass_time(1)
    subject.answer_lost(accepted=True, call="replace")
    with pytest.raises(OutcomeUnknown):
        await subject.broker.replace(old.broker_order, resting(1, worse=1), external_id="new")
    assert [found.replaces for found in await subject.broker.find("new")] == [old.broker_order]
    assert subject.ledger() == ["old", "new"]


async def test_c46_the_same_order_can_be_sent_after_it_was_lost(subject):
    """Scenario 14, and what whoever decides to try again may rely on."""
    subject.answer_lost(accepted=False)
    with pytest.raises(OutcomeUnknown):
        await subject.broker.place(resting(1), external_id="t-1")
    await subject.broker.place(resting(1), external_id="t-2")
    assert subject.ledger() == ["t-2"]


async def test_c47_a_search_can_see_an_order_late_and_asking_by_name_cannot(subject):
    """Scenario 13, where the venue's lists lag."""
    subject.search_lag(30)
    order = await subject.broker.place(resting(1), external_id="t")
    assert not await subject.broker.find("t")
    assert (await subject.broker.get(order.broker_order)).external_id == "t"
    await subject.pass_time(31)
    await assert_owned_once(subject, "t")


@pytest.mark.parametrize("call", ["find", "positions", "balances", "account"])
async def test_c48_a_question_without_an_answer_is_a_failure_and_not_an_empty_answer(subject, call):
    subject.never_answers(call)
    with pytest.raises(VenueFailure):
        await getattr(subject.broker, call)(*(("t",) if call == "find" else ()))


# ── logins ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_c49_while_nothing_can_be_sent_nothing_is_placed_and_later_all_is_well(subject):
    """Scenario 19."""
    await subject.broker.place(resting(1), external_id="before")
    await subject.unreachable()
    for _ in range(3):
        await subject.pass_time(FOURTEEN_MINUTES_S / 3)
        with pytest.raises(NotSent):
            await subject.broker.ready()
        with pytest.raises(NotSent):
            await subject.broker.place(resting(1, worse=1), external_id="meanwhile")
    assert subject.ledger() == ["before"]
    await subject.reachable()
    await subject.broker.ready()
    await subject.broker.place(resting(1, worse=1), external_id="after")
    assert subject.ledger() == ["before", "after"]


async def test_c50_hours_later_the_login_is_still_good(subject):
    """Scenario 18: what the broker logged in with has run out between the dry run and the order."""
    await subject.broker.dry_run(marketable(1))
    await subject.login_expires()
    order = await subject.broker.place(marketable(1), external_id="t")
    assert (await in_the_end(subject, order.broker_order)).status is Status.FILLED
    assert subject.ledger() == ["t"]


# ── streams that fail ──────────────────────────────────────────────────────────────────────────────────────────


async def test_c51_a_silent_stream_keeps_nothing_from_who_asks(subject):
    """Scenario 20."""
    subject.stream_silent()
    async with listening(subject) as heard:
        order = await subject.broker.place(marketable(2), external_id="t")
        ended = await in_the_end(subject, order.broker_order)
        assert not heard
    assert (ended.status, ended.filled(CALL.occ)) == (Status.FILLED, 2)


@pytest.mark.parametrize("build", ["tastytrade"], indirect=True)  # the fake's line is never cut
async def test_c52_what_happened_while_the_line_was_cut_is_told_once_it_is_there_again(subject):
    """Scenario 21: two fills are missed, and nothing is replayed."""
    async with listening(subject) as heard:
        order = await subject.broker.place(resting(2), external_id="t")
        await heard.until(bool)
        subject.stream_down()
        await asyncio.sleep(0.3)
        for ask in ("9.50", "9.49"):
            await subject.quote(CALL, "9.40", ask, size=1)
            await subject.pass_time(1)
        assert not heard.fills(order.broker_order)
        subject.stream_up()
        await heard.until_over(order.broker_order)
    assert [fill.quantity for fill in heard.fills(order.broker_order).values()] == [1, 1]
    assert heard[-1].status is Status.FILLED
