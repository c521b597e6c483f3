"""
What a line is made of: typed parts, each of which knows where it stands in the text.

    BTO 10 SPY 450C 12/18 @ 2.50
    ─┬─ ─┬ ─┬─ ──┬─ ──┬── ──┬───
     │   │  │    │    │     PRICE
     │   │  │    │    EXPIRATION
     │   │  │    STRIKE, RIGHT
     │   │  SYMBOL
     │   QUANTITY
     ACTION

The grammar gives parts, `numbers` and `assembly` give them their meaning, and a `Fault` says which part is in the way.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any

from attrs import frozen

from tastyflow.domain.instruments import Right
from tastyflow_grammar.refusing.faults import Span


class Kind(StrEnum):
    """What a part says of the order. The values are the trader's words, and stand in messages."""

    ACTION = "action"
    SIDELESS = "'open'"  # says open, and not whether buy or sell
    EFFECT_ON_POSITION = "'to open' or 'to close'"
    QUANTITY = "quantity"
    SYMBOL = "symbol"
    SHARES = "'shares'"
    CONTRACTS = "'contracts'"
    RIGHT = "call or put"
    STRIKE = "strike"
    EXPIRATION = "expiration"
    NUMBER = "number"  # bare: what it is, its place and its neighbours say
    PRICE = "price"
    LIMIT = "'limit'"
    MARKET = "market order"
    EFFECT = "debit or credit"
    STOP = "stop"
    TIME_IN_FORCE = "time in force"
    STRATEGY = "strategy"
    LEAN = "bull or bear"  # or a debit or credit spread: which way a vertical goes
    STRIKES = "strikes"  # several in a row
    BETWEEN = "'/'"  # between two expirations


@frozen
class Part:
    kind: Kind
    value: Any
    span: Span


Said = Mapping[Kind, Part]
"""The parts by kind, one of each."""


def span_over(parts: Sequence[Part]) -> Span:
    """From the first part's beginning to the last one's end."""
    return min(part.span[0] for part in parts), max(part.span[1] for part in parts)


@frozen
class Figure:
    """A number as typed: *money* with a dollar sign, *pointed* with a decimal point."""

    value: Decimal
    money: bool = False
    pointed: bool = False

    @property
    def is_count(self) -> bool:
        """Whether it could be a number of contracts by its looks: no dollar sign, no decimal point."""
        return not self.money and not self.pointed


@frozen
class Rung:
    """One strike of several, with the right that is written at it."""

    figure: Figure
    right: Right | None = None

    def __str__(self) -> str:
        return f"{self.figure.value:f}{self.right.value[0] if self.right else ''}"


class Lean(StrEnum):
    """Which way a vertical goes: the name says the side, and needs no action."""

    BULL = "bull"
    BEAR = "bear"
    DEBIT = "debit"
    CREDIT = "credit"


@frozen
class Ticker:
    """An underlying in the wire's spelling; *sure* when nothing else can be meant (``$ALL``, ``shares of ALL``)."""

    symbol: str
    sure: bool = False
