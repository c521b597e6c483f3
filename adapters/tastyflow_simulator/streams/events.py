"""
dxFeed's events as DXLink sends them: what each type is made of, and the two ways in which DXLink writes them.

    {"eventSymbol": "SPY", "bidPrice": 1.23, …} ──▶ COMPACT: the values only, in the order of the fields asked for
                                                └─▶ FULL: the object, with its eventType

A value that there is not is the word ``NaN``, because JSON has no other way to say it.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

Event = Mapping[str, Any]

CANDLE: Final = "Candle"
UNKNOWN: Final = "NaN"
_INDEXED: Final = "eventSymbol eventTime eventFlags index time sequence"

FIELDS: Final[Mapping[str, str]] = {
    "Quote": "eventSymbol eventTime sequence timeNanoPart bidTime bidExchangeCode askTime askExchangeCode bidPrice"
    " askPrice bidSize askSize",
    "Trade": "eventSymbol eventTime time timeNanoPart sequence exchangeCode dayId tickDirection extendedTradingHours"
    " price change size dayVolume dayTurnover",
    "Greeks": f"{_INDEXED} price volatility delta gamma theta rho vega",
    "Summary": "eventSymbol eventTime dayId dayClosePriceType prevDayId prevDayClosePriceType openInterest dayOpenPrice"
    " dayHighPrice dayLowPrice dayClosePrice prevDayClosePrice prevDayVolume",
    "Profile": "eventSymbol eventTime description shortSaleRestriction tradingStatus haltStartTime haltEndTime"
    " exDividendDayId statusReason high52WeekPrice low52WeekPrice beta shares highLimitPrice lowLimitPrice"
    " earningsPerShare exDividendAmount dividendFrequency freeFloat",
    CANDLE: f"{_INDEXED} count volume vwap bidVolume askVolume impVolatility openInterest open high low close",
    "TheoPrice": f"{_INDEXED} price underlyingPrice delta gamma dividend interest",
    "TimeAndSale": "eventSymbol eventTime eventFlags index time timeNanoPart sequence exchangeCode price size bidPrice"
    " askPrice tradeThroughExempt aggressorSide spreadLeg extendedTradingHours validTick type buyer seller"
    " exchangeSaleConditions",
    "Underlying": f"{_INDEXED} volatility frontVolatility backVolatility callVolume putVolume optionVolume"
    " putCallRatio",
}
COMPACT_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    kind: ("eventType", *names.split()) for kind, names in FIELDS.items()
}
"""What is sent to a client that did not say which fields it wants."""
STAMPS: Final = frozenset(
    {"eventFlags", "eventTime", "time", "bidTime", "askTime", "sequence", "index", "timeNanoPart"}
)
"""What may change without anything being new."""


def compact(frame: Iterable[Event], kind: str, fields: Iterable[str]) -> list[Any]:
    """The values of all events of *frame*, one after the other."""
    wanted = [(name, kind if name == "eventType" else UNKNOWN) for name in fields]
    return [event.get(name, otherwise) for event in frame for name, otherwise in wanted]


def full(event: Event, kind: str, fields: Iterable[str] | None) -> dict[str, Any]:
    """One event as an object: whole, or with the *fields* asked for."""
    named = event if fields is None else {name: event.get(name, UNKNOWN) for name in fields}
    return {"eventType": kind, **named}


def news(event: Event, kind: str) -> tuple[Any, ...]:
    """What makes *event* worth sending again: all but its stamps. The time of a candle is its name."""
    stamps = STAMPS - {"time"} if kind == CANDLE else STAMPS
    return tuple(value for name, value in event.items() if name not in stamps)
