"""The opening range: an alert, once a day, when the spot goes above the high of the session's first half hour."""

from collections.abc import Iterator

from tastyflow import Alert, Look


def opening_range(looks: Iterator[Look]) -> Iterator[Alert]:
    day, high = None, 0.0
    for look in looks:
        spot, minutes = look.figures.get("spot"), look.figures.get("minutes_since_open")
        if spot is None or minutes is None:
            continue
        if minutes < 1 and day != look.now.date():
            day, high = look.now.date(), spot  # a day that is not seen from its first minute on has no range
        elif day == look.now.date() and minutes < 30:
            high = max(high, spot)
        elif day == look.now.date() and spot > high:
            yield Alert(f"The spot went above {high:.2f}.", {"range_high": high}, key=f"{day}")
            day = None
