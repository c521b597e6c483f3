"""What a person must look at, and what a person decides on an order that is in doubt."""

import asyncio

import pytest
from attrs import evolve

from tastyflow.application.incidents.handling import Handler, open_incidents
from tastyflow.application.live.recording import record_snapshots
from tastyflow.domain.incident import Incident, IncidentAcknowledged, IncidentClosed, IncidentKind, IncidentOpened
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import EscalationReason, FoundBy, OrderEscalated, SubmissionAdopted
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.trader import Permission
from tastyflow.errors import IllegalStep, Refused, VenueFailure
from tastyflow_adapters.fake import FakeFaults, FaultyBroker, Plan, ScriptedModel
from tastyflow_adapters.fake.faults import REQUEST_LOST, RESPONSE_LOST, StreamFaults
from tastyflow_adapters.fake.order_plan import live
from tests.application.kit import MISSION, ONE_CALL, PRODUCTION, DeskUnderTest, alter, log, log_of, story
from tests.application.soundness import assert_sound

pytestmark = pytest.mark.anyio

BOTH = frozenset({Permission.APPROVE, Permission.ADMINISTER})


@pytest.fixture
async def house(build) -> DeskUnderTest:
    house = await build()
    await house.hire("ann", permissions={Permission.ADMINISTER})
    return house


def losing(house: DeskUnderTest, *faults, **more) -> FaultyBroker:
    """Production, which loses so many requests or answers and tells nothing by stream."""
    plan = FakeFaults({"place": list(faults)}, stream=StreamFaults(is_silent=True), **more)
    house.production = FaultyBroker(house.live, plan, house.clock)
    return house.production


def incident_of(house: DeskUnderTest, order: Order) -> Incident:
    found = house.ledger.read(Incident, Incident.id_of(IncidentKind.ORDER, order.id.hex))
    assert found is not None
    return found


def ann(desk, house: DeskUnderTest) -> Handler:
    return desk.handler(house.message("incident", user="ann"))


async def in_doubt(house: DeskUnderTest, text: str = ONE_CALL, **more) -> Order:
    losing(house, REQUEST_LOST, **more)
    order = await house.once(text)
    assert order.stage is Stage.ESCALATED
    return order


async def at_work_and_in_doubt(house: DeskUnderTest) -> Order:
    """An order that works in production, and that a person must look at."""
    house.live._book._engine._model = ScriptedModel([Plan((live(),))])
    order = await house.once(MISSION)
    why = house.context.because("desk", order)

    def decide(tx):
        current = tx.require(Order, order.id)
        tx.record(current.escalate(reason=EscalationReason.ECHO_DIFFERS, message="Other content.", why=why))

    return await house.until(house.context.change(order.id, decide))


class Searched:
    """A venue that remembers from when on it was searched."""

    def __init__(self, broker):
        self._broker, self.since = broker, []

    def __getattr__(self, name):
        return getattr(self._broker, name)

    async def find(self, external_id, *, since=None):
        self.since.append(since)
        return await self._broker.find(external_id, since=since)


# Opened and closed by what is recorded


async def test_an_escalated_order_opens_its_incident_in_the_same_append(house):
    order = await in_doubt(house)
    events = log(house.ledger)
    escalated = next(n for n, event in enumerate(events) if isinstance(event, OrderEscalated))
    opened = next(event for event in events if isinstance(event, IncidentOpened))
    assert opened.at == events[escalated].at
    assert events[escalated].incident == opened.originator_id
    assert open_incidents(house.ledger) == (incident_of(house, order),)
    assert opened.message.startswith(f"Order {order.reference}, {order.words}: Production never answered")
    assert_sound(house)


async def test_what_the_venue_tells_at_last_closes_it_in_words(house):
    losing(house, RESPONSE_LOST, search_lag_s=120)
    order = await house.once(MISSION)
    assert incident_of(house, order).is_open
    house.clock.jump(200)
    house.production = house.live
    async with house.desk() as desk:
        await house.until(desk.refresh(order.id))
    told = incident_of(house, order)
    assert (told.closed_by, told.how) == (
        "the desk",
        "The venue has told what became of it: the order is filled.",
    )
    assert open_incidents(house.ledger) == ()


