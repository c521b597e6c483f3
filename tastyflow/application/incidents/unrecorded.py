"""
What the log could not take: orders that may be in production, of which nothing could be recorded after the sending.

    add ─▶ told by channels that need no log ─▶ written, once the log can be

It lives in one process. Another process finds the claim in the log, which was durable before the sending, and searches.
"""

from collections.abc import Iterator
from uuid import UUID

from attrs import define, field, frozen


@frozen
class UnrecordedOrder:
    """An order that may be in production; *message* says it to a person."""

    order: UUID
    message: str


@define
class Unrecorded:
    """The orders in doubt of one process."""

    _untold: list[UnrecordedOrder] = field(factory=list)
    _unwritten: list[UnrecordedOrder] = field(factory=list)

    def add(self, order: UUID, message: str) -> None:
        """*order* may be in production, and the log does not know; once for each order."""
        doubt = UnrecordedOrder(order, message)
        if all(each.order != order for each in (*self._untold, *self._unwritten)):
            self._untold.append(doubt)
            self._unwritten.append(doubt)

    def untold(self) -> Iterator[UnrecordedOrder]:
        """Each that the operators were not told of yet; from here on they were."""
        while self._untold:
            yield self._untold.pop(0)

    def unwritten(self) -> tuple[UnrecordedOrder, ...]:
        """Those that the log does not know yet."""
        return tuple(self._unwritten)

    def written(self, doubt: UnrecordedOrder) -> None:
        """The log knows it now."""
        self._unwritten.remove(doubt)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell or to write."""
        return not (self._untold or self._unwritten)
