"""
What a DXLink client wants on one channel: event types and symbols, in which form, how often, and within which limits.

    FEED_SETUP ────────▶ is_compact, period_s, fields by type ──▶ FEED_CONFIG says the same back
    FEED_SUBSCRIPTION ─▶ reset, remove, add ──▶ wanted, and fresh: what has not had its first value
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

from attrs import define, field, frozen

from tastyflow_simulator.streams.events import CANDLE, COMPACT_FIELDS

FIELDS_LIMIT: Final = 100
SYMBOL_LIMIT: Final = 100
"""Characters."""


class Refusal(Exception):
    """A message that cannot be followed: one of DXLink's error words, and why."""

    def __init__(self, error: str, why: str) -> None:
        super().__init__(why)
        self.error = error


@frozen
class Limits:
    """
    How much one session may ask for; the documentation's figures, or hardly any limit.

    Attributes:
        message_bytes: Of one message; a longer one ends the session with 1009.
        series: Subscriptions with a history: candles.
    """

    sessions: int | None = None
    subscriptions: int | None = None
    series: int | None = None
    message_bytes: int = 1024 * 1024


DOCUMENTED: Final = Limits(sessions=5, subscriptions=25_000, series=100, message_bytes=128 * 1024)
"""What dxFeed's documentation says, as quoted for tastytrade; how long a message may be is not established."""


@define(eq=False)
class Channel:
    """
    One feed.

    Attributes:
        wanted: The subscriptions, type and symbol, in order of asking; each with where its history begins, in ms.
        fresh: Those that have not had their first value.
        fields: The fields that the client asked for, by event type.
        told: The event types whose fields the client was told.
    """

    number: int
    contract: str
    is_compact: bool = False
    period_s: float = 0.0
    wanted: dict[tuple[str, str], int | None] = field(factory=dict)
    fresh: dict[tuple[str, str], None] = field(factory=dict)
    fields: dict[str, tuple[str, ...]] = field(factory=dict)
    told: set[str] = field(factory=set)

    def fields_of(self, kind: str) -> tuple[str, ...]:
        """What a row of this type is made of."""
        return self.fields.get(kind) or COMPACT_FIELDS[kind]

    def config(self, kinds: Mapping[str, object]) -> dict[str, Any]:
        """The FEED_CONFIG that tells the fields of *kinds*."""
        self.told.update(kinds)
        named = {kind: list(self.fields_of(kind)) for kind in kinds}
        return {
            "type": "FEED_CONFIG",
            "channel": self.number,
            "dataFormat": "COMPACT" if self.is_compact else "FULL",
            "aggregationPeriod": self.period_s,
        } | ({"eventFields": named} if named else {})


def set_up(channel: Channel, message: Mapping[str, Any]) -> dict[str, Any]:
    """Follow a FEED_SETUP; the FEED_CONFIG that says so."""
    if message.get("acceptDataFormat") in ("COMPACT", "FULL"):
        channel.is_compact = message["acceptDataFormat"] == "COMPACT"
    channel.period_s = seconds(message.get("acceptAggregationPeriod"), channel.period_s, least=0.0)
    accepted: dict[str, tuple[str, ...]] = {}
    asked = message.get("acceptEventFields")
    for kind, names in asked.items() if isinstance(asked, dict) else ():
        if not isinstance(names, list) or len(names) > FIELDS_LIMIT or not all(isinstance(name, str) for name in names):
            raise Refusal("INVALID_MESSAGE", "acceptEventFields are lists of names")
        if kind in COMPACT_FIELDS:
            accepted[kind] = tuple(names)
    channel.fields |= accepted
    return channel.config(accepted)


def subscribe(channel: Channel, message: Mapping[str, Any], *, beside: Iterable[Channel], limits: Limits) -> None:
    """
    Follow a FEED_SUBSCRIPTION, wholly or not at all. Unknown types are silent, like unknown symbols.

    Args:
        beside: The other channels of the session, which count as well.
    """
    added, removed = (_entries(message.get(name)) for name in ("add", "remove"))
    keeps = not message.get("reset")
    wanted = dict(channel.wanted) if keeps else {}
    fresh = dict(channel.fresh) if keeps else {}
    for kind, symbol, _since in removed:
        wanted.pop((kind, symbol), None)
        fresh.pop((kind, symbol), None)
    for kind, symbol, since_ms in added:
        if kind in COMPACT_FIELDS and len(symbol) <= SYMBOL_LIMIT:
            wanted[kind, symbol] = since_ms
            fresh[kind, symbol] = None
    _check(limits, [wanted, *(each.wanted for each in beside)])
    channel.wanted, channel.fresh = wanted, fresh


def _check(limits: Limits, wanted: Iterable[Mapping[tuple[str, str], object]]) -> None:
    kinds = [kind for each in wanted for kind, _symbol in each]
    for limit, count, what in (
        (limits.subscriptions, len(kinds), "subscriptions"),
        (limits.series, kinds.count(CANDLE), "series"),
    ):
        if limit is not None and count > limit:
            raise Refusal("BAD_ACTION", f"No more than {limit} {what} in one session")


def _entries(value: object) -> list[tuple[str, str, int | None]]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise Refusal("INVALID_MESSAGE", "Subscriptions are a list")
    entries = []
    for entry in value:
        named = entry if isinstance(entry, dict) else {}
        kind, symbol, since_ms = named.get("type"), named.get("symbol"), named.get("fromTime")
        if not isinstance(kind, str) or not isinstance(symbol, str):
            raise Refusal("INVALID_MESSAGE", "A subscription has a type and a symbol")
        entries.append((kind, symbol, _milliseconds(since_ms)))
    return entries


def seconds(value: object, default: float, *, least: float = 0.5) -> float:
    """A client's figure, where it is one: from *least* to an hour."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        return default
    return min(max(value, least), 3600)


def _milliseconds(value: object) -> int | None:
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) < 2**53:
        return None
    return int(value)
