"""Bad days at each venue: whatever is lost on the way, the books and the log agree one to one."""

from contextlib import asynccontextmanager

import pytest
from attrs import evolve
from eventsourcing.persistence import OperationalError

from tastyflow.domain.order import Order
from tastyflow.domain.order.events import SubmissionClaimed
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.submission import AttemptOutcome
from tastyflow.domain.policy import Policy
from tastyflow.domain.setup import SetupClaimed
from tastyflow.errors import InDoubt, OutcomeUnknown, StoreFailure
from tastyflow_adapters.fake import FakeFaults, FaultyBroker, Plan, ScriptedModel, StreamFaults
from tastyflow_adapters.fake.faults import NOT_SENT, REQUEST_LOST, RESPONSE_LOST, answered_late, refused
from tastyflow_adapters.fake.order_plan import fill, live
from tests.application.kit import MISSION, PRODUCTION, SANDBOX, AlteredBroker, log, log_of, setup_claims, story
from tests.application.soundness import assert_sound

pytestmark = pytest.mark.anyio

ALWAYS = 20


def faulty(house, venue, **plan):
    """Let things go wrong at *venue*; the counter says how often an order was sent there."""
    faults = FakeFaults(**plan)
    sent = []

    class Counting(FaultyBroker):
        async def place(self, ticket, *, external_id, **how):
            own = {claim.external_id for claim in setup_claims(log(house.ledger))}
            if external_id not in own:  # the desk's own, in the sandbox
                sent.append(external_id)
            return await super().place(ticket, external_id=external_id, **how)

    if venue is SANDBOX:
        house.sandbox = Counting(house.rehearsals, faults, house.clock)
    else:
        house.production = Counting(house.live, faults, house.clock)
    return sent


def attempts(order, venue):
    return [attempt.outcome for attempt in order.attempts if attempt.venue is venue]


# ── production: never sent again while it may be there ─────────────────────────────────────────────────────────


async def test_production_accepted_and_the_answer_was_lost_it_is_found_and_adopted(house):
    sent = faulty(house, PRODUCTION, calls={"place": [RESPONSE_LOST]})
    order = await house.once(MISSION)
    assert (order.stage, order.filled(PRODUCTION)) == (Stage.FILLED, 10)
    assert "lost(production) adopted(production)" in story(log_of(house.ledger, order))
    assert len(sent) == len(house.books()[1]) == 1
    assert_sound(house)


async def test_production_never_got_it_a_person_looks_and_nothing_is_sent_again(house):
    sent = faulty(house, PRODUCTION, calls={"place": [REQUEST_LOST]})
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        await house.until(house.clock.sleep(600))
        await house.until(desk.recover())
        order = house.order(order.id)
    assert (order.stage, order.code) == (Stage.ESCALATED, "outcome_unknown")
    assert attempts(order, PRODUCTION) == [AttemptOutcome.NOT_FOUND]
    assert len(sent) == 1
    assert house.books()[1] == []
    assert set(house.trader().reserved) == {order.id}  # it may still be there
    assert_sound(house)


async def test_production_was_not_reached_it_is_claimed_again_and_sent(house):
    sent = faulty(house, PRODUCTION, calls={"place": [NOT_SENT, NOT_SENT]})
    order = await house.once(MISSION)
    assert order.stage is Stage.FILLED
    assert attempts(order, PRODUCTION) == [AttemptOutcome.NOT_SENT, AttemptOutcome.NOT_SENT, AttemptOutcome.ADOPTED]
    assert len(set(sent)) == 3
    assert_sound(house)


async def test_production_was_never_reached_the_order_ends_and_gives_its_capacity_back(house):
    sent = faulty(house, PRODUCTION, calls={"place": [NOT_SENT] * ALWAYS})
    order = await house.once(MISSION)
    assert (order.stage, order.code) == (Stage.REFUSED, "not_sent")
    assert attempts(order, PRODUCTION) == [AttemptOutcome.NOT_SENT] * house.policy.max_attempts
    assert len(sent) == house.policy.max_attempts
    assert house.trader().reserved == {}
    assert house.books()[1] == []
    assert_sound(house)


async def test_a_policy_without_second_tries_ends_after_the_first(build):
    house = await build(policy=Policy(retry_waits_s=()))
    faulty(house, PRODUCTION, calls={"place": [NOT_SENT]})
    assert (await house.once(MISSION)).code == "not_sent"


