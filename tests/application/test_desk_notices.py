"""The trader is told at each step, from recorded events only; and trading never waits for it."""

import asyncio
import sqlite3
from contextlib import closing, suppress
from uuid import uuid4

import pytest
from eventsourcing.persistence import OperationalError, StoredEvent

from tastyflow.application.desk import Desk
from tastyflow.application.message import Message
from tastyflow.application.telling.sentences import TELLINGS, is_told, sentence_of
from tastyflow.application.telling.teller import TRIES, Teller, address_of
from tastyflow.application.telling.telling import never
from tastyflow.domain.events import TOPICS
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.testresult import TestResult
from tastyflow.errors import StoreFailure
from tastyflow.ports import Address
from tastyflow_adapters.fake import FakeFaults, FaultyBroker
from tastyflow_adapters.fake.faults import REQUEST_LOST
from tests.application.kit import MISSION, Told, log, log_of

pytestmark = pytest.mark.anyio


def expected_notices(events, order_id):
    """What has to be told of an order's events, each with the order as it stood then: (event, order, sentence)."""
    order, expected = None, []
    for event in events:
        if event.originator_id == order_id:
            order = Order.born_of(event) if order is None else order.evolved(event)
        if is_told(event):
            expected.append((event, order, sentence_of(event, order)))
    return expected


def told(notices):
    return [(notice.event, notice.order, notice.sentence) for notice in notices]


async def test_every_recorded_step_is_told_once_in_order_and_as_it_stood_then(house):
    order = await house.once(MISSION)
    assert told(house.told.notices) == expected_notices(log_of(house.ledger, order), order.id)
    assert {who for who, _ in house.told.heard} == {"demo"}
    stages = [notice.order.stage for notice in house.told.notices]
    assert list(dict.fromkeys(stages)) == [
        "drafted", "validated", "rehearsing", "rehearsed", "approved", "submitting", "working", "filled",
    ]  # fmt: skip


async def test_a_notice_names_the_event_it_tells_of(house):
    await house.once(MISSION)
    recorded = {f"{event.originator_id}:{event.originator_version}" for event in log(house.ledger)}
    keys = [notice.key for notice in house.told.notices]
    assert set(keys) <= recorded
    assert len(keys) == len(set(keys))


async def test_refusals_and_escalations_are_told_too(house):
    house.production = FaultyBroker(house.live, FakeFaults({"place": [REQUEST_LOST]}), house.clock)
    order = await house.once(MISSION)
    assert house.told.notices[-1].sentence.startswith("A person must look")
    stranger = await house.once(MISSION, user="nobody")
    assert house.told.heard[-1][0] == "nobody"
    assert house.told.notices[-1].order.reference == stranger.reference
    assert order.reference != stranger.reference


@pytest.mark.parametrize("failing", range(1, 12))
async def test_what_could_not_be_recorded_is_never_told(house, monkeypatch, failing):
    append, appends = house.ledger.log.append, 0

    def full_disk(stored, **conditions):
        nonlocal appends
        appends += 1
        if appends == failing:
            raise OperationalError("disk full")
        return append(stored, **conditions)

    monkeypatch.setattr(house.ledger.log, "append", full_disk)
    with suppress(StoreFailure):
        await house.once(MISSION)
    recorded = {f"{event.originator_id}:{event.originator_version}" for event in log(house.ledger)}
    assert {notice.key for notice in house.told.notices} <= recorded
    orders = {event.originator_id for event in log(house.ledger) if ".order." in event.TOPIC}
    expected = [each for order in orders for each in expected_notices(log_of(house.ledger, house.order(order)), order)]
    assert told(house.told.notices) == expected


# ── where it is told ─────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_notice_goes_where_the_order_was_asked_for(house):
    message = Message(MISSION, "cli", "demo", "m-1", channel="spy-room", reply_to="thread-7")
    async with house.desk() as desk:
        await house.until(desk.place(message))
    assert {notice.to for notice in house.told.notices} == {Address("cli", "demo", "spy-room", "thread-7")}


async def test_an_answer_refers_to_the_message_itself_where_it_names_nothing_else(house):
    order = await house.once(MISSION)
    assert address_of(order.asked) == Address("cli", "demo", "", order.asked.message)


