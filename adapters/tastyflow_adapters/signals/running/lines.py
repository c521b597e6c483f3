"""
The order that a rule asks for on figures: its line with the figures in it, and what is listed looked up.

    rule, figures ─▶ what is listed on the line's underlying, kept for `FRESH_S` ─▶ the line, or `Refused`
"""

from datetime import date
from decimal import Decimal
from typing import Final

from tastyflow.domain.signal_rule.action import Listed
from tastyflow.domain.signal_rule.figures import Figures
from tastyflow.domain.signal_rule.rule import SignalRule
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
        self._kept: dict[str, tuple[float, Chain, Listed]] = {}

    async def line(self, rule: SignalRule, figures: Figures) -> str:
        """
        The order that *rule* asks for on *figures*.

        Raises:
            Refused: A figure is missing, nothing fits that is listed, or the chain is not to be had.
        """
        underlying, now = rule.action.underlying, self._clock.now()
        chain, listed = await self._looked_up(underlying)
        line = order_line(rule, figures, listed=listed, language=self._language, now=now)
        for place in rule.action.expiration_places:
            if not place.monthly:
                _require_one_settlement(chain, underlying, place.chosen(sorted(listed), now))
        return line

    async def _looked_up(self, underlying: str) -> tuple[Chain, Listed]:
        """
        The chain of *underlying*, and what its name means there.

        Raises:
            Refused: code ``no_chain``.
        """
        kept = self._kept.get(underlying)
        if kept is not None and self._clock.monotonic() - kept[0] < FRESH_S:
            return kept[1:]
        try:
            chain = await self._market.chain(underlying)
        except VenueFailure as failure:
            raise Refused(
                f"What is listed on {underlying} is not to be had: {failure.message}", code="no_chain"
            ) from failure
        if chain is None:
            raise Refused(f"There is no symbol {underlying!r}.", code="no_chain")
        listed = listed_in(chain, underlying)
        self._kept[underlying] = self._clock.monotonic(), chain, listed
        return chain, listed


def listed_in(chain: Chain, underlying: str) -> Listed:
    """The strikes of each day that *underlying* names: those of its own root, and where it has none, of its class."""
    strikes: dict[date, set[Decimal]] = {}
    own = {each.day for each in chain.expirations if each.root == underlying}
    for each in chain.expirations:
        if each.root == underlying or (chain.underlying == underlying and each.day not in own):
            strikes.setdefault(each.day, set()).update(each.strikes)
    return {day: tuple(sorted(found)) for day, found in sorted(strikes.items())}


def _require_one_settlement(chain: Chain, underlying: str, day: date) -> None:
    """
    Raises:
        Refused: code ``not_filled``: on *day* the name of the class means the root that settles in the morning, and on
            other days the one that settles at the close. An author who named no day meant one of them.
    """
    settles = {each.settles_am: each.root for each in chain.expirations if each.day == day}
    if len(settles) == 2 and settles[True] == underlying:
        raise Refused(
            f"On {day:%b %d %Y} {underlying} settles in the morning, and {settles[False]} at the close. "
            f"Write {settles[False]} in the line, or ask for a monthly.",
            code="not_filled",
        )
