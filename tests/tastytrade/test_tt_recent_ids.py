"""What was done lately is known; what was done long ago makes room."""

from datetime import timedelta

from tt_kit import FRIDAY

from tastyflow_adapters.tastytrade.orders.recent_ids import RecentIds

DAY = timedelta(days=1)


def test_the_oldest_make_room_and_no_more_than_they_have_to():
    recent = RecentIds(most=3, young=DAY)
    for day in range(6):
        recent.note(str(day), FRIDAY + day * DAY)
    assert len(recent) == 3
    assert [key for key in map(str, range(6)) if key in recent] == ["3", "4", "5"]
    assert recent.when("3") == FRIDAY + 3 * DAY
    assert recent.when("0") is None


def test_what_is_young_stays_however_much_there_is():
    recent = RecentIds(most=3, young=DAY)
    for second in range(100):
        recent.note(str(second), FRIDAY + timedelta(seconds=second))
    assert len(recent) == 100
    recent.note("later", FRIDAY + 2 * DAY)
    assert len(recent) == 3


def test_what_is_noted_again_is_young_again():
    recent = RecentIds(most=2, young=DAY)
    for number, key in enumerate(["a", "b", "a", "c"]):
        recent.note(key, FRIDAY + number * DAY)
    assert "a" in recent
    assert "b" not in recent
