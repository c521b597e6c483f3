"""
The JSON of a card: what programs read of ``tastyflow preview``.

    preview_json(previewed) ─▶ {"preview": card_json(card) or null, "error": null or what would refuse it}

Money and prices are decimal strings; a net price is signed, paid is positive. What is not known is null.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from tastyflow.application.card.model import Card, CardLeg
from tastyflow.application.card.previewing import Previewed
from tastyflow.domain.instruments import plain
from tastyflow_adapters.cli.shapes import error_json, profile_json


def preview_json(previewed: Previewed) -> dict[str, Any]:
    """What a preview came to, as one JSON object."""
    return {
        "preview": previewed.card and card_json(previewed.card),
        "error": None if previewed.refusal is None else error_json(previewed.refusal),
    }


def card_json(card: Card) -> dict[str, Any]:
    """*card* as JSON; keys are never left out."""
    market, costs, session = card.market, card.costs, card.session
    return {
        "order": card.reference or None,
        "digest": card.digest,
        "echo": card.words,
        "place": card.place,
        "name": card.name or None,
        "replaces": card.replaces or None,
        "trader": card.trader,
        "ticket": card.ticket.as_dict(),
        "legs": [_leg(leg) for leg in card.legs],
        "completions": list(card.completions),
        "market": market
        and {
            "natural": plain(market.natural),
            "mid": plain(market.mid),
            "passive": plain(market.passive),
            "limit": _number(market.limit),
            "worse_than_mid": _number(market.worse_than_mid),
            "worse_pct": None if market.worse_pct is None else plain(market.worse_pct.quantize(Decimal("0.01"))),
        },
        "cash_usd": _number(card.cash_usd),
        "risk": {
            "adds_usd": _number(card.loss_usd),
            "counted_usd": plain(card.counted_usd),
            "is_unlimited": card.is_judged and card.loss_usd is None,
            "alone": card.profile and profile_json(card.profile),
        },
        "costs": {
            "fees_usd": _number(costs.fees_usd),
            "buying_power_change_usd": _number(costs.buying_power_change_usd),
            "buying_power_after_usd": _number(costs.buying_power_after_usd),
            "warnings": list(costs.warnings),
            "failure": costs.failure or None,
        },
        "market_open": session and session.is_open,
        "market_changes_at": session and _moment(session.changes_at),
        "checks": [{"code": each.code, "outcome": each.outcome, "detail": each.detail} for each in card.checks.made],
        "warnings": list(card.checks.warnings),
        "confirm_until": _moment(card.confirm_until),
        "seen_at": _moment(card.seen_at),
    }


def _leg(each: CardLeg) -> dict[str, Any]:
    expires = each.expires
    return each.leg.as_dict() | {
        "days": expires and expires.days,
        "settles_am": expires and expires.settles_am,
        "last_trade_day": expires and expires.last_trade_day.isoformat(),
        "held": each.held,
        "being_closed": None if each.held is None else each.closing,
        "bid": each.quote and plain(each.quote.bid),
        "ask": each.quote and plain(each.quote.ask),
    }


def _number(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
