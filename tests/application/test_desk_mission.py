"""The mission's order, from a chat line to ten filled; and the other ways in which a good order can go."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from tastyflow.application.account_desk import AccountDesk
from tastyflow.domain.order.events import OrderDrafted, RehearsalConcluded, SubmissionClaimed
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.testresult import TestConcluded, TestPlanned, Verdict
from tastyflow.domain.ticket import Action
from tastyflow.domain.trader import CapacityReleased, CapacityReserved
from tastyflow.domain.venue import Position, Status
from tastyflow.errors import Misconfigured
from tastyflow_adapters.fake import Plan, ScriptedModel
from tastyflow_adapters.fake.order_plan import cancelled, fill, live
from tests.application.kit import CALL, MISSION, ONE_CALL, PRODUCTION, SANDBOX, AlteredBroker, alter, log, log_of, story
from tests.application.soundness import assert_sound

pytestmark = pytest.mark.anyio

RESTING = ScriptedModel(lambda _ticket: Plan((live(),)))


async def test_ten_calls_from_text_to_ten_filled(house):
    order = await house.once(MISSION)
    assert (order.stage, order.filled(PRODUCTION)) == (Stage.FILLED, 10)
    assert house.trader().reserved == {}
    assert_sound(house)


async def test_the_log_reads_as_the_twelve_steps(house):
    order = await house.once(MISSION)
    assert story(log_of(house.ledger, order)) == (
        "drafted validated claimed(sandbox) planned adopted(sandbox) went_live(sandbox) "
        "check_recorded check_recorded check_recorded "
        "fill_recorded(sandbox) filled(sandbox) "
        + "check_recorded "
        * 6
        + "concluded rehearsal_concluded approved claimed(production) "
        "adopted(production) went_live(production) fill_recorded(production) filled(production)"
    )


async def test_the_same_content_is_drafted_rehearsed_tested_approved_and_sent(house):
    order = await house.once(MISSION)
    events = log_of(house.ledger, order)
    said = {
        event.digest
        for event in events
        if isinstance(event, OrderDrafted | SubmissionClaimed | TestPlanned | RehearsalConcluded)
    }
    placed = {snapshot.ticket.digest for book in house.books() for snapshot in book}
    assert said == placed == {order.ticket.digest}


async def test_one_attempt_at_each_venue_and_one_order_in_each_book(house):
    order = await house.once(MISSION)
    assert [(a.venue, a.number) for a in order.attempts] == [(SANDBOX, 1), (PRODUCTION, 1)]
    assert [len(book) for book in house.books()] == [1, 1]


async def test_capacity_is_reserved_with_the_draft_and_given_back_with_the_end(house):
    order = await house.once(MISSION)
    events = log(house.ledger)
    reserved = next(i for i, e in enumerate(events) if isinstance(e, CapacityReserved))
    released = next(i for i, e in enumerate(events) if isinstance(e, CapacityReleased))
    assert events[reserved].notional_usd == order.notional_usd == order.ticket.price * 1000
    assert story(events[reserved - 2 : reserved]) == "drafted validated"
    assert story(events[released - 2 : released]) == "filled(production) order_progressed"


async def test_the_trader_is_told_what_an_unpriced_order_became(house):
    order = await house.once(MISSION)
    quote = house.market.quotes_now([CALL])[CALL]
    assert quote.bid < order.ticket.price < quote.ask
    assert order.completions == (
        "Buy means buy to open: nothing held.",
        f"Priced at the mid of {quote.bid} / {quote.ask}: {order.ticket.price}.",
    )


async def test_the_words_of_the_echo_parse_back_to_the_same_ticket(house):
    async with house.desk() as desk:
        first = await house.place(desk, MISSION)
        again = await house.place(desk, first.words)
    assert again.ticket == first.ticket
    assert again.completions == ()


async def test_the_same_message_twice_is_one_order(house):
    async with house.desk() as desk:
        first = await house.place(desk, MISSION, message="once")
        again = await house.place(desk, MISSION, message="once")
    assert again == first
    assert [len(book) for book in house.books()] == [1, 1]


async def test_the_same_message_twice_at_once_is_one_order_and_no_error(house):
    async with house.desk() as desk:
        both = await house.until(
            asyncio.gather(*(desk.place(house.message(MISSION, message="once")) for _ in range(2)))
        )
        asked = await house.until(
            asyncio.gather(*(desk.ask(house.message(MISSION, message="twice")) for _ in range(2)))
        )
    assert len({order.id for order in both}) == 1
    assert [reply.error for reply in asked] == [None, None]
    assert [len(book) for book in house.books()] == [2, 2]
    assert_sound(house)


async def test_chat_that_is_no_command_is_ignored_and_leaves_no_trace(house):
    before = len(log(house.ledger))
    async with house.desk() as desk:
        reply = await house.until(desk.ask(house.message("good morning all, what a game last night")))
    assert reply.ignored
    assert len(log(house.ledger)) == before


async def test_without_a_live_venue_an_order_ends_rehearsed_and_gives_its_capacity_back(house):
    house.production = None
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        house.clock.jump(house.policy.proof_valid_s + 1)
        later = await house.until(desk.refresh(order.id))
    assert order.stage is later.stage is Stage.REHEARSED
    assert house.trader().reserved == {}
    assert [len(book) for book in house.books()] == [1, 0]


async def test_a_desk_whose_venues_are_mixed_up_does_not_open(house):
    house.sandbox = house.live
    with pytest.raises(Misconfigured):
        house.desk()


# ── buy, sell, close: by the position held ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("held", "asked", "action"),
    [
        (0, "buy", Action.BUY_TO_OPEN),
        (3, "buy", Action.BUY_TO_OPEN),
        (-3, "buy", Action.BUY_TO_CLOSE),
        (0, "sell", Action.SELL_TO_OPEN),
        (-3, "sell", Action.SELL_TO_OPEN),
        (3, "sell", Action.SELL_TO_CLOSE),
        (3, "close", Action.SELL_TO_CLOSE),
        (-3, "close", Action.BUY_TO_CLOSE),
    ],
)
async def test_a_plain_side_is_settled_by_the_position_held(house, held, asked, action):
    for venue in (house.rehearsals, house.live):
        venue.endow(Position(CALL, held, Decimal(5)))
    order = await house.once(f"{asked} 2 SPY 450 call exp Dec 18 2026")
    assert [leg.action for leg in order.legs] == [action]
    assert order.stage is Stage.FILLED
    assert any("means" in sentence for sentence in order.completions)


async def test_what_was_bought_can_be_closed(house):
    async with house.desk() as desk:
        await house.place(desk, MISSION)
        closed = await house.place(desk, "close 10 SPY 450 calls exp Dec 18 2026")
    assert closed.stage is Stage.FILLED
    assert list(await house.live.positions()) == []


# ── working, partly filled, over ───────────────────────────────────────────────────────────────────────────────


async def test_an_order_that_rests_is_working_and_keeps_its_capacity(build):
    house = await build(models=(RESTING, RESTING))
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        assert order.stage is Stage.WORKING
        assert set(house.trader().reserved) == {order.id}
    rested = house.books()[0][0]
    assert rested.status is Status.CANCELLED  # the rehearsal tidied up
    assert_sound(house)


async def test_a_partial_fill_is_told_and_the_rest_follows(build):
    slowly = ScriptedModel(lambda _ticket: Plan((live(), fill(4), fill(6, after_s=30))))
    house = await build(models=(None, slowly))
    async with house.desk() as desk:
        part = await house.place(desk, MISSION)
        assert (part.stage, part.filled(PRODUCTION)) == (Stage.WORKING, 4)
        await house.until(house.clock.sleep(60))
        whole = house.order(part.id)
    assert (whole.stage, whole.filled(PRODUCTION)) == (Stage.FILLED, 10)
    texts = [notice.sentence for notice in house.told.notices]
    assert [text for text in texts if text.startswith("Filled ")] == [
        f"Filled 4 at {part.ticket.price}; 4 of 10.",
        f"Filled 6 at {part.ticket.price}; 10 of 10.",
    ]
    assert house.trader().reserved == {}


async def test_a_partial_fill_that_expires_keeps_what_was_filled(build):
    half = ScriptedModel(lambda _ticket: Plan((live(), fill(4), cancelled(after_s=5))))
    house = await build(models=(None, half))
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        await house.until(house.clock.sleep(20))
        order = house.order(order.id)
    assert (order.stage, order.filled(PRODUCTION)) == (Stage.CANCELLED, 4)
    assert house.trader().reserved == {}


async def test_the_follower_stops_when_the_order_is_over(house):
    async with house.desk() as desk:
        await house.place(desk, MISSION)
        await asyncio.sleep(0)
        assert desk._desks.first.live._follower._by_order == {}


async def test_a_working_order_is_followed_again_by_the_next_desk(build):
    slowly = ScriptedModel(lambda _ticket: Plan((live(), fill(10, after_s=300))))
    house = await build(models=(None, slowly))
    first = await house.once(MISSION)
    assert first.stage is Stage.WORKING
    async with house.desk() as desk:
        await house.until(desk.recover())
        await house.until(house.clock.sleep(400))
        assert house.order(first.id).stage is Stage.FILLED


# ── the proof ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_proof_counts_for_its_time_and_no_longer(house):
    order = await house.once(ONE_CALL)
    concluded = next(e for e in log_of(house.ledger, order) if isinstance(e, TestConcluded))
    assert concluded.verdict is Verdict.PASSED
    assert concluded.valid_until - concluded.at == timedelta(seconds=house.policy.proof_valid_s)


async def test_an_order_whose_proof_went_stale_before_the_claim_is_not_promoted(house, monkeypatch):
    place = AccountDesk.place

    async def late(desk, *asked):
        real = desk.live.promote

        async def promote_late(order):
            house.clock.jump(house.policy.proof_valid_s + 1)
            return await real(order)

        desk.live.promote = promote_late
        return await place(desk, *asked)

    monkeypatch.setattr(AccountDesk, "place", late)
    order = await house.once(MISSION)
    assert (order.stage, order.code) == (Stage.REFUSED, "gate")
    assert "too old" in order.message
    assert house.books()[1] == []
    assert house.trader().reserved == {}


async def test_a_trader_suspended_during_the_rehearsal_is_not_promoted(house):
    def suspend_meanwhile(call, snapshot):
        if call == "place":
            asyncio.get_running_loop().create_task(alter(house, lambda t, why: t.suspend(why=why)))
        return snapshot

    house.sandbox = AlteredBroker(house.rehearsals, suspend_meanwhile)
    order = await house.once(MISSION)
    assert (order.stage, order.code) == (Stage.REFUSED, "gate")
    assert house.books()[1] == []
    assert house.trader().reserved == {}
