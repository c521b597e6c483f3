"""
What a ticket can lose and gain by itself, and where it breaks even, in dollars for the whole ticket.

    sell 1 SPY 430/435/465/470 iron condor @ 1.93        maximum loss $307.00, maximum gain $193.00
    ▁▁▂▅████████▅▂▁▁                                     break-even at 433.07 and 466.93

Exact where all legs settle together. Over several settlements the loss is never too low, and gain and break-evens are
unknown: they depend on what the later option is worth when the earlier one settles.
"""

from decimal import Decimal
from itertools import pairwise
from typing import Final

from attrs import frozen

from tastyflow.domain.instruments import EquityOption, price_in_words
from tastyflow.domain.risk.payoff import ZERO, claim_of, rise_of, value_at
from tastyflow.domain.risk.settlements import settlement_of
from tastyflow.domain.risk.worst_case import NOTHING, Quotes, Trade, loss_in_words, worst_case
from tastyflow.domain.ticket import Ticket

FINEST: Final = Decimal("0.0001")
"""Break-evens are rounded to this."""


@frozen
class Profile:
    """
    What a ticket can lose and gain as if it stood alone.

    Attributes:
        max_loss_usd: None where it is unlimited.
        max_gain_usd: None where it is unlimited; unknown, and None, where the profile is not exact.
        break_evens: Prices of the underlying, ascending; none where the profile is not exact.
        exact: Whether all legs settle together.
    """

    max_loss_usd: Decimal | None
    max_gain_usd: Decimal | None
    break_evens: tuple[Decimal, ...]
    exact: bool

    def loss_in_words(self) -> str:
        """``maximum loss $307.00``, ``unlimited loss``"""
        return loss_in_words(self.max_loss_usd)

    def gain_in_words(self) -> str:
        """``maximum gain $193.00``, ``unlimited gain``, ``maximum gain unknown``"""
        if not self.exact:
            return "maximum gain unknown"
        return "unlimited gain" if self.max_gain_usd is None else f"maximum gain ${self.max_gain_usd:,.2f}"

    def break_evens_in_words(self) -> str:
        """``break-even at 433.07 and 466.93``, ``no break-even``, ``break-even unknown``"""
        if not self.exact:
            return "break-even unknown"
        if not self.break_evens:
            return "no break-even"
        return "break-even at " + " and ".join(price_in_words(price) for price in self.break_evens)


def of_ticket(ticket: Ticket, quotes: Quotes) -> Profile:
    """
    The profile of *ticket*, as if nothing else were held.

    Raises:
        KeyError: It has no limit price, and there is no quote of what it trades.
    """
    return of_trade(Trade.of(ticket, quotes))


def of_trade(trade: Trade) -> Profile:
    """The profile of a trade, as if nothing else were held."""
    settlements = {settlement_of(each) for each in trade.amounts if isinstance(each, EquityOption)}
    if len(settlements) > 1:
        loss = worst_case(NOTHING, (trade,)).loss_usd
        return Profile(None if loss is None else max(ZERO, loss), None, (), exact=False)
    claims = tuple(claim_of(instrument, quantity) for instrument, quantity in trade.amounts.items())
    kinks = sorted({ZERO, *(claim.strike for claim in claims)})
    profits = [trade.cash_usd + value_at(claims, price) for price in kinks]
    slope = rise_of(claims)
    return Profile(
        max_loss_usd=None if slope < 0 else max(ZERO, -min(profits)),
        max_gain_usd=None if slope > 0 else max(ZERO, max(profits)),
        break_evens=_break_evens(kinks, profits, slope),
        exact=True,
    )


def _break_evens(kinks: list[Decimal], profits: list[Decimal], slope: int) -> tuple[Decimal, ...]:
    """Where profit turns to loss or back; where it stays at zero, both ends."""
    found = {price for price, profit in zip(kinks, profits, strict=True) if profit == 0}
    for (left, low), (right, high) in pairwise(zip(kinks, profits, strict=True)):
        if low * high < 0:
            found.add((left - low * (right - left) / (high - low)).quantize(FINEST))
    if slope and profits[-1] * slope < 0:
        found.add((kinks[-1] - profits[-1] / slope).quantize(FINEST))
    return tuple(sorted(found))
