"""Turns in the sandbox: who goes when, as the plainest statement of it says, for any order of taking and leaving."""

import asyncio
from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow.application.rehearsal.turns import Turns, Use
from tastyflow.domain.instruments import EquityOption, Right
from tests.application.kit import SkippingClock

pytestmark = pytest.mark.anyio

OPTIONS = [EquityOption("SPY", date(2026, 12, 18), Right.CALL, Decimal(strike)) for strike in (440, 450, 460)]
USES = st.dictionaries(st.sampled_from(OPTIONS), st.sampled_from(Use), min_size=1, max_size=2)
STEPS = st.lists(
    st.tuples(st.just("take"), USES, st.booleans())
    | st.tuples(st.just("release"), st.integers(0, 99), st.none())
    | st.tuples(st.just("cancel"), st.integers(0, 99), st.none()),
    max_size=40,
)


class Plainly:
    """Who has a turn: everybody who waits is looked at again, one after the other, whenever something changes."""

    def __init__(self):
        self.taken, self.waiting = {}, {}

    def take(self, number, uses, gives_way):
        ahead = [] if gives_way else [each for each, gives in self.waiting.values() if not gives]
        if self.is_free(uses, ahead) and not (gives_way and self.waiting):
            self.taken[number] = uses
        else:
            self.waiting[number] = uses, gives_way

    def leave(self, number):
        self.taken.pop(number, None)
        self.waiting.pop(number, None)
        ahead = []
        for number, (uses, _) in sorted(self.waiting.items(), key=lambda item: item[1][1]):
            if self.is_free(uses, ahead):
                del self.waiting[number]
                self.taken[number] = uses
            else:
                ahead.append(uses)

    def is_free(self, uses, ahead):
        return not any(
            name in other and (use is not other[name] or use is Use.ALONE)
            for other in (*self.taken.values(), *ahead)
            for name, use in uses.items()
        )


@given(STEPS)
@settings(max_examples=300, deadline=None)
async def test_whoever_has_a_turn_has_it_by_the_plainest_rules(steps):
    turns, model, tasks = Turns(SkippingClock()), Plainly(), []

    async def spin():
        for _ in range(4):
            await asyncio.sleep(0)

    for what, which, gives_way in steps:
        if what == "take":
            tasks.append(asyncio.ensure_future(turns.take(which, gives_way=gives_way)))
            model.take(len(tasks) - 1, which, gives_way)
        elif which < len(tasks):
            task = tasks[which]
            if task.done() and not task.cancelled():
                task.result().release()
                model.leave(which)
            elif what == "cancel" and not task.done():
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
                model.leave(which)
        await spin()
        assert {number for number, task in enumerate(tasks) if task.done() and not task.cancelled()} >= set(model.taken)
        assert {number for number, task in enumerate(tasks) if not task.done()} == set(model.waiting)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
