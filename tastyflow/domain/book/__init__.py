"""
The book of one account: what can still fill there, what filled there lately, and what was asked for lately.

    state      what replaying the events says
    events     what can happen to a book, and what each event does to its state; `position_events` of what is held
    sums       what a book keeps in sum
    verbs      what can be done with a book: `Book`
    holdings   what the account holds: the venue's snapshot, corrected by the book

One account has one book, one stream in the log: orders of any trader, from any process, are entered in the append that
drafts them. Two orders at once cannot both count on the same limit, the same cover or the same position.
"""

from tastyflow.domain.book.events import (
    BookOpened,
    OrderEntered,
    OrderProgressed,
    OrderReplacing,
    OrderResized,
)
from tastyflow.domain.book.holdings import Holding, Standing, standing
from tastyflow.domain.book.position_events import (
    PositionExpired,
    PositionExplained,
    PositionsTaken,
    PositionUnexplained,
)
from tastyflow.domain.book.state import BookedFill, Entry, Taken, Track, Unit
from tastyflow.domain.book.verbs import Book

__all__ = [
    "Book",
    "BookOpened",
    "BookedFill",
    "Entry",
    "Holding",
    "OrderEntered",
    "OrderProgressed",
    "OrderReplacing",
    "OrderResized",
    "PositionExpired",
    "PositionExplained",
    "PositionUnexplained",
    "PositionsTaken",
    "Standing",
    "Taken",
    "Track",
    "Unit",
    "standing",
]
