"""
What was done lately, and when: enough of it, and not everything for ever.

    note(key, at) ─▶ beyond so many, the oldest go; what is young stays, however many there are
"""

from datetime import datetime, timedelta
from typing import Final

from attrs import define, field

MOST: Final = 5_000
YOUNG: Final = timedelta(days=8)
"""Longer than anybody searches back for what nobody remembers; no venue takes so many orders that this is a burden."""


@define
class Recent:
    """
    When each key was noted last.

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
