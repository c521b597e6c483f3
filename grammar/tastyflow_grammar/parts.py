"""
What a line is made of: a statement of typed parts, each of which knows where it stands in the text.

    BTO 10 SPY 450C 12/18 @ 2.50
    ─┬─ ─┬ ─┬─ ──┬─ ──┬── ──┬───
     │   │  │    │    │     PRICE
     │   │  │    │    EXPIRATION
     │   │  │    STRIKE, RIGHT
     │   │  SYMBOL
     │   QUANTITY
     ACTION

`reading` makes the parts, `meaning` makes a command of them, and a `LanguageFault` names the part that is wrong.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any

from attrs import field, frozen

from tastyflow.domain.commands import AskedPrice
from tastyflow.domain.instruments import Right
from tastyflow_grammar.refusing.faults import Span


class Kind(StrEnum):
    """What a part is. The values are the trader's words, for messages."""

    ACTION = "action"
    SIDELESS = "'open'"  # to open, without buy or sell
    EFFECT_ON_POSITION = "'to open' or 'to close'"
    SIGN = "sign"  # of a quantity behind an action: buy +10
    QUANTITY = "quantity"  # a number, or a part of what is held
    SYMBOL = "symbol"
    SHARES = "'shares'"
    CONTRACTS = "'contracts'"
    RIGHT = "call or put"
    STRIKE = "strike"
    EXPIRATION = "expiration"
    NUMBER = "number"  # bare: its place and its neighbours decide what it is
    PRICE = "price"
    LIMIT = "'limit'"
    MARKET = "market order"
    EFFECT = "debit or credit"
    STOP = "stop"
    TIME_IN_FORCE = "time in force"
    STRATEGY = "strategy"
    SHORTHAND = "strategy's short name"  # PCS, IC: or the ticker of that name
    BOTH_RIGHTS = "call/put"  # of a strategy that has both
    SPREAD_KIND = "bull or bear"  # or "debit spread", "credit spread": names the side of a vertical
    STRIKES = "strikes"  # several in a row
    BETWEEN = "'/'"  # between two expirations


@frozen
class Part:
    kind: Kind
    value: Any
    span: Span


Parts = tuple[Part, ...]
ByKind = Mapping[Kind, Part]
"""The parts by kind, one of each."""


def span_over(parts: Sequence[Part]) -> Span:
    """From the first part's beginning to the last one's end."""
    return min(part.span[0] for part in parts), max(part.span[1] for part in parts)


@frozen
class Figure:
    """
    A number as typed.

    Attributes:
        value: In dollars, or as counted.
        money: Whether it has a dollar sign.
        pointed: Whether it has a decimal point.
        quoted: Whether "@" or "limit" stands before it, as before a price on a screen.
    """

    value: Decimal
    money: bool = False
    pointed: bool = False
    quoted: bool = False

    @property
    def is_count(self) -> bool:
        """Whether it could be a number of contracts by its looks: no dollar sign, no decimal point."""
        return not self.money and not self.pointed


class QuoteSide(StrEnum):
    """A side of the market that is named as the price: ``at the ask``."""

    BID = "bid"
    ASK = "ask"


@frozen
class StopAt:
    """
    A stop.

    Attributes:
        trigger: The price that sets it off.
        limit: The price of the order that follows; None for one at the market.
        protects: Whether it is said of a position, as in ``stop loss 2.00`` and ``2.00 stop``: only what closes has it.
    """

    trigger: Figure
    limit: Figure | AskedPrice | None = None
    protects: bool = False


class Vague(StrEnum):
    """How many, and yet no number: it is asked for."""

    COUPLE = "a couple"
    FEW = "a few"


@frozen
class RowStrike:
    """One strike of a row (430p/470c), with the letter that stands behind it; *dashed* in a row with dashes."""

    figure: Figure
    right: Right | None = None
    dashed: bool = field(default=False, eq=False)

    def __str__(self) -> str:
        return f"{self.figure.value:f}{self.right.value[0] if self.right else ''}"


class SpreadKind(StrEnum):
    """A word that names the side of a vertical, so that it needs no action."""

    BULL = "bull"
    BEAR = "bear"
    DEBIT = "debit"
    CREDIT = "credit"


@frozen
class Ticker:
    """An underlying as the exchange spells it; *sure* when it can be nothing else (``$ALL``, ``shares of ALL``)."""

    symbol: str
    sure: bool = False


@frozen
class When:
    """
    An expiration as typed.

    Attributes:
        form: A key of ``FORMS`` in ``meaning/day_forms.py``.
        words: The pieces of it, in capitals.
        spans: Where each piece stands.
        sure: Whether a word like "expiring" says that this is a day and nothing else.
        behind_exp: Whether that word is "exp", which can also stand behind a day.
        weekday: The weekday that stands before the date: it must agree.
        begins: Where that weekday stands.
        days_away: The days to it that stand behind the date, as in the preview: they must agree.
        of_kind: "monthly" or "LEAPS" behind the date: it must be one.
        ends: Where these end.
    """

    form: str
    words: tuple[str, ...]
    spans: tuple[Span, ...] = field(default=(), eq=False)
    sure: bool = False
    behind_exp: bool = field(default=False, eq=False)
    weekday: str = ""
    begins: int | None = field(default=None, eq=False)
    days_away: int | None = None
    of_kind: str = ""
    ends: int | None = field(default=None, eq=False)

    @property
    def place(self) -> Span:
        """Where the day stands, without the word that introduces it."""
        return self.spans[0][0] if self.begins is None else self.begins, self.ends or self.spans[-1][1]


@frozen
class Statement:
    """
    A whole line.

    Attributes:
        verb: What it asks for: ``order``, ``leg_by_leg``, ``cancel`` …
        parts: Of the order, or of what is new in it.
        legs: The same leg by leg, where the legs are typed one by one.
        reference: Where the order that it is about is named.
        remark: Where its free text begins.
    """

    verb: str
    parts: Parts = ()
    legs: tuple[Parts, ...] = ()
    reference: Span | None = None
    remark: Span | None = None
