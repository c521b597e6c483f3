"""
Days: every way to say one in every place of a line, and each word held to a calendar that is reckoned here anew.

The holidays are those that the exchange published, as a list; no rule of ``tastyflow.domain.expirations`` is used.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow.domain.expirations import NEW_YORK
from tastyflow_grammar import answer, complete

DAY = timedelta(days=1)
PUBLISHED = """
    2026-09-07 2026-11-26 2026-12-25 2027-01-01 2027-01-18 2027-02-15 2027-03-26 2027-05-31 2027-06-18 2027-07-05
    2027-09-06 2027-11-25 2027-12-24 2028-01-17 2028-02-21 2028-04-14 2028-05-29 2028-06-19 2028-07-04 2028-09-04
    2028-11-23 2028-12-25 2029-01-01 2029-01-15 2029-02-19 2029-03-30 2029-05-28 2029-06-19 2029-07-04 2029-09-03
    2029-11-22 2029-12-25
"""
SHORT = "2026-11-27 2026-12-24 2027-11-26 2028-07-03 2028-11-24"
HOLIDAYS, HALF_DAYS = ({date.fromisoformat(day) for day in listed.split()} for listed in (PUBLISHED, SHORT))
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

THURSDAY = datetime(2026, 11, 19, 10, tzinfo=NEW_YORK)
SAID = {
    "2026-12-18": """
        12/18; 12-18; 12-18-26; 12-18-2026; 12.18.26; 12/18/26; 2026-12-18; 2026/12/18; Dec 18; Dec 18th; Dec18'26;
        Dec18 2026; 18 Dec; 18Dec; 18-Dec-26; 18DEC26; the 18th of December; december the 18th; Fri Dec 18; Fri 12-18;
        Fri 18-Dec;
        Dec; December; Dec monthly; December monthlies; Dec opex; Dec 2026; Dec '26; 12/2026; mid dec; mid december;
        mid-dec; mid Dec 2026; next month; mid next month; Dec 18 monthly
    """,
    "2026-12-31": "end of dec; end of december 2026; end of next month; end of year; end of the year; eoy; Dec 31",
    "2026-11-20": "weekly; weeklys; this week; eow; friday; tomorrow; 1dte; monthly; opex; this month; Nov; 1-dte",
    "2026-11-19": "today; 0dte; 0-dte",
    "2026-11-27": "next friday; next week; end of next week",
    "2026-11-30": "eom; end of month; end of the month; end of this month; end of november",
    "2028-01-21": "Jan 2028; 01/2028; 1-2028; Jan '28; Jan 2028 LEAPS; Jan 2028 monthly; mid jan 2028",
    7: "a week out; 1 week out; in a week; one week from now",
    14: "two weeks out; 2 weeks; in two weeks; in 14 days; 14dte; 2 wks out; fourteen days out",
    30: "a month out; in a month; one month out; thirty days out; 30 days out",
    90: "3 months out; three months out; 3 mos out; in 3 months; 90-dte",
}
FORMS = [(words.strip(), day) for day, many in SAID.items() for words in " ".join(many.split()).split(";")]
PLACES = (
    "buy 1 SPY {} 500C",
    "buy 1 SPY 500C {}",
    "buy 1 SPY 500C {} @ 2.50",
    "buy 1 SPY 500C @ 2.50 {}",
    "buy 1 SPY 500C @ mid {} gtc",
    "buy 1 SPY 500 call {}",
    "buy 1 {} SPY 500C",
    "buy 1 SPY 500C exp {}",
    "buy 1 SPY exp {} 500C",
    "buy 1 SPY 500C {} exp",
    "buy 1 SPY {} expiration 500C",
    "buy 1 SPY 500C ({}) @ 2.50",
    "buy 1 SPY (exp {}) 500C",
    "buy 1 SPY 500C {} {}",
)


def as_of(day: date, hour: time = time(10)) -> datetime:
    return datetime.combine(day, hour, NEW_YORK)


def day_of(text: str, at: datetime) -> object:
    """The day of an order's first leg, its days out, or the code of the refusal."""
    told = answer(text, as_of=at)
    if told["status"] == "error":
        return told["code"]
    day = told["legs"][0]["expiration"]
    return day["dte"] if isinstance(day, dict) else day


