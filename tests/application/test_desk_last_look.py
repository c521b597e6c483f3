"""
The last look: what is held up between its claim and the wire is kept here, whatever happened meanwhile.

    Held     a broker that holds an order up on its way out, until the test lets go
"""

from decimal import Decimal

import pytest
from attrs import define, evolve, field

from tastyflow.application.live import last_look
from tastyflow.application.reconciling.head import doubt_the_log
from tastyflow.domain.events import Because
from tastyflow.domain.halt import Halt
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.submission import AttemptOutcome
from tastyflow.domain.setup import Setup
from tastyflow.domain.trader import Permission, Trader
from tastyflow.domain.venue import Position
from tastyflow.errors import NotSent, StoreFailure, VenueRefused
from tastyflow.ports import QueuePlace
from tests.application.kit import CALL, DEMO, GENEROUS, LENIENT, MISSION, PRODUCTION, log_of, story
from tests.application.soundness import assert_sound

pytestmark = pytest.mark.anyio

FRESH_S = LENIENT.claim_age_s


@define(slots=False)
class Held:
    """A broker that holds each order up for *held_s*, after *meanwhile* happened; `looks` is what the look said."""

    broker: object
    clock: object
    held_s: float = 0.0
    meanwhile: object = None
    held: int = 1
    looks: list = field(factory=list)

    def __getattr__(self, name):
        return getattr(self.broker, name)

    async def place(self, ticket, *, external_id, turn=None, leave=None):
        if self.held:
            self.held -= 1
            if self.meanwhile is not None:
                await self.meanwhile()
            if self.held_s:
                await self.clock.sleep(self.held_s)
        return await self.broker.place(ticket, external_id=external_id, turn=turn, leave=self._noted(leave))

    def _noted(self, leave):
        def look():
            try:
                leave()
            except NotSent as no:
                self.looks.append(no.code)
                raise
            self.looks.append("go")

        return look


def hold(house, venue="production", **how):
    held = Held(getattr(house, venue), house.clock, **how)
    setattr(house, venue, held)
    return held


async def test_what_is_held_up_longer_than_a_claim_may_be_old_is_kept_here_and_claimed_anew(build):
    house = await build()
    held = hold(house, held_s=FRESH_S + 0.1)
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
    assert held.looks == ["held_up", "go"]
    assert [a.outcome for a in order.attempts if a.venue is PRODUCTION] == [
        AttemptOutcome.NOT_SENT,
        AttemptOutcome.ADOPTED,
    ]
    assert len(house.books()[1]) == 1
    assert_sound(house)


async def test_what_is_held_up_for_less_goes(build):
    house = await build()
    held = hold(house, held_s=FRESH_S - 0.1)
    async with house.desk() as desk:
        await house.place(desk, MISSION)
    assert held.looks == ["go"]


@pytest.mark.parametrize("turned_s", [-7200, 7200])
async def test_a_wall_clock_that_is_turned_meanwhile_changes_nothing(build, turned_s):
    house = await build()

    async def turned():
        house.clock.set_wall(turned_s)
        await house.clock.sleep(FRESH_S + 0.1)
        house.clock.set_wall(0)

    held = hold(house, meanwhile=turned)
    async with house.desk() as desk:
        await house.place(desk, MISSION)
    assert held.looks[0] == "held_up"


async def test_a_cancel_that_was_asked_for_meanwhile_keeps_it_here(build):
    house = await build()

    async def cancelled():
        await desk.cancel(house.message("cancel"), "last")

    held = hold(house, meanwhile=cancelled)
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
    assert held.looks == ["cancel_requested"]
    assert (order.stage, house.books()[1]) == (Stage.CANCELLED, [])
    assert house.trader().reserved == {}
    assert_sound(house)


# ── what another process did meanwhile ─────────────────────────────────────────────────────────────────────────


@pytest.fixture
async def beside(build, tmp_path):
    """A house on a log in a file, and another process at the same log."""
    house = await build(path=tmp_path / "log.db")
    other = house.restarted(tmp_path / "log.db")
    yield house, other
    other.ledger.close()


async def done(house, kind, aggregate_id, verb):
    """Let the process of *house* change an aggregate."""
    why = Because(actor="operator", cause="test", command_id="meanwhile", at=house.clock.now())
    await house.ledger.change(lambda tx: tx.record(verb(tx.get(kind, aggregate_id), why)))


def halted(halt, why):
    return (halt or Halt.never()).stop(reducing=False, by="ann", reason="fat finger", why=why)


MEANWHILE = {
    "a halt landed": (Halt, Halt.switch_id(), halted),
    "its trader was suspended": (Trader, DEMO, lambda t, why: t.suspend(reason="holiday", why=why)),
    "its limits were tightened": (
        Trader,
        DEMO,
        lambda t, why: t.set_limits(evolve(GENEROUS, max_contracts=1), why=why),
    ),
    "its permissions were taken": (Trader, DEMO, lambda t, why: t.set_permissions(frozenset(), why=why)),
}


