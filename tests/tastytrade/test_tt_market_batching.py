"""Many who ask, few questions."""

import asyncio

import pytest
from tt_streams import left_running, until

from tastyflow.errors import NotSent, OutcomeUnknown
from tastyflow_adapters.clock import SystemClock
from tastyflow_adapters.tastytrade.market.batching import Batcher
from tastyflow_adapters.tastytrade.single_flight import SingleFlight

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"


class Venue:
    """Doubles numbers, and knows no odd hundred."""

    def __init__(self):
        self.asked = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.failure = None

    async def ask(self, keys):
        self.asked.append(list(keys))
        await self.gate.wait()
        if self.failure:
            raise self.failure
        return {key: key * 2 for key in keys if key != 100}


async def test_all_who_ask_at_once_share_one_question():
    venue = Venue()
    batcher = Batcher(SystemClock(), venue.ask, most=100)
    answers = await asyncio.gather(*(batcher.get([n, n + 1]) for n in range(50)))
    assert [answer[n] for n, answer in enumerate(answers)] == [2 * n for n in range(50)]
    assert venue.asked == [list(range(51))]


async def test_who_asks_while_a_question_is_out_joins_the_next_one():
    venue = Venue()
    venue.gate.clear()
    batcher = Batcher(SystemClock(), venue.ask, most=100)
    first = asyncio.create_task(batcher.get([1]))
    await until(lambda: venue.asked)
    others = [asyncio.create_task(batcher.get([n])) for n in (1, 2, 3)]
    await asyncio.sleep(0.02)
    assert venue.asked == [[1]]
    venue.gate.set()
    assert [await task for task in (first, *others)] == [{1: 2}, {1: 2}, {2: 4}, {3: 6}]
    assert venue.asked == [[1], [1, 2, 3]]


async def test_no_question_names_more_than_the_venue_takes():
    venue = Venue()
    answer = await Batcher(SystemClock(), venue.ask, most=100).get(range(250))
    assert [len(keys) for keys in venue.asked] == [100, 100, 50]
    assert set(range(250)) - answer.keys() == {100}


async def test_nobody_asks_for_nothing():
    venue = Venue()
    assert await Batcher(SystemClock(), venue.ask, most=100).get([]) == {}
    assert venue.asked == []


async def test_a_failure_is_everybodys_and_the_next_question_is_a_new_one():
    venue = Venue()
    venue.failure = OutcomeUnknown("away")
    batcher = Batcher(SystemClock(), venue.ask, most=100)
    outcomes = await asyncio.gather(*(batcher.get([n]) for n in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [OutcomeUnknown] * 3
    venue.failure = None
    assert await batcher.get([7]) == {7: 14}


async def test_a_caller_who_gives_up_takes_nothing_from_the_others():
    venue = Venue()
    venue.gate.clear()
    batcher = Batcher(SystemClock(), venue.ask, most=100)
    leaving, staying = (asyncio.create_task(batcher.get([n])) for n in (1, 2))
    await asyncio.sleep(0.02)
    leaving.cancel()
    venue.gate.set()
    assert await staying == {2: 4}
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_who_still_waits_when_the_market_closes_is_told_so():
    venue = Venue()
    venue.gate.clear()
    batcher, flights = Batcher(SystemClock(), venue.ask, most=100), SingleFlight()
    waiting = [asyncio.create_task(batcher.get([1])), asyncio.create_task(flights.get("x", lambda: venue.ask([2])))]
    await asyncio.sleep(0.02)
    await batcher.aclose()
    await flights.aclose()
    for task in waiting:
        with pytest.raises(NotSent):
            await task
    assert left_running() == []


async def test_who_joined_while_a_question_was_out_is_told_so_too_and_nobody_waits_for_ever():
    venue = Venue()
    venue.gate.clear()
    batcher = Batcher(SystemClock(), venue.ask, most=100)
    first = asyncio.create_task(batcher.get([1]))
    await until(lambda: venue.asked)
    joined = asyncio.create_task(batcher.get([2]))
    await asyncio.sleep(0)
    await batcher.aclose()
    outcomes = await asyncio.wait_for(asyncio.gather(first, joined, return_exceptions=True), 1)
    assert [type(outcome) for outcome in outcomes] == [NotSent] * 2
    assert left_running() == []


async def test_a_market_that_closes_before_the_first_question_begins_answers_it_too():
    batcher = Batcher(SystemClock(), Venue().ask, most=100)
    asking = asyncio.create_task(batcher.get([1]))
    await asyncio.sleep(0)
    await batcher.aclose()
    with pytest.raises(NotSent):
        await asyncio.wait_for(asking, 1)


async def test_one_question_is_asked_once_for_all_who_wait_and_again_when_it_is_over():
    venue, flights = Venue(), SingleFlight()
    answers = await asyncio.gather(*(flights.get("SPY", lambda: venue.ask([1])) for _ in range(10)))
    assert answers == [{1: 2}] * 10
    assert len(venue.asked) == 1
    await flights.get("SPY", lambda: venue.ask([1]))
    assert len(venue.asked) == 2


async def test_a_first_caller_who_gives_up_does_not_end_the_question():
    venue, flights = Venue(), SingleFlight()
    venue.gate.clear()
    first, second = (asyncio.create_task(flights.get("SPY", lambda: venue.ask([1]))) for _ in range(2))
    await asyncio.sleep(0.01)
    first.cancel()
    venue.gate.set()
    assert await second == {1: 2}
    assert len(venue.asked) == 1