def day_said(words: str, at: datetime) -> object:
    return day_of(f"buy 1 SPY 500C {words}", at)


@pytest.mark.parametrize("place", PLACES)
def test_a_day_may_be_said_in_every_way_in_every_place(place: str):
    read = {words: day_of(place.replace("{}", words), THURSDAY) for words, _ in FORMS if _fits(place, words)}
    assert len(read) > 35
    assert read == {words: day for words, day in FORMS if _fits(place, words)}


def _fits(place: str, words: str) -> bool:
    """ "in" says "exp" itself; in "1 18 Dec" and "18 Dec 18 Dec" the second number would be something else."""
    if ("exp" in place and words.startswith("in ")) or ("(" in place and words.startswith("the ")):
        return False
    if "{} {}" in place and words == "18 Dec":
        return False
    return not (
        "buy 1 {}" in place and (words[0].isdigit() or words.startswith(("mid", "a ", "one ", "Nov", "Dec", "Jan")))
    )


@pytest.mark.parametrize(("words", "day"), [(words, day) for words, day in FORMS if isinstance(day, str)])
def test_the_last_day_of_an_order_is_said_in_every_way_too(words: str, day: str):
    told = answer(f"buy 100 MSFT @ 410 good till {words}", as_of=THURSDAY)
    assert told["time_in_force"] == f"gtd:{day}"


# ---- against a calendar of the test's own


def trades(day: date) -> bool:
    return day.weekday() < 5 and day not in HOLIDAYS


def back(day: date) -> date:
    return day if trades(day) else back(day - DAY)


def after(day: date) -> date:
    return day + DAY if trades(day + DAY) else after(day + DAY)


def third_friday(year: int, month: int) -> date:
    first = date(year, month, 1)
    return back(first + (4 - first.weekday()) % 7 * DAY + 14 * DAY)


