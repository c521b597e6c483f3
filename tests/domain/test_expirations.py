"""The exchange's calendar, against its own announcements, a second opinion, and what must always hold."""

import subprocess
import sys
import warnings
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.domain import expirations as xp
from tastyflow.errors import Invalid

FIRST, LAST = date(2013, 1, 1), date(2030, 12, 31)
DAYS = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]

days = st.dates(date(2013, 1, 1), date(2100, 12, 31))
months = st.tuples(st.integers(2013, 2100), st.integers(1, 12))


# The second opinion


@pytest.fixture(scope="module")
def second_opinion() -> dict[date, tuple[datetime, datetime]]:
    """Every session that exchange_calendars knows of, with its opening and closing in UTC."""
    import exchange_calendars

    with warnings.catch_warnings():
        # exchange_calendars 4.13 still uses what pandas 3.1 deprecates; its affair, not ours.
        warnings.filterwarnings("ignore", message="Series.values returning an ndarray", category=DeprecationWarning)
        schedule = exchange_calendars.get_calendar("XNYS", start=str(FIRST), end=str(LAST)).schedule
    return {
        day.date(): (opens.to_pydatetime(), closes.to_pydatetime())
        for day, opens, closes in zip(schedule.index, schedule["open"], schedule["close"], strict=True)
    }


def test_the_exchange_trades_on_exactly_the_days_of_the_second_opinion(second_opinion):
    assert min(second_opinion).year == FIRST.year
    assert max(second_opinion).year == LAST.year
    assert [day for day in DAYS if xp.is_trading_day(day) != (day in second_opinion)] == []


def test_every_session_opens_and_closes_at_the_moments_of_the_second_opinion(second_opinion):
    ours = {day: xp.session(day) for day in xp.trading_days(FIRST, LAST)}
    assert {day: (hours.opens_at, hours.closes_at) for day, hours in ours.items()} == second_opinion


def test_early_closes_are_at_one_o_clock_on_the_days_of_the_second_opinion(second_opinion):
    short = {day for day, (_, closes) in second_opinion.items() if closes.astimezone(xp.NEW_YORK).hour < 16}
    assert len(short) > 30
    assert {day for day in DAYS if xp.early_close(day)} == short
    assert {xp.session(day).closes_at.time() for day in short} == {time(13)}


# The exchange's own announcements

ANNOUNCED = {  # NYSE Group, "2026, 2027 and 2028 Holiday and Early Closings Calendar", 23 December 2025
    "New Year's Day": ["2026-01-01", "2027-01-01"],
    "Martin Luther King Jr. Day": ["2026-01-19", "2027-01-18", "2028-01-17"],
    "Washington's Birthday": ["2026-02-16", "2027-02-15", "2028-02-21"],
    "Good Friday": ["2026-04-03", "2027-03-26", "2028-04-14"],
    "Memorial Day": ["2026-05-25", "2027-05-31", "2028-05-29"],
    "Juneteenth": ["2026-06-19", "2027-06-18", "2028-06-19"],
    "Independence Day": ["2026-07-03", "2027-07-05", "2028-07-04"],
    "Labor Day": ["2026-09-07", "2027-09-06", "2028-09-04"],
    "Thanksgiving Day": ["2026-11-26", "2027-11-25", "2028-11-23"],
    "Christmas Day": ["2026-12-25", "2027-12-24", "2028-12-25"],
}


def test_holidays_are_named_on_the_days_that_the_exchange_announced():
    announced = {date.fromisoformat(day): name for name, kept_on in ANNOUNCED.items() for day in kept_on}
    ours = {day: name for day in DAYS if 2026 <= day.year <= 2028 and (name := xp.holiday_name(day))}
    assert ours == announced


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2018-12-05", "the National Day of Mourning for George H. W. Bush"),
        ("2022-06-20", "Juneteenth"),  # the first that was kept, on the Monday after a Sunday
        ("2023-01-02", "New Year's Day"),
        ("2025-01-09", "the National Day of Mourning for Jimmy Carter"),
        ("2025-04-18", "Good Friday"),
        ("2038-04-23", "Good Friday"),  # Easter as late as it can be
        ("2049-04-16", "Good Friday"),  # the two exceptions of the church's moon
        ("2076-04-17", "Good Friday"),
    ],
)
def test_famous_closed_days_are_closed_and_say_why(day, name):
    assert xp.holiday_name(date.fromisoformat(day)) == name
    assert not xp.is_trading_day(date.fromisoformat(day))