@pytest.mark.parametrize("what", MEANWHILE)
async def test_what_may_go_no_more_is_kept_here(beside, what):
    house, other = beside
    held = hold(house, meanwhile=lambda: done(other, *MEANWHILE[what]))
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
    assert held.looks == ["gate"]
    assert (order.stage, order.code, house.books()[1]) == (Stage.REFUSED, "gate", [])
    assert house.trader().reserved == {}
    assert_sound(house)


async def test_a_log_that_comes_in_doubt_meanwhile_sends_nothing(beside):
    house, other = beside

    async def doubted():
        why = Because(actor="reconciler", cause="test", command_id="meanwhile", at=house.clock.now())
        await other.ledger.change(lambda tx: doubt_the_log(tx, other.context, "It is shorter than its head.", why))

    held = hold(house, meanwhile=doubted)
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
    assert held.looks == ["log_in_doubt"]
    assert (order.stage, order.code, house.books()[1]) == (Stage.REFUSED, "log_in_doubt", [])


async def test_what_the_look_itself_is_held_up_by_is_kept_here_too(build, monkeypatch):
    house = await build()
    asked = last_look.asked_again

    def slowly(*how):
        if not held.looks:
            house.clock.jump(FRESH_S + 0.1)
        return asked(*how)

    monkeypatch.setattr(last_look, "asked_again", slowly)
    held = hold(house)
    async with house.desk() as desk:
        await house.place(desk, MISSION)
    assert held.looks == ["held_up", "go"]


@pytest.mark.parametrize("wanted", ["nothing", "cancel"])
async def test_a_sender_that_others_gave_up_sends_nothing_and_takes_the_order_back(beside, wanted):
    """It is stopped; another process searches, escalates, perhaps its trader gives it up; then it goes on."""
    house, other = beside

    async def given_up():
        house.clock.jump(LENIENT.settle_s + 1)
        async with other.desk() as desk:
            (order,) = await desk.recover()
            assert (order.stage, order.code) == (Stage.ESCALATED, "outcome_unknown")
            if wanted == "cancel":
                (order,) = await desk.cancel(other.message("cancel"), "last")
                assert order.stage is Stage.ABANDONED

    held = hold(house, meanwhile=given_up)
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
    assert held.looks == ["given_up"]
    assert house.books()[1] == []
    assert order.attempt(PRODUCTION).outcome is AttemptOutcome.NOT_SENT
    ended = {"nothing": (Stage.REFUSED, "held_up"), "cancel": (Stage.ABANDONED, "outcome_unknown")}
    assert (order.stage, order.code) == ended[wanted]
    assert house.trader().reserved == {}
    assert not order.is_of_unknown_outcome
    assert_sound(house)


async def test_a_sender_that_wakes_after_its_order_was_sent_again_sends_nothing_and_says_how_it_stands(beside):
    house, other = beside
    await house.hire("ann", permissions={Permission.ADMINISTER})

    async def sent_again():
        house.clock.jump(LENIENT.settle_s + 1)
        async with other.desk() as desk:
            (order,) = await desk.recover()
            house.clock.jump(LENIENT.settle_s + 1)
            again = await desk.decisions.resubmit(
                order.reference, "", desk.handler(other.message("incident", user="ann"))
            )
            assert again.stage is Stage.FILLED

    held = hold(house, meanwhile=sent_again)
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
    assert held.looks == ["given_up"]
    assert (order.stage, len(house.books()[1])) == (Stage.FILLED, 1)
    assert_sound(house)


async def test_a_log_that_was_exchanged_meanwhile_sends_nothing(beside, tmp_path):
    house, _ = beside

    async def exchanged():
        (tmp_path / "log.db").rename(tmp_path / "away.db")

    held = hold(house, meanwhile=exchanged)
    async with house.desk() as desk:
        with pytest.raises(StoreFailure):
            await house.place(desk, MISSION)
    assert held.looks == ["log_exchanged"]
    assert house.books()[1] == []


async def test_a_log_that_cannot_be_asked_sends_nothing(build):
    house = await build()

    async def unreadable():
        house.ledger.as_stored = failing

    def failing():
        del house.ledger.as_stored
        raise StoreFailure("The disk is gone.")

    held = hold(house, meanwhile=unreadable)
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
    assert held.looks == ["store_failure", "go"]
    assert len(house.books()[1]) == 1
    assert order.stage is Stage.FILLED


# ── the sandbox ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_rehearsal_that_is_held_up_is_kept_here_and_tried_again(build):
    house = await build()
    held = hold(house, "sandbox", held_s=FRESH_S + 0.1)
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
    assert held.looks[:2] == ["held_up", "go"]
    assert (order.stage, len(house.books()[0])) == (Stage.FILLED, 1)
    assert_sound(house)


