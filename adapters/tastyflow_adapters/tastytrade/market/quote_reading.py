"""
Figures, quotes and hours as the venue writes them, in the core's words. Pure; anything may be missing or odd.

    Quote event (DXLink)      "NaN" for a side that is not there      ┐
    market-data item (REST)   no bid and ask at all for an index       ┴─▶ Quote: a missing side is zero
    market-time item          state, open-at, close-at, next-session   ──▶ MarketSession
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from tastyflow.domain.venue import Quote
from tastyflow.ports import MarketSession
from tastyflow_adapters.figures import figure

Json = Mapping[str, Any]

LAST_MS: Final = 4_102_444_800_000
"""The year 2100: a time beyond it is none."""


def positive(number: object) -> Decimal | None:
    """A JSON number or numeric string; None where it is no number above zero, or one of a size that no venue has."""
    try:
        value = figure(number)
    except ValueError:
        return None
    return value if value > 0 else None


def rows_of(rows: object) -> Iterator[Json]:
    """The objects of a JSON array; none where it is something else."""
    return (row for row in rows if isinstance(row, Mapping)) if isinstance(rows, Iterable) else iter(())


def read_quote_event(fields: Json, now: datetime) -> Quote:
    """The bid and ask of a Quote event, at the time of the later of the two."""
    changed_ms = max(_or_zero(fields.get("bidTime")), _or_zero(fields.get("askTime")))
    at = datetime.fromtimestamp(float(changed_ms) / 1000, UTC) if 0 < changed_ms < LAST_MS else now
    return Quote(_or_zero(fields.get("bidPrice")), _or_zero(fields.get("askPrice")), at)


def read_market_data(item: Json, now: datetime, *, is_level: bool) -> Quote | None:
    """
    The quote in one item of ``/market-data/by-type``; None where it holds none.

    Args:
        is_level: Whether it is an index, which has no bids: its level stands on both sides.
    """
    at = read_time(item.get("updated-at")) or now
    if "bid" in item or "ask" in item:
        return Quote(_or_zero(item.get("bid")), _or_zero(item.get("ask")), at)
    level = positive(item.get("mark")) or positive(item.get("last")) if is_level else None
    return Quote(level, level, at) if level else None


def read_session(item: Json, now: datetime) -> MarketSession:
    """
    The hours in one item of ``/market-time/sessions/current``.

    Options trade while the shares' regular session is open: not before it, not after it.
    """
    following = item.get("next-session")
    later = following if isinstance(following, Mapping) else {}
    is_open = item.get("state") == "Open"
    changes = [item.get("close-at")] if is_open else [item.get("open-at"), later.get("open-at")]
    coming = [at for at in map(read_time, changes) if at is not None and at > now]
    return MarketSession(is_open, min(coming, default=None))


def read_time(text: object) -> datetime | None:
    """An ISO moment, in UTC; None where it is none."""
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _or_zero(number: object) -> Decimal:
    return positive(number) or Decimal(0)
