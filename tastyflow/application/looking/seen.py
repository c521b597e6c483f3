"""
What a trader looks at, as values: quotes, expirations, a chain around the money, positions with what they are worth.

Prices are per share, in dollars; what is not known is None.
"""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from attrs import frozen

from tastyflow.application.account.unexplained import Unexplained
from tastyflow.domain.expirations import is_standard_monthly
from tastyflow.domain.instruments import INDEX_ROOTS, Instrument
from tastyflow.domain.venue import Position, Quote


@frozen
class QuoteSeen:
    """
    The quote of one instrument.

    Attributes:
        quote: None where it has none.
        at: When it was looked at.
        name: Of the company, the fund or the index; empty where it is not known. As of all below.
    """

    instrument: Instrument
    quote: Quote | None
    at: datetime
    name: str = ""

    @property
    def age_s(self) -> float | None:
        """How old the quote was then, in seconds."""
        return None if self.quote is None else max(0.0, (self.at - self.quote.at).total_seconds())


@frozen
class ExpirationSeen:
    """One listed expiration of one root; *days* are calendar days until then."""

    root: str
    day: date
    days: int
    settles_am: bool
    last_trade_day: date
    strikes: int

    @property
    def kind(self) -> str:
        """``monthly`` for a standard monthly, else ``weekly``; SPXW has weeklies alone, beside the monthlies of SPX."""
        return "monthly" if is_standard_monthly(self.day) and self.root not in INDEX_ROOTS else "weekly"


@frozen
class ExpirationsSeen:
    underlying: str
    listed: tuple[ExpirationSeen, ...]
    name: str = ""


@frozen
class StrikeSeen:
    """Call and put of one strike; None where there is no quote."""

    strike: Decimal
    call: Quote | None
    put: Quote | None


@frozen
class ChainSeen:
    """
    The strikes of one expiration around the price of the underlying.

    Attributes:
        spot: The price of the underlying; None where it has none, and then the strikes are those in the middle.
        rows: In ascending order of strikes.
        others: How many strikes are listed besides.
    """

    underlying: str
    spot: Decimal | None
    expiration: ExpirationSeen
    rows: tuple[StrikeSeen, ...]
    others: int
    at: datetime
    name: str = ""


@frozen
class Valued:
    """
    One position and what it is worth at the middle of its market.

    Attributes:
        quote: None where it has no market.
    """

    position: Position
    quote: Quote | None

    @property
    def mark(self) -> Decimal | None:
        """The price it is valued at; None without a market."""
        return None if self.quote is None or not self.quote.ask else self.quote.mid

    @property
    def value_usd(self) -> Decimal | None:
        """What it is worth; negative where it is owed."""
        return None if self.mark is None else self.mark * self._shares

    @property
    def profit_usd(self) -> Decimal | None:
        """The open profit, or loss where it is negative."""
        return None if self.mark is None else (self.mark - self.position.average_open_price) * self._shares

    @property
    def _shares(self) -> int:
        return self.position.quantity * self.position.instrument.multiplier


@frozen
class Holdings:
    """Everything that is held, valued; *unexplained* is what fills of the log do not come to."""

    positions: tuple[Valued, ...]
    at: datetime
    unexplained: tuple[Unexplained, ...] = ()

    def difference(self, instrument: Instrument) -> Unexplained | None:
        """What the log cannot explain of *instrument*; None where it explains all."""
        return next((each for each in self.unexplained if each.instrument == instrument), None)

    @property
    def value_usd(self) -> Decimal | None:
        """What all of it is worth; None where that of any is not known."""
        return _total(each.value_usd for each in self.positions)

    @property
    def profit_usd(self) -> Decimal | None:
        """The open profit of all; None where that of any is not known."""
        return _total(each.profit_usd for each in self.positions)


def _total(amounts: Iterable[Decimal | None]) -> Decimal | None:
    total = Decimal(0)
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total


Looked = QuoteSeen | ExpirationsSeen | ChainSeen | Holdings