async def test_production_says_no_the_order_is_rejected_and_gives_its_capacity_back(house):
    sent = faulty(house, PRODUCTION, calls={"place": [refused("margin_check_failed", "No money.")]})
    order = await house.once(MISSION)
    assert (order.stage, order.code, order.message) == (Stage.REJECTED, "margin_check_failed", "No money.")
    assert len(sent) == 1
    assert house.trader().reserved == {}
    assert_sound(house)


async def test_an_answer_for_another_order_is_no_answer(house):
    house.production = AlteredBroker(
        house.live, lambda call, snapshot: evolve(snapshot, external_id="other") if call == "place" else snapshot
    )
    order = await house.once(MISSION)
    assert "lost(production) adopted(production)" in story(log_of(house.ledger, order))
    assert order.stage is Stage.FILLED


async def test_an_error_nobody_foresaw_counts_as_unknown(house):
    class Surprising(FaultyBroker):
        async def place(self, ticket, *, external_id, **how):
            await self.broker.place(ticket, external_id=external_id, **how)
            raise ValueError("not JSON")

    house.production = Surprising(house.live, FakeFaults(), house.clock)
    order = await house.once(MISSION)
    assert order.stage is Stage.FILLED
    assert len(house.books()[1]) == 1


async def test_what_the_search_sees_late_is_found_by_a_later_search(house):
    faulty(house, PRODUCTION, calls={"place": [RESPONSE_LOST]}, search_lag_s=5, stream=StreamFaults(is_silent=True))
    assert (await house.once(MISSION)).stage is Stage.FILLED
    assert_sound(house)


async def test_what_appears_after_the_search_gave_up_is_adopted_all_the_same(house):
    faulty(house, PRODUCTION, calls={"place": [RESPONSE_LOST]}, search_lag_s=120, stream=StreamFaults(is_silent=True))
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        assert order.stage is Stage.ESCALATED
        await house.until(house.clock.sleep(200))
    assert house.order(order.id).stage is Stage.FILLED
    assert house.trader().reserved == {}
    assert_sound(house)


async def test_what_appears_after_it_was_given_up_has_an_owner_all_the_same(house):
    faulty(house, PRODUCTION, calls={"place": [RESPONSE_LOST]}, search_lag_s=120, stream=StreamFaults(is_silent=True))
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        (given_up,) = await house.until(desk.cancel(house.message("cancel"), order.reference))
        assert given_up.stage is Stage.ABANDONED
        assert house.trader().reserved == {}
        await house.until(house.clock.sleep(200))
    assert house.order(order.id).stage is Stage.FILLED
    assert_sound(house)


async def test_what_appears_after_a_restart_is_adopted_by_the_next_desk(house):
    faulty(house, PRODUCTION, calls={"place": [RESPONSE_LOST]}, search_lag_s=120, stream=StreamFaults(is_silent=True))
    order = await house.once(MISSION)
    assert order.stage is Stage.ESCALATED
    house.clock.jump(200)
    async with house.desk() as desk:
        await house.until(desk.recover())
    assert house.order(order.id).stage is Stage.FILLED
    assert_sound(house)


async def test_a_search_that_never_completes_is_no_search(house):
    faulty(
        house,
        PRODUCTION,
        calls={"place": [RESPONSE_LOST], "find": [REQUEST_LOST] * 5},
        stream=StreamFaults(is_silent=True),
    )
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        assert order.stage is Stage.ESCALATED
        assert attempts(order, PRODUCTION) == [AttemptOutcome.UNKNOWN]
        await house.until(house.clock.sleep(10))
    assert house.order(order.id).stage is Stage.FILLED


async def test_a_slow_answer_is_an_answer(house):
    faulty(house, PRODUCTION, calls={"place": [answered_late(45)]})
    assert (await house.once(MISSION)).stage is Stage.FILLED


async def test_a_venue_that_cannot_be_asked_for_a_while_is_asked_again(build):
    house = await build(models=(None, ScriptedModel(lambda _t: Plan((live(), fill(10, after_s=60))))))
    faulty(house, PRODUCTION, calls={"get": [REQUEST_LOST] * ALWAYS}, stream=StreamFaults(is_silent=True))
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        await house.until(house.clock.sleep(600))
    assert house.order(order.id).stage is Stage.FILLED


# ── the sandbox: it may be asked again once the search came back empty ─────────────────────────────────────────


