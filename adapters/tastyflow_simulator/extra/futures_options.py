"""
Options on futures as rows of JSON: a few strikes around the price, calls and puts.

    Month ─┬─▶ option_rows                               every option in full
           └─▶ nested_future_row · expiration_row        the nested chain
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from tastyflow.domain.instruments import plain
from tastyflow_simulator.extra.futures_rows import Month, Product, months_of, option_product_row
from tastyflow_simulator.rest.rows import Row, moment, money

STRIKES_EACH_WAY: Final = 5
DISPLAY_FACTOR: Final = Decimal("0.01")


def option_rows(product: Product, today: date) -> Iterator[Row]:
    """Every option on the futures of a product."""
    for month in months_of(product, today):
        for strike in _strikes(product):
            for right in "CP":
                yield _option_row(month, strike, right, today)


def nested_future_row(month: Month, today: date) -> Row:
    return {
        "root-symbol": f"/{month.product.code}",
        "symbol": month.symbol,
        "streamer-symbol": month.streamer,
        "days-to-expiration": (month.expires_on - today).days,
        "expiration-date": month.expires_on.isoformat(),
        "expires-at": moment(month.ends_at),
        "stops-trading-at": moment(month.ends_at),
        "maturity-date": month.expires_on.isoformat(),
        "active-month": month.place == 0,
        "next-active-month": month.place == 1,
    }


def expiration_row(month: Month, today: date) -> Row:
    product = month.product
    return {
        "root-symbol": f"/{product.code}",
        "option-root-symbol": product.option_code,
        "option-contract-symbol": month.option_name,
        "underlying-symbol": month.symbol,
        "asset": product.option_code,
        "expiration-type": "Regular",
        "settlement-type": "PM",
        "expiration-date": month.expires_on.isoformat(),
        "days-to-expiration": (month.expires_on - today).days,
        "expires-at": moment(month.ends_at),
        "stops-trading-at": moment(month.ends_at),
        "notional-value": money(product.multiplier * DISPLAY_FACTOR),
        "display-factor": "0.01",
        "strike-factor": "1.0",
        "tick-sizes": [{"value": plain(product.tick)}],
        "strikes": [
            {
                "strike-price": money(strike),
                "call": month.option_symbol(strike, "C"),
                "call-streamer-symbol": month.option_streamer(strike, "C"),
                "put": month.option_symbol(strike, "P"),
                "put-streamer-symbol": month.option_streamer(strike, "P"),
            }
            for strike in _strikes(product)
        ],
    }


def _option_row(month: Month, strike: Decimal, right: str, today: date) -> Row:
    product, day = month.product, month.expires_on.isoformat()
    return {
        "symbol": month.option_symbol(strike, right),
        "instrument-type": "Future Option",
        "underlying-symbol": month.symbol,
        "product-code": product.code,
        "expiration-date": day,
        "root-symbol": f"/{product.code}",
        "option-root-symbol": product.option_code,
        "strike-price": money(strike),
        "exchange": "CME",
        "exchange-symbol": f"{month.option_name} {right}{plain(strike)}",
        "streamer-symbol": month.option_streamer(strike, right),
        "option-type": right,
        "exercise-style": "American",
        "is-vanilla": True,
        "is-primary-deliverable": True,
        "future-price-ratio": "1.0",
        "multiplier": "1.0",
        "underlying-count": "1.0",
        "is-confirmed": True,
        "notional-value": money(product.multiplier * DISPLAY_FACTOR),
        "display-factor": "0.01",
        "security-exchange": "2",
        "sx-id": "0",
        "settlement-type": "Future",
        "strike-factor": "1.0",
        "maturity-date": day,
        "is-exercisable-weekly": True,
        "last-trade-time": "0",
        "days-to-expiration": (month.expires_on - today).days,
        "is-closing-only": False,
        "active": True,
        "stops-trading-at": moment(month.ends_at),
        "expires-at": moment(month.ends_at),
        "future-option-product": option_product_row(product),
    }


def _strikes(product: Product) -> list[Decimal]:
    middle = product.price // product.step * product.step
    return [middle + product.step * away for away in range(-STRIKES_EACH_WAY, STRIKES_EACH_WAY + 1)]
