"""
Pre-trade checks: pure functions that explain themselves.

    breaches(ticket, trader, notional) ─▶ every limit the order would break, in a trader's words; none when it may go on

Closing orders and cancels are not limited: taking risk away is always allowed.
"""

from decimal import Decimal

from attrs import frozen

from tastyflow.domain.instruments import chat_symbol
from tastyflow.domain.risk.worst_case import contracts, shares
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.trader import Permission, Trader


@frozen
class Breach:
    """
    One rule an order would break: a code for programs, a sentence and the way out for people.

    *allowed_units* is how many of the order's units would keep the rule; None where no smaller order would.
    """

    code: str
    message: str
    hint: str = ""
    allowed_units: int | None = None


def breaches(ticket: Ticket, trader: Trader, notional: Decimal, *, holding: Decimal = Decimal(0)) -> tuple[Breach, ...]:
    """
    Every rule of *trader* that *ticket* would break.

    Args:
        notional: What `worst_case.notional_usd` counted for the ticket.
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
        return tuple(found)  # closing is not limited
    if _sells_to_open(ticket) and Permission.SELL_TO_OPEN not in trader.permissions:
        found.append(Breach("not_permitted", f"{trader.name} may not sell to open.", "Buy, or ask the operator."))
    if limits.symbols is not None and symbol not in limits.symbols:
        allowed = ", ".join(limits.symbols[:10]) or "none"
        found.append(Breach("symbol_not_allowed", f"{symbol} is not on {trader.name}'s list.", f"Allowed: {allowed}."))
    if (asked := contracts(ticket)) > limits.max_contracts:
        found.append(_over("contracts", asked, limits.max_contracts, trader, ticket.units))
    if (asked := shares(ticket)) > limits.max_shares:
        found.append(_over("shares", asked, limits.max_shares, trader, ticket.units))
    if notional > limits.max_notional_usd:
        fitting = int(limits.max_notional_usd / (notional / ticket.units))
        found.append(
            Breach(
                "over_limit",
                f"That is ${notional:,.2f} at risk; {trader.name} may risk ${limits.max_notional_usd:,.2f} an order.",
                "Ask for fewer.",
                allowed_units=fitting or None,
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


def _over(what: str, asked: int, limit: int, trader: Trader, units: int) -> Breach:
    return Breach(
        "over_limit",
        f"{asked:,} {what} is over {trader.name}'s limit of {limit:,} an order.",
        f"Ask for {limit:,} or fewer.",
        allowed_units=limit // (asked // units) or None,
    )


def _sells_to_open(ticket: Ticket) -> bool:
    """Whether any leg sells what is not held: an option's loss, and a share's, is not bounded by what it brought."""
    return any(leg.action.opens and not leg.action.buys for leg in ticket.legs)
