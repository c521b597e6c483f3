"""
The market as dxFeed tells it: one function for each type of event, camel case, ready for JSON.

    Quote  Trade  Summary  Profile  TimeAndSale      of shares, indexes and options
    Greeks  TheoPrice                                of options
    Underlying                                       of what has options

``"NaN"`` stands where dxFeed has no number: an index has a level and no bid. Prices are those of the quotes of the
same moment. Field names: dxFeed's event classes, as the SDK asks for them in FEED_SETUP.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final

from tastyflow.domain.instruments import Equity, EquityOption, Instrument, Right
from tastyflow_adapters.exchange.chance import drawn
from tastyflow_adapters.exchange.listings import LISTINGS
from tastyflow_adapters.exchange.pricing import DAILY_SWING
from tastyflow_simulator.market.today import Today, description_of

Event = dict[str, Any]

NAN: Final = "NaN"
FIRST_DAY: Final = date(1970, 1, 1)
EXCHANGES: Final = "QPZKNJ"
"""Nasdaq, Arca, Cboe BZX, EDGX, NYSE, EDGA: letters that a consolidated quote may carry."""


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def day_id(day: date) -> int:
    """dxFeed's number of a day: days since 1970."""
    return (day - FIRST_DAY).days


def index_of(at_ms: int, sequence: int = 0) -> int:
    """dxFeed's index of a timed event: seconds, milliseconds and sequence in one number."""
    return (at_ms // 1000 << 32) | (at_ms % 1000 << 22) | sequence


def at_ms(around: Today) -> int:
    return milliseconds(around.scene.moment)


def quote(around: Today, instrument: Instrument) -> Event | None:
    shown = around.quote(instrument)
    if shown is None:
        return None
    has_market = shown.bid_size or shown.ask_size
    return {
        "eventSymbol": instrument.streamer,
        "eventTime": 0,
        "sequence": 0,
        "timeNanoPart": 0,
        "bidTime": at_ms(around),
        "bidExchangeCode": _exchange(around, instrument, "bid"),
        "askTime": at_ms(around),
        "askExchangeCode": _exchange(around, instrument, "ask"),
        "bidPrice": float(shown.bid) if has_market else NAN,
        "askPrice": float(shown.ask) if has_market else NAN,
        "bidSize": float(shown.bid_size) if has_market else NAN,
        "askSize": float(shown.ask_size) if has_market else NAN,
    }


def trade(around: Today, instrument: Instrument) -> Event | None:
    shown = around.quote(instrument)
    if shown is None:
        return None
    volume = around.volume(instrument)
    before = around.previous_close(instrument)
    return {
        "eventSymbol": instrument.streamer,
        "eventTime": 0,
        "time": at_ms(around),
        "timeNanoPart": 0,
        "sequence": 0,
        "exchangeCode": _exchange(around, instrument, "last"),
        "dayId": day_id(around.day),
        "tickDirection": "ZERO_UP" if shown.last >= shown.mid else "ZERO_DOWN",
        "extendedTradingHours": False,
        "price": float(shown.last),
        "change": round(float(shown.last) - before, 4),
        "size": 1 + int(drawn(around.market.seed, instrument.occ, at_ms(around)) * 20) if volume else NAN,
        "dayVolume": volume or NAN,
        "dayTurnover": round(volume * float(shown.last), 2) if volume else NAN,
    }


def summary(around: Today, instrument: Instrument) -> Event | None:
    prices = around.prices(instrument)
    if prices is None:
        return None
    return {
        "eventSymbol": instrument.streamer,
        "eventTime": 0,
        "dayId": day_id(around.day),
        "dayClosePriceType": "REGULAR",
        "prevDayId": day_id(around.yesterday),
        "prevDayClosePriceType": "FINAL",
        "openInterest": around.open_contracts(instrument),
        "dayOpenPrice": prices.open,
        "dayHighPrice": prices.high,
        "dayLowPrice": prices.low,
        "dayClosePrice": NAN,
        "prevDayClosePrice": around.previous_close(instrument),
        "prevDayVolume": NAN,
    }


def profile(around: Today, instrument: Instrument) -> Event:
    listing = LISTINGS[instrument.underlying]
    is_share = isinstance(instrument, Equity) and listing.has_shares
    price = float(listing.price)
    return {
        "eventSymbol": instrument.streamer,
        "eventTime": 0,
        "description": description_of(instrument),
        "shortSaleRestriction": "INACTIVE" if is_share else "UNDEFINED",
        "tradingStatus": "ACTIVE" if around.market.is_open(around.now) else "UNDEFINED",
        "haltStartTime": 0,
        "haltEndTime": 0,
        "exDividendDayId": 0,
        "statusReason": NAN,
        "high52WeekPrice": round(price * (1 + DAILY_SWING), 2) if isinstance(instrument, Equity) else NAN,
        "low52WeekPrice": round(price * (1 - DAILY_SWING), 2) if isinstance(instrument, Equity) else NAN,
        "beta": round(0.6 + 0.9 * drawn(listing.symbol, "beta"), 2) if is_share else NAN,
        "shares": float(int(1e8 * (1 + 40 * drawn(listing.symbol, "shares")))) if is_share else NAN,
        "highLimitPrice": NAN,
        "lowLimitPrice": NAN,
        "earningsPerShare": NAN,
        "exDividendAmount": NAN,
        "dividendFrequency": NAN,
        "freeFloat": NAN,
    }


def greeks(around: Today, instrument: Instrument) -> Event | None:
    derived = around.scene.greeks(instrument) if isinstance(instrument, EquityOption) else None
    if derived is None:
        return None
    return {
        "eventSymbol": instrument.streamer,
        "eventTime": 0,
        "eventFlags": 0,
        "index": index_of(at_ms(around)),
        "time": at_ms(around),
        "sequence": 0,
        "price": derived.price,
        "volatility": derived.volatility,
        "delta": derived.delta,
        "gamma": derived.gamma,
        "theta": derived.theta,
        "rho": derived.rho,
        "vega": derived.vega,
    }


def theo_price(around: Today, instrument: Instrument) -> Event | None:
    derived = around.scene.greeks(instrument) if isinstance(instrument, EquityOption) else None
    if derived is None:
        return None
    return {
        "eventSymbol": instrument.streamer,
        "eventTime": 0,
        "eventFlags": 0,
        "index": index_of(at_ms(around)),
        "time": at_ms(around),
        "sequence": 0,
        "price": derived.price,
        "underlyingPrice": float(around.scene.spot(instrument.underlying)),
        "delta": derived.delta,
        "gamma": derived.gamma,
        "dividend": 0.0,
        "interest": 0.0,
    }


def time_and_sale(around: Today, instrument: Instrument) -> Event | None:
    shown = around.quote(instrument)
    if shown is None or not (shown.bid_size or shown.ask_size):
        return None
    return {
        "eventSymbol": instrument.streamer,
        "eventTime": 0,
        "eventFlags": 0,
        "index": index_of(at_ms(around)),
        "time": at_ms(around),
        "timeNanoPart": 0,
        "sequence": 0,
        "exchangeCode": _exchange(around, instrument, "last"),
        "price": float(shown.last),
        "size": 1 + int(drawn(around.market.seed, instrument.occ, at_ms(around)) * 20),
        "bidPrice": float(shown.bid),
        "askPrice": float(shown.ask),
        "exchangeSaleConditions": "",
        "tradeThroughExempt": "",
        "aggressorSide": "BUY" if shown.last >= shown.mid else "SELL",
        "spreadLeg": False,
        "extendedTradingHours": False,
        "validTick": True,
        "type": "NEW",
        "buyer": None,
        "seller": None,
    }


def underlying(around: Today, instrument: Instrument) -> Event | None:
    """Volatilities of the listing; volumes of a typical day, so that no chain has to be added up for them."""
    if not isinstance(instrument, Equity):
        return None
    listing = LISTINGS[instrument.symbol]
    calls, puts = (
        int(2e5 * around.elapsed * (0.5 + drawn(around.market.seed, instrument.symbol, around.day, right)))
        for right in Right
    )
    return {
        "eventSymbol": instrument.streamer,
        "eventTime": 0,
        "eventFlags": 0,
        "index": index_of(at_ms(around)),
        "time": at_ms(around),
        "sequence": 0,
        "volatility": listing.vol,
        "frontVolatility": round(listing.vol * 0.97, 4),
        "backVolatility": round(listing.vol * 1.03, 4),
        "callVolume": calls,
        "putVolume": puts,
        "optionVolume": calls + puts,
        "putCallRatio": round(puts / calls, 4) if calls else NAN,
    }


MAKERS: Final[Mapping[str, Callable[[Today, Instrument], Event | None]]] = {
    "Quote": quote,
    "Trade": trade,
    "Summary": summary,
    "Profile": profile,
    "Greeks": greeks,
    "TheoPrice": theo_price,
    "TimeAndSale": time_and_sale,
    "Underlying": underlying,
}


def _exchange(around: Today, instrument: Instrument, side: str) -> str:
    return EXCHANGES[int(drawn(around.market.seed, instrument.occ, around.scene.moment, side) * len(EXCHANGES))]
