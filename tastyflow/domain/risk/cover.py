"""
What bounds a sold option: a bought option of the same kind, shares, or cash.

    sold ─▶ a bought one that lives as long?  ─▶ bounded
        └─▶ left: a call wants 100 shares, a put its strike in cash

A bought option bounds a sold one of the same right and deliverable that settles no later than it does itself. Strikes
are left aside: they say how much can be lost, and the limits in dollars count that.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from attrs import frozen

from tastyflow.domain.instruments import Equity, EquityOption, Instrument, Right
from tastyflow.domain.risk.payoff import ZERO
from tastyflow.domain.risk.settlements import COUNTS_NEVER_EARLIER, deliverable_of, settlement_of
from tastyflow.domain.risk.trade import Holdings, Trade


@frozen
class Matched:
    """
    Sold options against bought ones.

    Attributes:
        sold: What of the sold ones no bought one bounds, as positive quantities.
        bought: What of the bought ones bounds nothing.
    """

    sold: Mapping[EquityOption, int]
    bought: Mapping[EquityOption, int]


def matched(sold: Mapping[EquityOption, int], bought: Mapping[EquityOption, int]) -> Matched:
    """
    Match *sold* with *bought*, both as positive quantities.

    What settles last is matched first: what bounds it bounds everything that was sold and settles earlier.
    """
    left = dict(bought)
    unbounded: dict[EquityOption, int] = {}
    for option in sorted(sold, key=settlement_of, reverse=True):
        wanted = sold[option]
        for other in left:
            if _bounds(other, option):
                taken = min(wanted, left[other])
                left[other] -= taken
                wanted -= taken
        if wanted > 0:
            unbounded[option] = wanted
    return Matched(unbounded, {option: quantity for option, quantity in left.items() if quantity > 0})


def _bounds(bought: EquityOption, sold: EquityOption) -> bool:
    if bought.right is not sold.right or deliverable_of(bought) != deliverable_of(sold):
        return False
    until, ends = settlement_of(bought), settlement_of(sold)
    return until == ends or (until > ends and sold.underlying not in COUNTS_NEVER_EARLIER)


@frozen
class CoverLeft:
    """
    What an account can come to on one underlying, whichever of its working orders fill.

    Attributes:
        shares: The fewest shares.
        short: Options that may be sold and that no option held bounds, as positive quantities.
        bounded: Whether a sold option is bounded by one that is held.
    """

    shares: int
    short: Mapping[EquityOption, int]
    bounded: bool

    @property
    def put_cash_usd(self) -> Decimal:
        """What buying the underlying by every put in `short` would take."""
        return put_cash_usd(self.short)

    def calls(self, underlying: str) -> int:
        """The calls in `short` that shares of *underlying* can cover."""
        return calls_on(self.short, underlying)


def standing_of(
    held: Holdings, could_fill: Iterable[Trade], also: Mapping[EquityOption, int] | None = None
) -> CoverLeft:
    """
    What *held* can come to.

    Args:
        held: Signed quantities on one underlying.
        could_fill: Working orders on it: of each, only what its own legs leave unbounded counts.
        also: Bought options besides, as positive quantities, that bound what is sold.
    """
    least = dict(held)
    for trade in could_fill:
        for instrument, quantity in _left_sold(trade.amounts).items():
            least[instrument] = least.get(instrument, 0) - quantity
    short = {i: -n for i, n in least.items() if isinstance(i, EquityOption) and n < 0}
    long = {i: n for i, n in least.items() if isinstance(i, EquityOption) and n > 0}
    for option, quantity in (also or {}).items():
        long[option] = long.get(option, 0) + quantity
    left = matched(short, long).sold
    shares = sum(n for i, n in least.items() if isinstance(i, Equity))
    return CoverLeft(shares, left, sum(left.values()) < sum(short.values()))


def _left_sold(amounts: Holdings) -> Mapping[Instrument, int]:
    """What an order sells that its own bought options and shares do not bound, as positive quantities."""
    shares = sum(n for i, n in amounts.items() if isinstance(i, Equity))
    left: dict[Instrument, int] = {i: -n for i, n in amounts.items() if isinstance(i, Equity) and n < 0}
    for option, quantity in matched(*sides(amounts)).sold.items():
        covered = min(quantity, max(shares, 0) // option.multiplier) if _takes_shares(option) else 0
        shares -= covered * option.multiplier
        left[option] = quantity - covered
    return left


def sides(amounts: Holdings) -> tuple[Mapping[EquityOption, int], Mapping[EquityOption, int]]:
    """The options that *amounts* sells, and those that it buys, as positive quantities."""
    options = {i: n for i, n in amounts.items() if isinstance(i, EquityOption)}
    return {i: -n for i, n in options.items() if n < 0}, {i: n for i, n in options.items() if n > 0}


def calls_on(options: Mapping[EquityOption, int], underlying: str) -> int:
    """How many calls of *options* are delivered in shares of *underlying*."""
    return sum(n for option, n in options.items() if _takes_shares(option) and option.underlying == underlying)


def put_cash_usd(options: Mapping[EquityOption, int]) -> Decimal:
    """What the strikes of the puts in *options* come to in dollars."""
    return sum((o.strike * o.multiplier * n for o, n in options.items() if o.right is Right.PUT), ZERO)


def _takes_shares(option: EquityOption) -> bool:
    """Whether it is a call that 100 shares of its underlying are delivered for; an adjusted one is not."""
    return option.right is Right.CALL and deliverable_of(option) == option.underlying