async def test_what_only_a_person_can_judge_is_not_closed_by_the_end_of_the_order(house):
    order = await house.once(MISSION)
    because = house.context.because("desk", order)

    def decide(tx):
        current = tx.require(Order, order.id)
        tx.record(current.escalate(reason=EscalationReason.ECHO_DIFFERS, message="Other content.", why=because))

    await house.until(house.context.change(order.id, decide))
    async with house.desk() as desk:
        await house.until(desk.refresh(order.id))
    assert incident_of(house, order).is_open


@pytest.mark.parametrize("reason", EscalationReason)
def test_every_reason_for_a_person_says_what_to_do(reason):
    from tastyflow.application.incidents.opening import _HINTS

    assert _HINTS[reason].endswith(".")


async def test_a_thing_that_is_seen_again_after_its_end_is_open_again_and_listed_once(house):
    order = await in_doubt(house)
    async with house.desk() as desk:
        who = ann(desk, house)
        await house.until(desk.incidents.acknowledge(order.reference, who))
        await house.until(desk.incidents.close(order.reference, "looked at the venue", who))
        assert desk.incidents.open_ones() == ()

    def decide(tx):
        current = tx.require(Order, order.id)
        why = house.context.because("desk", current)
        tx.record(current.escalate(reason=EscalationReason.EXCESS_FILL, message="Too many.", why=why))

    await house.until(house.context.change(order.id, decide))
    assert [(each.id, each.told, each.acknowledged_by) for each in open_incidents(house.ledger)] == [
        (incident_of(house, order).id, 0, "")
    ]


# Who handles incidents


async def test_incidents_are_handled_by_who_may_administer(house):
    await in_doubt(house)
    await house.hire("bob", permissions={Permission.APPROVE, Permission.HALT, Permission.LONG_OPTIONS})
    async with house.desk() as desk:
        for name, code in (("bob", "not_permitted"), ("stranger", "unknown_trader")):
            with pytest.raises(Refused) as no:
                desk.handler(house.message("incident", user=name))
            assert no.value.code == code


async def test_it_is_recorded_who_looks_and_who_closed_it_and_what_was_done(house):
    order = await in_doubt(house)
    async with house.desk() as desk:
        who = ann(desk, house)
        await house.until(desk.incidents.acknowledge(order.reference, who))
        with pytest.raises(Refused, match="say what was done"):
            await house.until(desk.incidents.close(order.reference, "  ", who))
        closed = await house.until(desk.incidents.close(order.reference, "cancelled it there\nby hand", who))
        with pytest.raises(Refused) as no:
            await house.until(desk.incidents.acknowledge(order.reference, who))
    assert no.value.code == "incident_closed"
    assert (closed.acknowledged_by, closed.closed_by, closed.how) == ("ann", "ann", "cancelled it there by hand")
    by = [event.actor for event in log(house.ledger) if isinstance(event, IncidentAcknowledged | IncidentClosed)]
    assert all(actor.startswith("trader:ann (") for actor in by)


@pytest.mark.parametrize("reference", ["", "zz", "ffffff", "last one", "a" * 200])
async def test_what_names_no_incident_is_said(house, reference):
    async with house.desk() as desk:
        with pytest.raises(Refused) as no:
            desk.incidents.find(reference)
    assert no.value.code == "unknown_incident"


# Sent again


async def test_what_is_not_in_production_is_sent_again_from_the_first_step_on(house):
    order = await in_doubt(house)
    house.clock.jump(61)
    async with house.desk() as desk:
        again = await house.until(desk.decisions.resubmit(order.reference, "looked there", ann(desk, house)))
    assert again.is_promoted(has_live_venue=True)
    assert [a.number for a in again.attempts if a.venue is PRODUCTION] == [1, 2]
    assert len(house.books()[1]) == 1
    events = story(log_of(house.ledger, order))
    assert "resubmitted claimed(sandbox)" in events
    assert not incident_of(house, order).is_open
    assert_sound(house)


