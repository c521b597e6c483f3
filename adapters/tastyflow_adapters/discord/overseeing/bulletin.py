"""
What the service says of itself, for the operators: kept here until the bot has taken it. It stands in no log.

    started, taken over · stopping · a part died          the 1st, 5th, 25th … death of a part
"""

from collections import deque
from datetime import datetime
from typing import Final
from uuid import uuid4

from attrs import frozen

from tastyflow.application.service.service import Hears, Ready
from tastyflow.application.service.supervision import Supervised
from tastyflow.ports import Clock

MOST: Final = 100
"""What nothing takes: the oldest goes."""
EACH: Final = 5
"""A part that dies on and on is told of ever more rarely."""


@frozen
class BulletinLine:
    """
    One thing that was said.

    Attributes:
        key: The same for the same thing.
        is_bad: Whether something went wrong.
    """

    key: str
    at: datetime
    title: str
    line: str
    is_bad: bool = False


class Bulletin(Hears):
    """Hears how the service goes on."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._run = uuid4().hex
        self._number = 0
        self._lines: deque[BulletinLine] = deque(maxlen=MOST)
        self._stood_by = False

    @property
    def first(self) -> BulletinLine | None:
        """What is to be told next; None where nothing is."""
        return self._lines[0] if self._lines else None

    def told(self, line: BulletinLine) -> None:
        """*line* is told, or kept where it is told from."""
        if line in self._lines:
            self._lines.remove(line)

    def standing_by(self) -> None:
        self._stood_by = True

    def ready(self, ready: Ready) -> None:
        orders = "1 open order" if ready.open_orders == 1 else f"{ready.open_orders:,} open orders"
        title = "This service has taken over" if self._stood_by else "The service works"
        self._say(title, f"Ready in {ready.took_s:.1f} s, {orders}.")

    def lost(self) -> None:
        self._lines.clear()  # the other one tells from here on
        self._stood_by = True

    def stopping(self) -> None:
        self._say("The service is stopping", "No new orders; what is in hand is finished.")

    def died(self, part: Supervised) -> None:
        if _is_told(part.deaths):
            times = "" if part.deaths == 1 else f" It has died {part.deaths:,} times since the start."
            line = f"It is started again. {part.trouble}.{times}".replace("..", ".")
            self._say(f"The part {part.part.name!r} of the service died", line, is_bad=True)

    def _say(self, title: str, line: str, *, is_bad: bool = False) -> None:
        self._number += 1
        self._lines.append(BulletinLine(f"service:{self._run}:{self._number}", self._clock.now(), title, line, is_bad))


def _is_told(deaths: int) -> bool:
    while deaths > 1 and deaths % EACH == 0:
        deaths //= EACH
    return deaths == 1
