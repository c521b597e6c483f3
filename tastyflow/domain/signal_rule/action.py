"""
The action of a rule: a line of the order language with figures in braces.

    sell 1 {symbol} {put_wall-10}/{put_wall-15} put vertical {expiration 0..7 dte} @ natural

    {symbol}                     the symbol of the rule
    {put_wall-10}                figures, numbers, + - * / and brackets; a strike goes to the listed strikes' step
    {spot*0.98 to 5}             to the nearest multiple of 5
    {contracts at most 3}        a quantity: a whole number, rounded down, never above 3
    {expiration 0..7 dte}        the nearest listed one within these calendar days; `monthly`, or days: `mon wed fri`
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from attrs import frozen

from tastyflow.domain.signal_rule.figures import Figures

Listed = Mapping[date, Sequence[Decimal]]
"""What is listed on an underlying: the strikes of each expiration, ascending."""


class PlaceKind(StrEnum):
    """What the number in a place is to the order; the language says it, when the rule is read."""

    STRIKE = "strike"  # to the step of the listed strikes around it
    PRICE = "price"  # to the cent
    QUANTITY = "quantity"  # a whole number, rounded down, at most what the rule says


@frozen
class ActionTemplate:
    """
    The line of a rule, with places for figures.

    Attributes:
        text: As it was written.
        underlying: What its order is on, spelt as the venue does: the symbol of the rule, or another one.
    """

    text: str
    underlying: str = ""

    @property
    def figures(self) -> frozenset[str]:
        """The names of the figures that it needs."""
        raise NotImplementedError

    def filled(self, figures: Figures, *, symbol: str, listed: Listed, now: datetime) -> str:
        """
        The line with its places filled.

        Args:
            symbol: The symbol of the rule, as traders write it.
            listed: What is listed on `underlying`; it may be empty where the line trades shares.

        Raises:
            Refused: code ``figure_missing``, ``no_expiration``, or ``not_filled``.
        """
        raise NotImplementedError
