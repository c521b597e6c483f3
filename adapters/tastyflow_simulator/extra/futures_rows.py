"""
Futures as rows of JSON, computed from a table of products and the day.

    PRODUCTS ─▶ months_of ─▶ Month ─┬─▶ future_row
                                    └─▶ product_row, and that of its options
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Final

from attrs import frozen

from tastyflow.domain.expirations import NEW_YORK, standard_monthly
from tastyflow.domain.instruments import plain
from tastyflow_simulator.rest.rows import Row, moment, money

MONTH_CODES: Final = "FGHJKMNQUVXZ"
LISTED: Final = 4
ENDS_AT: Final = time(16)


@frozen
class Product:
    """A family of futures; *step* is the distance of its options' strikes."""

    code: str
    description: str
    kind: str
    sector: str
    price: Decimal
    tick: Decimal
    multiplier: Decimal
    months: str
    step: Decimal
    option_code: str


_QUARTERLY: Final = "HMUZ"

_TABLE: Final = (
    # code  description        kind         sector            price    tick    multiplier  months  strikes by  options
    ("ES", "E-Mini S&P", "Financial", "Equity Index", "4500", "0.25", "50", _QUARTERLY, "25", "ES"),
    ("NQ", "E-Mini Nasdaq", "Financial", "Equity Index", "15800", "0.25", "20", _QUARTERLY, "100", "NQ"),
    ("ZN", "10-Year Note", "Financial", "Interest Rates", "109", "0.015625", "1000", _QUARTERLY, "0.5", "OZN"),
    ("CL", "Crude Oil", "Physical", "Energy", "76", "0.01", "1000", MONTH_CODES, "1", "LO"),
    ("GC", "Gold", "Physical", "Metals", "1985", "0.1", "100", "GJMQVZ", "5", "OG"),
)

PRODUCTS: Final = {
    code: Product(
        code,
        description,
        kind,
        sector,
        Decimal(price),
        Decimal(tick),
        Decimal(size),
        months,
        Decimal(step),
        option_code,
    )
    for code, description, kind, sector, price, tick, size, months, step, option_code in _TABLE
}
"""Roughly as they stood late in 2023, like the shares. All of them trade at the CME here."""


@frozen
class Month:
    """One future of a product."""

    product: Product
    expires_on: date
    place: int

    @property
    def name(self) -> str:
        return f"{self.product.code}{MONTH_CODES[self.expires_on.month - 1]}{self.expires_on.year % 10}"

    @property
    def symbol(self) -> str:
        return f"/{self.name}"

    @property
    def streamer(self) -> str:
        return f"/{self.name[:-1]}{self.expires_on:%y}:XCME"

    @property
    def ends_at(self) -> datetime:
        return datetime.combine(self.expires_on, ENDS_AT, NEW_YORK).astimezone(UTC)

    @property
    def option_name(self) -> str:
        """The contract that its options are of: LOF7 on CLF7."""
        return f"{self.product.option_code}{self.name[-2:]}"

    def option_symbol(self, strike: Decimal, right: str) -> str:
        """The name of its contract is padded to six letters, as the roots of options on shares are."""
        return f"./{self.name} {self.option_name:6}{self.expires_on:%y%m%d}{right}{plain(strike)}"

    def option_streamer(self, strike: Decimal, right: str) -> str:
        code = MONTH_CODES[self.expires_on.month - 1]
        return f"./{self.product.option_code}{code}{self.expires_on:%y}{right}{plain(strike)}:XCME"


def months_of(product: Product, today: date) -> Iterator[Month]:
    """The next few futures of a product; all of them end with the standard options of their month."""
    place, month = 0, today.year * 12 + today.month - 1
    while place < LISTED:
        last = standard_monthly(month // 12, month % 12 + 1)
        if MONTH_CODES[month % 12] in product.months and last >= today:
            yield Month(product, last, place)
            place += 1
        month += 1


def future_row(month: Month) -> Row:
    product, day = month.product, month.expires_on.isoformat()
    return {
        "symbol": month.symbol,
        "instrument-type": "Future",
        "product-code": product.code,
        "contract-size": money(product.multiplier),
        "tick-size": money(product.tick),
        "notional-multiplier": money(product.multiplier),
        "main-fraction": "0.0",
        "sub-fraction": "0.0",
        "display-factor": "0.01",
        "last-trade-date": day,
        "expiration-date": day,
        "closing-only-date": day,
        "active": True,
        "active-month": month.place == 0,
        "next-active-month": month.place == 1,
        "is-closing-only": False,
        "stops-trading-at": moment(month.ends_at),
        "expires-at": moment(month.ends_at),
        "product-group": f"CME_{product.code}",
        "exchange": "CME",
        "exchange-symbol": month.name,
        "streamer-exchange-code": "XCME",
        "streamer-symbol": month.streamer,
        "back-month-first-calendar-symbol": True,
        "is-tradeable": False,
        "tick-sizes": [{"value": plain(product.tick)}],
        "option-tick-sizes": [{"value": plain(product.tick)}],
        "spread-tick-sizes": [{"symbol": month.symbol, "value": plain(product.tick)}],
        "future-product": product_row(product),
    }


def product_row(product: Product, *, with_options: bool = False) -> Row:
    is_cash = product.sector == "Equity Index"
    row: Row = {
        "root-symbol": f"/{product.code}",
        "code": product.code,
        "description": product.description,
        "exchange": "CME",
        "clearport-code": product.code,
        "legacy-code": product.code,
        "legacy-exchange-code": "CME",
        "security-group": product.code,
        "supported": True,
        "product-type": product.kind,
        "listed-months": list(product.months),
        "active-months": list(product.months),
        "notional-multiplier": money(product.multiplier),
        "tick-size": money(product.tick),
        "display-factor": "0.01",
        "streamer-exchange-code": "XCME",
        "small-notional": False,
        "back-month-first-calendar-symbol": True,
        "first-notice": not is_cash,
        "cash-settled": is_cash,
        "market-sector": product.sector,
        "clearing-code": product.code,
        "clearing-exchange-code": "16",
        "roll": {
            "name": "equity_index" if is_cash else "physical",
            "active-count": 3,
            "cash-settled": is_cash,
            "business-days-offset": 4,
            "first-notice": not is_cash,
        },
    }
    return row | {"option-products": [option_product_row(product)]} if with_options else row


def option_product_row(product: Product) -> Row:
    return {
        "root-symbol": product.option_code,
        "cash-settled": False,
        "code": product.option_code,
        "display-factor": "0.01",
        "exchange": "CME",
        "product-type": product.kind,
        "expiration-type": "Regular",
        "settlement-delay-days": 0,
        "market-sector": product.sector,
        "clearing-code": product.option_code,
        "clearing-exchange-code": "16",
        "clearing-price-multiplier": "1.0",
        "clearport-code": product.option_code,
        "legacy-code": product.option_code,
        "is-am-settled": False,
        "is-rollover": False,
        "supported": True,
    }
