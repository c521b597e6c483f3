"""Whatever people, triggers, limits, restarts and the clock do to a rule: it asks for exactly what it is let."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from attrs import define, evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow.application.audit import differences, log_of, replay, served_by, verify
from tastyflow.domain.signal_rule import OffCode, RuleMode
from tastyflow.domain.signal_rule.trigger import is_in_session
from tastyflow.errors import IllegalStep, Refused
from tests.application.kit import EVERYTHING, GENEROUS, DeskUnderTest, register, resuming, turn
from tests.application.signalling_kit import LINE, NAME, figures, rule, set_to, standing, tight, with_robot
from tests.application.soundness import assert_sound

OFF, SHADOW, APPROVE, AUTO = RuleMode
COOL_MIN, MOST = 10, 3
TOO_MANY = LINE.replace("1 SPY", "9 SPY")
MAY = {"ann": {"up", "down"}, "eve": {"down"}, "robot": {"down"}, "vic": set()}

STEPS = st.one_of(
    st.tuples(st.just("trigger"), st.sampled_from([LINE, LINE, LINE, TOO_MANY, "no order at all"])),
    st.tuples(st.just("again"), st.just("")),
    st.tuples(st.sampled_from([mode.value for mode in RuleMode]), st.sampled_from(sorted(MAY))),
    st.tuples(st.just("later"), st.sampled_from([5, 11, 24 * 60])),
    st.tuples(st.sampled_from(["yes", "halt", "resume", "restart", "edited", "reload", "stale"]), st.just("")),
)


@define
class Shadow:
    """What must become of one rule, told without the desk."""

    now: datetime
    mode: RuleMode = SHADOW
    version: int = 1
    halted: bool = False
    last: datetime | None = None
    that_day: int = 0
    refusals: int = 0
    signals: int = 0
    waiting: bool = False
    sent: int = 0
    shadowed: int = 0
    off_code: str = ""

    def moved(self, mode: RuleMode, by: str) -> None:
        steps = mode.rank - self.mode.rank
        if steps == 0 or (steps > 0 and "up" not in MAY[by]) or (steps < 0 and "down" not in MAY[by]):
            return
        if steps <= 1 and not (steps > 0 and mode.asks and self.halted):
            self.set(mode)

    def set(self, mode: RuleMode) -> None:
        self.mode, self.refusals = mode, 0
        self.waiting = self.waiting and mode.asks

    def rest(self, code: OffCode) -> None:
        if self.mode is not OFF:
            self.set(OFF)
            self.off_code = code.value

    def trigger(self, line: str) -> None:
        if (
            self.mode is OFF
            or not is_in_session(self.now)
            or (self.last is not None and self.now < self.last + timedelta(minutes=COOL_MIN))
        ):
            return
        is_today = self.last is not None and self.last.date() == self.now.date()
        if is_today and self.that_day >= MOST:
            return
        self.that_day = self.that_day + 1 if is_today else 1
        self.last, self.signals = self.now, self.signals + 1
        if self.mode is SHADOW:
            self.shadowed += 1
        elif line == "no order at all":
            self.refused()
        elif line == TOO_MANY:
            self.rest(OffCode.LIMIT)
        elif self.mode is APPROVE:
            self.waiting = True
        else:
            self.sent, self.refusals = self.sent + 1, 0

    def refused(self) -> None:
        self.refusals += 1
        if self.refusals >= 3 and self.mode.asks:
            self.rest(OffCode.REFUSALS)


@settings(max_examples=80, deadline=None)
@given(st.lists(STEPS, max_size=14))
def test_a_rule_asks_for_exactly_what_it_is_let(steps):
    asyncio.run(played(steps))


async def played(steps: list[tuple[str, Any]]) -> None:
    house = DeskUnderTest.make()
    await house.until(register(house.ledger, house.clock.now(), "demo", GENEROUS, EVERYTHING))
    await with_robot(house, limits=tight(max_contracts=5))
    which = rule(cool_down_min=COOL_MIN, most_a_day=MOST, approval_within_min=None)
    async with house.desk() as desk:
        await set_to(house, desk, which, SHADOW)
    shadow, waiting = Shadow(house.clock.now()), []
    for name, how in steps:
        if name == "restart":
            house.ledger.close()
            house = house.restarted()
        shadow.now = house.clock.now()
        which = await taken(house, shadow, which, waiting, name, how)
        found = standing(house.ledger)
        assert found.mode is shadow.mode, (name, how)
        assert found.refusals_in_a_row == shadow.refusals, (name, how)
        assert found.raised_that_day == shadow.that_day, (name, how)
        assert len(house.books()[1]) == shadow.sent, (name, how)
        is_waiting = [each for each in waiting if house.order(each).waiting_until is not None]
        assert bool(is_waiting) is shadow.waiting, (name, how)
    async with house.desk() as desk:
        assert desk.signalling.still_open() == ()
        signals = desk.signalling.signals_of(NAME, 100)
        assert len(signals) == shadow.signals
        assert sum(signal.stage.value == "shadowed" for signal in signals) == shadow.shadowed
    assert_sound(house)
    rows = list(log_of(house.ledger))
    assert verify(rows).findings == ()
    assert list(differences(replay(rows), served_by(house.ledger))) == []
    house.ledger.close()


async def taken(house: DeskUnderTest, shadow: Shadow, which, waiting, name: str, how: Any):
    """One step, as a person, a trigger or the clock takes it; what is refused is refused."""
    if name == "later":
        if shadow.waiting:
            return which  # what waits would expire: asked of by tests of its own
        house.clock.jump(60.0 * how)
        return which
    if name == "resume":
        if shadow.halted:
            await turn(house, resuming())
            shadow.halted = False
        return which
    async with house.desk() as desk:
        if name in ("trigger", "again"):
            at = shadow.last if name == "again" else house.clock.now()
            line = how or LINE
            if shadow.waiting or at is None:
                return which
            raised = await house.until(desk.signalling.raise_signal(which, figures(at), ("met",), line))
            if name == "again":
                assert raised is None
                return which
            shadow.trigger(line)
            if raised is not None:
                settled = await house.until(desk.signalling.act(raised))
                waiting += [settled.order] if settled.order is not None and settled.code == "" else []
        elif name == "yes" and waiting:
            order, is_sent = house.order(waiting[-1]), shadow.waiting
            try:
                await house.until(desk.approve(house.message("approve", user="eve"), order.reference))
            except Refused:
                assert not is_sent
                return which
            shadow.sent, shadow.waiting, shadow.refusals = shadow.sent + 1, False, 0
        elif name == "halt":
            await house.until(desk.halt(house.message("halt", user="hal"), "fat finger"))
            shadow.halted, shadow.waiting = True, False
            if shadow.mode.asks:
                shadow.rest(OffCode.HALT)
        elif name == "stale":
            await house.until(desk.signalling.turn_itself_off(NAME, OffCode.STALE, "Its data are old."))
            shadow.rest(OffCode.STALE)
        elif name == "edited":
            with pytest.raises(Refused, match="was edited"):
                await house.until(desk.signalling.load(evolve(which, text=which.text + " ")))
        elif name == "reload":
            shadow.version += 1
            which = rule(version=shadow.version, cool_down_min=COOL_MIN, most_a_day=MOST, approval_within_min=None)
            await house.until(desk.signalling.load(which))
            shadow.set(SHADOW)
        elif name in set(RuleMode):
            shadow.moved(RuleMode(name), how)
            message = house.message(name, user=how)
            try:
                await house.until(desk.signalling.move(NAME, RuleMode(name), message, seen=which.digest))
            except (Refused, IllegalStep):
                return which
    return which
