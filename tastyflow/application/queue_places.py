"""
Where orders stand before they leave: each trader is told at once, and again when that has changed a good deal.

    asked ─▶ in line: not in the venue's queue yet ─▶ in the queue ─▶ a turn
               └▶ told at once                          └▶ told, recorded once (`OrderQueued`), then told again

A place is a forecast and no part of the log: when many ask at once it must not wait for a write, nor for what an order
needs to be drafted, and the next place makes it void. So each recipient is told in a task of its own, the newest alone.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from tastyflow.application.telling.about.attempts import waiting_words
from tastyflow.application.waiting import Tasks
from tastyflow.domain.venue import Venue
from tastyflow.ports import Address, PlaceNotice, PlaceRecipient, QueuePlace

logger = logging.getLogger(__name__)

NOTICEABLE_S: Final = 1.0
"""A trader is told of a longer wait for a turn."""

CLOSED_WITHIN_S: Final = 2.0


class QueuePlaces:
    """The orders of one process that have not left, in order of asking."""

    def __init__(self) -> None:
        self._recipients: tuple[PlaceRecipient, ...] = ()
        self._line: set[UUID] = set()
        self._addresses: dict[UUID, Address] = {}
        self._news: dict[tuple[PlaceRecipient, UUID], PlaceNotice] = {}
        self._telling: set[tuple[PlaceRecipient, UUID]] = set()
        self._tasks = Tasks()

    def tell_to(self, recipients: Sequence[object]) -> None:
        """Those of *recipients* that are told places."""
        self._recipients = tuple(each for each in recipients if isinstance(each, PlaceRecipient))

    @contextmanager
    def in_line(self, order: UUID) -> Iterator[int]:
        """While its steps are taken; how many others are not in the venue's queue yet."""
        behind = len(self._line - {order})
        self._line.add(order)
        try:
            yield behind
        finally:
            self._line.discard(order)
            self._addresses.pop(order, None)

    def listen(self, order: UUID, address: Address) -> None:
        """From here on the places of *order* are told to *address*."""
        self._addresses[order] = address

    def in_queue(self, order: UUID) -> None:
        """It stands in the venue's own queue from here on."""
        self._line.discard(order)

    def stands_at(self, order: UUID, venue: Venue, place: QueuePlace) -> None:
        """Tell where *order* stands; returns at once."""
        address = self._addresses.get(order)
        if address is None:
            return
        notice = PlaceNotice(address, order, place, waiting_words(venue, place.ahead, place.expected_s))
        for recipient in self._recipients:
            if recipient.listens_to(address):
                self._news[recipient, order] = notice
                if (recipient, order) not in self._telling:
                    self._telling.add((recipient, order))
                    self._tasks.start(self._tell(recipient, order), name="tell-place")

    async def close(self) -> None:
        """What was not told by now is void."""
        await self._tasks.close(within_s=CLOSED_WITHIN_S)

    async def _tell(self, recipient: PlaceRecipient, order: UUID) -> None:
        try:
            while (notice := self._news.pop((recipient, order), None)) is not None:
                try:
                    await recipient.tell_place(notice)
                except Exception:  # whatever a neighbour raises: the order goes on
                    logger.exception("A place was not told")
        finally:
            self._telling.discard((recipient, order))
