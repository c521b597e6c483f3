"""A lease has one holder that may act, whatever stops, sleeps, dies or comes back."""

import asyncio

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow.application.service.holder import SILENT_AFTER_S, Holder, is_at_work
from tastyflow.application.service.leases import BEAT_S, FENCED_AFTER_S, LOOK_S, SERVICE, Leases
from tastyflow.domain.age import Mark
from tastyflow.errors import StoreFailure
from tastyflow.ports import Lease
from tastyflow_adapters.clock import TurnableClock
from tests.application.kit import FRIDAY, open_log

TAKEN_OVER_S = SILENT_AFTER_S + 2 * LOOK_S + BEAT_S
"""After which time a holder that is silent has a successor, at the latest."""


class Process:
    """A process that can be stopped, go on, and die; its clocks go on whatever happens to it."""

    def __init__(self, name, ledger, clock, *, dead=frozenset()):
        self.clock = clock
        self.goes = asyncio.Event()
        self.goes.set()
        self.held = None
        self.leases = Leases(ledger, self, Holder(name), is_gone=lambda holder: holder.pid in dead)
        self.task = asyncio.ensure_future(self._live())

    now = property(lambda self: self.clock.now)
    monotonic = property(lambda self: self.clock.monotonic)
    mark = property(lambda self: self.clock.mark)

    async def sleep(self, seconds):
        await self.clock.sleep(seconds)
        await self.goes.wait()

    async def _live(self):
        async with self.leases:
            while True:
                self.held = await self.leases.take(SERVICE)
                await self.held.lost.wait()

    @property
    def may_act(self):
        """Also of one that is stopped: as the first thing that it would see when it goes on."""
        return self.held is not None and self.held.may_act

    async def die(self, *, orderly):
        if not orderly:
            self.leases._held.clear()  # nothing is given back
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        self.held = None


STEPS = st.lists(
    st.tuples(st.sampled_from(["pass", "stop", "go", "kill", "quit"]), st.integers(0, 2), st.floats(0.1, 12.0)),
    min_size=1,
    max_size=12,
)


@given(steps=STEPS)
@settings(max_examples=60)
def test_two_processes_never_may_act_at_once_whatever_is_stopped_and_goes_on(steps):
    async def act():
        clock, ledger = TurnableClock(FRIDAY), open_log()
        processes = [Process(number, ledger, clock) for number in range(3)]
        try:
            for doing, number, seconds in steps:
                process = processes[number]
                if doing == "stop":
                    process.goes.clear()
                elif doing == "go":
                    process.goes.set()
                elif doing in ("kill", "quit"):
                    await process.die(orderly=doing == "quit")
                    processes[number] = Process(number, ledger, clock)
                for _ in range(int(seconds / LOOK_S) + 1):
                    await clock.turn(LOOK_S)
                    assert sum(each.may_act for each in processes) <= 1
            for process in processes:
                process.goes.set()
            await clock.turn(TAKEN_OVER_S)
            assert sum(each.may_act for each in processes) == 1, "one that is left takes it"
        finally:
            for process in processes:
                await process.die(orderly=True)
            ledger.close()

    asyncio.run(act())


pytestmark = pytest.mark.anyio


@pytest.fixture
async def clock():
    return TurnableClock(FRIDAY)


@pytest.fixture
async def ledger():
    with open_log() as opened:
        yield opened


async def pair(ledger, clock, **how):
    first = Process(1, ledger, clock, **how)
    await clock.turn(1)
    second = Process(2, ledger, clock, **how)
    await clock.turn(1)
    assert (first.may_act, second.may_act) == (True, False)
    return first, second


async def ended(*processes):
    for each in processes:
        await each.die(orderly=True)


async def test_a_holder_that_is_killed_has_a_successor_within_ten_seconds(ledger, clock):
    first, second = await pair(ledger, clock)
    await first.die(orderly=False)
    await clock.turn(SILENT_AFTER_S - BEAT_S - 2 * LOOK_S)
    assert not second.may_act
    await clock.turn(2 * LOOK_S + BEAT_S + LOOK_S)
    assert second.may_act
    assert SILENT_AFTER_S + 2 * LOOK_S + BEAT_S <= 10
    await ended(second)


async def test_what_is_given_back_is_taken_at_once(ledger, clock):
    first, second = await pair(ledger, clock)
    await first.die(orderly=True)
    await clock.turn(LOOK_S)
    assert second.may_act
    await ended(second)


async def test_a_holder_whose_process_has_certainly_ended_is_not_waited_for(ledger, clock):
    dead = set()
    first, second = await pair(ledger, clock, dead=dead)
    await first.die(orderly=False)
    dead.add(1)
    await clock.turn(LOOK_S)
    assert second.may_act
    await ended(second)


