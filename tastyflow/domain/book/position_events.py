"""
What an account holds, held against its fills: what the reconciler saw, and what each event does to the book.

    PositionsTaken ─ PositionExpired ─ PositionUnexplained ─ PositionExplained ─ …

These shapes are stored: add fields with defaults, or a new version of the topic.
"""

from typing import TypeVar

from attrs import frozen

from tastyflow.domain.book.events import BookEvent
from tastyflow.domain.book.state import BookState
from tastyflow.domain.book.sums import with_quantity
from tastyflow.domain.changing import changed
from tastyflow.domain.events import topic
from tastyflow.domain.instruments import from_occ
from tastyflow.domain.persistent_map import PersistentMap

S = TypeVar("S", bound=BookState)


@topic("tastyflow.book.positions_taken@1")
@frozen(kw_only=True, repr=False)
class PositionsTaken(BookEvent):
    """
    What the account held when it was first held against this log, by OCC symbol: from now on fills must explain it.

    *quantities* are signed, in the order of *symbols*.
    """

    symbols: tuple[str, ...]
    quantities: tuple[int, ...]

    def change(self, book: S) -> S:
        held = zip(map(from_occ, self.symbols), self.quantities, strict=True)
        explained = PersistentMap({instrument: quantity for instrument, quantity in held if quantity})
        return changed(book, version=self.originator_version, explained=explained)


@topic("tastyflow.book.position_expired@1")
@frozen(kw_only=True, repr=False)
class PositionExpired(BookEvent):
    """An option that was held has expired, and the account holds none of it any more: *quantity* is gone."""

    symbol: str
    quantity: int

    def change(self, book: S) -> S:
        return changed(
            book,
            version=self.originator_version,
            explained=with_quantity(book.explained, from_occ(self.symbol), -self.quantity),
        )


@topic("tastyflow.book.position_unexplained@1")
@frozen(kw_only=True, repr=False)
class PositionUnexplained(BookEvent):
    """The account holds *held* of an instrument, and fills explain *explained*: a person was asked to look."""

    symbol: str
    held: int
    explained: int

    def change(self, book: S) -> S:
        alarms = book.unexplained.having(from_occ(self.symbol), self.held - self.explained)
        return changed(book, version=self.originator_version, unexplained=alarms)


@topic("tastyflow.book.position_explained@1")
@frozen(kw_only=True, repr=False)
class PositionExplained(BookEvent):
    """The account holds again what fills explain."""

    symbol: str
    held: int

    def change(self, book: S) -> S:
        return changed(
            book, version=self.originator_version, unexplained=book.unexplained.without(from_occ(self.symbol))
        )
