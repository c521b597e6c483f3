"""
Listings as rows of JSON: a share, an option, the chain of a root.

    Root ─┬─▶ option_row      one option in full
          ├─▶ nested_row      expirations, and in them strikes with both symbols
          └─▶ compact_row     symbols only
    Listing ─▶ equity_row     a share or an index

Money is text with at least one decimal, a moment has milliseconds and its offset: as in answers that were recorded.
"""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from attrs import frozen

from tastyflow.domain.expirations import new_york_date
from tastyflow.domain.instruments import CONTRACT_MULTIPLIER, EQUITY_TICKS, Equity, EquityOption, Right, TickRule, plain
from tastyflow.domain.venue import Expiration
from tastyflow_adapters.exchange.listings import LISTINGS, Cadence, Listing
from tastyflow_simulator.market import Market
from tastyflow_simulator.market.board import Adjustment, both
from tastyflow_simulator.market.hours import expiration_type, is_trading, last_moments
from tastyflow_simulator.market.today import description_of

Row = dict[str, Any]

FIRST_ID: Final = 701
FIRST_DELIVERABLE_ID: Final = 259_001
FUNDS: Final = frozenset({"SPY", "QQQ", "IWM", "DIA", "GLD", "SLV", "TLT", "XLF", "XLE", "SMH", "EEM", "HYG"})
HARD_TO_BORROW: Final = frozenset({"GME"})


@frozen
class Root:
    """The options of one root: standard, or what an adjustment made of them."""

    name: str
    listing: Listing
    expirations: tuple[Expiration, ...]
    adjustment: Adjustment | None = None

    @property
    def chain_type(self) -> str:
        return "Non-standard" if self.adjustment else "Standard"

    @property
    def shares(self) -> int:
        return self.adjustment.shares if self.adjustment else CONTRACT_MULTIPLIER

    def options(self) -> Iterator[tuple[Expiration, EquityOption]]:
        """Every option, calls before puts."""
        for expiration in self.expirations:
            for strike in expiration.strikes:
                for each in both(self.name, expiration.day, strike):
                    yield expiration, each


def roots_of(market: Market, underlying: str, now: datetime) -> list[Root]:
    """The roots on a listed underlying that still trade: standard ones first, its own name before all."""
    listing, board = LISTINGS[underlying], market.board(now)
    standard = market.chain(underlying, now)
    by_name: dict[str, list[Expiration]] = {}
    for expiration in standard.expirations if standard else ():
        by_name.setdefault(expiration.root, []).append(expiration)
    roots = [Root(name, listing, tuple(expirations)) for name, expirations in sorted(by_name.items())]
    for adjustment, expirations in board.adjusted(underlying):
        trading = tuple(each for each in expirations if is_trading(each, now))
        roots.append(Root(adjustment.root, listing, trading, adjustment))
    return [root for root in roots if root.expirations]


def option_of(market: Market, symbol: str, now: datetime) -> Row | None:
    """The row of one option by its symbol, as long as it is listed; inactive once it has stopped trading."""
    contract = market.contract(symbol, now)
    if contract is None:
        return None
    each = contract.option
    expiration = Expiration(each.root, each.expiration, (each.strike,), settles_am=contract.settles_am)
    return option_row(Root(each.root, contract.listing, (expiration,), contract.adjustment), expiration, each, now)


def equity_row(listing: Listing) -> Row:
    number = list(LISTINGS).index(listing.symbol)
    is_scarce = listing.symbol in HARD_TO_BORROW
    return {
        "id": FIRST_ID + number,
        "symbol": listing.symbol,
        "instrument-type": "Equity",
        "cusip": f"SIM{number:06d}",
        "short-description": listing.symbol,
        "description": description_of(Equity(listing.symbol)).upper(),
        "is-index": not listing.has_shares,
        "listed-market": ("ARCX" if listing.symbol in FUNDS else "XNAS") if listing.has_shares else "OTC",
        "lendability": "Locate Required" if is_scarce else "Easy To Borrow",
        "borrow-rate": "0.12" if is_scarce else "0.0",
        "market-time-instrument-collection": "Equity",
        "is-closing-only": False,
        "is-options-closing-only": False,
        "active": True,
        "is-fractional-quantity-eligible": listing.has_shares,
        "is-illiquid": listing.cadence is Cadence.MONTHLY,
        "is-etf": listing.symbol in FUNDS,
        "streamer-symbol": listing.symbol,
        "tick-sizes": tick_rows(EQUITY_TICKS),
        "option-tick-sizes": tick_rows(listing.ticks),
    }