async def test_a_recipient_is_told_only_what_it_listens_to(house):
    class OnlyAnn(Told):
        def listens_to(self, address):
            return address.user == "ann"

    await house.hire("ann")
    house.told = OnlyAnn()
    await house.once(MISSION)
    assert house.told.notices == []
    await house.once(MISSION, user="ann")
    assert {who for who, _ in house.told.heard} == {"ann"}


async def test_what_another_process_recorded_is_told_too(house, tmp_path):
    house = house.restarted()  # of its own, so that the one log can be opened twice
    first, second = house.desk(), Teller(house.ledger, other := Told())
    task = asyncio.ensure_future(second.run())
    async with first as desk:
        order = await house.place(desk, MISSION)
    await second.until(house.ledger.end())
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert told(other.notices) == expected_notices(log_of(house.ledger, order), order.id)


# ── a recipient that is away, or dies ────────────────────────────────────────────────────────────────────────────


class Hanging(Told):
    """A recipient that never returns from its first notice."""

    async def tell(self, notice):
        await super().tell(notice)
        await asyncio.Event().wait()


async def test_an_order_takes_the_same_time_while_a_recipient_hangs_for_ever(build):
    waited_s = []
    for recipients in ([fine := Told()], [hanging := Hanging(), fine_too := Told()]):
        house = await build()
        async with Desk(house.context, recipients) as desk:
            before_s = house.clock._elapsed_s
            order = await house.place(desk, MISSION)
            waited_s.append(house.clock._elapsed_s - before_s)
        assert order.stage is Stage.FILLED
    assert waited_s[0] == waited_s[1]  # of the desk's clock: nothing was waited for
    assert len(hanging.notices) == 1
    assert len(fine.notices) == len(fine_too.notices)
    assert told(fine_too.notices) == expected_notices(log_of(house.ledger, order), order.id)


class Moody(Told):
    """A recipient that raises the first so many times."""

    def __init__(self, times):
        super().__init__()
        self.times = times

    async def tell(self, notice):
        if self.times:
            self.times -= 1
            raise ConnectionError("the platform is away")
        await super().tell(notice)


async def test_a_recipient_that_raised_is_asked_again_and_misses_nothing(house, monkeypatch):
    monkeypatch.setattr("tastyflow.application.telling.teller.FIRST_PAUSE_S", 0.0)
    house.told = Moody(TRIES - 1)
    order = await house.once(MISSION)
    assert told(house.told.notices) == expected_notices(log_of(house.ledger, order), order.id)


async def test_a_notice_that_cannot_be_told_is_given_up_and_the_others_are_told(house, monkeypatch):
    monkeypatch.setattr("tastyflow.application.telling.teller.FIRST_PAUSE_S", 0.0)
    house.told = Moody(TRIES)
    order = await house.once(MISSION)
    assert told(house.told.notices) == expected_notices(log_of(house.ledger, order), order.id)[1:]


class Named(Told):
    """A recipient that keeps its place."""

    name = "room"


async def test_a_recipient_with_a_name_goes_on_where_it_was(house):
    house.told = first = Named()
    order = await house.once(MISSION)
    house.told = Told()
    between = await house.once(MISSION)  # while the named one is away
    house.told = second = Named()
    async with house.desk() as desk:
        await desk.told()
    told_of = {notice.order.id for notice in first.notices}, {notice.order.id for notice in second.notices}
    assert told_of == ({order.id}, {between.id})
    assert told(second.notices) == expected_notices(log_of(house.ledger, between), between.id)


async def test_after_a_crash_the_last_notice_may_come_again_and_none_is_missing(house):
    class Dying(Named):
        async def tell(self, notice):
            await super().tell(notice)
            if len(self.notices) == 5:
                await asyncio.Event().wait()  # it has told, and dies before its place is kept

    house.told = first = Dying()
    order = await house.once(MISSION)
    house.told = second = Named()
    async with house.desk() as desk:
        await desk.told()
    expected = expected_notices(log_of(house.ledger, order), order.id)
    assert told(first.notices) == expected[:5]
    assert told(second.notices) == expected[4:]


async def test_a_recipient_with_a_name_is_asked_until_it_is_told(house, monkeypatch):
    monkeypatch.setattr("tastyflow.application.telling.teller.FIRST_PAUSE_S", 0.0)

    class Away(Moody):
        name = "room"

    house.told = Away(3 * TRIES)
    order = await house.once(MISSION)
    assert told(house.told.notices) == expected_notices(log_of(house.ledger, order), order.id)


