"""
What a text says of an instrument, a side, a size, a day and a price; what it leaves open is settled by the desk.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Literal

from attrs import frozen

from tastyflow.domain.instruments import Right, chat_symbol, plain


class AskedAction(StrEnum):
    """What the text says of a side; plain ones are settled by the position held."""

    BUY = "buy"
    SELL = "sell"
    CLOSE = "close"
    BUY_TO_OPEN = "buy_to_open"
    BUY_TO_CLOSE = "buy_to_close"
    SELL_TO_OPEN = "sell_to_open"
    SELL_TO_CLOSE = "sell_to_close"

    @property
    def buys(self) -> bool | None:
        """Whether it buys; None for ``close``, where the position says."""
        return None if self is AskedAction.CLOSE else self.value.startswith("buy")

    @property
    def opposite(self) -> "AskedAction":
        """The other side of the same trade: sell for buy, still opening or closing."""
        sides = ("buy", "sell") if self.buys else ("sell", "buy")
        return AskedAction(self.value.replace(*sides))


class HeldPart(StrEnum):
    """A size that the position says: this part of what is held. Only what closes has one."""

    ALL = "all"
    HALF = "1/2"
    THIRD = "1/3"
    QUARTER = "1/4"

    def of(self, held: int) -> int:
        """How many of *held*: rounded down, and at least one where any is held."""
        return min(held, max(held // self.divisor, 1))

    @property
    def divisor(self) -> int:
        """Into how many parts what is held is divided."""
        return _DIVISORS[self]


_DIVISORS: Final[Mapping[HeldPart, int]] = {
    HeldPart.ALL: 1,
    HeldPart.HALF: 2,
    HeldPart.THIRD: 3,
    HeldPart.QUARTER: 4,
}

AskedQuantity = int | HeldPart


@frozen
class DaysOut:
    """The listed expiration nearest to *dte* calendar days: the chain knows which."""

    dte: int


AskedExpiration = date | DaysOut
AskedPrice = Decimal | Literal["mid", "natural"]


@frozen
class AskedShares:
    """Shares of *underlying*, spelt as the venue does (``BRK/B``)."""

    underlying: str


@frozen
class AskedOption:
    """An option as far as the text names it; the root and the listing are for the chain."""

    underlying: str
    right: Right
    strike: Decimal
    expiration: AskedExpiration


AskedInstrument = AskedShares | AskedOption


@frozen
class AskedLeg:
    action: AskedAction
    quantity: AskedQuantity
    instrument: AskedInstrument

    @property
    def count(self) -> int:
        """
        How many contracts or shares.

        Raises:
            ValueError: Only the position says it: `settle_sizes` was not asked.
        """
        if isinstance(self.quantity, HeldPart):
            raise ValueError(f"The size of this leg is {self.quantity} of what is held.")
        return self.quantity

    def as_dict(self) -> dict[str, Any]:
        """The leg as the command contract writes it."""
        size = {"held": self.quantity.value} if isinstance(self.quantity, HeldPart) else self.quantity
        return {"action": self.action.value, "quantity": size} | instrument_json(self.instrument)


def instrument_json(asked: AskedInstrument) -> dict[str, Any]:
    """What is traded or asked about, as the command contract writes it."""
    symbol = chat_symbol(asked.underlying)
    if isinstance(asked, AskedShares):
        return {"instrument": "equity", "underlying": symbol}
    return {
        "instrument": "equity_option",
        "underlying": symbol,
        "right": asked.right.value,
        "strike": plain(asked.strike),
        "expiration": expiration_json(asked.expiration),
    }


def expiration_json(asked: AskedExpiration) -> str | dict[str, int]:
    return {"dte": asked.dte} if isinstance(asked, DaysOut) else asked.isoformat()


def price_json(price: AskedPrice | None) -> str | None:
    return plain(price) if isinstance(price, Decimal) else price
