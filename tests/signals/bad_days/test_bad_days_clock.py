"""
Bad days of the clock: the two Sundays on which New York's clocks change, a half day, and a clock that is wrong.

Rules go by New York's wall clock, minutes by time that passes: a minute is a minute on every day.
"""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from tastyflow.domain.expirations import NEW_YORK
from tastyflow.domain.signal_rule import RuleMode
from tastyflow.domain.signal_rule.calendar_parts import CalendarEvent, FreeOfEvents, TimeOfDay
from tastyflow.domain.signal_rule.figures import DataFault, Figures
from tastyflow.domain.signal_rule.groups import HeldFor
from tastyflow.domain.signal_rule.levels import Relation, Threshold
from tastyflow.domain.signal_rule.trigger import Trigger, TriggerMoment
from tastyflow_adapters.signals.gamma import settlement_moment
from tastyflow_adapters.signals.gamma.settling import minutes_to
from tests.application.kit import DeskUnderTest, SkippingClock
from tests.signals.bad_days.watched_day import WatchedDay, rule_text

AUTO = RuleMode.AUTO

FALLS_BACK = date(2026, 11, 1)
SPRINGS_FORWARD = date(2027, 3, 14)
CHANGES = {"clocks fall back": (FALLS_BACK, 25), "clocks spring forward": (SPRINGS_FORWARD, 23)}

HALF_DAY = date(2026, 11, 27)


def new_york(day, hour, minute=0):
    return datetime.combine(day, time(hour, minute), NEW_YORK).astimezone(UTC)


def moment(at, **values):
    return TriggerMoment(Figures("SPX", at, values), timedelta(minutes=2))


@pytest.mark.parametrize(("sunday", "hours"), CHANGES.values(), ids=CHANGES)
def test_a_time_of_day_is_new_yorks_on_both_sides_of_a_change(sunday, hours):
    part = TimeOfDay(time(9, 45), time(10, 15))
    for day in (sunday - timedelta(days=2), sunday, sunday + timedelta(days=1)):
        start = new_york(day, 0)
        moments = [start + timedelta(minutes=each) for each in range(25 * 60)]
        met = [each for each in moments if part.look(moment(each), None).holds]
        assert (met[0], met[-1]) == (new_york(day, 9, 45), new_york(day, 10, 14))
        assert len(met) == 30


@pytest.mark.parametrize(("sunday", "hours"), CHANGES.values(), ids=CHANGES)
def test_minutes_that_something_has_held_are_minutes_that_passed(sunday, hours):
    """The hour that is not there is not counted, and the hour that is there twice is counted twice."""
    held = HeldFor(Threshold("spot", Relation.ABOVE, 100.0), minutes=90)
    start, memory, first = new_york(sunday, 0, 30), None, None
    for passed in range(240):
        at = (start + timedelta(minutes=passed)).astimezone(NEW_YORK)  # as a person's clock would say it
        look = held.look(moment(at, spot=101.0), memory)
        memory = look.memory
        if look.holds and first is None:
            first = passed
    assert first == 90


@pytest.mark.parametrize(("sunday", "hours"), CHANGES.values(), ids=CHANGES)
def test_minutes_to_settlement_are_those_that_pass(sunday, hours):
    monday = settlement_moment(sunday + timedelta(days=1), settles_am=False)
    saturday = new_york(sunday - timedelta(days=1), 16)
    assert minutes_to(monday, saturday) == (24 + hours) * 60


@pytest.mark.parametrize(("sunday", "hours"), CHANGES.values(), ids=CHANGES)
def test_an_event_of_a_whole_day_is_as_long_as_that_day(sunday, hours):
    part = FreeOfEvents(("FOMC",), (CalendarEvent.on("FOMC", sunday),), known_until=sunday + timedelta(days=9))
    start = new_york(sunday - timedelta(days=1), 12)
    met = [part.look(moment(start + timedelta(minutes=each)), None).holds for each in range(48 * 60)]
    assert met.count(False) == hours * 60 + 1  # up to the midnight after, included