@pytest.mark.parametrize("turns", [(0, 0), (1, 3), (7, 1)])
async def test_asked_twice_at_once_in_two_processes_it_is_sent_again_once(build, tmp_path, turns):
    house = await build(path=tmp_path / "log.db")
    await house.hire("ann", permissions={Permission.ADMINISTER})
    order = await in_doubt(house)
    house.clock.jump(61)
    other = house.restarted(tmp_path / "log.db")

    async def resubmitted(desk, one, later):
        for _ in range(later):
            await asyncio.sleep(0)
        try:
            return await desk.decisions.resubmit(order.reference, "looked there", ann(desk, one))
        except (IllegalStep, Refused) as no:
            return no

    async with house.desk() as here, other.desk() as there:
        asked = [
            resubmitted(desk, one, later)
            for later, (desk, one) in zip((*turns, 0), ((here, house), (there, other), (here, house)), strict=True)
        ]
        answers = await house.until(asyncio.gather(*asked))
    assert sum(isinstance(answer, Order) for answer in answers) == 1
    events = story(log_of(house.ledger, order)).split()
    assert events.count("resubmitted") == 1
    assert [each for each in events if each == "claimed(production)"] == ["claimed(production)"] * 2
    assert len(house.books()[1]) == 1
    assert_sound(house)
    for each in (house, other):
        each.ledger.close()


async def test_while_its_answer_may_still_come_it_is_not_sent_again(house):
    order = await in_doubt(house)
    async with house.desk() as desk:
        with pytest.raises(Refused) as no:
            await house.until(desk.decisions.resubmit(order.reference, "", ann(desk, house)))
    assert no.value.code == "too_early"
    assert house.order(order.id).stage is Stage.ESCALATED


async def test_what_production_has_after_all_is_adopted_and_not_sent_again(house):
    losing(house, RESPONSE_LOST, search_lag_s=120)
    order = await house.once(MISSION)
    house.clock.jump(119.9 - 15.5)
    async with house.desk() as desk:
        with pytest.raises((Refused, IllegalStep)):
            await house.until(desk.decisions.resubmit(order.reference, "", ann(desk, house)))
        house.clock.jump(30)
        with pytest.raises((Refused, IllegalStep)):
            await house.until(desk.decisions.resubmit(order.reference, "", ann(desk, house)))
    assert len(house.books()[1]) == 1


async def test_where_production_cannot_be_searched_nothing_is_sent_again(house):
    order = await in_doubt(house)
    house.clock.jump(61)
    house.production = FaultyBroker(house.live, FakeFaults({"find": [REQUEST_LOST] * 20}), house.clock)
    async with house.desk() as desk:
        with pytest.raises(VenueFailure):
            await house.until(desk.decisions.resubmit(order.reference, "", ann(desk, house)))
    assert house.order(order.id).stage is Stage.ESCALATED


async def test_before_it_is_sent_again_it_is_searched_for_since_its_first_claim(house):
    order = await in_doubt(house)
    claimed_at = order.attempt(PRODUCTION).claimed_at
    house.clock.jump(8 * 86_400)
    house.production = Searched(house.live)
    async with house.desk() as desk:
        await house.until(desk.decisions.resubmit(order.reference, "", ann(desk, house)))
    assert house.production.since
    assert all(since is not None and since <= claimed_at for since in house.production.since)


@pytest.mark.parametrize("text", [ONE_CALL])
async def test_what_works_is_not_sent_again(house, text):
    house.live._book._engine._model = ScriptedModel([Plan((live(),))])
    order = await house.once(text)
    assert order.stage is Stage.WORKING
    async with house.desk() as desk:
        with pytest.raises(Refused, match="There is no incident"):
            await house.until(desk.decisions.resubmit(order.reference, "", ann(desk, house)))


async def test_where_trading_is_real_a_second_person_approves_what_is_sent_again(house):
    await house.hire("eve", permissions={Permission.APPROVE, Permission.ADMINISTER})
    await alter(house, lambda t, why: t.set_permissions(BOTH, why=why), "ann")
    real = Real.of(house)
    order = await in_doubt(real)
    real.clock.jump(61)
    async with real.desk() as desk:
        waiting = await real.until(desk.decisions.resubmit(order.reference, "", ann(desk, real)))
        assert (waiting.stage, waiting.approval_reasons[-1][0]) == (Stage.REHEARSED, "resubmitted")
        assert len(house.books()[1]) == 0
        for name in ("demo", "ann"):
            with pytest.raises(Refused) as no:
                await real.until(desk.approve(real.message("approve", user=name), order.reference))
            assert no.value.code == "own_order"
        sent = await real.until(desk.approve(real.message("approve", user="eve"), order.reference))
    assert sent.is_promoted(has_live_venue=True)
    assert len(house.books()[1]) == 1


