"""
What can be traded, and how each place spells it.

                        chat      venue (options: OCC)     streamer
    Equity              BRK.B     BRK/B                    BRK/B
    EquityOption        SPY       SPY   261218C00450000    .SPY261218C450
                        BRK.B     BRKB  261218C00500000    .BRKB261218C500

An option is named by its *root*, which is not always its underlying: ``SPXW`` and ``SPX`` are both options on SPX,
``BRKB`` are those on BRK/B, and ``AAPL7`` is an adjusted AAPL. Two tables, `INDEX_ROOTS` and `CLASS_ROOTS`, say which
root has another underlying than its spelling tells. Prices stand on ticks (`TickRule`).
"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Final

from attrs import field, frozen

from tastyflow.errors import Invalid

CONTRACT_MULTIPLIER: Final = 100
"""Shares per standard option contract."""

INDEX_ROOTS: Final[Mapping[str, str]] = {
    "SPXW": "SPX",  # PM-settled weeklies and dailies beside the AM monthlies of SPX itself
    "NDXP": "NDX",
    "RUTW": "RUT",
    "VIXW": "VIX",
}
CLASS_ROOTS: Final[Mapping[str, str]] = {
    "BRKB": "BRK/B",
    "BFB": "BF/B",
}
"""Options on class shares: OCC roots have no slash. A class that is not here has no options here."""

INDEXES: Final = frozenset({"SPX", "NDX", "RUT", "VIX", "XSP", "DJX", "OEX", "XEO"})
"""Cash-settled indexes: they have options and no shares."""

MAX_DIGITS: Final = 40

_SYMBOL = re.compile(r"[A-Z][A-Z0-9]{0,5}(/[A-Z]{1,2})?")
_OCC = re.compile(r"(?P<root>[A-Z0-9/ ]{6})(?P<day>\d{6})(?P<right>[CP])(?P<strike>\d{8})", re.ASCII)
_STREAMER = re.compile(
    r"\.(?P<root>[A-Z][A-Z0-9/]*?)(?P<day>\d{6})(?P<right>[CP])(?P<strike>\d{1,5}(\.\d{1,3})?)", re.ASCII
)
_MAX_STRIKE = Decimal(100_000)  # eight digits, three of them decimals


class Right(StrEnum):
    """What the owner of an option may do: buy (call) or sell (put) at the strike."""

    CALL = "call"
    PUT = "put"


def plain(number: Decimal) -> str:
    """
    Write a decimal without exponent and without trailing zeros: ``2.50`` is ``2.5``, ``1E+3`` is ``1000``.

    No figure of a venue is that large, but an older log can hold one that is: beyond 40 digits the exponent stays.
    """
    if abs(number.adjusted()) > MAX_DIGITS:
        return str(number)
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def in_steps(price: Decimal) -> Decimal:
    """*price* to four decimals; one that is too large to have any stays as it is."""
    return price.quantize(Decimal("0.0001")) if price.adjusted() < 20 else price


def price_in_words(price: Decimal) -> str:
    """Write a price as a ticket does, with two to four decimals: ``6.2`` is ``6.20``, ``8.015`` stays so."""
    whole, _, part = plain(in_steps(price)).partition(".")
    return f"{whole}.{part:0<2}"


def venue_symbol(text: str) -> str:
    """Spell a ticker as the venue does: upper case, class shares with a slash (``brk.b`` is ``BRK/B``)."""
    return text.upper().replace(".", "/")


def chat_symbol(symbol: str) -> str:
    """Spell a ticker as traders do: class shares with a dot (``BRK/B`` is ``BRK.B``)."""
    return symbol.replace("/", ".")


def unpadded(occ: str) -> str:
    """An OCC symbol without the padding of its root."""
    return " ".join(occ.split())


def underlying_of(root: str) -> str:
    """The underlying of an option root: ``SPXW`` is on SPX, ``BRKB`` on BRK/B, the adjusted ``AAPL7`` on AAPL."""
    return INDEX_ROOTS.get(root) or CLASS_ROOTS.get(root) or root.rstrip("0123456789")


def option_roots(underlying: str) -> tuple[str, ...]:
    """The standard option roots of an underlying, that of its monthlies first: SPX has ``SPX`` and ``SPXW``."""
    standard = next((root for root, shares in CLASS_ROOTS.items() if shares == underlying), underlying)
    return standard, *(root for root, index in INDEX_ROOTS.items() if index == underlying)


def _valid_symbol(_owner: object, _attribute: object, value: str) -> None:
    if not _SYMBOL.fullmatch(value):
        raise Invalid(f"{value[:20]!r} is not a ticker symbol.", code="bad_symbol")


def _valid_root(_owner: object, _attribute: object, value: str) -> None:
    if len(value) > 6 or not _SYMBOL.fullmatch(value):
        raise Invalid(f"{value[:20]!r} is not an option root.", code="bad_symbol")


def _valid_strike(_owner: object, _attribute: object, value: Decimal) -> None:
    if not value.is_finite() or not 0 < value < _MAX_STRIKE:
        raise Invalid("A strike lies between 0 and 100,000.", code="bad_strike")
    if value != round(value, 3):
        raise Invalid("A strike has at most three decimals.", code="bad_strike")


def _valid_expiration(_owner: object, _attribute: object, value: date) -> None:
    if not 2000 <= value.year <= 2099:
        raise Invalid("An option expires in a year from 2000 to 2099.", code="bad_date")  # its symbol has two digits


@frozen
class Equity:
    """Shares of a stock or an ETF. *symbol* is spelt as the venue does (``BRK/B``)."""

    symbol: str = field(validator=_valid_symbol)

    @property
    def underlying(self) -> str:
        return self.symbol

    @property
    def multiplier(self) -> int:
        return 1

    @property
    def occ(self) -> str:
        """The symbol in orders and positions."""
        return self.symbol

    @property
    def streamer(self) -> str:
        """The symbol in dxFeed's quote stream."""
        return self.symbol

    def in_words(self) -> str:
        """``BRK.B shares``"""
        return f"{chat_symbol(self.symbol)} shares"


