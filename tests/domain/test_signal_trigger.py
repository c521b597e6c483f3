"""A trigger fires once for each thing that happens, never on what is not known, and says why with numbers."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.domain.expirations import NEW_YORK
from tastyflow.domain.signal_rule.calendar_parts import (
    CalendarEvent,
    DaysToMonthly,
    FreeOfEvents,
    HalfDay,
    OnWeekdays,
    TimeOfDay,
)
from tastyflow.domain.signal_rule.crosses import Crosses, Direction
from tastyflow.domain.signal_rule.figures import Figures
from tastyflow.domain.signal_rule.groups import AllOf, AnyOf, HeldFor
from tastyflow.domain.signal_rule.levels import Margin, Near, Relation, Threshold
from tastyflow.domain.signal_rule.trigger import Trigger, TriggerMoment
from tastyflow.errors import Invalid

OPEN = datetime(2026, 11, 20, 10, 0, tzinfo=NEW_YORK).astimezone(UTC)
NET = "net_gex_dollars_per_percent"


def shown(part, *looks, at=OPEN, every_s=10.0, gap_s=30.0):
    """What a trigger of *part* says of *looks*, one after the other; a look is the figures it sees."""
    trigger = Trigger(part, gap_s)
    state, told = trigger.begin(), []
    for index, values in enumerate(looks):
        state, look = trigger.seen(Figures("SPX", at + timedelta(seconds=index * every_s), values), state)
        told.append(look)
    return told


def spots(*prices, flip=6000.0):
    return [{"spot": float(price), "flip": flip} for price in prices]


def fired(looks):
    return [index for index, look in enumerate(looks) if look.fires]


def over(level=6000.0, by=0.0):
    return Threshold("spot", Relation.ABOVE, level, Margin(by))


def cross(direction=Direction.EITHER, by=5.0, minutes=1.0):
    return Crosses("spot", "flip", direction, Margin(by), minutes)


def test_what_is_met_at_first_sight_does_not_fire():
    looks = shown(over(), *spots(6010, 6020, 6030))
    assert fired(looks) == []
    assert "must be seen unmet once" in looks[0].note


def test_it_fires_once_when_it_is_met_and_again_only_after_it_was_unmet():
    assert fired(shown(over(), *spots(5990, 6010, 6020, 5990, 6001, 6002))) == [1, 4]


def test_a_figure_that_comes_and_goes_arms_nothing():
    looks = shown(over(), *spots(5990, 6010), {"spot": 6010.0}, {"flip": 6000.0}, *spots(6010))
    assert fired(looks) == [1]
    assert not shown(over("flip"), {"spot": 6010.0})[0].holds


@pytest.mark.parametrize("lost", [{}, {"spot": float("nan")}, {"spot": float("inf")}, {"spot": float("-inf")}])
def test_a_figure_that_is_no_number_is_not_known_and_is_said_to_be(lost):
    look = shown(over(), {"spot": 5990.0}, lost)[1]
    assert (look.fires, look.holds, look.is_near) == (False, False, False)
    assert look.conditions[0].is_known is False
    assert look.lacks == ("spot is not known",)


def test_noise_around_a_level_is_no_cross():
    noisy = [6000 + (4.9 if index % 2 else -4.9) for index in range(40)]
    assert fired(shown(cross(), *spots(5980, *noisy))) == []


@given(st.lists(st.floats(-4.99, 4.99), max_size=40))
def test_noise_after_a_cross_fires_once(noise):
    looks = shown(cross(minutes=60.0), *spots(5990, 6006, *(6000 + each for each in noise)))
    assert fired(looks) == [1]


@pytest.mark.parametrize(
    ("direction", "when"), [(Direction.UP, [1]), (Direction.DOWN, [3]), (Direction.EITHER, [1, 3])]
)
def test_a_cross_has_a_direction(direction, when):
    assert fired(shown(cross(direction), *spots(5990, 6010, 6010, 5990, 5990))) == when


def test_a_level_that_moves_is_crossed_as_well():
    looks = shown(cross(), {"spot": 6000.0, "flip": 6010.0}, {"spot": 6000.0, "flip": 5990.0})
    assert fired(looks) == [1]
    assert looks[1].reasons == (
        "spot 6,000.00 is above flip 5,990.00, by 10.00: it crossed upwards at 10:00:10 New York",
    )


def test_a_cross_of_zero_is_a_change_of_sign():
    turns = Crosses(NET, 0.0, Direction.DOWN, Margin(50e6), 1.0)
    looks = shown(turns, *({NET: each} for each in (80e6, 20e6, -20e6, -60e6)))
    assert fired(looks) == [3]
    assert looks[3].reasons[0].startswith("net GEX -60.00 million dollars per 1 % move is below 0 dollars per 1 % move")


def test_a_cross_counts_for_its_minutes_and_then_no_more():
    late = AllOf((cross(minutes=1.0), Threshold(NET, Relation.ABOVE, 0.0)))
    early = [{"spot": 5990.0, "flip": 6000.0, NET: -1.0}, {"spot": 6010.0, "flip": 6000.0, NET: -1.0}]
    met = {"spot": 6010.0, "flip": 6000.0, NET: 1.0}
    assert fired(shown(late, *early, *[{**met, NET: -1.0}] * 5, met)) == [7]
    assert fired(shown(late, *early, *[{**met, NET: -1.0}] * 6, met)) == []


def test_one_cross_fires_once_although_another_condition_flickers():
    both = AllOf((cross(minutes=30.0), Threshold(NET, Relation.ABOVE, 0.0)))
    looks = [{"spot": 5990.0, "flip": 6000.0, NET: 1.0}]
    looks += [{"spot": 6010.0, "flip": 6000.0, NET: 1.0 if index % 2 else -1.0} for index in range(20)]
    assert fired(shown(both, *looks)) == [2]


def test_on_which_side_it_was_before_a_gap_is_forgotten():
    assert fired(shown(cross(), *spots(5990, 6010), every_s=30.0)) == [1]
    assert fired(shown(cross(), *spots(5990, 6010), every_s=30.001)) == []


def test_after_a_gap_a_trigger_must_be_seen_unmet_again():
    assert fired(shown(over(), *spots(5990, 6010), every_s=31.0)) == []
    assert fired(shown(over(), *spots(5990, 6010), every_s=30.0)) == [1]


def test_what_happened_before_a_clock_went_back_is_forgotten():
    assert fired(shown(over(), *spots(5990, 6010), every_s=-1.0)) == []


def test_hysteresis_keeps_a_threshold_until_it_is_back():
    looks = shown(over(by=5.0), *spots(5990, 6001, 5996, 6001, 5995, 6001))
    assert [look.holds for look in looks] == [False, True, True, True, False, True]
    assert fired(looks) == [1, 5]


def test_near_is_within_its_reach_on_either_side():
    near = Near("spot", "flip", Margin(0.5, is_percent=True), Margin(5.0))
    looks = shown(near, *spots(6040, 6030, 5970, 6034, 6036, 5960))
    assert [look.holds for look in looks] == [False, True, True, True, False, False]
    assert looks[1].reasons == ("spot 6,030.00 is 30.00 from flip 6,000.00, within 0.5 %",)


def test_held_for_counts_from_the_first_moment_on_end():
    held = HeldFor(over(), 1.0)
    looks = shown(held, *spots(5990, *[6010] * 8))
    assert fired(looks) == [7]
    assert looks[4].lacks == ("that has held for 0.5 of 1 minute, since 10:00:10 New York",)


def test_held_for_does_not_count_a_gap():
    trigger = Trigger(HeldFor(over(), 1.0), 30.0)
    state, held = trigger.begin(), []
    for second, price in [(0, 5990), (10, 6010), (40, 6010), (71, 6010), (90, 6010), (120, 6010), (131, 6010)]:
        state, look = trigger.seen(Figures("SPX", OPEN + timedelta(seconds=second), {"spot": price}), state)
        held.append(look.holds)
    assert held == [False, False, False, False, False, False, True]


def test_a_missing_figure_neither_ends_a_holding_nor_fires_it():
    looks = shown(HeldFor(over(), 0.5), *spots(5990, 6010, 6010), {}, *spots(6010, 6010))
    assert fired(looks) == [4]
    assert looks[3].holds is False


def test_nothing_fires_outside_of_the_session_and_nothing_seen_there_is_remembered():
    early = datetime(2026, 11, 20, 9, 29, 50, tzinfo=NEW_YORK)
    assert fired(shown(over(), *spots(5990, 6010, 6010), at=early)) == []
    assert fired(shown(over(), *spots(6010, 5990, 6010), at=early)) == [2]
    late = datetime(2026, 11, 20, 15, 59, 55, tzinfo=NEW_YORK)
    looks = shown(over(), *spots(5990, 6010), at=late)
    assert fired(looks) == []
    assert looks[1].note.startswith("The session is closed")


def test_a_half_day_ends_at_one():
    half_day = datetime(2026, 11, 27, 12, 59, 45, tzinfo=NEW_YORK)
    assert fired(shown(over(), *spots(5990, 6010), at=half_day)) == [1]
    assert fired(shown(over(), *spots(5990, 5990, 6010), at=half_day)) == []


def test_a_saturday_has_no_session():
    assert fired(shown(over(), *spots(5990, 6010), at=OPEN + timedelta(days=1))) == []


@pytest.mark.parametrize(
    ("part", "at", "holds"),
    [
        (TimeOfDay(time(10), time(15, 30)), "2026-11-20T10:00", True),
        (TimeOfDay(time(10), time(15, 30)), "2026-11-20T09:59:59.9", False),
        (TimeOfDay(time(10), time(15, 30)), "2026-11-20T15:30", False),
        (TimeOfDay(time(10), time(15, 30)), "2026-10-30T10:00", True),  # summer time
        (TimeOfDay(time(10), time(15, 30)), "2026-11-02T10:00", True),  # and the Monday after its end
        (OnWeekdays(frozenset({4})), "2026-11-20T10:00", True),
        (OnWeekdays(frozenset({0})), "2026-11-20T10:00", False),
        (HalfDay(True), "2026-11-27T10:00", True),
        (HalfDay(False), "2026-11-27T10:00", False),
        (HalfDay(False), "2026-11-20T10:00", True),
        (DaysToMonthly(0, 0), "2026-11-20T10:00", True),
        (DaysToMonthly(0, 5), "2026-11-13T10:00", False),
        (DaysToMonthly(20, 30), "2026-11-23T10:00", True),
    ],
)
def test_the_clock_and_the_calendar_are_new_yorks(part, at, holds):
    moment = datetime.fromisoformat(at).replace(tzinfo=NEW_YORK)
    look = shown(part, {}, at=moment.astimezone(UTC))[0]
    assert look.holds is holds
    assert look.conditions[0].is_known


def _fomc(**minutes):
    at = datetime(2026, 12, 9, 14, 0, tzinfo=NEW_YORK)
    events = (CalendarEvent.moment("FOMC", at), CalendarEvent.on("CPI", date(2026, 12, 10)))
    return FreeOfEvents(("FOMC", "CPI"), events, date(2026, 12, 31), **minutes)


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        ("2026-12-09T12:59", True),
        ("2026-12-09T13:00", False),
        ("2026-12-09T14:30", False),
        ("2026-12-09T14:31", True),
        ("2026-12-10T10:00", False),
        ("2026-12-11T10:00", True),
    ],
)
def test_an_event_is_kept_clear_of_before_and_after(at, holds):
    moment = datetime.fromisoformat(at).replace(tzinfo=NEW_YORK)
    assert shown(_fomc(before_min=60, after_min=30), {}, at=moment)[0].holds is holds


def test_a_calendar_that_has_ended_knows_nothing():
    look = shown(_fomc(), {}, at=datetime(2027, 1, 4, 10, tzinfo=NEW_YORK))[0]
    assert (look.holds, look.conditions[0].is_known) == (False, False)
    assert look.lacks == ("the calendar of FOMC and CPI ends on 2026-12-31",)


def test_all_and_any_of_what_is_not_known():
    unknown, met, unmet = over("flip"), over(1.0), over(9000.0)
    values = {"spot": 6000.0}

    assert _answer(AllOf((unknown, met)), values) is None
    assert _answer(AllOf((unknown, unmet)), values) is False
    assert _answer(AnyOf((unknown, met)), values) is True
    assert _answer(AnyOf((unknown, unmet)), values) is None


def _answer(part, values):
    return part.look(TriggerMoment(Figures("SPX", OPEN, values), timedelta(seconds=30)), None).holds


def test_a_near_miss_lacks_one_condition_of_several():
    three = AllOf((over(), Threshold(NET, Relation.ABOVE, 0.0), TimeOfDay(time(10), time(11))))
    one, two = shown(three, {"spot": 5000.0, NET: 1.0}, {"spot": 5000.0, NET: -1.0})
    assert (one.is_near, two.is_near) == (True, False)
    assert one.lacks == ("spot 5,000.00 is not above 6,000.00, by 1,000.00",)


def test_a_single_condition_is_near_where_it_is_about_to_turn():
    far, close = shown(over(), *spots(5900, 5995))
    assert (far.is_near, close.is_near) == (False, True)


def test_what_an_any_does_not_need_is_not_lacking():
    either = AnyOf((over(), over(9000.0)))
    look = shown(either, *spots(5990, 6010))[1]
    assert look.fires
    assert (len(look.reasons), look.lacks) == (1, ())


@pytest.mark.parametrize("amount", [-1.0, float("nan"), float("inf")])
def test_a_distance_is_a_number_of_zero_or_more(amount):
    with pytest.raises(Invalid):
        Margin(amount)
