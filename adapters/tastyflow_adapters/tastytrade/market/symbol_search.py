"""
Listed symbols that look like the one that was typed.

    APPL ─▶ /symbols/search/APPL (or APP) ─▶ tickers, the most alike first ─▶ /instruments/equities: do they trade?

What was typed goes into a path: bounded, and escaped whole.
"""

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Final
from urllib.parse import quote as escaped

from tastyflow.domain.instruments import Equity
from tastyflow.domain.venue import NamedSymbol
from tastyflow.errors import Invalid
from tastyflow_adapters.tastytrade.http.rate_limits import Kind
from tastyflow_adapters.tastytrade.http.session import VenueSession
from tastyflow_adapters.tastytrade.market.chain_reading import read_name
from tastyflow_adapters.tastytrade.market.quote_reading import Json, rows_of

SIMILAR: Final = 5
ALIKE: Final = 0.4
LONGEST: Final = 12
WORDS: Final = 6
"""Words of a name that are looked at."""


async def look_alikes(session: VenueSession, typed: str) -> Sequence[NamedSymbol]:
    """
    Symbols that trade and look like *typed*, or are named so, the nearest first.

    Raises:
        VenueFailure: The venue could not be asked.
    """
    text = typed.strip().upper()[:LONGEST]
    names = await _searched(session, text, like=text) or await _searched(session, text[:-1], like=text)
    listed = await _listed(session, names)
    return [NamedSymbol(name, listed[name]) for name in names if name in listed][:SIMILAR]


async def _searched(session: VenueSession, text: str, *, like: str) -> list[str]:
    """Symbols that the venue finds for *text*, those most *like* first; that one itself is none."""
    if not text:
        return []
    path = f"/symbols/search/{escaped(text, safe='')}"
    answer = await session.request(Kind.OTHER, "GET", path, doing="search for a symbol")
    likeness = {str(row.get("symbol")): _likeness(like, row) for row in rows_of(answer.items)}
    alike = [name for name, ratio in likeness.items() if ratio >= ALIKE and name != like and _is_ticker(name)]
    return sorted(alike, key=lambda name: (-likeness[name], name))[: SIMILAR * 2]


async def _listed(session: VenueSession, names: Sequence[str]) -> Mapping[str, str]:
    """Those of *names* that trade, each with what it is called."""
    if not names:
        return {}
    answer = await session.request(
        Kind.EQUITY, "GET", "/instruments/equities", params={"symbol[]": list(names)}, doing="look up symbols"
    )
    trading = (row for row in rows_of(answer.items) if row.get("active") is not False)
    return {str(row.get("symbol")): read_name(row.get("description")) for row in trading}


def _likeness(text: str, row: Json) -> float:
    """How much *text* looks like the symbol, or like a word of the name."""
    words = [str(row.get("symbol")), *read_name(row.get("description")).upper().split()[:WORDS]]
    return max(SequenceMatcher(None, text, word[:40]).ratio() for word in words)


def _is_ticker(name: str) -> bool:
    try:
        Equity(name)
    except Invalid:
        return False
    return True
