"""
What an account holds that the fills of its log cannot explain, as a look at it shows: nothing is recorded.

    told of each instrument ≠ explained ─┬─ what was told by the reconciler        ─▶ unexplained
                                         ├─ no working order could have filled it ─▶ unexplained
                                         └─ else a fill may not be heard yet       ─▶ the reconciler asks the orders
"""

from datetime import date

from attrs import frozen

from tastyflow.domain.book import Book, Standing
from tastyflow.domain.book.state import Moving
from tastyflow.domain.instruments import EquityOption, Instrument


@frozen
class Unexplained:
    """What is held of an instrument, and what fills explain of it; both signed."""

    instrument: Instrument
    held: int
    explained: int

    @property
    def words(self) -> str:
        """The difference, in a sentence."""
        name = self.instrument.in_words()
        return f"The account holds {many(self.held)} {name}, and the log explains {many(self.explained)}."


def unexplained_of(book: Book | None, held: Standing, today: date) -> tuple[Unexplained, ...]:
    """What is held by *held* that *book* cannot explain; nothing before it was held against the log once."""
    if book is None or book.explained is None:
        return ()
    named = dict.fromkeys((*held, *book.explained, *book.unexplained))
    found = (Unexplained(each, held.holding(each).told, book.explained.get(each, 0)) for each in named)
    return tuple(each for each in found if held.holding(each.instrument).is_clear and _is_told(book, each, today))


def has_expired(instrument: Instrument, today: date) -> bool:
    """Whether *instrument* is an option whose last day is over."""
    return isinstance(instrument, EquityOption) and instrument.expiration < today


def many(quantity: int) -> str:
    """``no``, ``5`` or ``5 short``."""
    return "no" if not quantity else f"{quantity:,}" if quantity > 0 else f"{-quantity:,} short"


def _is_told(book: Book, each: Unexplained, today: date) -> bool:
    more = each.held - each.explained
    if not more or (each.held == 0 and has_expired(each.instrument, today)):
        return False
    moving = book.moving.get(each.instrument) or Moving()
    return more == book.unexplained.get(each.instrument, 0) or not -moving.sells <= more <= moving.buys