async def test_one_user_of_the_machine_is_one_person_also_where_it_is_sent_again(house):
    await house.hire("eve", permissions=BOTH)
    await alter(house, lambda t, why: t.set_permissions(BOTH, why=why), "ann")
    real = Real.of(house)
    order = await in_doubt(real)
    real.clock.jump(61)
    async with real.desk() as desk:
        by_alice = desk.handler(evolve(real.message("incident", user="ann"), os_user="alice"))
        await real.until(desk.decisions.resubmit(order.reference, "", by_alice))
        for os_user, code in (("alice", "own_order"), ("bob", "")):
            approval = evolve(real.message("approve", user="eve"), os_user=os_user)
            if code:
                with pytest.raises(Refused) as no:
                    await real.until(desk.approve(approval, order.reference))
                assert no.value.code == code
            else:
                sent = await real.until(desk.approve(approval, order.reference))
    assert sent.is_promoted(has_live_venue=True)


async def test_what_the_gate_refuses_to_send_again_stays_with_a_person(house):
    order = await in_doubt(house)
    house.clock.jump(61)
    async with house.desk() as desk:
        await house.until(desk.incidents.acknowledge(order.reference, ann(desk, house)))
        house.policy = evolve(house.policy, hard_max_contracts=0)
    async with house.desk() as desk:
        refused = await house.until(desk.decisions.resubmit(order.reference, "", ann(desk, house)))
    assert refused.stage is Stage.REFUSED
    left = incident_of(house, order)
    assert (left.is_open, left.acknowledged_by) == (True, "")
    assert "It was not sent again." in left.message


async def test_the_first_that_turns_up_beside_the_second_is_adopted_and_shown_to_a_person(house):
    losing(house, RESPONSE_LOST, search_lag_s=10_000)
    house.live._book._engine._model = ScriptedModel([Plan((live(),)), Plan((live(),))])
    order = await house.once(MISSION)
    house.clock.jump(61)
    async with house.desk() as desk:
        await house.until(desk.decisions.resubmit(order.reference, "", ann(desk, house)))
    house.clock.jump(10_000)
    house.production = house.live
    async with house.desk() as desk:
        both = await house.until(desk.refresh(order.id))
    assert (both.stage, both.code) == (Stage.ESCALATED, "duplicate_order")
    assert all(attempt.broker_order for attempt in both.attempts)
    assert incident_of(house, order).is_open


# Given up


async def test_what_is_given_up_frees_its_limits_and_closes_its_incident_and_is_watched_on(house):
    losing(house, RESPONSE_LOST, search_lag_s=120)
    house.live._book._engine._model = ScriptedModel([Plan((live(),))])
    order = await house.once(MISSION)
    async with house.desk() as desk:
        given_up = await house.until(desk.decisions.abandon(order.reference, "not there", ann(desk, house)))
        assert (given_up.stage, order.id in house.trader().reserved) == (Stage.ABANDONED, False)
        assert incident_of(house, order).closed_by == "ann"
        house.clock.jump(200)
        found = await house.until(desk.refresh(order.id))
    assert (found.stage, found.code) == (Stage.ESCALATED, "turned_up")
    assert found.attempt(PRODUCTION).broker_order
    assert order.id in house.trader().reserved
    assert incident_of(house, order).is_open


async def test_what_production_works_is_not_given_up_and_keeps_its_capacity(house):
    order = await at_work_and_in_doubt(house)
    async with house.desk() as desk:
        with pytest.raises(Refused, match=f"works in production as {order.attempts[-1].broker_order}") as no:
            await house.until(desk.decisions.abandon(order.reference, "not there", ann(desk, house)))
    assert no.value.code == "at_work"
    assert house.order(order.id).stage is Stage.ESCALATED
    assert order.id in house.trader().reserved


