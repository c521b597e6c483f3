"""
How many requests per second tastytrade takes, endpoint by endpoint. Source: the table of its official MCP server.

    request ─▶ everything 50 ─▶ its own row ─▶ served, or 429
"""

import re
import time
from collections import deque
from collections.abc import Callable
from typing import Final

EVERYTHING: Final = 50
WINDOW_S: Final = 1.0

_READS: Final = "GET|HEAD"
RATES: Final[tuple[tuple[str, str, str, int], ...]] = (
    # name, methods, path, per second
    ("market-data by type", _READS, r"/market-data/by-type", 2),
    ("option chains", _READS, r"/(futures-)?option-chains/.*", 2),
    ("one equity", _READS, r"/instruments/equities/(?!active$).+", 3),
    ("equities", _READS, r"/instruments/equities", 2),
    ("futures", _READS, r"/instruments/futures(/.*)?", 1),
    ("future products", _READS, r"/instruments/future-products(/.*)?", 1),
    ("one equity option", _READS, r"/instruments/equity-options/.+", 3),
    ("one future option", _READS, r"/instruments/future-options/.+", 3),
    ("positions", _READS, r"/accounts/[^/]+/positions", 1),
    ("balances", _READS, r"/accounts/[^/]+/balances(/.*)?", 1),
    ("trading status", _READS, r"/accounts/[^/]+/trading-status", 1),
    ("accounts", _READS, r"/customers/me/accounts", 1),
    ("order mutations", "POST|PUT|PATCH|DELETE", r"/accounts/[^/]+/(complex-)?orders(/.*)?", 20),
)
_ROWS: Final = tuple((name, re.compile(f"({methods}) {path}"), rate) for name, methods, path, rate in RATES)


class RateLimits:
    """Requests of the last second, counted. A request that is refused does not count."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._served: dict[str, deque[float]] = {}

    def allow(self, method: str, path: str) -> bool:
        """Whether this request is one that may be served now."""
        now, asked = self._monotonic(), f"{method} {path}"
        rows = [("everything", EVERYTHING), *((name, rate) for name, row, rate in _ROWS if row.fullmatch(asked))]
        windows = [(self._window(name, now), rate) for name, rate in rows]
        if any(len(window) >= rate for window, rate in windows):
            return False
        for window, _ in windows:
            window.append(now)
        return True

    def _window(self, name: str, now: float) -> deque[float]:
        window = self._served.setdefault(name, deque())
        while window and window[0] <= now - WINDOW_S:
            window.popleft()
        return window
