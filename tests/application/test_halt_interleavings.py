"""
Two processes on one log: one halts, the other takes orders to production; and random books while only exits may pass.

Whatever the order in which their appends land, no claim stands behind a halt that stops it.
"""

import asyncio
from decimal import Decimal

from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tastyflow.application.audit import log_of, verify
from tastyflow.application.ledger.folding import fold
from tastyflow.domain.events import Because
from tastyflow.domain.halt import Halt, HaltEvent, Trading
from tastyflow.domain.instruments import Right
from tastyflow.domain.order.events import SubmissionClaimed
from tastyflow.domain.venue import Position
from tests.application.kit import (
    CALL,
    EVERYTHING,
    GENEROUS,
    PRODUCTION,
    DeskUnderTest,
    log,
    register,
    resuming,
    stopping,
    turn,
)
from tests.application.soundness import assert_sound

MOVES = {"halt": stopping(), "reducing": stopping(reducing=True), "resume": resuming()}
ORDERS = (
    "buy to open 1 SPY 450 call exp Dec 18 2026",
    "sell to close 1 SPY 450 call exp Dec 18 2026 @ natural",
    "sell to close 2 SPY 450 calls exp Dec 18 2026 @ natural",
    "buy to open 1 SPY 455 call exp Dec 18 2026",
)


def assert_no_claim_that_the_switch_stopped(house):
    trading, seen = Trading.RUNNING, []
    for event in log(house.ledger):
        if isinstance(event, HaltEvent):
            trading = event.after
        if isinstance(event, SubmissionClaimed) and event.venue is PRODUCTION:
            assert trading is not Trading.HALTED
            assert trading is Trading.RUNNING or event.is_exit
            seen.append(trading)
    assert "claimed_unhalted" not in {finding.rule for finding in verify(log_of(house.ledger)).findings}
    return seen


async def house_with(position):
    house = DeskUnderTest.make()
    await house.until(register(house.ledger, house.clock.now(), "demo", GENEROUS, EVERYTHING))
    house.live.endow(Position(CALL, position, Decimal(5)))
    return house


class Interleaved:
    """The other process appends its moves between the appends of this one: one at each of the chosen appends."""

    def __init__(self, house, at):
        self._house, self._submit, self._count = house, house.ledger.log.append, 0
        self._at = at
        house.ledger.log.append = self

    def __call__(self, stored, **conditions):
        self._count += 1
        move = self._at.get(self._count)
        if move is not None:
            self._append(move)
        return self._submit(stored, **conditions)

    def _append(self, move):
        """As another process does: it reads the log, decides, and appends; this one's memory knows nothing of it."""
        house = self._house
        events = [event for event in log(house.ledger) if isinstance(event, HaltEvent)]
        standing = fold(None, events) or Halt.never()
        why = Because(actor="operator", cause="test", command_id="other", at=house.clock.now())
        if move == "resume" and standing.trading is Trading.RUNNING:
            return
        event = MOVES[move](standing, why)
        if event is not None:
            self._submit([house.ledger.mapper.to_stored_event(event)], after=(), unchanged=(), snapshots=()).result()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    at=st.dictionaries(st.integers(1, 45), st.sampled_from(sorted(MOVES)), max_size=6),
    orders=st.lists(st.sampled_from(ORDERS), min_size=1, max_size=3),
    at_once=st.booleans(),
)
def test_whenever_another_process_halts_no_claim_stands_behind_it(at, orders, at_once):
    async def trade():
        house = await house_with(3)
        Interleaved(house, at)
        async with house.desk() as desk:
            messages = [house.message(text) for text in orders]
            if at_once:
                await house.until(asyncio.gather(*(desk.place(message) for message in messages)))
            else:
                for message in messages:
                    await house.until(desk.place(message))
        assert_no_claim_that_the_switch_stopped(house)
        assert_sound(house)
        house.ledger.close()

    asyncio.run(trade())


LEGS = st.tuples(
    st.sampled_from(["buy", "sell"]),
    st.integers(1, 4),
    st.sampled_from([440, 450, 460]),
    st.sampled_from(["call", "put"]),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    held=st.dictionaries(
        st.tuples(st.sampled_from([440, 450, 460]), st.sampled_from(["call", "put"])), st.integers(-4, 4), max_size=4
    ),
    orders=st.lists(LEGS, min_size=1, max_size=4),
)
def test_while_reducing_exits_of_any_book_pass_and_nothing_else(held, orders):
    """What passes can only bring a position nearer to nothing; what only does that, and uncovers nothing, passes."""

    async def trade():
        house = DeskUnderTest.make()
        await house.until(register(house.ledger, house.clock.now(), "demo", GENEROUS, EVERYTHING))
        for (strike, right), quantity in held.items():
            if quantity:
                house.live.endow(Position(option(strike, right), quantity, Decimal(5)))
        await turn(house, stopping(reducing=True))
        async with house.desk() as desk:
            for side, number, strike, right in orders:
                before = dict(house.production_holds())
                order = await house.place(desk, f"{side} {number} SPY {strike} {right} exp Dec 18 2026 @ natural")
                after = house.production_holds()
                for instrument in {*before, *after}:
                    now, was = after.get(instrument, 0), before.get(instrument, 0)
                    assert abs(now) <= abs(was)
                    assert now * was >= 0
                if is_plain_exit(before, side, number, option(strike, right)):
                    assert order.code not in ("reducing", "halted")
        assert_no_claim_that_the_switch_stopped(house)
        house.ledger.close()

    asyncio.run(trade())


def option(strike, right):
    return evolve(CALL, strike=Decimal(strike), right=Right(right))


def is_plain_exit(held, side, number, instrument):
    """Buying back what is short, or selling what is long where nothing is short that it could cover."""
    position = held.get(instrument, 0)
    if side == "buy":
        return position <= -number
    return position >= number and all(quantity >= 0 for quantity in held.values())


def test_the_properties_can_fail():
    """Exits do pass, and claims are seen: neither property is about nothing."""

    async def trade():
        house = await house_with(3)
        await turn(house, stopping(reducing=True))
        await house.once(ORDERS[1])
        seen = assert_no_claim_that_the_switch_stopped(house)
        assert seen == [Trading.REDUCING]
        house.ledger.close()

    asyncio.run(trade())
