"""
What an order needs of its trader's permissions: a pure function of the ticket, what is held, and the cash.

    bought options alone ──────────────────────────────▶ long_options
    sold options, bounded by bought ones of the order ─▶ spreads
    a sold call over shares, a sold put over cash ─────▶ covered
    any other sold option ─────────────────────────────▶ short_options
    shares bought ─▶ shares        sold short ─▶ shares and short_options
    a market or stop order that opens ─────────────────▶ market_orders besides
    a close ─▶ any permission to trade;  one that uncovers something ─▶ what the uncovered leg needs

What is not known means the stricter one. Shares and cash count once: other sold calls and puts, held or working, of
every trader, come first.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from attrs import frozen

from tastyflow.domain.instruments import Equity, EquityOption, Instrument, Right
from tastyflow.domain.risk.cover import Matched, calls_on, matched, put_cash_usd, sides, standing_of
from tastyflow.domain.risk.exits import uncovers_by
from tastyflow.domain.risk.payoff import ZERO
from tastyflow.domain.risk.worst_case import Trade
from tastyflow.domain.ticket import Leg, OrderType, PriceEffect, Ticket
from tastyflow.domain.trader.permissions import Permission

if TYPE_CHECKING:
    from tastyflow.domain.risk.facts import Facts

SELLING: Final = frozenset({Permission.SPREADS, Permission.COVERED, Permission.SHORT_OPTIONS})
"""What selling to open, and uncovering, needs."""

AT_THE_MARKET: Final = frozenset({OrderType.MARKET, OrderType.STOP})


@frozen
class PermissionNeed:
    """
    One permission that an order needs.

    Attributes:
        deed: What needs it: ``open a short call``.
        leg: The leg that does it; None where it is the order as a whole.
        known: Whether that is known; else the stricter permission is asked for because a fact is missing.
    """

    permission: Permission
    deed: str
    leg: Leg | None = None
    known: bool = True


@frozen
class _Around:
    """What is held and could fill on the underlying, the cash, and what puts on other underlyings may take of it."""

    held: Trade
    could_fill: tuple[Trade, ...]
    cash_usd: Decimal


def needs_of(facts: "Facts") -> tuple[PermissionNeed, ...]:
    """
    Everything that the order of *facts* needs, the leg that is worst first of each kind; none for a plain close.

    `Facts.needs` keeps it: several checks ask.
    """
    ticket = facts.ticket
    opening = {leg.instrument: _signed(leg) for leg in ticket.legs if leg.action.opens}
    sold, bought = sides(opening)
    own, around = matched(sold, bought), _around(facts)
    return (
        *_of_bought(ticket, own),
        *_of_shares(ticket),
        *_of_sold(ticket, own, around),
        *_of_uncovered(ticket, own, around),
        *_of_kind(ticket),
    )


def permissions_needed(facts: "Facts") -> frozenset[Permission]:
    """The permissions that the order of *facts* needs, all of them; none for a plain close."""
    return frozenset(need.permission for need in facts.needs)


# ── what is bought ─────────────────────────────────────────────────────────────────────────────────────────────────


def _of_bought(ticket: Ticket, own: Matched) -> Iterator[PermissionNeed]:
    """A bought option that bounds a sold one of the order is part of a spread."""
    for leg in ticket.legs:
        instrument = leg.instrument
        bounds_nothing = isinstance(instrument, EquityOption) and own.bought.get(instrument) == leg.quantity
        if leg.action.opens and leg.action.buys and bounds_nothing:
            yield PermissionNeed(Permission.LONG_OPTIONS, "buy options", leg)


def _of_shares(ticket: Ticket) -> Iterator[PermissionNeed]:
    for leg in ticket.legs:
        if leg.action.opens and isinstance(leg.instrument, Equity):
            yield PermissionNeed(Permission.SHARES, "trade shares", leg)
            if not leg.action.buys:
                yield PermissionNeed(Permission.SHORT_OPTIONS, "open a short position in shares", leg)


def _of_kind(ticket: Ticket) -> Iterator[PermissionNeed]:
    if ticket.opens and ticket.order_type in AT_THE_MARKET:
        yield PermissionNeed(Permission.MARKET_ORDERS, f"open by a {ticket.order_type.value} order")


# ── what is sold ───────────────────────────────────────────────────────────────────────────────────────────────────


def _of_sold(ticket: Ticket, own: Matched, around: _Around | None) -> Iterator[PermissionNeed]:
    for leg in ticket.legs:
        option = leg.instrument
        if not leg.action.opens or leg.action.buys or not isinstance(option, EquityOption):
            continue
        if option not in own.sold:
            yield PermissionNeed(Permission.SPREADS, "open a spread", leg)
        elif around is not None and _is_covered(option, ticket, own, around):
            secured = "covered call" if option.right is Right.CALL else "cash-secured put"
            yield PermissionNeed(Permission.COVERED, f"open a {secured}", leg)
        else:
            yield PermissionNeed(Permission.SHORT_OPTIONS, f"open a short {option.right}", leg)


def _is_covered(option: EquityOption, ticket: Ticket, own: Matched, around: _Around) -> bool:
    """Whether shares or cash cover *option*, with all else that wants them."""
    others = standing_of(_after_closing(ticket, around.held), around.could_fill, own.bought)
    if option.right is Right.PUT:
        return around.cash_usd - _paid_usd(ticket) >= put_cash_usd(own.sold) + others.put_cash_usd
    underlying = option.underlying
    wanted = calls_on(own.sold, underlying) + others.calls(underlying)
    shares = others.shares + sum(
        _signed(leg) for leg in ticket.legs if leg.action.opens and isinstance(leg.instrument, Equity)
    )
    return calls_on({option: 1}, underlying) == 1 and shares >= wanted * option.multiplier


def _of_uncovered(ticket: Ticket, own: Matched, around: _Around | None) -> Iterator[PermissionNeed]:
    """What a close leaves without its cover."""
    closing = {leg.instrument: _signed(leg) for leg in ticket.legs if not leg.action.opens}
    if not closing:
        return
    leg = next(leg for leg in ticket.legs if not leg.action.opens)
    if around is None:
        yield PermissionNeed(
            Permission.SHORT_OPTIONS, "close what may cover another position or order", leg, known=False
        )
    elif uncovers_by(closing, around.held, around.could_fill):
        yield PermissionNeed(
            _needed_by_the_rest(ticket, own, around), "close what covers another position or order", leg
        )


def _needed_by_the_rest(ticket: Ticket, own: Matched, around: _Around) -> Permission:
    """What the sold options need that the order leaves behind."""
    rest = standing_of(_after_closing(ticket, around.held), around.could_fill, own.bought)
    underlying = ticket.underlying
    coverable = rest.calls(underlying) + sum(n for o, n in rest.short.items() if o.right is Right.PUT)
    calls = rest.calls(underlying) + calls_on(own.sold, underlying)
    cash_usd = rest.put_cash_usd + put_cash_usd(own.sold)
    if rest.shares < 0 or sum(rest.short.values()) > coverable:
        return Permission.SHORT_OPTIONS
    if not rest.short:
        return Permission.SPREADS if rest.bounded else Permission.SHORT_OPTIONS
    has_shares = not rest.calls(underlying) or rest.shares >= 100 * calls
    has_cash = not rest.put_cash_usd or around.cash_usd - _paid_usd(ticket) >= cash_usd
    return Permission.COVERED if has_shares and has_cash else Permission.SHORT_OPTIONS


def _after_closing(ticket: Ticket, held: Trade) -> dict[Instrument, int]:
    """What is held once the closing legs of *ticket* are filled."""
    after = dict(held.amounts)
    for leg in ticket.legs:
        if not leg.action.opens:
            after[leg.instrument] = after.get(leg.instrument, 0) + _signed(leg)
    return after


def _around(facts: "Facts") -> _Around | None:
    """What covers; None where it is not known what is held or could fill. Cash that is not known covers nothing."""
    if facts.held is None or facts.could_fill is None:
        return None
    elsewhere, balances = facts.put_cash_elsewhere_usd, facts.balances
    cash_usd = balances.cash_usd - elsewhere if balances is not None and elsewhere is not None else Decimal(-1)
    return _Around(facts.held, facts.could_fill, cash_usd)


def _paid_usd(ticket: Ticket) -> Decimal:
    """What the order itself costs."""
    if ticket.price is None or ticket.price_effect is not PriceEffect.DEBIT:
        return ZERO
    return -Trade.of(ticket, {}).cash_usd


def _signed(leg: Leg) -> int:
    return leg.quantity if leg.action.buys else -leg.quantity
