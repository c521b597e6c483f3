"""
Where a URL leads, however it is written. Settings and connections compare addresses, never texts.

    https://API.tastyworks.com.:443 ─▶ Address(api.tastyworks.com, 443, encrypted)
    ws://[::1]:8701/streamer        ─▶ Address(::1, 8701, in the clear), on this machine
    https://ann@api.tastyworks.com  ─▶ ValueError: it names a user

    a venue's two URLs ─▶ mismatch ─▶ "" │ why they cannot be of one venue: its token is sent to both
    one of its URLs    ─▶ stranger ─▶ "" │ why it is no place for that token: neither tastytrade's, nor this machine,
                                           nor the one host that a setting of the venue names as trusted
"""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from attrs import frozen

SANDBOX_API: Final = "https://api.cert.tastyworks.com"
SANDBOX_STREAMER: Final = "wss://streamer.cert.tastyworks.com"
PRODUCTION_API: Final = "https://api.tastyworks.com"
PRODUCTION_STREAMER: Final = "wss://streamer.tastyworks.com"
SANDBOX: Final = (SANDBOX_API, SANDBOX_STREAMER)
PRODUCTION: Final = (PRODUCTION_API, PRODUCTION_STREAMER)

TASTYTRADES: Final = ("tastyworks.com", "tastytrade.com")
"""Domains in which each venue has the two addresses named above and no others."""

PORTS: Final[Mapping[str, int]] = {"http": 80, "ws": 80, "https": 443, "wss": 443}
ENCRYPTED: Final = frozenset({"https", "wss"})


@frozen
class Address:
    """What is dialled: *host* in lower case and without the root's dot, *port*, and whether TLS is spoken there."""

    host: str
    port: int
    is_encrypted: bool

    @classmethod
    def at(cls, host: str | None, port: int | None, scheme: str) -> "Address":
        """
        The address of *host* at *port*, or at the usual one of *scheme*.

        Raises:
            ValueError: No host, or one not in ASCII; port 0, or a scheme that is none of ours.
        """
        bare = (host or "").lower().removesuffix(".")
        if not bare or not (host or "").isascii() or port == 0 or scheme not in PORTS:
            raise ValueError("That is no address of a venue.")
        return cls(bare, port or PORTS[scheme], scheme in ENCRYPTED)

    @classmethod
    def of(cls, url: str) -> "Address":
        """
        Where *url* leads.

        Raises:
            ValueError: It is no URL of ours, or it names a user.
        """
        parts = urlsplit(url)
        if "@" in parts.netloc:
            raise ValueError("A URL of a venue names no user.")
        return cls.at(parts.hostname, parts.port, parts.scheme)

    @property
    def is_here(self) -> bool:
        """Whether it is on this machine: any of its loopback addresses."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def is_tastytrades(self) -> bool:
        """Whether the host is one of tastytrade's, of whichever venue."""
        return any(self.host == domain or self.host.endswith(f".{domain}") for domain in TASTYTRADES)

    @property
    def is_never_a_venue(self) -> bool:
        """Whether neither venue nor gateway can be there: a look-alike's spelling, or an address of the network."""
        try:
            number = ip_address(self.host)
        except ValueError:
            return any(label.startswith("xn--") for label in self.host.split("."))
        return number.is_unspecified or number.is_link_local or number.is_multicast

    def same_host(self, other: "Address") -> bool:
        """Whether both are one host; this machine is one, by whatever name."""
        return self.host == other.host or (self.is_here and other.is_here)

    def same_place(self, other: "Address") -> bool:
        """Whether the same program answers at both."""
        return self.port == other.port and self.same_host(other)


def stranger(address: Address, official: tuple[str, str], trusted: str | None) -> str:
    """Why a venue's secrets are not sent to *address*; empty where they may be. *trusted* is what the settings name."""
    if address.is_never_a_venue:
        return f"{address.host} can be no host of a venue"
    is_own = address in (Address.of(url) for url in official)
    if is_own or address.is_here or address.host == trusted:
        return ""
    return f"{address.host} is neither a host of tastytrade's, at its own port, nor on this machine"


def are_official(api_url: str, streamer_url: str, official: tuple[str, str]) -> tuple[bool, bool]:
    """Whether each of the two is the address that tastytrade has for it."""
    own_api, own_streamer = official
    return Address.of(api_url) == Address.of(own_api), Address.of(streamer_url) == Address.of(own_streamer)


def mismatch(api_url: str, streamer_url: str, official: tuple[str, str]) -> str:
    """Why these two cannot be of one venue; empty where they can. The access token is sent to both."""
    api, streamer = Address.of(api_url), Address.of(streamer_url)
    is_own = are_official(api_url, streamer_url, official)
    if any(is_own) and not all(is_own):
        return f"one of {api.host} and {streamer.host} is tastytrade's own address and the other is not"
    if not any(is_own) and not api.same_host(streamer):
        return f"{api.host} and {streamer.host} are two hosts, neither of them tastytrade's own address"
    return ""
