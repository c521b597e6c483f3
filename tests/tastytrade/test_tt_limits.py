"""No more in any second than allowed, orders first, nobody forgotten, and nobody kept waiting for nothing."""

import asyncio
import gc
import math
import sys
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tt_kit import FRIDAY

from tastyflow.ports import QueuePlace
from tastyflow_adapters.clock import TurnableClock
from tastyflow_adapters.tastytrade.http.rate_limits import LATE_S, PER_SECOND, Kind, Limits, TooMany, Window
from tastyflow_adapters.tastytrade.http.venue_queue import HOLD_S, MAX_PAUSE_S, Limiter

pytestmark = pytest.mark.anyio
LONG_S = 600


@pytest.fixture
def clock():
    return TurnableClock(FRIDAY)


async def run(kinds, limits, *, gone=(), turn_s=60, takes_s=lambda _: 0.0):
    """
    Ask for all of *kinds* at once; when each got its turn. Those at the places *gone* leave the queue early, and each
    answer takes as long as *takes_s* says.
    """
    clock = TurnableClock(FRIDAY)
    limiter, went = Limiter(limits, clock), []

    async def ask(number, kind):
        turn = await limiter.turn(kind, within_s=LONG_S)
        went.append((clock.monotonic(), number, kind))
        await clock.sleep(takes_s(number))
        limiter.answered(turn)

    tasks = [asyncio.create_task(ask(number, kind)) for number, kind in enumerate(kinds)]
    await asyncio.sleep(0)
    await clock.turn(0.05)
    for place in gone:
        tasks[place % len(tasks)].cancel()
    await clock.turn(turn_s)
    await asyncio.gather(*tasks, return_exceptions=True)
    return went


async def go(limiter, kind, *, within_s):
    """Take a turn, and be answered at once."""
    limiter.answered(await limiter.turn(kind, within_s=within_s))


def most_within_a_second(times):
    return max((sum(1 for other in times if start <= other < start + 1) for start in times), default=0)


_KINDS = st.lists(st.sampled_from([Kind.ORDER, Kind.DRY_RUN, Kind.ORDERS, Kind.POSITIONS, Kind.OTHER]), max_size=40)


GROUPS = (((Kind.ORDER, Kind.DRY_RUN), 4), ((Kind.ORDERS,), 3), ((Kind.POSITIONS,), 1), (tuple(Kind), 6))


@given(_KINDS, st.lists(st.integers(0, 39), max_size=8), st.sampled_from([0.5, 1.0]), st.randoms())
@settings(max_examples=25, deadline=None)
def test_no_second_over_there_holds_more_than_allowed_and_everybody_gets_their_turn(kinds, gone, times, luck):
    takes_s = [luck.uniform(0, LATE_S) for _ in kinds]
    late_s = [luck.uniform(0, each) for each in takes_s]  # it arrives somewhere between its sending and its answer
    limits = Limits(per_second={Kind.ORDER: 4, Kind.ORDERS: 3, Kind.POSITIONS: 1}, together=6, times=times)
    went = asyncio.run(run(kinds, limits, gone=gone if kinds else (), turn_s=120, takes_s=takes_s.__getitem__))
    left = {place % len(kinds) for place in gone} if kinds else set()
    assert {number for _, number, _ in went} >= set(range(len(kinds))) - left
    for group, most in GROUPS:
        arrivals = [at + late_s[number] for at, number, kind in went if kind in group and number not in left]
        assert most_within_a_second(arrivals) <= math.ceil(most * times)


@given(_KINDS)
@settings(max_examples=25, deadline=None)
def test_within_a_kind_first_come_is_first_served(kinds):
    went = asyncio.run(run(kinds, Limits(together=10)))
    for kind in Kind:
        numbers = [number for _, number, each in went if each is kind]
        assert numbers == sorted(numbers)


async def test_the_published_limits_are_the_default(clock):
    went = await run([Kind.POSITIONS] * 5, Limits())
    assert [round(at) for at, _, _ in went] == [0, 1, 2, 3, 4]
    assert PER_SECOND[Kind.ORDER] == 20


async def test_orders_go_before_everything_that_waits(clock):
    kinds = [Kind.OTHER] * 20 + [Kind.ORDERS] * 5 + [Kind.ORDER] * 5
    went = (await run(kinds, Limits(together=2)))[2:]  # two were free to go when they asked
    moments = {each: [at for at, _, kind in went if kind is each] for each in kinds}
    assert max(moments[Kind.ORDER]) <= min(moments[Kind.ORDERS])
    assert max(moments[Kind.ORDERS]) <= min(moments[Kind.OTHER])


