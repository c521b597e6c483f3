"""
What programs read of ``tastyflow quote``, ``expirations``, ``chain`` and ``positions``: prices as decimal strings.

What is not known is null. A position keeps the keys that it always had; what the log cannot explain is *unexplained*.
"""

from decimal import Decimal
from typing import Any

from tastyflow.application.looking.seen import (
    ChainSeen,
    ExpirationSeen,
    ExpirationsSeen,
    Holdings,
    Looked,
    QuoteSeen,
    Valued,
)
from tastyflow.application.looking.wording import instrument_words
from tastyflow.domain.instruments import chat_symbol, plain
from tastyflow.domain.venue import Quote


def looked_json(looked: Looked) -> dict[str, Any]:
    """Whatever was looked at, under its name."""
    match looked:
        case QuoteSeen():
            return {"quote": _quote_seen(looked)}
        case ExpirationsSeen():
            listed = [_expiration(each) for each in looked.listed]
            return {"underlying": chat_symbol(looked.underlying), "name": looked.name or None, "expirations": listed}
        case ChainSeen():
            return {"chain": _chain(looked)}
        case Holdings():
            return holdings_json(looked)


def holdings_json(seen: Holdings) -> dict[str, Any]:
    """Positions with what they are worth, and the total of all."""
    total = {"value_usd": _usd(seen.value_usd), "open_profit_usd": _usd(seen.profit_usd)}
    return {
        "positions": [_valued(each, seen) for each in seen.positions],
        "total": total,
        "unexplained": [
            {
                "symbol": each.instrument.occ,
                "words": instrument_words(each.instrument),
                "held": each.held,
                "explained": each.explained,
                "message": each.words,
            }
            for each in seen.unexplained
        ],
    }


def _valued(each: Valued, seen: Holdings) -> dict[str, Any]:
    position = each.position
    return {
        "symbol": position.instrument.occ,
        "words": instrument_words(position.instrument),
        "quantity": position.quantity,
        "average_open_price": plain(position.average_open_price),
        "mark": _number(each.mark),
        "value_usd": _usd(each.value_usd),
        "open_profit_usd": _usd(each.profit_usd),
        "is_explained": seen.difference(position.instrument) is None,
    }


def _quote_seen(seen: QuoteSeen) -> dict[str, Any]:
    return {
        "symbol": seen.instrument.occ,
        "words": instrument_words(seen.instrument),
        "name": seen.name or None,
        "age_s": None if seen.age_s is None else round(seen.age_s, 3),
    } | _quote(seen.quote)


def _quote(quote: Quote | None) -> dict[str, Any]:
    if quote is None:
        return {"bid": None, "mid": None, "ask": None}
    return {"bid": plain(quote.bid), "mid": plain(quote.mid) if quote.ask else None, "ask": plain(quote.ask)}


def _expiration(each: ExpirationSeen) -> dict[str, Any]:
    return {
        "expiration": each.day.isoformat(),
        "weekday": f"{each.day:%A}",
        "days": each.days,
        "root": each.root,
        "settles": "am" if each.settles_am else "pm",
        "last_trade_day": each.last_trade_day.isoformat(),
        "kind": each.kind,
        "strikes": each.strikes,
    }


def _chain(seen: ChainSeen) -> dict[str, Any]:
    rows = [{"strike": plain(row.strike), "call": _quote(row.call), "put": _quote(row.put)} for row in seen.rows]
    return {
        "underlying": chat_symbol(seen.underlying),
        "name": seen.name or None,
        "price": _number(seen.spot),
        "expiration": _expiration(seen.expiration),
        "strikes": rows,
        "other_strikes": seen.others,
    }


def _number(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def _usd(value: Decimal | None) -> str | None:
    return None if value is None else plain(value.quantize(Decimal("0.01")))
