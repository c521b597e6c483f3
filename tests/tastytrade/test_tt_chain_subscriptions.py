"""What one connection is subscribed to: bounded at every moment, in chunks, and each contract's open interest once."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tastytrade.dxfeed import Greeks, Summary

from tastyflow.domain.instruments import EquityOption, Right
from tastyflow.ports import InterestTick
from tastyflow_adapters.tastytrade.streams.chain_subscriptions import ChainLimits, ChainSubscriptions
from tastyflow_adapters.tastytrade.streams.day_interest import ASK_AGAIN_S, DayInterest
from tastyflow_adapters.tastytrade.streams.pacing import MINUTE_S, ChangeBudget

FRIDAY = datetime(2026, 11, 20, 16, tzinfo=UTC)
OPTIONS = {
    each.streamer: each
    for each in (EquityOption("SPXW", date(2026, 11, 20), Right.CALL, Decimal(strike)) for strike in range(4000, 4400))
}


class TurnedClock:
    """Waiting turns it on, and takes no time."""

    def __init__(self):
        self.at = FRIDAY

    def now(self):
        return self.at

    def monotonic(self):
        return self.at.timestamp()

    async def sleep(self, seconds):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        self.at += timedelta(seconds=seconds)


class Socket:
    """The other side: it answers at once, except for *mute* contracts, and counts."""

    def __init__(self, clock, interest, *, mute=frozenset()):
        self.clock, self.interest, self.mute = clock, interest, mute
        self.subscriptions = None
        self.at_work, self.most, self.changes, self.largest = set(), 0, [], 0
        self.asked_interest = []

    async def subscribe(self, kind, symbols, refresh_interval=0.1):
        self._change(kind, symbols, ())

    async def unsubscribe(self, kind, symbols):
        self._change(kind, (), symbols)

    async def replace(self, kind, symbols):
        gone = [symbol for each, symbol in self.at_work if each == kind.__name__ and symbol not in symbols]
        self._change(kind, (), gone)

    def _change(self, kind, added, removed):
        name = kind.__name__
        self.at_work |= {(name, symbol) for symbol in added}
        self.at_work -= {(name, symbol) for symbol in removed}
        self.most = max(self.most, len(self.at_work))
        self.largest = max(self.largest, len(added))
        self.changes.append((self.clock.monotonic(), len(added) + len(removed)))
        answers = [symbol for symbol in added if symbol not in self.mute]
        if kind is Summary:
            self.asked_interest += [symbol for symbol in added if symbol in OPTIONS]
            self.interest.put(InterestTick(OPTIONS[s], 7, FRIDAY.date()) for s in answers if s in OPTIONS)
        asyncio.get_running_loop().call_soon(self.subscriptions.heard, name, answers)

    def of(self, kind):
        return {symbol for name, symbol in self.at_work if name == kind.__name__ and symbol in OPTIONS}


def brought(*rounds, mute=frozenset(), **limits):
    """A socket after each of *rounds*, which are what is wanted."""
    clock = TurnedClock()
    interest = DayInterest(clock)
    chosen = ChainLimits(**limits)
    socket = Socket(clock, interest, mute=mute)

    async def bring():
        socket.subscriptions = ChainSubscriptions(
            socket,
            clock,
            limits=chosen,
            budget=ChangeBudget(clock, per_min=chosen.changes_per_min),
            interest=interest,
        )
        for contracts in rounds:
            await socket.subscriptions.bring(lambda wanted=contracts: (["SPX"], wanted))

    asyncio.run(bring())
    return socket


WANTED = st.lists(st.sampled_from(sorted(OPTIONS)), unique=True, max_size=120)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(WANTED, min_size=1, max_size=3),
    st.integers(20, 60),
    st.integers(5, 20),
    st.sets(st.sampled_from(sorted(OPTIONS)), max_size=80),
)
def test_no_limit_of_a_session_is_passed_at_any_moment(rounds, subscriptions, chunk, mute):
    limits = {"subscriptions": subscriptions + chunk, "chunk": chunk, "message": 7, "changes_per_min": 60}
    socket = brought(*rounds, mute=mute, **limits)
    assert socket.most <= limits["subscriptions"]
    assert socket.largest <= 7
    for at_s, _ in socket.changes:
        within = sum(count for each_s, count in socket.changes if at_s <= each_s < at_s + 60)
        assert within <= 60
    assert socket.of(Greeks) <= set(rounds[-1])
    assert socket.of(Summary) <= set(mute)


@settings(max_examples=60, deadline=None)
@given(st.lists(WANTED, min_size=1, max_size=4))
def test_all_that_is_wanted_is_subscribed_and_open_interest_is_asked_for_once(rounds):
    socket = brought(*rounds, chunk=30)
    assert socket.of(Greeks) == set(rounds[-1])
    assert sorted(socket.asked_interest) == sorted(set().union(*rounds))


def test_the_first_contracts_are_asked_for_first_and_what_has_no_room_is_told():
    wanted = sorted(OPTIONS)
    socket = brought(wanted, subscriptions=103, chunk=50)
    assert socket.of(Greeks) == set(wanted[:50])
    assert socket.subscriptions.left_out == len(wanted) - 50


def test_contracts_that_never_answer_hold_up_nothing():
    socket = brought(sorted(OPTIONS), mute=frozenset(OPTIONS), chunk=100)
    assert socket.of(Greeks) == set(OPTIONS)
    assert socket.of(Summary) == set(OPTIONS)  # they may answer yet


def test_a_slow_answer_counts_when_it_comes():
    slow = sorted(OPTIONS)[:3]
    socket = brought(sorted(OPTIONS)[:50], mute=frozenset(slow))
    assert socket.of(Summary) == set(slow)
    socket.mute = frozenset()
    socket.interest.put(InterestTick(OPTIONS[symbol], 7, FRIDAY.date()) for symbol in slow)
    asyncio.run(socket.subscriptions.bring(lambda: (["SPX"], sorted(OPTIONS)[:50])))
    assert not socket.of(Summary)


def test_open_interest_of_an_earlier_day_is_asked_for_again_and_not_at_once():
    clock = TurnedClock()
    interest = DayInterest(clock)
    symbol, option = next(iter(OPTIONS.items()))
    assert interest.lacks(symbol)
    interest.asked([symbol])
    interest.put([InterestTick(option, 5, date(2026, 11, 19))])
    assert not interest.lacks(symbol)
    clock.at += timedelta(seconds=ASK_AGAIN_S)
    assert interest.lacks(symbol)
    interest.put([InterestTick(option, 5, date(2026, 11, 20))])
    assert not interest.lacks(symbol)
    clock.at = datetime(2026, 11, 23, 15, tzinfo=UTC)
    assert interest.lacks(symbol)


@pytest.mark.parametrize("counts", [[10], [4, 4, 4], [10, 10, 1], [3, 9, 9, 2]])
def test_a_minute_never_holds_more_changes_than_it_may(counts):
    clock = TurnedClock()
    sent = []

    async def spend():
        budget = ChangeBudget(clock, per_min=10)
        for count in counts:
            await budget.take(count)
            sent.append((clock.monotonic(), count))

    asyncio.run(spend())
    assert all(sum(n for t, n in sent if at <= t < at + MINUTE_S) <= 10 for at, _ in sent)
    assert sum(count for _, count in sent) == sum(counts)
