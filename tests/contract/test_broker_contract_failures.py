"""What a broker says when something goes wrong on the way, and what is true at the venue then."""

import asyncio

import pytest

from tastyflow.domain.venue import Status
from tastyflow.errors import NotSent, OutcomeUnknown, VenueFailure
from tests.contract.bench import in_the_end, listening
from tests.contract.bench_tickets import CALL, marketable, resting

pytestmark = pytest.mark.anyio

FOURTEEN_MINUTES_S = 840


async def assert_owned_once(bench, tag):
    """The venue has the order, once, and it is found under its tag."""
    assert bench.ledger() == [tag]
    assert [found.external_id for found in await bench.broker.find(tag)] == [tag]


async def assert_nowhere(bench, tag):
    assert bench.ledger() == []
    assert not await bench.broker.find(tag)


# ── ambiguous answers ──────────────────────────────────────────────────────────────────────────────────────────


async def test_c40_no_answer_and_the_order_was_accepted(bench):
    """Scenario 13."""
    bench.answer_lost(accepted=True)
    with pytest.raises(OutcomeUnknown):
        await bench.broker.place(marketable(2), external_id="t")
    await assert_owned_once(bench, "t")
    (found,) = await bench.broker.find("t")
    assert (await in_the_end(bench, found.broker_order)).filled(CALL.occ) == 2


async def test_c41_no_answer_and_the_order_was_never_seen(bench):
    """Scenario 14."""
    bench.answer_lost(accepted=False)
    with pytest.raises(OutcomeUnknown):
        await bench.broker.place(marketable(2), external_id="t")
    await bench.pass_time(60)
    await assert_nowhere(bench, "t")


async def test_c42_a_server_error_after_the_acceptance_is_no_refusal(bench):
    """Scenario 15."""
    bench.error_after_acceptance()
    with pytest.raises(OutcomeUnknown):
        await bench.broker.place(marketable(2), external_id="t")
    await assert_owned_once(bench, "t")


async def test_c43_half_an_answer_is_no_answer(bench):
    """Scenario 16."""
    bench.garbled_answer()
    with pytest.raises(OutcomeUnknown):
        await bench.broker.place(marketable(2), external_id="t")
    await assert_owned_once(bench, "t")


async def test_c44_a_lost_answer_to_a_cancel_has_cancelled(bench):
    order = await bench.broker.place(resting(1), external_id="t")
    await bench.pass_time(1)
    bench.answer_lost(accepted=True, call="cancel")
    with pytest.raises(OutcomeUnknown):
        await bench.broker.cancel(order.broker_order)
    assert (await in_the_end(bench, order.broker_order)).status is Status.CANCELLED


async def test_c45_a_lost_answer_to_a_replacement_has_replaced(bench):
    old = await bench.broker.place(resting(1), external_id="old")
    await bench.pass_time(1)
    bench.answer_lost(accepted=True, call="replace")
    with pytest.raises(OutcomeUnknown):
        await bench.broker.replace(old.broker_order, resting(1, worse=1), external_id="new")
    assert [found.replaces for found in await bench.broker.find("new")] == [old.broker_order]
    assert bench.ledger() == ["old", "new"]


async def test_c46_the_same_order_can_be_sent_after_it_was_lost(bench):
    """Scenario 14, and what whoever decides to try again may rely on."""
    bench.answer_lost(accepted=False)
    with pytest.raises(OutcomeUnknown):
        await bench.broker.place(resting(1), external_id="t-1")
    await bench.broker.place(resting(1), external_id="t-2")
    assert bench.ledger() == ["t-2"]


async def test_c47_a_search_can_see_an_order_late_and_asking_by_name_cannot(bench):
    """Scenario 13, where the venue's lists lag."""
    bench.search_lag(30)
    order = await bench.broker.place(resting(1), external_id="t")
    assert not await bench.broker.find("t")
    assert (await bench.broker.get(order.broker_order)).external_id == "t"
    await bench.pass_time(31)
    await assert_owned_once(bench, "t")


@pytest.mark.parametrize("call", ["find", "positions", "balances", "account"])
async def test_c48_a_question_without_an_answer_is_a_failure_and_not_an_empty_answer(bench, call):
    bench.never_answers(call)
    with pytest.raises(VenueFailure):
        await getattr(bench.broker, call)(*(("t",) if call == "find" else ()))


# ── logins ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_c49_while_nothing_can_be_sent_nothing_is_placed_and_later_all_is_well(bench):
    """Scenario 19."""
    await bench.broker.place(resting(1), external_id="before")
    await bench.unreachable()
    for _ in range(3):
        await bench.pass_time(FOURTEEN_MINUTES_S / 3)
        with pytest.raises(NotSent):
            await bench.broker.ready()
        with pytest.raises(NotSent):
            await bench.broker.place(resting(1, worse=1), external_id="meanwhile")
    assert bench.ledger() == ["before"]
    await bench.reachable()
    await bench.broker.ready()
    await bench.broker.place(resting(1, worse=1), external_id="after")
    assert bench.ledger() == ["before", "after"]


async def test_c50_hours_later_the_login_is_still_good(bench):
    """Scenario 18: what the broker logged in with has run out between the dry run and the order."""
    await bench.broker.dry_run(marketable(1))
    await bench.login_expires()
    order = await bench.broker.place(marketable(1), external_id="t")
    assert (await in_the_end(bench, order.broker_order)).status is Status.FILLED
    assert bench.ledger() == ["t"]


# ── streams that fail ──────────────────────────────────────────────────────────────────────────────────────────


async def test_c51_a_silent_stream_keeps_nothing_from_who_asks(bench):
    """Scenario 20."""
    bench.stream_silent()
    async with listening(bench) as heard:
        order = await bench.broker.place(marketable(2), external_id="t")
        ended = await in_the_end(bench, order.broker_order)
        assert not heard
    assert (ended.status, ended.filled(CALL.occ)) == (Status.FILLED, 2)


@pytest.mark.parametrize("build", ["tastytrade"], indirect=True)  # the fake's line is never cut
async def test_c52_what_happened_while_the_line_was_cut_is_told_once_it_is_there_again(bench):
    """Scenario 21: two fills are missed, and nothing is replayed."""
    async with listening(bench) as heard:
        order = await bench.broker.place(resting(2), external_id="t")
        await heard.until(bool)
        bench.stream_down()
        await asyncio.sleep(0.3)
        for ask in ("9.50", "9.49"):
            await bench.quote(CALL, "9.40", ask, size=1)
            await bench.pass_time(1)
        assert not heard.fills(order.broker_order)
        bench.stream_up()
        await heard.until_over(order.broker_order)
    assert [fill.quantity for fill in heard.fills(order.broker_order).values()] == [1, 1]
    assert heard[-1].status is Status.FILLED