async def test_the_sandbox_accepted_and_the_answer_was_lost_it_is_found_and_tested(house):
    sent = faulty(house, SANDBOX, calls={"place": [RESPONSE_LOST]})
    order = await house.once(MISSION)
    assert order.stage is Stage.FILLED
    assert len(sent) == len(house.books()[0]) == 1
    assert_sound(house)


async def test_the_sandbox_never_got_it_it_is_rehearsed_again(house):
    sent = faulty(house, SANDBOX, calls={"place": [REQUEST_LOST]})
    order = await house.once(MISSION)
    assert order.stage is Stage.FILLED
    assert attempts(order, SANDBOX) == [AttemptOutcome.NOT_FOUND, AttemptOutcome.ADOPTED]
    assert len(sent) == 2
    assert len(house.books()[0]) == 1
    assert_sound(house)


@pytest.mark.parametrize("fault", [NOT_SENT, REQUEST_LOST])
async def test_the_sandbox_was_never_reached_the_order_is_refused(house, fault):
    sent = faulty(house, SANDBOX, calls={"place": [fault] * ALWAYS})
    order = await house.once(MISSION)
    assert (order.stage, order.code) == (Stage.REFUSED, "sandbox_away")
    assert "hange the order" not in order.hint
    assert len(sent) == house.policy.max_attempts
    assert house.books() == ([], [])
    assert house.trader().reserved == {}
    assert_sound(house)


async def test_the_sandbox_was_not_reached_once(house):
    faulty(house, SANDBOX, calls={"place": [NOT_SENT]})
    order = await house.once(MISSION)
    assert order.stage is Stage.FILLED
    assert attempts(order, SANDBOX) == [AttemptOutcome.NOT_SENT, AttemptOutcome.ADOPTED]


async def test_the_sandbox_is_not_asked_again_while_no_search_was_complete(house):
    lost = {"place": [RESPONSE_LOST], "find": [REQUEST_LOST] * ALWAYS}
    sent = faulty(house, SANDBOX, calls=lost, stream=StreamFaults(is_silent=True))
    order = await house.once(MISSION)
    assert order.stage is Stage.REFUSED
    assert attempts(order, SANDBOX) == [AttemptOutcome.UNKNOWN]
    assert len(sent) == 1
    assert house.trader().reserved == {}
    assert house.books()[1] == []


async def test_what_the_sandbox_shows_too_late_belongs_to_the_first_attempt(house):
    faulty(house, SANDBOX, calls={"place": [RESPONSE_LOST]}, search_lag_s=60, stream=StreamFaults(is_silent=True))
    order = await house.once(MISSION)
    assert order.stage is Stage.FILLED
    assert {snapshot.external_id for snapshot in house.books()[0]} == {
        attempt.external_id for attempt in order.attempts if attempt.venue is SANDBOX
    }
    assert_sound(house)


# ── streams: always the same end ───────────────────────────────────────────────────────────────────────────────

STREAMS = {
    "silent": StreamFaults(is_silent=True),
    "twice": StreamFaults(twice=1.0),
    **{f"swapped {n}": StreamFaults(swapped=0.6, seed=n) for n in range(4)},
    **{f"lost {n}": StreamFaults(lost=0.5, seed=n) for n in range(4)},
    **{f"everything {n}": StreamFaults(twice=0.4, swapped=0.4, lost=0.4, seed=n) for n in range(8)},
}
SLICES = Plan((live(), fill(3, after_s=0.2), fill(3, after_s=0.2), fill(4, after_s=0.2)))


@pytest.mark.parametrize("venue", [SANDBOX, PRODUCTION])
@pytest.mark.parametrize("name", STREAMS)
async def test_a_bad_stream_changes_nothing_about_the_end(build, venue, name):
    sliced = ScriptedModel(lambda _ticket: SLICES)
    house = await build(models=(sliced, sliced), policy=Policy(rest_wait_s=5))
    faulty(house, venue, stream=STREAMS[name])
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        await house.until(house.clock.sleep(30))
    order = house.order(order.id)
    assert (order.stage, order.filled(PRODUCTION), order.filled(SANDBOX)) == (Stage.FILLED, 10, 10)
    assert {fill.fill_id for fill in order.fills} == {
        fill.fill_id for book in house.books() for snapshot in book for fill in snapshot.fills
    }
    assert house.trader().reserved == {}
    assert_sound(house)