async def test_trouble_with_one_notice_does_not_end_the_telling(house, monkeypatch):
    monkeypatch.setattr("tastyflow.application.telling.teller.TROUBLE_PAUSE_S", 0.0)
    monkeypatch.setattr("tastyflow.application.telling.teller.FIRST_PAUSE_S", 0.0)

    class Troubled(Told):
        troubles = iter((RuntimeError("listens badly"), asyncio.CancelledError()))

        def listens_to(self, address):
            if isinstance(trouble := next(self.troubles, None), RuntimeError):
                raise trouble
            return True

        async def tell(self, notice):
            if isinstance(trouble := next(self.troubles, None), asyncio.CancelledError):
                raise trouble  # a future of the chat client was cancelled, not this task
            await super().tell(notice)

    house.told = Troubled()
    order = await house.once(MISSION)
    assert told(house.told.notices) == expected_notices(log_of(house.ledger, order), order.id)


async def test_an_event_that_cannot_be_read_is_stepped_over(house):
    stray = StoredEvent(uuid4(), 1, "tastyflow.order.of_another_version@9", b"{}")
    async with house.desk() as desk:
        await house.until(asyncio.wrap_future(house.ledger.log.append([stray])))
        order = await house.place(desk, MISSION)
        await desk.told()
    assert told(house.told.notices) == expected_notices(house_events(house, order), order.id)


def house_events(house, order):
    """The events of *order* and its tests; the stray one cannot be read."""
    rows = [row for row in house.ledger.rows() if "another_version" not in row.topic]
    events = [house.ledger.mapper.to_domain_event(row) for row in rows]
    tests = {TestResult.id_of(order.id, attempt.external_id) for attempt in order.attempts}
    return [event for event in events if event.originator_id in {order.id, *tests}]


async def test_a_recipient_that_refuses_to_end_does_not_keep_the_desk_open(house, monkeypatch):
    monkeypatch.setattr("tastyflow.application.telling.teller.TOLD_WITHIN_S", 0.05)
    let_go = asyncio.Event()

    class Stubborn(Told):
        async def tell(self, notice):
            while not let_go.is_set():
                with suppress(asyncio.CancelledError):
                    await let_go.wait()

    async with Desk(house.context, [Stubborn()]) as desk:
        order = await house.place(desk, MISSION)
    assert order.stage is Stage.FILLED
    let_go.set()
    await asyncio.sleep(0)


async def test_a_bookmark_that_cannot_be_kept_fails_no_order(build, tmp_path):
    house = await build(path=tmp_path / "log.db")
    house.told = Named()
    with closing(sqlite3.connect(tmp_path / "log.db")) as meddler:
        meddler.execute("DROP TABLE places")
    order = await house.once(MISSION)
    assert order.stage is Stage.FILLED


def test_there_are_words_for_every_event():
    assert set(TELLINGS) == set(TOPICS.values())


def test_a_trader_hears_of_every_event_of_an_order_and_its_test_but_the_silent_ones():
    silent = {"went_live", "replace_requested", "planned", "concluded", "approval_voided"}  # its refusal tells it
    for topic, cls in TOPICS.items():
        _, kind, name = topic.split(".")
        spoken = TELLINGS[cls].is_told is not never
        assert spoken is (kind in ("order", "test_result") and name.partition("@")[0] not in silent), topic


async def test_a_place_that_is_kept_now_and_then_is_kept_while_nothing_more_is_told(house):
    """And not after each notice: a reader that is told much writes seldom."""
    kept, told, moved = [], Told(), asyncio.Event()
    told.name = "often"
    keep = house.ledger.keep_bookmark

    async def counted(name, position):
        await keep(name, position)
        if name == "often":
            kept.append(position)
            moved.set()

    house.ledger.keep_bookmark = counted
    teller = Teller(house.ledger, told, keep_every_s=0.02)
    task = asyncio.create_task(teller.run())
    await house.once(MISSION)
    end = house.ledger.end()
    await asyncio.wait_for(teller.until(end), 10.0)
    while house.ledger.bookmark("often") != end:
        moved.clear()
        await asyncio.wait_for(moved.wait(), 10.0)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert len(told.notices) > 10
    assert kept == sorted(kept)
    again = Told()
    again.name = "often"
    later = asyncio.create_task(Teller(house.ledger, again).run())
    await asyncio.sleep(0.02)
    later.cancel()
    with suppress(asyncio.CancelledError):
        await later
    assert again.notices == []