async def test_a_rehearsal_of_an_order_that_was_withdrawn_meanwhile_is_not_sent(build):
    house = await build()

    async def withdrawn():
        await desk.cancel(house.message("cancel"), "last")

    held = hold(house, "sandbox", meanwhile=withdrawn)
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
    assert held.looks == ["given_up"]
    assert (order.stage, house.books()) == (Stage.CANCELLED, ([], []))


async def test_a_setup_that_is_held_up_is_kept_here(build):
    house = await build()
    house.live.endow(Position(CALL, 1, Decimal(5)))
    held = hold(house, "sandbox", held_s=LENIENT.answer_s + FRESH_S + 0.1)
    async with house.desk() as desk:
        order = await house.place(desk, "sell to close 1 SPY 450 call exp Dec 18 2026")
    assert held.looks[0] == "held_up"
    setup = house.ledger.read(Setup, Setup.id_of(order.id))
    assert setup.placements[0].outcome is AttemptOutcome.NOT_SENT
    assert_sound(house)


# ── the turn, before the claim ─────────────────────────────────────────────────────────────────────────────────


@define(slots=False)
class Queueing:
    """A broker with a queue: each turn takes *wait_s*; `given` are the turns, with whether each was given back."""

    broker: object
    clock: object
    wait_s: float
    failures: list = field(factory=list)
    given: list = field(factory=list)

    def __getattr__(self, name):
        return getattr(self.broker, name)

    async def turn(self, queued=None, *, for_dry_run=False):
        for left in range(3, 0, -1):
            if queued is not None:
                queued(QueuePlace(left, self.wait_s * left / 3))
            await self.clock.sleep(self.wait_s / 3)
        if self.failures:
            raise self.failures.pop()
        self.given.append(GivenTurn())
        return self.given[-1]


@define
class GivenTurn:
    is_back: bool = False

    def release(self):
        self.is_back = True


async def test_no_claim_waits_in_the_queue_and_its_trader_is_told_of_the_wait_once(build):
    house = await build()
    house.production = Queueing(house.live, house.clock, 30.0)
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
    assert order.stage is Stage.FILLED
    assert "approved queued(production) claimed(production) adopted" in story(log_of(house.ledger, order))
    told = [each.sentence for each in house.told.notices if "its turn" in each.sentence]
    assert told == ["It waits for its turn at the production venue: 3 requests before it, about 30 s."]
    assert_sound(house)


async def test_a_wait_that_is_not_noticeable_is_not_told(build):
    house = await build()
    house.production = Queueing(house.live, house.clock, 0.9)
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
    assert "queued" not in story(log_of(house.ledger, order))


async def test_a_rehearsal_that_waits_for_its_turn_says_so(build):
    house = await build()
    house.sandbox = Queueing(house.rehearsals, house.clock, 3.0)
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
    assert "queued" in story(log_of(house.ledger, order))
    assert order.stage is Stage.FILLED
    assert_sound(house)


async def test_without_a_turn_nothing_is_claimed_and_the_next_try_waits_again(build):
    house = await build()
    house.production = Queueing(house.live, house.clock, 0.1, failures=[NotSent("Too many.", code="too_busy")])
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
    assert [a.number for a in order.attempts if a.venue is PRODUCTION] == [1]
    assert order.stage is Stage.FILLED


async def test_a_turn_that_is_not_used_is_given_back(beside):
    house, other = beside

    async def suspended():
        await done(other, *MEANWHILE["its trader was suspended"])

    house.production = Queueing(house.live, house.clock, 0.1)
    real = house.production.turn

    async def turned(queued=None, **how):
        got = await real(queued, **how)
        await suspended()
        return got

    house.production.turn = turned
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
    assert order.code == "gate"
    assert [each.is_back for each in house.production.given] == [True]


# ── a no that was wrong ────────────────────────────────────────────────────────────────────────────────────────


@define(slots=False)
class SaysNo:
    """A broker that takes the order, and says that it does not."""

    broker: object

    def __getattr__(self, name):
        return getattr(self.broker, name)

    async def place(self, ticket, **how):
        await self.broker.place(ticket, **how)
        raise VenueRefused("No.", code="no")


async def test_an_order_that_production_declined_and_has_all_the_same_is_found_a_little_later(build):
    house = await build()
    house.production = SaysNo(house.live)
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        assert order.stage is Stage.REJECTED
        await house.until(house.clock.sleep(LENIENT.news_wait_s + 1))
    order = house.order(order.id)
    assert order.attempt(PRODUCTION).outcome is AttemptOutcome.ADOPTED
    assert order.filled(PRODUCTION) == 10
