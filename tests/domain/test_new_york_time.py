"""Moments as people read them: New York's clock, in winter and in summer, and the name of the place beside them."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from tastyflow.domain.new_york_time import clock_in_words, minute_in_words, moment_in_words, short_moment

moments = st.integers(1_577_836_800, 2_208_988_800).map(lambda second: datetime.fromtimestamp(second, UTC))


def test_winter_is_five_hours_behind_and_summer_four():
    assert moment_in_words(datetime(2026, 11, 20, 15, tzinfo=UTC)) == "Fri Nov 20 10:00 New York"
    assert moment_in_words(datetime(2026, 7, 1, 3, 59, tzinfo=UTC)) == "Tue Jun 30 23:59 New York"
    assert clock_in_words(datetime(2026, 11, 20, 15, 0, 5, tzinfo=UTC)) == "10:00:05 New York"
    assert minute_in_words(datetime(2026, 11, 20, 15, tzinfo=UTC)) == "10:00 New York"


@given(moments, st.integers(-14, 14))
def test_the_zone_in_which_a_moment_is_written_changes_no_word(moment, hours):
    elsewhere = moment.astimezone(timezone(timedelta(hours=hours)))
    for words in (clock_in_words, minute_in_words, moment_in_words, short_moment):
        assert words(elsewhere) == words(moment)