async def test_a_stream_that_breaks_is_opened_again(build):
    house = await build(models=(None, ScriptedModel(lambda _t: Plan((live(), fill(10, after_s=20))))))
    opened = 0

    class Breaking(FaultyBroker):
        def updates(self):
            return self.breaking()

        @asynccontextmanager
        async def breaking(self):
            nonlocal opened
            opened += 1
            if opened < 4:
                raise OutcomeUnknown("the line is cut")
            async with self.broker.updates() as stream:
                yield stream

    house.production = Breaking(house.live, FakeFaults(), house.clock)
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        await house.until(house.clock.sleep(60))
    assert opened == 4
    assert house.order(order.id).stage is Stage.FILLED


# ── the log itself fails ───────────────────────────────────────────────────────────────────────────────────────


async def test_what_was_placed_while_the_log_could_not_be_written_is_adopted_once_it_can(house, monkeypatch):
    submit, is_full = house.ledger.log.append, False

    def maybe(stored, **conditions):
        if is_full:
            raise OperationalError("disk full")
        return submit(stored, **conditions)

    class FillingTheDisk(FaultyBroker):
        async def place(self, ticket, *, external_id, **how):
            nonlocal is_full
            is_full = True
            return await self.broker.place(ticket, external_id=external_id, **how)

    monkeypatch.setattr(house.ledger.log, "append", maybe)
    house.production = FillingTheDisk(house.live, FakeFaults(), house.clock)
    async with house.desk() as desk:
        with pytest.raises(InDoubt, match="may be in production") as failure:
            await house.place(desk, MISSION, message="m")
        assert failure.value.data == {"order": Order.id_of("cli", "m").hex[:6]}
        assert "Do not order it again" in failure.value.hint
        await house.until(house.clock.sleep(30))
        is_full = False
        await house.until(house.clock.sleep(30))
        (order,) = desk.lookup.newest_orders(1)
    assert order.stage is Stage.FILLED
    assert house.trader().reserved == {}
    assert_sound(house)


async def test_whichever_append_fails_the_error_says_which_order_is_in_production_perhaps(build, monkeypatch):
    """The log is full from the k-th append on, for each k."""
    told = []
    for k in range(1, 40):
        house = await build()
        submit, left = house.ledger.log.append, [k - 1]

        def maybe(stored, _submit=submit, _left=left, **conditions):
            if not _left[0]:
                raise OperationalError("disk full")
            _left[0] -= 1
            return _submit(stored, **conditions)

        monkeypatch.setattr(house.ledger.log, "append", maybe)
        async with house.desk() as desk:
            try:
                await house.place(desk, MISSION, message="m")
                break
            except StoreFailure as failure:
                error = failure
        order = house.ledger.read(Order, Order.id_of("cli", "m"))
        is_there = bool(house.books()[1])
        told.append((is_there, isinstance(error, InDoubt)))
        if order is not None and order.stage is not Stage.DRAFTED:
            assert error.data == {"order": order.reference}, k
            assert ("may be in production" if is_there else "not in production") in error.message, k
    assert set(told) == {(False, False), (True, True)}


async def test_no_order_leaves_before_its_claim_is_in_the_log(house):
    seen = []

    class Looking(FaultyBroker):
        async def place(self, ticket, *, external_id, **how):
            claims = {e.external_id for e in log(house.ledger) if isinstance(e, SubmissionClaimed | SetupClaimed)}
            seen.append(external_id in claims)
            return await self.broker.place(ticket, external_id=external_id, **how)

    house.sandbox = Looking(house.rehearsals, FakeFaults(), house.clock)
    house.production = Looking(house.live, FakeFaults(), house.clock)
    await house.once(MISSION)
    assert seen == [True, True, True]  # the third puts the sandbox account back


# ── the stream knows it before any list does ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("venue", [SANDBOX, PRODUCTION])
async def test_an_order_that_no_list_shows_yet_is_known_from_the_stream(house, venue):
    sent = faulty(house, venue, calls={"place": [RESPONSE_LOST]}, search_lag_s=3600.0)
    order = await house.once(MISSION)
    assert order.stage is Stage.FILLED
    assert f"lost({venue}) adopted({venue})" in story(log_of(house.ledger, order))
    assert "escalated" not in story(log_of(house.ledger, order))
    assert len(sent) == len(house.books()[0 if venue is SANDBOX else 1]) == 1
    assert_sound(house)
