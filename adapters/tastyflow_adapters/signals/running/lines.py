"""
The order that a rule asks for on figures: its line with the figures in it, and what is listed looked up.

    rule, figures ─▶ what is listed on the line's underlying, kept for `FRESH_S` ─▶ the line, or `Refused`
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from tastyflow.domain.signal_rule import SignalRule
from tastyflow.domain.signal_rule.action import Listed
from tastyflow.domain.signal_rule.figures import Figures
from tastyflow.domain.venue import Chain
from tastyflow.errors import Refused, VenueFailure
from tastyflow.ports import Clock, Language, MarketData
from tastyflow_adapters.signals.rules import order_line

FRESH_S: Final = 600.0
"""How long what is listed is kept: strikes are added within a day, and taken away between days."""


class FillsLines:
    """Fills in the lines of rules."""

    def __init__(self, market: MarketData, language: Language, clock: Clock) -> None:
        self._market = market
        self._language = language
        self._clock = clock
        self._kept: dict[str, tuple[float, Listed]] = {}

    async def line(self, rule: SignalRule, figures: Figures) -> str:
        """
        The order that *rule* asks for on *figures*.

        Raises:
            Refused: A figure is missing, nothing fits that is listed, or the chain is not to be had.
        """
        listed = await self.listed(rule.action.underlying)
        return order_line(rule, figures, listed=listed, language=self._language, now=self._clock.now())

    async def listed(self, underlying: str) -> Listed:
        """
        What is listed on *underlying*.

        Raises:
            Refused: code ``no_chain``.
        """
        kept = self._kept.get(underlying)
        if kept is not None and self._clock.monotonic() - kept[0] < FRESH_S:
            return kept[1]
        try:
            chain = await self._market.chain(underlying)
        except VenueFailure as failure:
            raise Refused(
                f"What is listed on {underlying} is not to be had: {failure.message}", code="no_chain"
            ) from failure
        if chain is None:
            raise Refused(f"There is no symbol {underlying!r}.", code="no_chain")
        self._kept[underlying] = self._clock.monotonic(), listed_in(chain)
        return self._kept[underlying][1]


def listed_in(chain: Chain) -> Mapping[date, tuple[Decimal, ...]]:
    """The strikes of each expiration day of *chain*, of all its roots."""
    strikes: dict[date, set[Decimal]] = {}
    for each in chain.expirations:
        strikes.setdefault(each.day, set()).update(each.strikes)
    return {day: tuple(sorted(found)) for day, found in sorted(strikes.items())}
