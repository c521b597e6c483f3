"""
What an order can cost at the worst, counted on the safe side.

    notional_usd   what is paid for what is bought; for options sold to open, what they oblige to; nothing for closing
    contracts      of the largest option leg
    shares         of the equity leg
"""

from collections.abc import Mapping
from decimal import Decimal

from tastyflow.domain.instruments import CONTRACT_MULTIPLIER, Equity, EquityOption, Instrument, Right
from tastyflow.domain.ticket import PriceEffect, Ticket


def contracts(ticket: Ticket) -> int:
    """The contracts of the largest option leg."""
    return max((leg.quantity for leg in ticket.legs if isinstance(leg.instrument, EquityOption)), default=0)


def shares(ticket: Ticket) -> int:
    """The shares of the equity leg."""
    return sum(leg.quantity for leg in ticket.legs if isinstance(leg.instrument, Equity))


def notional_usd(ticket: Ticket, prices: Mapping[Instrument, Decimal]) -> Decimal:
    """
    The most that the opening legs can cost or oblige to, in dollars.

    Args:
        prices: A price per share for each leg that the ticket itself does not price (market, stop, shares sold in a
            combination): the ask.

    Raises:
        KeyError: A price that is needed is not there.
    """
    if not ticket.opens:
        return Decimal(0)
    return _paid(ticket, prices) + _obliged(ticket, prices)


def _paid(ticket: Ticket, prices: Mapping[Instrument, Decimal]) -> Decimal:
    if ticket.price_effect is PriceEffect.CREDIT:
        return Decimal(0)
    if ticket.price is not None:
        return ticket.price * ticket.units * max(leg.instrument.multiplier for leg in ticket.legs)
    at_least = ticket.stop or Decimal(0)  # a stop fills at the market once it is triggered: its trigger caps nothing
    bought = (leg for leg in ticket.legs if leg.action.opens and leg.action.buys)
    return sum(
        (max(prices[leg.instrument], at_least) * leg.quantity * leg.instrument.multiplier for leg in bought), Decimal(0)
    )


def _obliged(ticket: Ticket, prices: Mapping[Instrument, Decimal]) -> Decimal:
    """What the legs sold to open oblige to: a bought one covers as many as it has, once; a closing one covers none."""
    opening = [leg for leg in ticket.legs if leg.action.opens]
    bare = {leg.instrument: leg.quantity for leg in opening if not leg.action.buys}
    cover = {
        leg.instrument: leg.quantity * leg.instrument.multiplier // CONTRACT_MULTIPLIER
        for leg in opening
        if leg.action.buys
    }
    spreads = [(width, s, b) for s in bare for b in cover if (width := _open_width(s, b)) is not None]
    total = Decimal(0)
    for width, sold, bought in sorted(spreads, key=lambda spread: (spread[0], spread[1].occ, spread[2].occ)):
        covered = min(bare[sold], cover[bought])
        bare[sold] -= covered
        cover[bought] -= covered
        total += width * covered * sold.multiplier
    return total + sum(
        (_bare(sold, ticket, prices) * left * sold.multiplier for sold, left in bare.items()), Decimal(0)
    )


def _bare(sold: Instrument, ticket: Ticket, prices: Mapping[Instrument, Decimal]) -> Decimal:
    """What one uncovered share of *sold* obliges to: an option its strike, a share what it costs."""
    if isinstance(sold, EquityOption):
        return sold.strike
    named = (ticket.price or ticket.stop) if len(ticket.legs) == 1 else None  # a net price is no share's price
    return prices[sold] if named is None else max(named, prices.get(sold, named))


def _open_width(sold: Instrument, bought: Instrument) -> Decimal | None:
    """What a bought leg leaves open of a sold one, per share; None where it covers nothing."""
    if isinstance(sold, Equity):
        return None
    if isinstance(bought, Equity):
        return Decimal(0) if sold.right is Right.CALL else None
    same_day = bought.expiration == sold.expiration
    lasts = bought.expiration > sold.expiration or (same_day and bought.root == sold.root)  # SPX settles before SPXW
    if bought.right is not sold.right or not lasts:
        return None
    width = bought.strike - sold.strike if sold.right is Right.CALL else sold.strike - bought.strike
    return max(width, Decimal(0))
