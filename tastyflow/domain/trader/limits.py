"""What a trader may do, and how much."""

from decimal import Decimal
from enum import StrEnum
from typing import Any

from attrs import Attribute, field, frozen

from tastyflow.errors import Invalid


class Permission(StrEnum):
    VIEW = "view"
    TRADE = "trade"
    SELL_TO_OPEN = "sell_to_open"  # short options and shares: a loss that what they brought does not bound
    APPROVE = "approve"


@frozen
class Limits:
    """
    How much one trader may ask for.

    Attributes:
        max_contracts: Per order, of its largest leg.
        max_shares: Per order.
        max_notional_usd: Per order, as `risk.worst_case.notional_usd` counts it.
        max_open_notional_usd: Of all open orders together.
        symbols: The underlyings allowed; None for all.
    """

    max_contracts: int = field(default=10)
    max_shares: int = field(default=500)
    max_notional_usd: Decimal = field(default=Decimal(10_000))
    max_open_notional_usd: Decimal = field(default=Decimal(50_000))
    symbols: tuple[str, ...] | None = None

    @max_contracts.validator
    @max_shares.validator
    @max_notional_usd.validator
    @max_open_notional_usd.validator
    def _not_negative(self, attribute: "Attribute[Any]", value: int | Decimal) -> None:
        if Decimal(value).is_nan() or value < 0:
            raise Invalid(f"A limit is not negative: {attribute.name} = {value}.", code="bad_limit")