async def test_who_would_wait_too_long_is_told_at_once_and_how_many_are_ahead(clock):
    limiter = Limiter(Limits(per_second={Kind.ORDER: 1}), clock)
    await go(limiter, Kind.ORDER, within_s=0)
    waiting = [asyncio.create_task(go(limiter, Kind.ORDER, within_s=100)) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(TooMany) as full:
        await go(limiter, Kind.ORDER, within_s=2)
    assert full.value.ahead == 3
    assert clock.monotonic() == 0
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_who_leaves_the_queue_leaves_no_hole_in_it(clock):
    limiter = Limiter(Limits(per_second={Kind.ORDER: 1}), clock)
    await go(limiter, Kind.ORDER, within_s=0)
    early = [asyncio.create_task(go(limiter, Kind.ORDER, within_s=100)) for _ in range(20)]
    late = asyncio.create_task(go(limiter, Kind.ORDER, within_s=100))
    await clock.turn(0.5)
    for task in early:
        task.cancel()
    await clock.turn(0.7)
    assert late.done()
    await asyncio.gather(*early, return_exceptions=True)


async def test_too_many_makes_its_kind_pause_longer_each_time_and_no_other(clock):
    limiter = Limiter(Limits(), clock)
    pauses = [limiter.refused(Kind.BALANCES) for _ in range(8)]
    assert pauses[:5] == sorted(pauses[:5])
    assert all(base <= pause <= base * 1.25 for base, pause in zip([1, 2, 4, 8, 16], pauses, strict=False))
    assert max(pauses) <= MAX_PAUSE_S * 1.25
    await go(limiter, Kind.ORDER, within_s=0)
    with pytest.raises(TooMany):
        await go(limiter, Kind.BALANCES, within_s=1)
    await clock.turn(MAX_PAUSE_S * 1.25)
    await go(limiter, Kind.BALANCES, within_s=0)
    limiter.accepted(Kind.BALANCES)
    assert limiter.refused(Kind.BALANCES) <= 1.25


async def test_who_is_overtaken_for_too_long_is_told_then(clock):
    limiter = Limiter(Limits(together=1), clock)
    await go(limiter, Kind.ORDER, within_s=0)
    read = asyncio.create_task(go(limiter, Kind.OTHER, within_s=2))
    await asyncio.sleep(0)
    orders = [asyncio.create_task(go(limiter, Kind.ORDER, within_s=9)) for _ in range(3)]
    await clock.turn(2)
    with pytest.raises(TooMany):
        await read
    await clock.turn(2)
    assert all(order.done() for order in orders)


async def test_an_empty_queue_leaves_nothing_running(clock):
    before = asyncio.all_tasks()
    limiter = Limiter(Limits(), clock)
    waiting = [asyncio.create_task(go(limiter, Kind.POSITIONS, within_s=9)) for _ in range(3)]
    await clock.turn(1.5)
    waiting[-1].cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


async def test_limits_can_be_switched_off(clock):
    went = await run([Kind.POSITIONS] * 50, Limits(times=math.inf), turn_s=0)
    assert len(went) == 50


async def test_a_cancel_does_not_wait_for_the_pause_that_dry_runs_have_earned(clock):
    limiter = Limiter(Limits(), clock)
    for _ in range(5):
        limiter.refused(Kind.DRY_RUN)
    await go(limiter, Kind.ORDER, within_s=0)
    with pytest.raises(TooMany):
        await go(limiter, Kind.DRY_RUN, within_s=10)


async def test_dry_runs_that_pause_hold_up_no_order_behind_them(clock):
    limiter = Limiter(Limits(per_second={Kind.ORDER: 1}, together=1), clock)
    limiter.refused(Kind.DRY_RUN)
    paused = asyncio.create_task(go(limiter, Kind.DRY_RUN, within_s=9))
    await asyncio.sleep(0)
    await go(limiter, Kind.ORDER, within_s=0)
    await clock.turn(4)
    assert paused.done()
    await paused


async def test_orders_that_were_too_many_do_not_hold_up_a_cancel(clock):
    limiter = Limiter(Limits(per_second={Kind.ORDER: 5}), clock)
    for _ in range(5):
        limiter.refused(Kind.ORDER)
    await go(limiter, Kind.CANCEL, within_s=0)
    with pytest.raises(TooMany):
        await go(limiter, Kind.ORDER, within_s=0)


async def test_a_cancel_goes_before_the_orders_that_wait(clock):
    limiter, went = Limiter(Limits(per_second={Kind.ORDER: 1}), clock), []

    async def noted(kind):
        await go(limiter, kind, within_s=100)
        went.append(kind)

    await go(limiter, Kind.ORDER, within_s=0)
    waiting = [asyncio.create_task(noted(kind)) for kind in (Kind.ORDER, Kind.ORDER, Kind.CANCEL)]
    await clock.turn(10)
    await asyncio.gather(*waiting)
    assert went[0] is Kind.CANCEL


# ── turns that are taken before they are used ──────────────────────────────────────────────────────────────────


def held(limiter, *, queued=None, within_s=100, account=""):
    return limiter.turn(Kind.ORDER, within_s=within_s, holds_s=HOLD_S, queued=queued, account=account)


async def test_a_turn_that_is_held_is_not_given_to_another_and_counts_from_its_use(clock):
    limiter = Limiter(Limits(per_second={Kind.ORDER: 1}), clock)
    turn = await held(limiter, within_s=0)
    waiting = asyncio.create_task(go(limiter, Kind.ORDER, within_s=100))
    await clock.turn(HOLD_S - 0.1)
    assert not waiting.done()
    assert limiter.use(turn)
    limiter.answered(turn)
    await clock.turn(1)
    assert not waiting.done()
    await clock.turn(0.1)
    await waiting


async def test_a_turn_that_is_given_back_goes_to_the_next_at_once(clock):
    limiter = Limiter(Limits(per_second={Kind.ORDER: 1}), clock)
    turn = await held(limiter, within_s=0)
    waiting = asyncio.create_task(go(limiter, Kind.ORDER, within_s=100))
    await clock.turn(0.5)
    turn.release()
    await clock.turn(0)
    await waiting
    assert not limiter.use(turn)


async def test_a_turn_that_is_neither_used_nor_given_back_is_taken_back_and_cannot_be_used_then(clock):
    limiter = Limiter(Limits(per_second={Kind.ORDER: 1}), clock)
    turn = await held(limiter, within_s=0)
    waiting = asyncio.create_task(go(limiter, Kind.ORDER, within_s=100))
    await clock.turn(HOLD_S)
    await waiting
    assert clock.monotonic() == HOLD_S
    await clock.turn(0.001)
    assert not limiter.use(turn)


async def test_a_turn_that_was_used_cannot_be_given_back_or_used_again(clock):
    limiter = Limiter(Limits(per_second={Kind.ORDER: 1}), clock)
    turn = await held(limiter, within_s=0)
    assert limiter.use(turn)
    turn.release()
    assert not limiter.use(turn)
    with pytest.raises(TooMany):
        await held(limiter, within_s=0.5)


async def test_a_turn_for_one_that_left_this_very_moment_goes_to_the_next(clock):
    limiter = Limiter(Limits(per_second={Kind.ORDER: 1}), clock)
    turn = await held(limiter, within_s=0)
    leaving, staying = (asyncio.create_task(held(limiter)) for _ in range(2))
    await clock.turn(0.1)
    turn.release()  # the next one has it by now, and does not know yet
    leaving.cancel()
    await clock.turn(0)
    assert staying.done()
    assert leaving.cancelled()


async def collect():
    gc.collect()


@pytest.mark.parametrize("on_another_loop", [False, True])
def test_a_program_that_ends_while_requests_wait_ends_quietly(clock, monkeypatch, on_another_loop):
    complaints = []
    monkeypatch.setattr(sys, "unraisablehook", complaints.append)
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)  # it says itself that tasks were left over
    limiter = Limiter(Limits(per_second={Kind.ORDER: 1}), clock)
    tasks = [loop.create_task(go(limiter, Kind.ORDER, within_s=100)) for _ in range(4)]
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    tasks.clear()
    del limiter, loop
    if on_another_loop:
        asyncio.run(collect())
    gc.collect()
    assert complaints == []


