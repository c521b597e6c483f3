"""
What was told of the orders that move now: read from the log once for each, and then kept up by each notice.

    notice ─▶ heard ─▶ one sentence more        of(order) ─▶ all of them, as `told_so_far` reads them

A burst of news is a burst of pages: to read and decode the whole history for each would hold up the desk beside it.
"""

from typing import Final
from uuid import UUID

from tastyflow.application.ledger.cache import Bounded
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.telling.sentences import shared_sentence_of
from tastyflow.application.telling.so_far import Told, told_so_far
from tastyflow.ports import Notice

MAX_ORDERS: Final = 512

_Story = dict[tuple[UUID, int], Told]
"""By the event that was told, in the order of telling."""


class Stories:
    """What was told, of the orders that were told of last."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._known: Bounded[UUID, _Story] = Bounded(MAX_ORDERS)

    def heard(self, notice: Notice) -> None:
        """Keep what *notice* tells; the same notice again is no news."""
        order, event = notice.order, notice.event
        story = self._story(order.id)
        key = (event.originator_id, event.originator_version)
        if key not in story:
            story[key] = Told(event, order, notice.sentence, shared_sentence_of(event, order))
        self._known.put(order.id, story)

    def of(self, order: UUID) -> tuple[Told, ...]:
        """
        What was told of *order* so far.

        Raises:
            StoreFailure: The log cannot be read.
        """
        return tuple(self._story(order).values())

    def _story(self, order: UUID) -> _Story:
        known = self._known.get(order)
        if known is None:
            told = told_so_far(self._ledger, order)
            known = {(each.event.originator_id, each.event.originator_version): each for each in told}
            self._known.put(order, known)
        return known
