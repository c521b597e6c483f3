"""
Moments of a log on the command line: a position, or a time.

    1234                  after the event 1234
    2026-11-20            at the end of that day, in UTC
    2026-11-20T15:30      at that time, in UTC unless it names another zone: 2026-11-20T10:30-05:00
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, TypeAlias

import click

Moment: TypeAlias = int | datetime

LAST: Final = 2**62
"""No log has so many events."""


def _time(value: str) -> datetime:
    at = datetime.fromisoformat(value)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


class MomentOption(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions of click only
    """A position or a time; a day alone is its end."""

    name = "SEQ|TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Moment:
        if isinstance(value, int | datetime):
            return value
        text = str(value).strip()
        try:
            if text.isascii() and text.isdigit():
                return min(int(text), LAST)
            if len(text) == len("2026-11-20"):
                return datetime.combine(date.fromisoformat(text), time(), UTC) + timedelta(days=1, microseconds=-1)
            return _time(text)
        except (ValueError, OverflowError):
            self.fail(f"{text[:40]!r} is no moment: write a position, 2026-11-20 or 2026-11-20T15:30.", param, ctx)


class SinceOption(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions of click only
    """A time; a day alone is its beginning."""

    name = "DATE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            return _time(str(value).strip())
        except (ValueError, OverflowError):
            self.fail(f"{str(value)[:40]!r} is no day: write 2026-11-20.", param, ctx)
