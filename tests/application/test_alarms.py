"""The operators are told what a person must look at, until a person looks: by whatever channel takes it."""

import asyncio
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow.application.incidents import close_incident, handling, open_incident
from tastyflow.application.incidents.alarming import CHANNEL_S, Alarms
from tastyflow.application.incidents.handling import open_incidents
from tastyflow.application.incidents.unrecorded import Unrecorded
from tastyflow.domain.events import Because
from tastyflow.domain.incident import Incident, IncidentKind, IncidentOpened, OperatorsTold
from tastyflow.domain.policy import Policy
from tastyflow.domain.venue import Venue
from tastyflow.errors import StoreFailure
from tastyflow_adapters.fake import FakeFaults, FaultyBroker
from tastyflow_adapters.fake.faults import RESPONSE_LOST
from tests.application.kit import ONE_CALL, DeskUnderTest, log

pytestmark = pytest.mark.anyio

WAITS_S = Policy().operators_waits_s


class Heard:
    """A channel that keeps what it is told; or fails, or hangs."""

    def __init__(self, name: str = "test", *, fails: bool = False, hangs: bool = False) -> None:
        self.name, self.fails, self.hangs = name, fails, hangs
        self.messages: list[list[str]] = []

    async def tell(self, incidents) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        if self.fails:
            raise ConnectionError("a password stands here")
        self.messages.append([each.message for each in incidents])


def why(house: DeskUnderTest) -> Because:
    return Because(actor="test", cause="t", command_id="t", at=house.clock.now(), mark=house.clock.mark())


async def see(house: DeskUnderTest, subject: str = "sandbox", message: str = "It is away.") -> None:
    def decide(tx):
        open_incident(tx, IncidentKind.SANDBOX, subject, message=message, why=why(house))

    await house.until(house.ledger.change(decide))


async def acknowledge(house: DeskUnderTest) -> None:
    (incident,) = open_incidents(house.ledger)
    verb = lambda tx: tx.record(tx.require(Incident, incident.id).acknowledge(by="ann", why=why(house)))  # noqa: E731
    await house.until(house.ledger.change(verb))


def alarms(house: DeskUnderTest, *channels: Heard, unrecorded: Unrecorded | None = None) -> Alarms:
    return Alarms(house.ledger, house.clock, channels, WAITS_S, unrecorded)


