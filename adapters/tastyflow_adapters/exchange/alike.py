"""
Which listed symbols may have been meant by a text: their name holds such a word, or they are spelt nearly like it.

    APPLE ─▶ AAPL (Apple Inc), then only what is spelt nearly like APPLE          SPYY ─▶ SPY, XSP, SPX
"""

from difflib import get_close_matches
from typing import Final

from tastyflow_adapters.exchange.listings import LISTINGS

SHORTEST_WORD: Final = 3
"""Letters of a name that are told apart from chance: ``IN`` begins a word of many."""

NEARLY: Final = 0.7
"""How nearly a symbol is spelt like a text that names another one, to be offered beside it."""


def alike(text: str, *, most: int, cutoff: float) -> list[str]:
    """
    At most *most* symbols, the likeliest first.

    Args:
        cutoff: How nearly they are spelt like *text*, from 0 to 1.
    """
    named = [symbol for symbol in LISTINGS if _is_named(symbol, text)] if len(text) >= SHORTEST_WORD else []
    near = max(cutoff, NEARLY) if named else cutoff
    return list(dict.fromkeys([*named, *get_close_matches(text, LISTINGS, n=most, cutoff=near)]))[:most]


def _is_named(symbol: str, text: str) -> bool:
    return any(word.startswith(text) for word in LISTINGS[symbol].name.upper().split())
