"""
Pre-trade checks: pure functions that explain themselves.

    breaches(ticket, trader, prices) ─▶ every limit the order would break, in a trader's words; none when it may go on

What an order can cost is counted on the safe side (`notional_usd`): what is paid for what is bought; for options sold
to open, what they oblige to; nothing for closing. Cancels are never checked: taking risk away is always allowed.
"""

from collections.abc import Mapping
from decimal import Decimal

from attrs import frozen

from tastyflow.domain.instruments import Equity, EquityOption, Instrument, chat_symbol
from tastyflow.domain.ticket import Leg, PriceEffect, Ticket
from tastyflow.domain.trader import Permission, Trader


@frozen
class Breach:
    """One rule an order would break: a code for programs, a sentence and the way out for people."""

    code: str
    message: str
    hint: str = ""
    allowed_quantity: int | None = None


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
        prices: A price per share for each leg, for an order that names none (market, stop): the ask of what is bought.
    """
    if not ticket.opens:
        return Decimal(0)
    return _paid(ticket, prices) + sum((_obligation(leg, ticket, prices) for leg in ticket.legs), Decimal(0))


def _paid(ticket: Ticket, prices: Mapping[Instrument, Decimal]) -> Decimal:
    per_unit = ticket.price or ticket.stop
    if per_unit is not None and ticket.price_effect is not PriceEffect.CREDIT and ticket.legs[0].action.buys:
        return per_unit * ticket.units * ticket.legs[0].instrument.multiplier
    if per_unit is not None and ticket.price_effect is PriceEffect.DEBIT:
        return per_unit * ticket.units * max(leg.instrument.multiplier for leg in ticket.legs)
    if ticket.price_effect is PriceEffect.CREDIT:
        return Decimal(0)
    bought = (leg for leg in ticket.legs if leg.action.opens and leg.action.buys)
    return sum((prices[leg.instrument] * leg.quantity * leg.instrument.multiplier for leg in bought), Decimal(0))


def _obligation(leg: Leg, ticket: Ticket, prices: Mapping[Instrument, Decimal]) -> Decimal:
    if leg.action.buys or not leg.action.opens:
        return Decimal(0)
    if isinstance(leg.instrument, Equity):
        return (prices.get(leg.instrument) or ticket.price or Decimal(0)) * leg.quantity
    covering = [_cover_width(leg.instrument, other.instrument) for other in ticket.legs if other.action.buys]
    widths = [width for width in covering if width is not None]
    at_risk = min(widths) if widths else leg.instrument.strike
    return at_risk * leg.quantity * leg.instrument.multiplier


def _cover_width(short: EquityOption, long: Instrument) -> Decimal | None:
    """The distance that a bought option leaves open under a sold one; None where it covers nothing."""
    if isinstance(long, Equity) or long.right is not short.right or long.expiration < short.expiration:
        return None
    return abs(long.strike - short.strike)


def breaches(ticket: Ticket, trader: Trader, notional: Decimal, *, holding: Decimal = Decimal(0)) -> tuple[Breach, ...]:
    """
    Every rule of *trader* that *ticket* would break.

    Args:
        notional: What `notional_usd` counted for the ticket.
        holding: What this very order has reserved already, when it is looked at again.
    """
    limits, found = trader.limits, []
    symbol = chat_symbol(ticket.underlying)
    closes_only = not ticket.opens
    if trader.suspended:
        found.append(Breach("suspended", f"{trader.name} is suspended.", "Ask the operator to reinstate the trader."))
    if Permission.TRADE not in trader.permissions:
        found.append(Breach("not_permitted", f"{trader.name} may not trade.", "Ask the operator for permission."))
    if closes_only:
        return tuple(found)  # getting out is not limited
    if _sells_options_to_open(ticket) and Permission.SELL_TO_OPEN not in trader.permissions:
        found.append(
            Breach("not_permitted", f"{trader.name} may not sell options to open.", "Buy, or ask the operator.")
        )
    if limits.symbols is not None and symbol not in limits.symbols:
        allowed = ", ".join(limits.symbols[:10]) or "none"
        found.append(Breach("symbol_not_allowed", f"{symbol} is not on {trader.name}'s list.", f"Allowed: {allowed}."))
    if (asked := contracts(ticket)) > limits.max_contracts:
        found.append(_over("contracts", asked, limits.max_contracts, trader))
    if (asked := shares(ticket)) > limits.max_shares:
        found.append(_over("shares", asked, limits.max_shares, trader))
    if notional > limits.max_notional_usd:
        fitting = int(limits.max_notional_usd / (notional / ticket.units))
        found.append(
            Breach(
                "over_limit",
                f"That is ${notional:,.2f} at risk; {trader.name} may risk ${limits.max_notional_usd:,.2f} an order.",
                "Ask for fewer.",
                allowed_quantity=fitting or None,
            )
        )
    together = trader.reserved_notional_usd - holding + notional
    if together > limits.max_open_notional_usd:
        found.append(
            Breach(
                "over_limit",
                f"With the open orders that is ${together:,.2f}; the limit is ${limits.max_open_notional_usd:,.2f}.",
                "Cancel an open order, or wait for one to fill.",
            )
        )
    return tuple(found)


def _over(what: str, asked: int, limit: int, trader: Trader) -> Breach:
    return Breach(
        "over_limit",
        f"{asked:,} {what} is over {trader.name}'s limit of {limit:,} an order.",
        f"Ask for {limit:,} or fewer.",
        allowed_quantity=limit or None,
    )


def _sells_options_to_open(ticket: Ticket) -> bool:
    return any(
        leg.action.opens and not leg.action.buys and isinstance(leg.instrument, EquityOption) for leg in ticket.legs
    )
