"""
The payoff of a trade at settlement as text: gains above the line, losses below it, strikes named underneath.

     $600 ┤          ▄▄█████
          │      ▄▄█████████
       $0 ┼─────────────────
    -$400 ┤███▀▀
             440    450
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from tastyflow.domain.instruments import EquityOption, plain
from tastyflow.domain.risk.payoff import ZERO, claim_of, value_at
from tastyflow.domain.risk.worst_case import Trade

WIDTH: Final = 64
ROWS: Final = 4
"""Rows for the larger of gain and loss."""

FULL, TOP, BOTTOM = "█", "▀", "▄"


def picture(trade: Trade, *, width: int = WIDTH) -> str:
    """
    The payoff of *trade*, whose legs settle together, from below its lowest strike to above its highest.

    Gains and losses have one scale: the larger of both that can be seen.
    """
    strikes = sorted({each.strike for each in trade.amounts if isinstance(each, EquityOption)})
    marked = strikes or [trade.share_price]
    low, high = _range(marked)
    claims = [claim_of(instrument, quantity) for instrument, quantity in trade.amounts.items()]

    def profit(price: Decimal) -> Decimal:
        return trade.cash_usd + value_at(claims, price)

    seen = [profit(price) for price in (low, *strikes, high)]
    scale = max(max(seen), -min(seen)) or Decimal(1)
    prices = (low + (high - low) * column / (width - 1) for column in range(width))
    halves = [round(profit(price) * 2 * ROWS / scale) for price in prices]
    gains = [_row(halves, row, BOTTOM) for row in range((max(0, *halves) + 1) // 2, 0, -1)]
    losses = [_row([-half for half in halves], row, TOP) for row in range(1, (1 - min(0, *halves)) // 2 + 1)]
    labels = {0: _dollars(max(seen)), len(gains) + len(losses): _dollars(min(seen)), len(gains): "$0"}
    margin = max(map(len, labels.values()))
    lines = []
    for number, row in enumerate((*gains, "─" * width, *losses)):
        axis = "┼" if number == len(gains) else "┤" if number in labels else "│"
        lines.append(f"{labels.get(number, ''):>{margin}} {axis}{row}".rstrip())
    return "\n".join((*lines, " " * (margin + 2) + _marks(marked, low, high, width)))


def _range(strikes: Sequence[Decimal]) -> tuple[Decimal, Decimal]:
    beyond = (strikes[-1] - strikes[0]) / 2 or strikes[0] / 10
    return max(ZERO, strikes[0] - beyond), strikes[-1] + beyond


def _row(halves: Sequence[int], row: int, half_block: str) -> str:
    """One row of blocks; *row* counts away from the line."""
    return "".join(FULL if half >= 2 * row else half_block if half == 2 * row - 1 else " " for half in halves)


def _marks(strikes: Sequence[Decimal], low: Decimal, high: Decimal, width: int) -> str:
    """Each strike under its column, left out where it would touch the one before."""
    line = ""
    for strike in strikes:
        name = plain(strike)
        start = round((strike - low) / (high - low) * (width - 1)) - len(name) // 2
        if not line or start > len(line):
            line = line.ljust(max(0, start)) + name
    return line


def _dollars(amount: Decimal) -> str:
    return f"-${-amount:,.0f}" if amount < 0 else f"${amount:,.0f}"
