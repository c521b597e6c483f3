"""
How often each source may ask: so many times a minute, with a table that never grows beyond its bound.

    the address that connected ─▶ a trusted proxy's? then the last address that it added ─▶ the source

An IPv6 source is its network of 64 bits: one machine has all of that.
"""

from collections import OrderedDict
from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

FORWARDED: Final = "X-Forwarded-For"
MOST_SOURCES: Final = 1_024
LONGEST_FORWARDED: Final = 1_000


def source_of(peer: str, forwarded: Sequence[str], trusted_proxy: str) -> str:
    """
    Where a request comes from.

    Args:
        peer: The address that connected.
        forwarded: The values of ``X-Forwarded-For``; believed where *peer* is *trusted_proxy*, and nowhere else.
    """
    own = _network(peer) or "unknown"
    if not trusted_proxy or not forwarded or address_of(trusted_proxy) != address_of(peer):
        return own
    return _network(forwarded[-1][-LONGEST_FORWARDED:].rpartition(",")[2].strip()) or own


def address_of(text: str) -> str:
    """The address in its one spelling, IPv4 where it is that within IPv6; empty where it is no address."""
    try:
        found = ip_address(text)
    except ValueError:
        return ""
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found)


def _network(address: str) -> str:
    """The address, or its network of 64 bits; empty where it is no address."""
    plain = address_of(address)
    if not plain:
        return ""
    found = ip_address(plain)
    if isinstance(found, IPv6Address) and not found.is_loopback:
        return str(ip_network((int(found) >> 64 << 64, 64)))
    return plain


class SourceRates:
    """Lets each source ask *per_minute* times at once, and then as often as that in each further minute."""

    def __init__(self, per_minute: int, *, most: int = MOST_SOURCES) -> None:
        self._most_tokens = float(per_minute)
        self._most = most
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._left)

    def may_ask(self, source: str, now_s: float) -> bool:
        """Whether *source* may ask now; if so, it has."""
        left, since_s = self._left.pop(source, (self._most_tokens, now_s))
        left = min(self._most_tokens, left + max(0.0, now_s - since_s) * self._most_tokens / 60)
        may = left >= 1
        self._left[source] = (left - 1 if may else left, now_s)
        if len(self._left) > self._most:
            self._left.popitem(last=False)  # the one that was silent longest
        return may
