"""
The action of a rule: a line of the order language with figures in braces.

    sell 1 {symbol} {put_wall-10}/{put_wall-15} put vertical {expiration 0..7 dte} @ natural
"""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from tastyflow.domain.signal_rule.figures import Figures


class ActionTemplate(Protocol):
    """The line of a rule, with places for figures."""

    @property
    def text(self) -> str:
        """As it was written."""
        ...

    @property
    def figures(self) -> frozenset[str]:
        """The names of the figures that it needs."""
        ...

    def filled(self, figures: Figures, *, symbol: str, expirations: Sequence[date], today: date) -> str:
        """
        The line with its places filled.

        Args:
            expirations: What is listed on *symbol*, ascending.

        Raises:
            Refused: code ``figure_missing``, ``no_expiration``, or ``not_filled``.
        """
        ...