@pytest.mark.parametrize(("sunday", "hours"), CHANGES.values(), ids=CHANGES)
def test_a_trigger_begins_again_after_the_weekend_of_a_change(sunday, hours):
    """It was armed on Friday, and on Monday's first look it is met: a weekend lies between, and nothing was seen."""
    trigger = Trigger(Threshold("spot", Relation.ABOVE, 100.0), greatest_gap_s=30)
    friday, monday = new_york(sunday - timedelta(days=2), 15, 59), new_york(sunday + timedelta(days=1), 9, 30)
    state, _ = trigger.seen(Figures("SPX", friday, {"spot": 99.0}), trigger.begin())
    assert state.is_armed
    state, look = trigger.seen(Figures("SPX", monday, {"spot": 101.0}), state)
    assert (look.holds, look.fires) == (True, False)
    before_the_open = Figures("SPX", monday - timedelta(minutes=1), {"spot": 99.0})
    assert trigger.seen(before_the_open, state)[0] == state


# ── a half day ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_options_settle_at_one_on_a_half_day_and_those_of_the_morning_as_ever():
    assert settlement_moment(HALF_DAY, settles_am=False) == new_york(HALF_DAY, 13)
    assert settlement_moment(HALF_DAY, settles_am=True) == new_york(HALF_DAY, 9, 30)
    assert minutes_to(settlement_moment(HALF_DAY, settles_am=False), new_york(HALF_DAY, 12, 30)) == 30


@pytest.fixture
async def on_a_half_day(anyio_backend, tmp_path):
    """Ten minutes before the end; the rule reads the options that expire today, and may fire until half past three."""
    house = DeskUnderTest.make(clock=SkippingClock(new_york(HALF_DAY, 12, 50)))
    text = rule_text(more='\n  { time = "10:00..15:30" },').replace("2026-12-18", f"{HALF_DAY}")
    yield await WatchedDay.begin(house, tmp_path / "signals", text)
    house.ledger.close()


@pytest.mark.anyio
async def test_on_a_half_day_a_rule_fires_until_one_and_no_later(on_a_half_day):
    day = on_a_half_day
    async with day.service() as desk:
        assert day.heard[-1].get("minutes_to_close") == pytest.approx(9.8, abs=0.2)
        await day.crosses()
        assert len(day.signals(desk)) == 1
        await day.passes((new_york(HALF_DAY, 13) - day.house.clock.now()).total_seconds() + 1)
        assert day.heard[-1].get("minutes_to_close") is None
        for _ in range(3):
            await day.crosses()
        assert len(day.signals(desk)) == 1
        assert len(day.sent()) == 1


@pytest.mark.anyio
async def test_options_that_settled_at_one_are_not_counted_any_more(on_a_half_day):
    day = on_a_half_day
    async with day.service():
        assert day.heard[-1].get("net_gex_dollars_per_percent") is not None
        await day.passes(660)
        last = day.heard[-1]
        assert last.at > new_york(HALF_DAY, 13)
        assert last.get("net_gex_dollars_per_percent") is None  # absent, and not zero
        assert day.standing.mode is AUTO  # the session is over: that they are gone is no fault


# ── a clock that is wrong ────────────────────────────────────────────────────────────────────────────────────────

WRONG = {"an hour ahead": 3600.0, "an hour behind": -3600.0}


@pytest.mark.anyio
@pytest.mark.parametrize("wrong_s", WRONG.values(), ids=WRONG)
async def test_a_machines_clock_that_is_set_fires_nothing_and_nothing_twice(day, wrong_s):
    """The feed keeps the right time, and this machine's clock is an hour off from here on, until it is set right."""
    async with day.service() as desk:
        await day.crosses()
        assert len(day.signals(desk)) == 1
        day.house.clock.set_wall(wrong_s)
        day.faults.ahead_s = -wrong_s
        for _ in range(3):
            await day.crosses(within_s=40)
        if wrong_s < 0:
            assert DataFault.CLOCK in day.heard[-1].faults
        else:
            assert any("old" in each for each in day.shown.held)
        assert len(day.signals(desk)) == 1
        day.house.clock.set_wall(0.0)
        day.mend()
        day.spot("450")
        await day.passes(90)
        assert day.heard[-1].faults == ()
        assert day.heard[-1].coverage == 1.0
        await day.crosses()
        assert len(day.signals(desk)) == 2
        assert len(day.sent()) == 2


@pytest.mark.anyio
async def test_a_clock_that_is_set_back_makes_the_cool_down_no_shorter(day):
    day.write(rule_text(cool_down_min=5.0))
    async with day.service() as desk:
        await day.crosses()
        (signal,) = day.signals(desk)
        day.house.clock.set_wall(-120.0)  # the feed's clock goes with it
        for _ in range(6):
            await day.crosses(within_s=60)
        assert day.signals(desk) == (signal,)  # 360 seconds later it is 240 seconds after the signal
        await day.passes(90)
        await day.crosses()
        assert len(day.signals(desk)) == 2
