"""
What a trade does to an account: what it brings and takes, and the cash for it.

    ticket, quotes ─▶ Trade.of      what filling the whole order does
    positions      ─▶ Trade.held    what holding them has done, by their cost
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

from attrs import evolve, field, frozen

from tastyflow.domain.instruments import Equity, EquityOption, Instrument
from tastyflow.domain.risk.payoff import ZERO
from tastyflow.domain.ticket import Leg, PriceEffect, Ticket
from tastyflow.domain.venue import Position, Quote

Holdings = Mapping[Instrument, int]
"""What is held: signed quantities, long positive."""

Quotes = Mapping[Instrument, Quote]


@frozen
class Trade:
    """
    What a ticket, or a held position, does to an account if it fills whole.

    Attributes:
        amounts: Signed quantities, bought positive.
        cash_usd: Received positive, paid negative.
        share_price: The highest price of a share in it, where it has shares: the scale of an unlimited loss.
    """

    amounts: Holdings = field(hash=False)
    cash_usd: Decimal
    share_price: Decimal = ZERO

    @classmethod
    def of(cls, ticket: Ticket, quotes: Quotes) -> "Trade":
        """
        What *ticket* does. Without a limit it trades at its quote: the ask for a buy, the bid for a sale, the trigger
        of a stop where that is worse.

        Raises:
            KeyError: The price is needed and there is no quote for it.
        """
        amounts = {leg.instrument: leg.quantity if leg.action.buys else -leg.quantity for leg in ticket.legs}
        if ticket.price is None:
            (leg,) = ticket.legs
            price = market_price(leg, quotes, ticket.stop)
            cash = price * leg.quantity * leg.instrument.multiplier * (-1 if leg.action.buys else 1)
        else:
            price = ticket.price
            paid = ticket.price_effect is PriceEffect.DEBIT
            cash = price * ticket.units * max(leg.instrument.multiplier for leg in ticket.legs) * (-1 if paid else 1)
        has_shares = any(isinstance(instrument, Equity) for instrument in amounts)
        return cls(amounts, cash, price if has_shares else ZERO)

    @classmethod
    def held(cls, positions: Iterable[Position]) -> "Trade":
        """What is held, with what it cost by its average open prices."""
        amounts: dict[Instrument, int] = {}
        cash = share_price = ZERO
        for position in positions:
            instrument, price = position.instrument, position.average_open_price
            amounts[instrument] = amounts.get(instrument, 0) + position.quantity
            cash -= position.quantity * price * instrument.multiplier
            if isinstance(instrument, Equity):
                share_price = max(share_price, price)
        return cls(amounts, cash, share_price)

    def times(self, number: int) -> "Trade":
        """*number* of the same trade as one: the cost of a check does not grow with equal orders."""
        return evolve(
            self,
            amounts={instrument: quantity * number for instrument, quantity in self.amounts.items()},
            cash_usd=self.cash_usd * number,
        )

    def reversed(self) -> "Trade":
        """The other side of the same legs, for nothing."""
        amounts = {instrument: -quantity for instrument, quantity in self.amounts.items()}
        return evolve(self, amounts=amounts, cash_usd=ZERO)


NOTHING: Final = Trade({}, ZERO)


def market_price(leg: Leg, quotes: Quotes, stop: Decimal | None = None) -> Decimal:
    """
    What one share of *leg* trades at without a limit.

    Raises:
        KeyError: There is no quote, or none to buy at.
    """
    quote = quotes[leg.instrument]
    if not leg.action.buys:
        return quote.bid if stop is None else min(quote.bid, stop)
    if not quote.ask:
        raise KeyError(leg.instrument)
    return quote.ask if stop is None else max(quote.ask, stop)


def contracts(ticket: Ticket) -> int:
    """The contracts of the largest option leg."""
    return max((leg.quantity for leg in ticket.legs if isinstance(leg.instrument, EquityOption)), default=0)


def shares(ticket: Ticket) -> int:
    """The shares of the equity leg."""
    return sum(leg.quantity for leg in ticket.legs if isinstance(leg.instrument, Equity))