async def test_a_place_in_the_queue_is_told_at_once_and_again_when_it_is_much_nearer(clock):
    limiter, told = Limiter(Limits(per_second={Kind.ORDER: 1}), clock), []
    await go(limiter, Kind.ORDER, within_s=0)
    waiting = [asyncio.create_task(go(limiter, Kind.ORDER, within_s=100)) for _ in range(8)]
    await asyncio.sleep(0)
    last = asyncio.create_task(held(limiter, queued=lambda place: told.append((clock.monotonic(), place))))
    await clock.turn(20)
    assert last.done()
    at, first = told[0]
    assert (at, first.ahead) == (0, 8)
    assert 3 <= len(told) <= 5
    assert [place.ahead for _, place in told] == sorted({place.ahead for _, place in told}, reverse=True)
    for at, place in told:
        assert abs(at + place.expected_s - 9 * 1.01) < 1.5
    await asyncio.gather(*waiting)


async def test_a_place_is_never_told_where_there_is_no_queue(clock):
    limiter, told = Limiter(Limits(), clock), []
    turn = await held(limiter, queued=told.append)
    assert limiter.use(turn)
    assert told == []


async def test_a_short_wait_is_told_only_when_it_lasts(clock):
    limiter, told = Limiter(Limits(per_second={Kind.ORDER: 2}), clock), []
    turns = [await held(limiter, within_s=0) for _ in range(2)]
    await clock.turn(0.6)
    for turn in turns:
        assert limiter.use(turn)
        limiter.answered(turn)
    await clock.turn(0.7)
    waiting = asyncio.create_task(held(limiter, queued=told.append))
    await clock.turn(1)
    assert waiting.done()
    assert told == []