async def test_a_holder_that_is_stopped_may_act_no_more_before_another_one_may(ledger, clock):
    first, second = await pair(ledger, clock)
    first.goes.clear()
    await clock.turn(FENCED_AFTER_S)
    assert (first.may_act, second.may_act) == (False, False)
    await clock.turn(TAKEN_OVER_S - FENCED_AFTER_S)
    assert (first.may_act, second.may_act) == (False, True)
    first.goes.set()
    await clock.turn(BEAT_S)
    assert (first.may_act, second.may_act) == (False, True)
    assert first.held.lost.is_set()
    await ended(first, second)


async def test_a_holder_that_was_late_and_is_still_alone_goes_on(ledger, clock):
    first = Process(1, ledger, clock)
    await clock.turn(1)
    first.goes.clear()
    await clock.turn(60)
    assert not first.may_act
    first.goes.set()
    await clock.turn(0.1)
    assert first.may_act
    assert not first.held.lost.is_set()
    await ended(first)


async def test_a_log_that_cannot_be_written_fences_its_holder_and_loses_no_lease(ledger, clock):
    first = Process(1, ledger, clock)
    await clock.turn(1)
    keep, broken = ledger.keep_lease, True

    async def full(*args, **kwargs):
        if broken:
            raise StoreFailure("The disk is full.")
        return await keep(*args, **kwargs)

    ledger.keep_lease = full
    await clock.turn(FENCED_AFTER_S + BEAT_S)
    assert not first.may_act
    broken = False
    await clock.turn(2 * BEAT_S)
    assert first.may_act
    await ended(first)


async def test_a_log_that_cannot_be_written_is_told_once_and_never_as_another_holder(ledger, clock, caplog):
    keep, told = ledger.keep_lease, []

    async def full(*_, **__):
        raise StoreFailure("There is no room left on the disk.", code="store_full")

    ledger.keep_lease = full
    leases = Leases(ledger, clock, Holder(1))
    taking = asyncio.ensure_future(leases.take(SERVICE, waits=lambda: told.append("waits")))
    await clock.turn(20 * LOOK_S)
    (said,) = [each.getMessage() for each in caplog.records if "no room left" in each.getMessage()]
    assert "is tried again" in said
    assert told == []
    ledger.keep_lease = keep
    await clock.turn(2 * LOOK_S)
    assert taking.result().may_act
    others = Leases(ledger, clock, Holder(2))
    waiting = asyncio.ensure_future(others.take(SERVICE, waits=lambda: told.append("waits")))
    await clock.turn(4 * LOOK_S)
    assert told == ["waits"]
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)


async def test_a_beat_whose_answer_went_missing_is_gone_on_from(ledger, clock):
    first = Process(1, ledger, clock)
    await clock.turn(1)
    keep = ledger.keep_lease

    async def unheard(*args, **kwargs):
        await keep(*args, **kwargs)
        ledger.keep_lease = keep
        raise StoreFailure("No answer.")

    ledger.keep_lease = unheard
    await clock.turn(3 * BEAT_S)
    assert first.may_act
    await ended(first)


# ── what one look can tell ─────────────────────────────────────────────────────────────────────────────────────

BEATEN = Holder(7, host="here", place="p", process="1", beat_at=Mark("boot", 100.0))


def lease(holder=BEATEN, name="x"):
    return Lease(SERVICE, name, 3, holder.written())


@pytest.mark.parametrize(
    ("there", "now", "gone", "works"),
    [
        (None, Mark("boot", 101), False, False),
        (Lease(SERVICE, "", 4), Mark("boot", 101), False, False),
        (lease(), Mark("boot", 101), False, True),
        (lease(), Mark("boot", 101), True, False),
        (lease(), Mark("boot", 100 + SILENT_AFTER_S), False, False),
        (lease(), Mark("another boot", 1), False, True),
        (lease(evolve(BEATEN, beat_at=None)), Mark("boot", 101), False, True),
        (Lease(SERVICE, "x", 3, "not a note"), Mark("boot", 101), False, True),
        (Lease(SERVICE, "x", 3, '{"beat_at": 1, "pid": 2, "strange": 3}'), Mark("boot", 101), False, True),
        (Lease(SERVICE, "x", 3, "1"), Mark("boot", 101), False, True),
        (Lease(SERVICE, "x", 3, "[" * 100_000), Mark("boot", 101), False, True),
    ],
    ids=[
        "never",
        "given back",
        "beats",
        "ended",
        "silent",
        "other machine",
        "no beat",
        "no note",
        "strange note",
        "a number",
        "nested",
    ],
)
async def test_one_look_tells_whether_a_service_is_at_work(there, now, gone, works):
    assert is_at_work(there, now, lambda _: gone) is works


async def test_a_note_reads_back_as_it_was_written():
    assert Holder.read(BEATEN.written()) == BEATEN


@pytest.mark.parametrize("about", ["", "text", "[]", "7", '{"pid": 7}', '{"beat_at": {"x": 1}}', "[" * 100_000])
def test_a_note_that_no_holder_wrote_is_none(about):
    assert Holder.read(about) is None