async def test_what_turns_up_while_it_is_given_up_is_not(house, monkeypatch):
    losing(house, RESPONSE_LOST, search_lag_s=120)
    house.live._book._engine._model = ScriptedModel([Plan((live(),))])
    order = await house.once(MISSION)
    house.clock.jump(200)
    house.production = house.live
    why = house.context.because("venue:production", order)

    def turn_up(tx):
        shown = house.live.orders()[0]
        record_snapshots(tx, order.id, PRODUCTION, [shown], found_by=FoundBy.STREAM, why=why)
        again = tx.require(Order, order.id)
        tx.record(again.escalate(reason=EscalationReason.ECHO_DIFFERS, message="Other content.", why=why))

    async def asked(context, _order):
        await context.change(order.id, turn_up)

    async with house.desk() as desk:
        monkeypatch.setattr(desk.decisions, "_require_not_at_work", asked)
        with pytest.raises(Refused) as no:
            await house.until(desk.decisions.abandon(order.reference, "not there", ann(desk, house)))
    assert no.value.code == "at_work"
    assert order.id in house.trader().reserved


async def test_what_production_does_not_tell_of_is_not_given_up(house):
    order = await at_work_and_in_doubt(house)
    house.production = FaultyBroker(house.live, FakeFaults({"get": [REQUEST_LOST] * 20}), house.clock)
    async with house.desk() as desk:
        with pytest.raises(VenueFailure):
            await house.until(desk.decisions.abandon(order.reference, "not there", ann(desk, house)))
    assert order.id in house.trader().reserved


async def test_what_production_knows_no_more_can_be_given_up(house):
    order = await at_work_and_in_doubt(house)
    house.clock.jump(60)
    house.live.reset()
    async with house.desk() as desk:
        given_up = await house.until(desk.decisions.abandon(order.reference, "not there", ann(desk, house)))
    assert given_up.stage is Stage.ABANDONED


# "It is order N"


async def test_a_person_says_which_order_it_is_and_it_is_adopted_with_who_said_so(house):
    losing(house, RESPONSE_LOST, search_lag_s=10_000)
    order = await house.once(MISSION)
    there = house.books()[1][0].broker_order
    async with house.desk() as desk:
        adopted = await house.until(desk.decisions.adopt(order.reference, there, ann(desk, house)))
    assert adopted.stage is Stage.FILLED
    said = [event for event in log(house.ledger) if isinstance(event, SubmissionAdopted)][-1]
    assert (said.broker_order, said.found_by) == (there, "person")
    assert said.actor.startswith("trader:ann (")
    assert incident_of(house, order).how == f"It is order {there} in production."
    assert_sound(house)


async def test_what_cannot_be_the_order_is_not_adopted(house):
    other = await house.once("buy to open 2 SPY 455 call exp Dec 18 2026", message="another")
    twin = await house.once(ONE_CALL, message="a twin")
    order = await in_doubt(house)
    wrong = {
        other.attempts[-1].broker_order: "other_content",
        twin.attempts[-1].broker_order: "owned",
        "99999": "not_there",
        "../5000001": "not_there",
        "": "not_there",
    }
    async with house.desk() as desk:
        for broker_order, code in wrong.items():
            with pytest.raises(Refused) as no:
                await house.until(desk.decisions.adopt(order.reference, broker_order, ann(desk, house)))
            assert no.value.code == code, broker_order
    assert house.order(order.id).stage is Stage.ESCALATED


async def test_an_order_made_elsewhere_of_the_same_content_is_adopted_where_a_person_says_so(house):
    order = await in_doubt(house)
    by_hand = await house.until(house.live.place(order.ticket, external_id="by hand"))
    async with house.desk() as desk:
        adopted = await house.until(desk.decisions.adopt(order.reference, by_hand.broker_order, ann(desk, house)))
    assert adopted.is_promoted(has_live_venue=True)


class Real(DeskUnderTest):
    """The same house, where orders are real: no person acts for another."""

    @classmethod
    def of(cls, house: DeskUnderTest) -> "Real":
        real = cls(house.clock, house.market, house.ledger, house.rehearsals, house.live, policy=house.policy)
        real.production = house.production
        return real

    @property
    def context(self):
        return evolve(super().context, environment="production")