def option_row(root: Root, expiration: Expiration, each: EquityOption, now: datetime) -> Row:
    expires_at, stops_at = last_moments(expiration.day, settles_am=expiration.settles_am)
    return {
        "symbol": each.occ,
        "instrument-type": "Equity Option",
        "active": now < stops_at,
        "strike-price": money(each.strike),
        "root-symbol": root.name,
        "underlying-symbol": root.listing.symbol,
        "expiration-date": expiration.day.isoformat(),
        "exercise-style": "American" if root.listing.has_shares else "European",
        "shares-per-contract": root.shares,
        "option-type": "C" if each.right is Right.CALL else "P",
        "option-chain-type": root.chain_type,
        "expiration-type": expiration_type(root.listing, expiration),
        "settlement-type": "AM" if expiration.settles_am else "PM",
        "stops-trading-at": moment(stops_at),
        "market-time-instrument-collection": "Equity Option",
        "days-to-expiration": (expiration.day - new_york_date(now)).days,
        "expires-at": moment(expires_at),
        "is-closing-only": root.adjustment is not None,
        "streamer-symbol": each.streamer,
    }


def nested_row(root: Root, now: datetime) -> Row:
    return _root_row(root) | {
        "expirations": [
            {
                "expiration-type": expiration_type(root.listing, expiration),
                "expiration-date": expiration.day.isoformat(),
                "days-to-expiration": (expiration.day - new_york_date(now)).days,
                "settlement-type": "AM" if expiration.settles_am else "PM",
                "strikes": _strike_rows(root.name, expiration.day, expiration.strikes),
            }
            for expiration in root.expirations
        ]
    }


def compact_row(root: Root) -> Row:
    every = [each for _, each in root.options()]
    row = {name: value for name, value in _root_row(root).items() if name != "tick-sizes"}
    return row | {
        "expiration-type": expiration_type(root.listing, root.expirations[0]),
        "settlement-type": "AM" if root.expirations[0].settles_am else "PM",
        "symbols": [each.occ for each in every],
        "streamer-symbols": [each.streamer for each in every],
    }


def tick_rows(rule: TickRule) -> list[Row]:
    """The steps of prices: a threshold is where an entry ceases to hold; the last entry has none."""
    return [
        {"threshold": money(tick.below), "value": plain(tick.size)} if tick.below else {"value": plain(tick.size)}
        for tick in rule.ticks
    ]


def money(amount: Decimal) -> str:
    """An amount as the API writes it: at least one decimal."""
    text = plain(amount)
    return text if "." in text else f"{text}.0"


def moment(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")


def _root_row(root: Root) -> Row:
    return {
        "underlying-symbol": root.listing.symbol,
        "root-symbol": root.name,
        "option-chain-type": root.chain_type,
        "shares-per-contract": root.shares,
        "tick-sizes": tick_rows(root.listing.ticks),
        "deliverables": list(_deliverables(root)),
    }


def _deliverables(root: Root) -> Iterator[Row]:
    number = FIRST_DELIVERABLE_ID + 10 * list(LISTINGS).index(root.listing.symbol)
    symbol, cash_usd = root.listing.symbol, root.adjustment.cash_usd if root.adjustment else Decimal(0)
    yield {
        "id": number + len(root.name),
        "root-symbol": root.name,
        "deliverable-type": "Shares",
        "description": f"{root.shares} shares of {symbol}",
        "amount": money(Decimal(root.shares)),
        "symbol": symbol,
        "instrument-type": "Equity",
        "percent": "100",
    }
    if cash_usd:
        yield {
            "id": number,
            "root-symbol": root.name,
            "deliverable-type": "Cash",
            "description": f"${cash_usd:.2f} in cash",
            "amount": money(cash_usd),
            "percent": "0",
        }


@lru_cache(maxsize=512)  # expirations; a chain has about fifty, and is asked for again and again
def _strike_rows(root: str, day: date, strikes: tuple[Decimal, ...]) -> tuple[Row, ...]:
    return tuple(_strike_row(*both(root, day, strike)) for strike in strikes)


def _strike_row(call: EquityOption, put: EquityOption) -> Row:
    return {
        "strike-price": money(call.strike),
        "call": call.occ,
        "call-streamer-symbol": call.streamer,
        "put": put.occ,
        "put-streamer-symbol": put.streamer,
    }