def end(year: int, month: int) -> date:
    return back(date(year + month // 12, month % 12 + 1, 1) - DAY)


def friday(day: date) -> date:
    while day.weekday() != 4:
        day += DAY
    return back(day)


def next_month(day: date) -> tuple[int, int]:
    return day.year + day.month // 12, day.month % 12 + 1


def monthly(day: date) -> date:
    this = third_friday(day.year, day.month)
    return this if this >= day else third_friday(*next_month(day))


RECKONED: dict[str, Callable[[date], date]] = {
    "weekly": friday,
    "this week": friday,
    "eow": friday,
    "friday": friday,
    "monthly": monthly,
    "opex": monthly,
    "this month": lambda day: third_friday(day.year, day.month),
    "mid this month": lambda day: third_friday(day.year, day.month),
    "eom": lambda day: end(day.year, day.month),
    "end of this month": lambda day: end(day.year, day.month),
    "eoy": lambda day: end(day.year, 12),
    "end of year": lambda day: end(day.year, 12),
}
AHEAD: dict[str, Callable[[date], date]] = {
    "tomorrow": after,
    "next month": lambda day: third_friday(*next_month(day)),
    "mid next month": lambda day: third_friday(*next_month(day)),
    "end of next month": lambda day: end(*next_month(day)),
    "next week": lambda day: friday(friday_of_the_week(day) + 7 * DAY),
}
"""Never today, so never over."""


def friday_of_the_week(day: date) -> date:
    return day + (4 - day.weekday()) % 7 * DAY


def close_of(day: date) -> time:
    return time(13) if day in HALF_DAYS else time(16)


days = st.dates(date(2026, 10, 1), date(2028, 11, 30))
hours = st.sampled_from(
    (time(0), time(9, 30), time(12, 59), time(13), time(15, 59), time(16), time(19, 59), time(23, 59))
)
near_a_close = st.sampled_from(sorted(HALF_DAYS | {day - DAY for day in HALF_DAYS | HOLIDAYS if day.year < 2029}))


def has_stopped(day: date, today: date, hour: time) -> bool:
    return day < today or (day == today and hour >= close_of(day))


@settings(deadline=None)
@given(days | near_a_close, hours, st.sampled_from(sorted(RECKONED)))
def test_a_word_counted_from_today_is_its_day_until_its_session_is_over(today: date, hour: time, words: str):
    day = RECKONED[words](today)
    expected = "expired" if has_stopped(day, today, hour) else day.isoformat()
    assert day_said(words, as_of(today, hour)) == expected


@settings(deadline=None)
@given(days, hours, st.sampled_from(sorted(AHEAD)))
def test_a_word_for_what_comes_next_does_not_ask_for_the_hour(today: date, hour: time, words: str):
    assert day_said(words, as_of(today, hour)) == AHEAD[words](today).isoformat()


@settings(deadline=None)
@given(days | near_a_close, hours, st.sampled_from(("0dte", "0 dte")))
def test_0dte_is_today_until_the_close(today: date, hour: time, words: str):
    open_day = "expired" if hour >= close_of(today) else today.isoformat()
    assert day_said(words, as_of(today, hour)) == (open_day if trades(today) else "not_a_trading_day")


@settings(deadline=None)
@given(
    days,
    hours,
    st.integers(1, 12),
    st.sampled_from((("{}", third_friday), ("{} opex", third_friday), ("end of {}", end))),
)
def test_a_month_is_the_next_such_one_and_asked_for_where_its_day_has_just_passed(today, hour, month, form):
    words, day_in = form
    this_year, next_year = day_in(today.year, month), day_in(today.year + 1, month)
    if not has_stopped(this_year, today, hour):
        expected = this_year.isoformat()
    elif today < after(this_year):
        expected = "expired"
    else:
        expected = next_year.isoformat()
    assert day_said(words.format(MONTHS[month - 1]), as_of(today, hour)) == expected


@settings(deadline=None)
@given(
    days,
    st.integers(0, 360),
    st.sampled_from(("{m}-{d}", "{m}/{d}", "{m}-{d}-{y}", "{m}.{d}.{y}", "{n}{d}'{y}", "{d}-{n}-{y}")),
)
def test_a_date_is_that_day_or_no_trading_day(today: date, ahead: int, form: str):
    day = today + ahead * DAY
    words = form.format(m=day.month, d=day.day, y=day.year % 100, n=MONTHS[day.month - 1])
    read = day_said(words, as_of(today))
    other_way = form == "{m}.{d}.{y}" and day.day <= 12
    assert read == (day.isoformat() if trades(day) else "not_a_trading_day") or (other_way and read == "ambiguous")


@pytest.mark.parametrize("words", ["weekly", "0dte", "friday", "this month", "Nov", "monthly", "opex", "eow", "today"])
def test_what_is_over_offers_one_that_is_not(words: str):
    told = answer(f"buy 1 SPY 500C {words}", as_of=as_of(date(2026, 11, 20), time(16)))
    assert told["code"] == "expired"
    assert told["suggestions"]
    assert all(answer(each, as_of=THURSDAY)["status"] == "ok" for each in told["suggestions"])


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("18/12", ["Dec 18 2026"]),
        ("18.12.26", ["Dec 18 2026"]),
        ("the 18th", ["the 18th of Dec 2026", "the 18th of Feb 2027"]),
        ("front month", ["Nov 20 2026", "Dec 18 2026"]),
        ("LEAPS", ["Jan 21 2028", "Jan 19 2029"]),
        ("Jan LEAPS", ["Jan 21 2028", "Jan 15 2027"]),
        ("natural dec", ["@ natural Dec 18 2026", "Dec 18 2026"]),
        ("1.4.27", ["Jan 4 2027", "Apr 1 2027"]),
        ("wkly", ["weekly"]),
        ("odte", ["0dte"]),
        ("1218", ["12/18"]),
    ],
)
def test_what_is_no_day_yet_is_asked_back_with_the_likely_ones(words: str, offered: list[str]):
    told = answer(f"buy 1 SPY 500C {words}", as_of=THURSDAY)
    assert told["suggestions"] == [f"buy 1 SPY 500C {each}" for each in offered]


@pytest.mark.parametrize("price", ["mid", "natural"])
def test_a_month_that_answers_a_line_with_a_price_in_words_leaves_the_price(price: str):
    made = complete("dec", answering=f"buy 1 SPY 500C {price}", as_of=THURSDAY)
    told = answer(made.line, as_of=THURSDAY)
    assert (told["price"], told["legs"][0]["expiration"]) == (price, "2026-12-18")