@pytest.mark.parametrize(
    "day",
    [
        "2021-06-18",  # Juneteenth was a Saturday, and not yet the exchange's
        "2021-12-31",  # the Friday before a Saturday's New Year ends the year: it trades
        "2024-12-24",  # the government was closed by decree; the exchange kept its half day
        "2025-10-13",  # Columbus Day is federal, not the exchange's
        "2025-11-11",  # nor is Veterans Day
    ],
)
def test_famous_open_days_are_open(day):
    assert xp.is_trading_day(date.fromisoformat(day))
    assert xp.holiday_name(date.fromisoformat(day)) is None


@pytest.mark.parametrize("year", [2022, 2028])
def test_a_new_years_day_on_a_saturday_is_not_kept_at_all(year):
    assert xp.HOLIDAYS["New Year's Day"](year) is None
    assert xp.is_trading_day(date(year - 1, 12, 31))
    assert xp.is_trading_day(date(year, 1, 3))


def test_a_weekend_is_closed_without_being_a_holiday():
    independence_day_itself = date(2026, 7, 4)
    assert not xp.is_trading_day(independence_day_itself)
    assert xp.holiday_name(independence_day_itself) is None


@pytest.mark.parametrize(
    ("day", "short"),
    [
        ("2024-07-03", True),  # a Wednesday: the rule since 2013
        ("2026-11-27", True),
        ("2026-12-24", True),
        ("2026-07-03", False),  # the holiday itself
        ("2027-12-24", False),
        ("2022-12-23", False),  # a Friday before the weekend of Christmas is a whole day
        ("2024-07-05", False),  # a half day until 2012
    ],
)
def test_famous_half_days(day, short):
    assert xp.early_close(date.fromisoformat(day)) is short


# Expirations


@pytest.mark.parametrize(
    "day",
    [
        "2026-06-18",  # Juneteenth is the third Friday
        "2027-06-17",  # Juneteenth is kept on it
        "2025-04-17",  # Good Friday
        "2019-04-18",
        "2020-06-19",  # Juneteenth, before the exchange kept it
        "2026-12-18",
        "2026-05-15",  # as early as can be
        "2027-01-15",
        "2027-10-15",
        "2026-08-21",  # as late as can be
    ],
)
def test_famous_standard_monthlies(day):
    monthly = date.fromisoformat(day)
    assert xp.standard_monthly(monthly.year, monthly.month) == monthly
    assert xp.is_standard_monthly(monthly)


@given(months)
def test_a_standard_monthly_is_the_third_friday_or_the_thursday_before_its_holiday(month):
    monthly = xp.standard_monthly(*month)
    assert (monthly.year, monthly.month) == month
    assert 14 <= monthly.day <= 21
    if monthly.strftime("%a") == "Thu":
        assert xp.holiday_name(monthly + timedelta(days=1)) is not None
    else:
        assert monthly.strftime("%a") == "Fri"
        assert monthly.day >= 15
    assert xp.is_trading_day(monthly)


@given(months)
def test_a_month_has_exactly_one_standard_monthly(month):
    of_the_month = [date(*month, 1) + timedelta(days=n) for n in range(28)]
    assert [day for day in of_the_month if xp.is_standard_monthly(day)] == [xp.standard_monthly(*month)]


@given(days)
def test_the_next_standard_monthly_is_the_first_that_has_not_passed(day):
    upcoming = xp.next_standard_monthly(day)
    between = [day + timedelta(days=n) for n in range((upcoming - day).days)]
    assert upcoming >= day
    assert xp.is_standard_monthly(upcoming)
    assert not any(xp.is_standard_monthly(earlier) for earlier in between)


def test_after_december_the_next_standard_monthly_is_in_january():
    assert xp.next_standard_monthly(date(2026, 12, 18)) == date(2026, 12, 18)
    assert xp.next_standard_monthly(date(2026, 12, 19)) == date(2027, 1, 15)


