"""
What one unit of a ticket trades at, per share: the net of its legs' quotes.

    quotes of the legs ─▶ natural   what trades now: a purchase pays the offer, a sale takes the bid
                       └▶ passive   the other side, at which the order would rest

Signed as prices are judged: paid is positive, received negative.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property

from attrs import frozen

from tastyflow.domain.instruments import Instrument, plain
from tastyflow.domain.risk.payoff import ZERO
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import Quote


@frozen
class UnitMarket:
    """What one unit trades at, signed: *natural* now, *passive* on the other side; None where a side is missing."""

    natural: Decimal | None
    passive: Decimal | None

    @cached_property
    def mid(self) -> Decimal | None:
        return None if self.natural is None or self.passive is None else (self.natural + self.passive) / 2

    @cached_property
    def in_words(self) -> str:
        """``7.96 / 8.07``"""
        sides = sorted(abs(side) for side in (self.passive, self.natural) if side is not None)
        return " / ".join(plain(side) for side in sides)


def market_of(ticket: Ticket, quotes: Mapping[Instrument, Quote] | None) -> UnitMarket:
    """The market of one unit. A sale without a bid trades at nothing; a purchase wants an offer."""
    natural: Decimal | None = ZERO
    passive: Decimal | None = ZERO
    per_share = max(leg.instrument.multiplier for leg in ticket.legs)
    for leg in ticket.legs:
        quote = (quotes or {}).get(leg.instrument)
        if quote is None or quote.bid > quote.ask > 0:
            return UnitMarket(None, None)
        weight = Decimal(leg.quantity // ticket.units * leg.instrument.multiplier) / per_share
        offered = quote.ask or None
        bid, ask = weight * quote.bid, None if offered is None else weight * offered
        now, resting = (ask, bid) if leg.action.buys else (-bid, None if ask is None else -ask)
        natural = None if natural is None or now is None else natural + now
        passive = None if passive is None or resting is None or not quote.bid else passive + resting
    return UnitMarket(natural, passive)
