"""
What a chat message can ask for: the values between the language and the desk.

    PlaceOrder                         trade something (legs may still say "buy", "close", "half" or "45 days out")
    Preview                            what such an order would come to, without sending it
    Flatten                            close every leg that is held on one underlying, or on all
    CancelOrder · ReplaceOrder         change something that works
    ShowStatus · ListOrders · ListApprovals · ShowPositions · ShowBalance · ShowHelp
    ShowQuote · ListExpirations · ShowChain      what the market has
    ApproveOrder · RejectOrder         the decision of a second person
    Halt · Resume                      stop everything or whatever adds risk, go on

`as_dict` is a command as JSON, a contract with other programs (docs/language.md).
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Literal

from attrs import field, frozen

from tastyflow.domain.instruments import Right, chat_symbol, plain
from tastyflow.domain.ticket import OrderType, PriceEffect, Strategy, TimeInForce


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
        return min(held, max(held // _DIVISORS[self], 1))


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
        return {"action": self.action.value, "quantity": size} | _instrument(self.instrument)


@frozen
class PlaceOrder:
    """
    An order as typed. ``None`` is what the text does not say; the pricing policy and the chain complete it.

    Attributes:
        by_name: Whether the strategy was named; False where its legs were typed one by one, and only make one.
    """

    legs: tuple[AskedLeg, ...]
    strategy: Strategy = Strategy.SINGLE
    order_type: OrderType | None = None
    price: AskedPrice | None = None
    price_effect: PriceEffect | None = None
    stop: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce()
    by_name: bool = field(default=True, eq=False)

    def as_dict(self) -> dict[str, Any]:
        return {
            "command": "order",
            "legs": [leg.as_dict() for leg in self.legs],
            "strategy": self.strategy.value,
            "order_type": self.order_type and self.order_type.value,
            "price": _price(self.price),
            "price_effect": self.price_effect and self.price_effect.value,
            "stop": _price(self.stop),
            "time_in_force": str(self.time_in_force),
        }


@frozen
class Preview:
    """Show what *order* would come to, and send nothing."""

    order: PlaceOrder

    def as_dict(self) -> dict[str, Any]:
        return self.order.as_dict() | {"command": "preview"}


@frozen
class Flatten:
    """
    Close what is held.

    Attributes:
        underlying: Close every leg on it, shares and options; None is every leg of the account.
        part: How much of each leg.
    """

    underlying: str | None = None
    part: HeldPart = HeldPart.ALL

    def as_dict(self) -> dict[str, Any]:
        named = self.underlying and chat_symbol(self.underlying)
        return {"command": "flatten", "underlying": named, "part": self.part.value}


@frozen
class CancelOrder:
    """Cancel one order, the trader's last, or all of the trader's (``all``); *everyone*: all of every trader's."""

    order: str
    everyone: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {"command": "cancel", "order": self.order} | ({"everyone": True} if self.everyone else {})


@frozen
class ReplaceOrder:
    """Change a working order: whatever is not ``None`` is new."""

    order: str
    quantity: int | None = None
    order_type: OrderType | None = None
    price: AskedPrice | None = None
    price_effect: PriceEffect | None = None
    stop: Decimal | None = None
    time_in_force: TimeInForce | None = None

    def as_dict(self) -> dict[str, Any]:
        asked = {
            "quantity": self.quantity,
            "order_type": self.order_type and self.order_type.value,
            "price": _price(self.price),
            "price_effect": self.price_effect and self.price_effect.value,
            "stop": _price(self.stop),
            "time_in_force": None if self.time_in_force is None else str(self.time_in_force),
        }
        return {"command": "replace", "order": self.order} | {k: v for k, v in asked.items() if v is not None}


@frozen
class ShowStatus:
    order: str

    def as_dict(self) -> dict[str, Any]:
        return {"command": "status", "order": self.order}


@frozen
class ListOrders:
    def as_dict(self) -> dict[str, Any]:
        return {"command": "orders"}


@frozen
class ListApprovals:
    """The orders that wait for the approval of a second person."""

    def as_dict(self) -> dict[str, Any]:
        return {"command": "approvals"}


@frozen
class ShowPositions:
    def as_dict(self) -> dict[str, Any]:
        return {"command": "positions"}


@frozen
class ShowBalance:
    def as_dict(self) -> dict[str, Any]:
        return {"command": "balance"}


@frozen
class ShowQuote:
    """Bid and ask of one instrument; shares may also be an index, which has a value and no shares."""

    instrument: AskedInstrument

    def as_dict(self) -> dict[str, Any]:
        return {"command": "quote"} | _instrument(self.instrument)


@frozen
class ListExpirations:
    underlying: str

    def as_dict(self) -> dict[str, Any]:
        return {"command": "expirations", "underlying": chat_symbol(self.underlying)}


@frozen
class ShowChain:
    """The strikes of one expiration; None is the nearest."""

    underlying: str
    expiration: AskedExpiration | None = None

    def as_dict(self) -> dict[str, Any]:
        named = {"command": "chain", "underlying": chat_symbol(self.underlying)}
        return named if self.expiration is None else named | {"expiration": _expiration(self.expiration)}


@frozen
class ShowHelp:
    def as_dict(self) -> dict[str, Any]:
        return {"command": "help"}


@frozen
class ApproveOrder:
    order: str

    def as_dict(self) -> dict[str, Any]:
        return {"command": "approve", "order": self.order}


@frozen
class RejectOrder:
    order: str
    reason: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return _with_reason({"command": "reject", "order": self.order}, self.reason)


@frozen
class Halt:
    """Stop all trading; *reducing*: only what adds risk."""

    reason: str | None = None
    reducing: bool = False

    def as_dict(self) -> dict[str, Any]:
        named = {"command": "halt"} | ({"reducing": True} if self.reducing else {})
        return _with_reason(named, self.reason)


@frozen
class Resume:
    reason: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return _with_reason({"command": "resume"}, self.reason)


Command = (
    PlaceOrder
    | Preview
    | Flatten
    | CancelOrder
    | ReplaceOrder
    | ShowStatus
    | ListOrders
    | ListApprovals
    | ShowPositions
    | ShowBalance
    | ShowQuote
    | ListExpirations
    | ShowChain
    | ShowHelp
    | ApproveOrder
    | RejectOrder
    | Halt
    | Resume
)


def _instrument(asked: AskedInstrument) -> dict[str, Any]:
    """What is traded or asked about, as the command contract writes it."""
    symbol = chat_symbol(asked.underlying)
    if isinstance(asked, AskedShares):
        return {"instrument": "equity", "underlying": symbol}
    return {
        "instrument": "equity_option",
        "underlying": symbol,
        "right": asked.right.value,
        "strike": plain(asked.strike),
        "expiration": _expiration(asked.expiration),
    }


def _expiration(asked: AskedExpiration) -> str | dict[str, int]:
    return {"dte": asked.dte} if isinstance(asked, DaysOut) else asked.isoformat()


def _price(price: AskedPrice | None) -> str | None:
    return plain(price) if isinstance(price, Decimal) else price


def _with_reason(named: dict[str, Any], reason: str | None) -> dict[str, Any]:
    return named if reason is None else named | {"reason": reason}