@pytest.mark.parametrize(
    ("said_on", "means"),
    [
        ("2026-11-16", "2026-11-20"),
        ("2026-11-20", "2026-11-20"),
        ("2026-11-21", "2026-11-27"),  # a Saturday: the week ahead
        ("2026-11-22", "2026-11-27"),
        ("2025-04-14", "2025-04-17"),  # the week of Good Friday
        ("2025-04-18", "2025-04-17"),  # already past on the closed Friday itself
        ("2025-04-19", "2025-04-25"),
        ("2027-12-27", "2027-12-31"),
    ],
)
def test_the_week_ends_on_its_last_trading_day(said_on, means):
    assert xp.last_trading_day_of_week(date.fromisoformat(said_on)) == date.fromisoformat(means)


@given(days)
def test_no_week_is_closed_from_monday_to_friday(day):
    end = xp.last_trading_day_of_week(day)
    weekend = day.strftime("%a") in {"Sat", "Sun"}
    assert end.isocalendar()[:2] == (day + timedelta(days=2 if weekend else 0)).isocalendar()[:2]
    assert end.strftime("%a") in {"Thu", "Fri"}


@given(months)
def test_after_the_last_trading_day_of_a_month_the_next_is_in_another_month(month):
    end = xp.last_trading_day_of_month(*month)
    assert (end.year, end.month) == month
    assert xp.is_trading_day(end)
    assert xp.next_trading_day(end).month != end.month


def test_the_last_trading_day_of_may_2026_is_friday_the_29th():
    assert xp.last_trading_day_of_month(2026, 5) == date(2026, 5, 29)


def test_days_to_expiration_are_calendar_days():
    assert xp.days_to_expiration(date(2026, 12, 18), date(2026, 12, 18)) == 0
    assert xp.days_to_expiration(date(2026, 12, 18), date(2026, 11, 3)) == 45
    assert xp.days_to_expiration(date(2026, 12, 18), date(2026, 12, 21)) == -3


def test_there_is_no_thirteenth_month():
    with pytest.raises(ValueError, match="month"):
        xp.standard_monthly(2026, 13)
    with pytest.raises(ValueError, match="month"):
        xp.last_trading_day_of_month(2026, 0)


# The last trade


@given(days)
def test_what_settles_in_the_morning_trades_the_trading_day_before_for_the_last_time(day):
    assert xp.last_trade_day(day, settles_am=True) == xp.previous_trading_day(day)
    last = xp.last_trade_day(day, settles_am=False)
    assert last == (day if xp.is_trading_day(day) else xp.previous_trading_day(day))


@given(days, st.booleans())
def test_options_stop_trading_at_the_close_of_their_last_day(day, settles_am):
    stops = xp.stops_trading_at(day, settles_am=settles_am)
    assert xp.new_york_date(stops) == xp.last_trade_day(day, settles_am=settles_am)
    assert stops == xp.session(xp.new_york_date(stops)).closes_at


@pytest.mark.parametrize(
    ("expiration", "settles_am", "stops"),
    [
        (date(2026, 12, 18), True, datetime(2026, 12, 17, 21, tzinfo=UTC)),
        (date(2026, 12, 18), False, datetime(2026, 12, 18, 21, tzinfo=UTC)),
        (date(2026, 6, 18), True, datetime(2026, 6, 17, 20, tzinfo=UTC)),  # Juneteenth is the Friday
        (date(2026, 11, 30), True, datetime(2026, 11, 27, 18, tzinfo=UTC)),  # the half day after Thanksgiving
        (date(2026, 11, 27), False, datetime(2026, 11, 27, 18, tzinfo=UTC)),
    ],
)
def test_famous_last_trades(expiration, settles_am, stops):
    assert xp.stops_trading_at(expiration, settles_am=settles_am) == stops


# From day to day


@given(days)
def test_the_next_and_previous_trading_days_are_the_nearest_on_either_side(day):
    before, after = xp.previous_trading_day(day), xp.next_trading_day(day)
    assert before < day < after
    assert xp.is_trading_day(before)
    assert xp.is_trading_day(after)
    between = [before + timedelta(days=n) for n in range(1, (after - before).days)]
    assert [d for d in between if xp.is_trading_day(d)] == ([day] if xp.is_trading_day(day) else [])
    assert xp.nearest_trading_days(day) == (before, after)