async def test_it_is_told_at_once_and_again_after_growing_pauses_until_a_person_looks(house):
    heard = Heard()
    telling = alarms(house, heard)
    await see(house)
    told_at = []
    for _ in range(3 * 3600 // 30):
        if await house.until(telling.tell_due()):
            told_at.append(house.clock.monotonic())
        house.clock.jump(30)
    pauses = [round(later - earlier) for earlier, later in pairwise(told_at)]
    assert pauses[:5] == [120, 300, 600, 1800, 1800]
    await acknowledge(house)
    house.clock.jump(86_400)
    assert await house.until(telling.tell_due()) == ()


async def test_each_telling_is_recorded_with_what_took_it_and_what_did_not(house):
    await see(house)
    await house.until(alarms(house, Heard("log"), Heard("mailto", fails=True)).tell_due())
    told = next(event for event in log(house.ledger) if isinstance(event, OperatorsTold))
    assert (told.channels, told.failed) == (("log",), ("mailto",))


async def test_a_channel_that_hangs_holds_up_no_other_and_is_named(house, monkeypatch):
    monkeypatch.setattr("tastyflow.application.incidents.alarming.CHANNEL_S", 0.05)
    heard = Heard("log")
    await see(house)
    await alarms(house, heard, Heard("slow", hangs=True)).tell_due()
    assert heard.messages == [["It is away."]]
    assert open_incidents(house.ledger)[0].told == 1
    assert CHANNEL_S <= 10


async def test_several_things_at_once_are_one_message(house):
    heard = Heard()
    for number in range(25):
        await see(house, subject=f"s{number}", message=f"Thing {number}.")
    await house.until(alarms(house, heard).tell_due())
    assert len(heard.messages) == 1
    assert len(heard.messages[0]) == 25
    assert await house.until(alarms(house, heard).tell_due()) == ()


async def test_another_process_goes_on_where_this_one_told(house):
    first, second = Heard(), Heard()
    await see(house)
    await house.until(alarms(house, first).tell_due())
    await house.until(alarms(house, second).tell_due())
    assert (len(first.messages), len(second.messages)) == (1, 0)
    house.clock.jump(121)
    await house.until(alarms(house, second).tell_due())
    assert len(second.messages) == 1


async def test_what_is_seen_again_in_other_words_is_told_again_at_once(house):
    heard = Heard()
    telling = alarms(house, heard)
    await see(house)
    await house.until(telling.tell_due())
    await acknowledge(house)
    await see(house, message="It was reset.")
    await house.until(telling.tell_due())
    assert heard.messages == [["It is away."], ["It was reset."]]


async def test_where_it_cannot_be_recorded_that_they_were_told_they_are_told_on_with_pauses(house, monkeypatch):
    heard = Heard()
    telling = alarms(house, heard)
    await see(house)

    async def full(_decide):
        raise StoreFailure("The disk is full.")

    monkeypatch.setattr(house.ledger, "change", full)
    for _ in range(5):
        await house.until(telling.tell_due())
        house.clock.jump(30)
    assert len(heard.messages) == 2


# What the log could not take


class FullAfterSending:
    """A production whose answer finds a log that cannot be written."""

    def __init__(self, house: DeskUnderTest) -> None:
        self._broker, self._house = house.live, house
        self.change = house.ledger.change

    def __getattr__(self, name):
        return getattr(self._broker, name)

    async def place(self, ticket, **how):
        answer = await self._broker.place(ticket, **how)

        async def full(_decide):
            raise StoreFailure("The disk is full.")

        self._house.ledger.change = full
        return answer


async def test_an_order_that_may_be_there_and_is_not_in_the_log_is_told_by_channels_that_need_no_log(house):
    house.production, heard, unrecorded = FullAfterSending(house), Heard(), None
    async with house.desk() as desk:
        unrecorded = desk.context.unrecorded
        with pytest.raises(StoreFailure):
            await house.place(desk, ONE_CALL)
        telling = alarms(house, heard, unrecorded=unrecorded)
        await house.until(telling.tell_unrecorded())
        await house.until(telling.tell_unrecorded())
        ((message,),) = heard.messages
        assert "may be in production" in message
        assert "Do not order it again." in message
        assert open_incidents(house.ledger) == ()
        house.ledger.change = house.production.change
        await house.until(telling.tell_unrecorded())
        assert [each.kind for each in open_incidents(house.ledger)] == ["store"]
        assert unrecorded.is_empty


async def test_what_became_known_meanwhile_opens_no_incident(house):
    house.production = FaultyBroker(house.live, FakeFaults({"place": [RESPONSE_LOST]}), house.clock)
    order = await house.once(ONE_CALL)
    assert order.attempt(Venue.PRODUCTION).broker_order
    unrecorded = Unrecorded()
    unrecorded.add(order.id, "It may be in production.")
    unrecorded.add(order.id, "It may be in production.")
    await house.until(alarms(house, Heard(), unrecorded=unrecorded).tell_unrecorded())
    assert (open_incidents(house.ledger), unrecorded.is_empty) == ((), True)


@given(st.lists(st.sampled_from(["see", "other", "ack", "close", "tell", "wait"]), max_size=25))
@settings(max_examples=40, deadline=None)
def test_an_open_incident_that_no_person_looks_at_is_never_silent_for_longer_than_its_pause(steps):
    async def play():
        house = DeskUnderTest.make()
        heard = Heard()
        telling = alarms(house, heard)
        for number, step in enumerate(steps):
            open_ones = open_incidents(house.ledger)
            if step == "see" or (step == "other" and open_ones):
                await see(house, message="It is away." if step == "see" else f"Other {number}.")
            elif step == "ack" and open_ones and not open_ones[0].acknowledged_by:
                await acknowledge(house)
            elif step == "close" and open_ones:
                verb = lambda tx, i=open_ones[0].id: tx.record(  # noqa: E731
                    tx.require(Incident, i).close(by="ann", how="Done.", why=why(house))
                )
                await house.until(house.ledger.change(verb))
            elif step == "wait":
                house.clock.jump(1801)
            before = len(heard.messages)
            waiting = [each for each in open_incidents(house.ledger) if not each.acknowledged_by]
            await house.until(telling.tell_due())
            is_due = any(each.told == 0 for each in waiting) or (waiting and step == "wait")
            assert (len(heard.messages) > before) >= bool(is_due)
            if not waiting:
                assert len(heard.messages) == before
        house.ledger.close()

    asyncio.run(play())


# What is over costs nothing


async def close(house: DeskUnderTest, subject: str) -> None:
    def decide(tx):
        close_incident(tx, IncidentKind.SANDBOX, subject, how="It is there again.", why=why(house))

    await house.until(house.ledger.change(decide))


def every_open(house: DeskUnderTest) -> set:
    """Every open incident, by the whole log."""
    opened = {event.originator_id for event in log(house.ledger) if isinstance(event, IncidentOpened)}
    return {each for each in opened if house.ledger.read(Incident, each).is_open}


@pytest.mark.parametrize("seed", range(8))
async def test_however_many_are_closed_every_open_one_is_listed(house, seed, monkeypatch):
    monkeypatch.setattr(handling, "WORTH_MOVING", 2)
    chance, telling = Random(seed), alarms(house)  # noqa: S311  it guards nothing
    for step in range(60):
        subject = f"account {chance.randrange(6)}"
        if chance.random() < 0.5:
            await see(house, subject, chance.choice(["It is away.", "It was reset."]))
        else:
            await close(house, subject)
        if chance.random() < 0.4:
            await house.until(telling.tell_due())
            house.clock.jump(4000)
        assert {each.id for each in open_incidents(house.ledger)} == every_open(house), step


async def test_listing_what_is_open_reads_nothing_of_what_was_closed_long_ago(house):
    telling = alarms(house)
    for number in range(2 * handling.WORTH_MOVING):
        await see(house, f"account {number}")
        await close(house, f"account {number}")
    await house.until(telling.tell_due())
    await see(house, "the last one")
    asked = []
    read = house.ledger.read
    house.ledger.read = lambda kind, each: asked.append(each) or read(kind, each)
    assert [each.subject for each in open_incidents(house.ledger)] == ["the last one"]
    assert len(asked) == 1


async def test_a_log_that_ends_before_its_place_is_read_from_its_beginning(house):
    await see(house)
    await house.until(house.ledger.keep_bookmark(handling.PLACE, house.ledger.end() + 10))
    assert len(open_incidents(house.ledger)) == 1