async def test_what_a_listener_raises_harms_no_queue(clock, caplog):
    limiter = Limiter(Limits(per_second={Kind.ORDER: 1}), clock)
    await go(limiter, Kind.ORDER, within_s=0)
    waiting = asyncio.create_task(held(limiter, queued=lambda _: 1 / 0))
    await clock.turn(2)
    assert waiting.done()
    assert "could not be told" in caplog.text


async def test_accounts_that_wait_take_turns(clock):
    limiter, went = Limiter(Limits(per_second={Kind.ORDER: 1}), clock), []

    async def noted(account):
        limiter.answered(await limiter.turn(Kind.ORDER, within_s=100, account=account))
        went.append(account)

    tasks = [asyncio.create_task(noted("main")) for _ in range(6)]
    await asyncio.sleep(0)
    tasks += [asyncio.create_task(noted("ira")) for _ in range(2)]
    await clock.turn(20)
    await asyncio.gather(*tasks)
    assert went == ["main", "ira", "main", "ira", "main", "main", "main", "main"]


async def test_a_rehearsal_that_waits_is_told_what_those_before_it_bring_with_them(clock):
    limiter, expected, began = Limiter(Limits(per_second={Kind.ORDER: 3}), clock), {}, {}

    async def rehearse(number):
        def queued(place):
            expected.setdefault(number, place.expected_s)

        turn = await limiter.turn(Kind.DRY_RUN, within_s=100, holds_s=HOLD_S, queued=queued)
        began[number] = clock.monotonic()
        limiter.use(turn)
        await clock.sleep(0.1)
        limiter.answered(turn)
        for _ in range(2):  # the order, and the one that puts the account back
            turn = await limiter.turn(Kind.ORDER, within_s=100)
            await clock.sleep(0.1)
            limiter.answered(turn)

    tasks = [asyncio.create_task(rehearse(number)) for number in range(12)]
    await asyncio.sleep(0)
    await clock.turn(30)
    await asyncio.gather(*tasks)
    assert expected.keys() == set(range(3, 12))
    assert all(abs(began[number] - expected[number]) < 3 for number in expected)
    assert began[11] > 9


# ── the place of one that is not in the queue yet ──────────────────────────────────────────────────────────────


@given(st.integers(1, 12), st.lists(st.floats(0.0, 0.9), max_size=12))
@settings(max_examples=50, deadline=None)
def test_a_window_expects_after_many_more_what_it_expects_once_they_were_counted(size, arrivals):
    """The model: each of them taken for itself, at the first moment that there is room."""
    typical_s, now = 0.15, 1.0
    for many in range(30):
        window = Window(size)
        window.look([], sorted(arrivals))
        said = window.after(many, now, typical_s)
        for _ in range(many):
            window.expect(max(now, window.expected_at) + typical_s)
        assert said <= max(now, window.expected_at) + 1e-9
        assert said >= max(now, window.expected_at) - typical_s - 1e-9


async def test_a_rehearsal_that_is_not_in_the_queue_yet_knows_its_place_at_once(clock):
    limiter = Limiter(Limits(per_second={Kind.ORDER: 3}), clock)
    assert limiter.place_after(0) == QueuePlace(0, 0.0)
    assert [limiter.place_after(behind).ahead for behind in (1, 4)] == [3, 12]
    assert [round(limiter.place_after(behind).expected_s) for behind in (1, 4)] == [1, 5]
    told = []
    ask = partial(limiter.turn, Kind.DRY_RUN, within_s=LONG_S, holds_s=HOLD_S)
    waiting = [asyncio.create_task(ask(queued=told.append)) for _ in range(4)]
    await asyncio.sleep(0)
    foretold = limiter.place_after(0)
    last = asyncio.create_task(ask(queued=told.append))
    await asyncio.sleep(0)
    assert abs(told[-1].expected_s - foretold.expected_s) < 0.5
    assert foretold.ahead > told[-1].ahead, "what comes after a dry run is before it, too"
    for each in (*waiting, last):
        each.cancel()
    await asyncio.gather(*waiting, last, return_exceptions=True)


async def test_there_is_no_place_where_there_is_no_limit(clock):
    assert Limiter(Limits(times=math.inf), clock).place_after(1000) == QueuePlace(0, 0.0)
