"""
The ids of orders that this process sent lately, and when: our tags, and the venue's numbers.

    note(id, at) ─▶ beyond so many, the oldest are forgotten; young ones are kept, however many there are
"""

from datetime import datetime, timedelta
from typing import Final

from attrs import define, field

MOST: Final = 5_000
YOUNG: Final = timedelta(days=8)
"""Longer than a search goes back for an order whose time is not known (`broker.SEARCHED`)."""


@define
class RecentIds:
    """
    When each id was noted last.

    Attributes:
        most: How many old ones are kept besides the young.
    """

    most: int = MOST
    young: timedelta = YOUNG
    _noted: dict[str, datetime] = field(factory=dict, init=False)

    def note(self, key: str, at: datetime) -> None:
        """*key* at *at*, which is now."""
        self._noted.pop(key, None)
        self._noted[key] = at
        while len(self._noted) > self.most:
            oldest = next(iter(self._noted))
            if at - self._noted[oldest] < self.young:
                return
            del self._noted[oldest]

    def when(self, key: str) -> datetime | None:
        """When *key* was noted; None where it was not, or long ago."""
        return self._noted.get(key)

    def __contains__(self, key: str) -> bool:
        return key in self._noted

    def __len__(self) -> int:
        return len(self._noted)
