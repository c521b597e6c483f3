"""
Commands that trade, or change what works.
"""

from decimal import Decimal
from typing import Any

from attrs import field, frozen

from tastyflow.domain.commands.asked import AskedLeg, AskedPrice, HeldPart, price_json
from tastyflow.domain.instruments import chat_symbol
from tastyflow.domain.ticket import OrderType, PriceEffect, Strategy, TimeInForce


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
            "price": price_json(self.price),
            "price_effect": self.price_effect and self.price_effect.value,
            "stop": price_json(self.stop),
            "time_in_force": str(self.time_in_force),
        }


@frozen
class PreviewOrder:
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
            "price": price_json(self.price),
            "price_effect": self.price_effect and self.price_effect.value,
            "stop": price_json(self.stop),
            "time_in_force": None if self.time_in_force is None else str(self.time_in_force),
        }
        return {"command": "replace", "order": self.order} | {k: v for k, v in asked.items() if v is not None}
