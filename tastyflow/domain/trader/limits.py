"""How much a trader may ask for."""

import re
from decimal import Decimal
from typing import Final

from attrs import asdict, frozen

from tastyflow.errors import Invalid

_SYMBOL: Final = re.compile(r"[A-Z][A-Z0-9]{0,5}(\.[A-Z]{1,2})?")


@frozen
class Limits:
    """
    How much one trader may ask for. None is no limit. Percentages are of the account's net liquidating value.

    Attributes:
        max_contracts: Contracts an order, of its largest leg.
        max_shares: Shares an order.
        max_notional_usd: What any order may add to the worst case of the book.
        max_open_notional_usd: The worst case of all that is held and open together.
        symbols: The underlyings that may be opened; None for all.
        max_defined_loss_usd: What an order may add whose own legs bound its loss; `max_notional_usd` holds too.
        max_loss_pct: What any order may add; the lower of this and the dollars counts.
        max_underlying_pct: The worst case of all that is held and open on one underlying.
        max_order_buying_power_pct: What one order may take of the buying power.
        max_buying_power_pct: What all orders and positions together may take of it.
        max_market_usd: A market order in shares, by its quote.
        option_market_orders: Whether options may be opened by market orders.
        orders_a_minute: Orders within a minute.
        orders_a_day: Orders within a day.
        max_working: Orders working at once.
        max_working_a_symbol: Orders working at once on one underlying.
        daily_loss_reducing_pct: From this loss of the day on, only orders that add no risk.
        daily_loss_halt_pct: From this loss of the day on, only orders that close.
        denied_symbols: Underlyings never opened; this list wins over `symbols`.
        zero_dte: Whether options may be opened on the day on which they expire.
    """

    max_contracts: int = 10
    max_shares: int = 500
    max_notional_usd: Decimal = Decimal(10_000)
    max_open_notional_usd: Decimal = Decimal(50_000)
    symbols: tuple[str, ...] | None = None
    max_defined_loss_usd: Decimal | None = Decimal(2_500)
    max_loss_pct: Decimal | None = Decimal(5)
    max_underlying_pct: Decimal | None = Decimal(20)
    max_order_buying_power_pct: Decimal | None = Decimal(10)
    max_buying_power_pct: Decimal | None = Decimal(50)
    max_market_usd: Decimal | None = Decimal(5_000)
    option_market_orders: bool = False
    orders_a_minute: int | None = 10
    orders_a_day: int | None = 200
    max_working: int | None = 25
    max_working_a_symbol: int | None = 5
    daily_loss_reducing_pct: Decimal | None = Decimal(2)
    daily_loss_halt_pct: Decimal | None = Decimal(4)
    denied_symbols: tuple[str, ...] = ()
    zero_dte: bool = False

    def __attrs_post_init__(self) -> None:
        for name, value in asdict(self, recurse=False).items():
            if isinstance(value, int | Decimal) and (Decimal(value).is_nan() or value < 0):
                raise Invalid(f"A limit is not negative: {name} = {value}.", code="bad_limit")

    def require_symbols(self) -> None:
        """
        Hold the lists against the shape of a ticker. Asked when limits are set, not when they are replayed.

        Raises:
            Invalid: code ``bad_limit``: a listed symbol could never be asked for.
        """
        for symbol in (*(self.symbols or ()), *self.denied_symbols):
            if not _SYMBOL.fullmatch(symbol):
                raise Invalid(f"{symbol[:20]!r} is not a ticker symbol.", code="bad_limit", hint="Write SPY or BRK.B.")


SIZES_ONLY: Final = Limits(
    max_defined_loss_usd=None,
    max_loss_pct=None,
    max_underlying_pct=None,
    max_order_buying_power_pct=None,
    max_buying_power_pct=None,
    max_market_usd=None,
    option_market_orders=True,
    orders_a_minute=None,
    orders_a_day=None,
    max_working=None,
    max_working_a_symbol=None,
    daily_loss_reducing_pct=None,
    daily_loss_halt_pct=None,
    zero_dte=True,
)
"""No limit but the four sizes that always have one: contracts, shares, and dollars of one order and of all together."""
