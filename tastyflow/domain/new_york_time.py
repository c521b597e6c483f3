"""
Moments as people read them: on New York's clock, and said to be.

    clock_in_words     10:00:05 New York
    minute_in_words    10:00 New York
    moment_in_words    Fri Nov 20 10:00 New York
    short_moment       Nov 20 10:00                   for a column whose heading says where

The log and what programs read stay in UTC.
"""

from datetime import datetime

from tastyflow.domain.expirations import NEW_YORK


def clock_in_words(at: datetime) -> str:
    """The time of day of *at*, to the second."""
    return f"{at.astimezone(NEW_YORK):%H:%M:%S} New York"


def minute_in_words(at: datetime) -> str:
    """The time of day of *at*, to the minute."""
    return f"{at.astimezone(NEW_YORK):%H:%M} New York"


def moment_in_words(at: datetime) -> str:
    """The day and the time of *at*; without the year, which is the present one."""
    return f"{at.astimezone(NEW_YORK):%a %b %d %H:%M} New York"


def short_moment(at: datetime) -> str:
    """The day and the time of *at*, where it is written beside that they are New York's."""
    return f"{at.astimezone(NEW_YORK):%b %d %H:%M}"
