"""
What keeps an order from being completed: a reason, a way out, and whole orders that may have been meant.

Orders that may have been meant are candidates: `completion` tries each, and offers those that can be completed.
"""

from collections.abc import Iterable, Sequence

from attrs import evolve

from tastyflow.domain.commands import PlaceOrder
from tastyflow.domain.instruments import chat_symbol
from tastyflow.domain.venue import NamedSymbol
from tastyflow.errors import Refused


class Unsettled(Exception):
    """
    The order cannot be completed as it was typed.

    Attributes:
        instead: Candidates for suggestions, the likeliest first.
    """

    def __init__(self, message: str, *, code: str, hint: str = "", instead: Iterable[PlaceOrder] = ()) -> None:
        super().__init__(message)
        self.message, self.code, self.hint = message, code, hint
        self.instead = tuple(instead)


def unpriced(asked: PlaceOrder) -> PlaceOrder:
    """The same order, with its price left to the policy: a price that was typed for other legs says nothing of it."""
    return evolve(asked, order_type=None, price=None, price_effect=None, stop=None)


def unknown_symbol(symbol: str, similar: Sequence[NamedSymbol], suggestions: Sequence[str] = ()) -> Refused:
    """The refusal of a ticker that is not listed; *similar* are the listed ones that may be meant, best first."""
    alike = ", ".join(each.in_words for each in similar)
    return Refused(
        f"{chat_symbol(symbol)} is not a symbol that trades here.",
        code="unknown_symbol",
        hint=f"Check the ticker; listed are {alike}." if alike else "Nothing listed looks like it.",
        suggestions=suggestions,
    )