@frozen
class EquityOption:
    """One listed option on an equity, an ETF or an index. The strike has at most three decimals."""

    root: str = field(validator=_valid_root)
    expiration: date = field(validator=_valid_expiration)
    right: Right
    strike: Decimal = field(validator=_valid_strike)

    @property
    def underlying(self) -> str:
        return underlying_of(self.root)

    @property
    def ticker(self) -> str:
        """What a trader types for it: the root, and of class shares the shares themselves (``BRK/B``)."""
        return CLASS_ROOTS.get(self.root, self.root)

    @property
    def multiplier(self) -> int:
        return CONTRACT_MULTIPLIER

    @cached_property
    def occ(self) -> str:
        """The OCC symbol, always 21 characters: root padded to six, yymmdd, C or P, strike in thousandths."""
        thousandths = int(self.strike * 1000)
        return f"{self.root:<6}{self.expiration:%y%m%d}{self.right.value[0].upper()}{thousandths:08d}"

    @property
    def streamer(self) -> str:
        """The symbol in dxFeed's quote stream."""
        return f".{self.root}{self.expiration:%y%m%d}{self.right.value[0].upper()}{plain(self.strike)}"

    def in_words(self) -> str:
        """``SPY 450 call Dec 18 2026``"""
        return f"{chat_symbol(self.ticker)} {plain(self.strike)} {self.right} {self.expiration:%b %d %Y}"


Instrument = Equity | EquityOption


@lru_cache(maxsize=16384)
def from_occ(symbol: str) -> Instrument:
    """
    Read an instrument as orders and positions spell it; one that was read lately is the same object again.

    Raises:
        Invalid: When it is neither an OCC option symbol nor a ticker.
    """
    if found := _OCC.fullmatch(symbol):
        return _option(found["root"].rstrip(" "), found, Decimal(found["strike"]) / 1000)
    return Equity(symbol)


def from_streamer(symbol: str) -> Instrument:
    """
    Read an instrument as the quote stream spells it.

    Raises:
        Invalid: When it is no such symbol.
    """
    if found := _STREAMER.fullmatch(symbol):
        return _option(found["root"], found, Decimal(found["strike"]))
    return Equity(symbol)


def _option(root: str, found: re.Match[str], strike: Decimal) -> EquityOption:
    digits = found["day"]
    try:
        day = date(2000 + int(digits[:2]), int(digits[2:4]), int(digits[4:]))
    except ValueError:
        raise Invalid(f"{found.group()!r}: {digits} is no day of the calendar.", code="bad_date") from None
    right = Right.CALL if found["right"] == "C" else Right.PUT
    return EquityOption(root, day, right, Decimal(plain(strike)))


@frozen
class Tick:
    """A price step, for prices below *below*; ``None`` is the step of all higher prices."""

    size: Decimal
    below: Decimal | None = None


@frozen
class TickRule:
    """
    The steps that prices of one instrument stand on, from the lowest band to the highest.

    An entry with a threshold applies *below* it, the last one at and above: options of a penny-pilot class go by 0.01
    below 3.00 and by 0.05 from 3.00 on (tastytrade's ``tick-sizes``).
    """

    ticks: tuple[Tick, ...] = field()

    @ticks.validator
    def _ordered(self, _attribute: object, ticks: tuple[Tick, ...]) -> None:
        if not ticks or ticks[-1].below is not None or any(t.below is None for t in ticks[:-1]):
            raise Invalid("A tick rule ends with the one step that has no threshold.")
        if any(tick.size <= 0 for tick in ticks):
            raise Invalid("A tick is positive.")
        for low, high in pairwise(ticks):
            below = low.below or Decimal(0)
            if below % low.size or below % high.size or (high.below is not None and high.below <= below):
                raise Invalid("Thresholds rise, and stand on the ticks of both their sides.")

    def size_at(self, price: Decimal) -> Decimal:
        """The step at *price*."""
        return next(tick.size for tick in self.ticks if tick.below is None or price < tick.below)

    def allows(self, price: Decimal) -> bool:
        """Whether *price* stands on a tick."""
        return price % self.size_at(price) == 0

    def down(self, price: Decimal) -> Decimal:
        """The highest tick at or below *price*."""
        return self._snap(price, ROUND_FLOOR)

    def up(self, price: Decimal) -> Decimal:
        """The lowest tick at or above *price*."""
        return self._snap(price, ROUND_CEILING)

    def _snap(self, price: Decimal, rounding: str) -> Decimal:
        size = self.size_at(price)
        return (price / size).to_integral_value(rounding) * size


EQUITY_TICKS: Final = TickRule((Tick(Decimal("0.0001"), below=Decimal(1)), Tick(Decimal("0.01"))))

CENTS: Final = TickRule((Tick(Decimal("0.01")),))
NET_TICKS: Final[Mapping[str, TickRule]] = {"SPX": TickRule((Tick(Decimal("0.05")),))}
"""The underlyings whose net prices do not go by cents. Source: tastytrade's help centre (spreads on SPX and SPXW)."""


def net_ticks(underlying: str) -> TickRule:
    """The tick rule of the net price of several legs: cents, whatever the single legs go by, and nickels on SPX."""
    return NET_TICKS.get(underlying, CENTS)
