"""
Quotes held by hand, for all views of a market at once: a test moves the market as it likes.

    hold ──▶ this symbol quotes exactly so ──▶ release ──▶ it follows from the moment again
"""

from decimal import Decimal

from tastyflow_simulator.market.board import read

Sides = tuple[Decimal, Decimal]


class Pins:
    """
    Attributes:
        held: Bid and ask by wire symbol.
        moves: How often anything was held or released.
    """

    def __init__(self) -> None:
        self.held: dict[str, Sides] = {}
        self.moves = 0

    def hold(self, symbol: str, bid: Decimal, ask: Decimal) -> None:
        """
        Hold a quote; zero is a missing side.

        Raises:
            ValueError: It names nothing, or the sides are crossed or negative.
        """
        instrument = read(symbol)
        if instrument is None:
            raise ValueError(f"{symbol[:32]!r} is no symbol.")
        if not all(side.is_finite() and side >= 0 for side in (bid, ask)) or (ask and bid > ask):
            raise ValueError("A quote has a bid at or below its ask, and neither is negative.")
        self.held[instrument.occ] = bid, ask
        self.moves += 1

    def release(self, symbol: str | None = None) -> None:
        """Let go of one quote, or of all."""
        instrument = None if symbol is None else read(symbol)
        if symbol is None:
            self.held.clear()
        elif instrument is not None:
            self.held.pop(instrument.occ, None)
        self.moves += 1