@given(days)
def test_a_trading_day_stays_and_a_closed_one_moves_to_its_neighbours(day):
    around = (xp.trading_day_on_or_before(day), xp.trading_day_on_or_after(day))
    assert around == ((day, day) if xp.is_trading_day(day) else xp.nearest_trading_days(day))


@given(days, st.integers(-5, 60))
def test_trading_days_are_those_between_both_ends_included(first, length):
    last = first + timedelta(days=length)
    every_day = [first + timedelta(days=n) for n in range(length + 1)]
    assert list(xp.trading_days(first, last)) == [day for day in every_day if xp.is_trading_day(day)]


# Sessions and clocks


@given(days.filter(xp.is_trading_day))
def test_a_session_opens_at_half_past_nine_in_new_york_on_either_side_of_the_clock_change(day):
    hours = xp.session(day)
    assert hours.day == day
    assert (hours.opens_at.date(), hours.opens_at.time()) == (day, time(9, 30))
    assert (hours.closes_at.date(), hours.closes_at.time()) == (day, time(13 if xp.early_close(day) else 16))
    assert hours.opens_at.tzinfo is hours.closes_at.tzinfo is xp.NEW_YORK


def test_the_same_opening_is_an_hour_earlier_in_utc_after_the_clocks_went_forward():
    friday, monday = xp.session(date(2026, 3, 6)), xp.session(date(2026, 3, 9))
    assert friday.opens_at == datetime(2026, 3, 6, 14, 30, tzinfo=UTC)
    assert monday.opens_at == datetime(2026, 3, 9, 13, 30, tzinfo=UTC)


@pytest.mark.parametrize(("day", "reason"), [("2026-11-26", "Thanksgiving Day"), ("2026-11-28", "a weekend")])
def test_a_closed_day_has_no_session_and_says_which_days_have(day, reason):
    closed = date.fromisoformat(day)
    with pytest.raises(Invalid) as caught:
        xp.session(closed)
    assert caught.value.code == "not_a_trading_day"
    assert caught.value.message == f"The exchange is closed on {day}: {reason}."
    assert all(str(nearest) in caught.value.hint for nearest in xp.nearest_trading_days(closed))


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2026-12-19T04:59:59+00:00", "2026-12-18"),  # winter: five hours behind
        ("2026-12-19T05:00:00+00:00", "2026-12-19"),
        ("2026-07-02T03:59:59+00:00", "2026-07-01"),  # summer: four
        ("2026-07-02T04:00:00+00:00", "2026-07-02"),
        ("2026-12-19T09:00:00+09:00", "2026-12-18"),  # breakfast in Tokyo
    ],
)
def test_the_day_is_new_yorks_wherever_the_clock_hangs(at, day):
    assert xp.new_york_date(datetime.fromisoformat(at)) == date.fromisoformat(day)


def test_a_moment_without_a_time_zone_has_no_day():
    with pytest.raises(Invalid) as caught:
        xp.new_york_date(datetime(2026, 12, 18, 16))  # noqa: DTZ001 - the very mistake
    assert caught.value.code == "naive_datetime"


@pytest.mark.parametrize(
    "ask",
    [
        xp.holiday_name,
        xp.is_trading_day,
        xp.early_close,
        xp.session,
        xp.next_trading_day,
        xp.previous_trading_day,
        xp.trading_day_on_or_before,
        xp.trading_day_on_or_after,
        xp.last_trading_day_of_week,
        xp.is_standard_monthly,
        xp.next_standard_monthly,
        lambda moment: xp.days_to_expiration(moment, date(2026, 12, 1)),
        lambda moment: xp.days_to_expiration(date(2026, 12, 31), moment),
        lambda moment: list(xp.trading_days(moment, date(2026, 12, 31))),
    ],
)
def test_christmas_at_noon_is_refused_rather_than_taken_for_a_trading_day(ask: Callable[[date], object]):
    with pytest.raises(Invalid) as caught:
        ask(datetime(2026, 12, 25, 12, tzinfo=UTC))
    assert caught.value.code == "not_a_date"


def test_the_calendar_is_computed_without_the_heavy_libraries():
    heavy = "{'pandas', 'numpy', 'exchange_calendars', 'dateutil'}"
    program = f"import sys; import tastyflow.domain.expirations; print({heavy} & set(sys.modules) or 'none')"
    root = Path(xp.__file__).parents[2]
    answer = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "none"
