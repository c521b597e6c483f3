"""
Everything that one instance needs to reach its venue, and the proof that it can reach no other.

    Connection.to(venue, account, secrets[, urls]) ─▶ check ─▶ hosts: the only ones that are ever dialled
                                                        └────▶ Misconfigured: that host is the other environment's

    sandbox      api.cert.tastyworks.com   streamer.cert.tastyworks.com   *.dxfeed.com
    production   api.tastyworks.com        streamer.tastyworks.com        *.dxfeed.com
    a URL of your own (a simulator on this machine)                       that host and port, nothing else
"""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Final
from urllib.parse import SplitResult, urlsplit

from attrs import field, frozen
from pydantic import SecretStr

from tastyflow.domain.venue import Venue
from tastyflow.errors import Misconfigured
from tastyflow_adapters.tastytrade.limits import Limits

SANDBOX_API: Final = "https://api.cert.tastyworks.com"
SANDBOX_STREAMER: Final = "wss://streamer.cert.tastyworks.com"
PRODUCTION_API: Final = "https://api.tastyworks.com"
PRODUCTION_STREAMER: Final = "wss://streamer.tastyworks.com"
QUOTE_HOSTS: Final = "*.dxfeed.com"
"""Where quotes stream from; which of them, the venue says with each quote token."""

URLS: Final[Mapping[Venue, tuple[str, str]]] = {
    Venue.SANDBOX: (SANDBOX_API, SANDBOX_STREAMER),
    Venue.PRODUCTION: (PRODUCTION_API, PRODUCTION_STREAMER),
}
TASTYTRADES: Final = ("tastyworks.com", "tastytrade.com")
"""Domains in which a venue has the two hosts named above and no others."""

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")

_PORTS: Final[Mapping[str, int]] = {"http": 80, "ws": 80, "https": 443, "wss": 443}
_ACCOUNT: Final = re.compile(r"[A-Za-z0-9-]{1,32}")


@frozen
class Timeouts:
    """
    How long to wait. The sandbox takes up to two seconds for an order and more than three for a token.

    Attributes:
        connect_s: For a connection, and for a free place in the pool.
        read_s: For the answer to a question.
        order_s: For the answer to an order: what is given up too early has to be searched for.
        token_s: For an access token.
        queue_s: For a turn under the rate limits, before giving up unsent.
    """

    connect_s: float = 5.0
    read_s: float = 10.0
    order_s: float = 20.0
    token_s: float = 10.0
    queue_s: float = 10.0


def masked(account: str) -> str:
    """An account number as it may be shown: its last four characters."""
    return f"…{account[-4:]}"


@frozen
class Connection:
    """
    One login, one account, one environment.

    Attributes:
        hosts: Patterns of ``host`` or ``host:port``; requests and sockets to anything else are refused.
        accept_version: Whether to name the API's version in a header; the sandbox does not take it.
        rest_quotes: Whether market data is answered by REST; the sandbox has none.
    """

    venue: Venue
    api_url: str
    streamer_url: str
    hosts: tuple[str, ...]
    account: str = field(repr=masked)
    client_secret: SecretStr
    refresh_token: SecretStr
    accept_version: bool = False
    rest_quotes: bool = False
    timeouts: Timeouts = field(factory=Timeouts)
    limits: Limits = field(factory=Limits)

    @classmethod
    def to(
        cls,
        venue: Venue,
        *,
        account: str,
        client_secret: SecretStr,
        refresh_token: SecretStr,
        api_url: str = "",
        streamer_url: str = "",
        timeouts: Timeouts | None = None,
        limits: Limits | None = None,
    ) -> "Connection":
        """
        The connection to *venue*, at its own addresses unless told otherwise; checked.

        Raises:
            Misconfigured: See `check`.
        """
        official_api, official_streamer = URLS[venue]
        api_url, streamer_url = api_url or official_api, streamer_url or official_streamer
        own = dict.fromkeys(_reach(url) for url in (api_url, streamer_url))
        connection = cls(
            venue=venue,
            api_url=api_url.rstrip("/"),
            streamer_url=streamer_url,
            hosts=(*own, QUOTE_HOSTS) if api_url == official_api else tuple(own),
            account=account,
            client_secret=client_secret,
            refresh_token=refresh_token,
            accept_version=venue is Venue.PRODUCTION,
            rest_quotes=venue is Venue.PRODUCTION,
            timeouts=timeouts or Timeouts(),
            limits=limits or Limits(),
        )
        check(connection)
        return connection

    def allows(self, host: str, port: int | None, scheme: str) -> bool:
        """Whether this connection may dial *host* at *port*."""
        host = host.lower().rstrip(".")
        at = f"{host}:{port or _PORTS.get(scheme, 0)}"
        return any(fnmatchcase(host, pattern) or fnmatchcase(at, pattern) for pattern in self.hosts)


def check(connection: Connection) -> None:
    """
    Refuse a connection that could reach another environment, or would show its secrets on the way.

    Raises:
        Misconfigured: code ``wrong_host``, ``insecure_url``, ``no_secret`` or ``bad_account``.
    """
    venue = connection.venue
    own = {urlsplit(url).hostname for url in URLS[venue]}
    for url in (connection.api_url, connection.streamer_url):
        parts = _split(url)
        host = _host(parts)
        if any(host == domain or host.endswith(f".{domain}") for domain in TASTYTRADES) and host not in own:
            raise Misconfigured(
                f"{host} is not a host of tastytrade's {venue.value}.",
                code="wrong_host",
                hint=f"Its own are {' and '.join(sorted(filter(None, own)))}; leave the URL out to use them.",
            )
        if parts.scheme not in ("https", "wss") and host not in LOOPBACK:
            raise Misconfigured(
                f"The {venue.value} at {host} would be spoken to without encryption.",
                code="insecure_url",
                hint="Use https and wss; plain text is for this machine only.",
            )
    for pattern in connection.hosts:
        bare = pattern.partition(":")[0] if pattern.count(":") == 1 else pattern
        if "*" in pattern.replace(QUOTE_HOSTS, "") or any(bare.endswith(d) and bare not in own for d in TASTYTRADES):
            raise Misconfigured(f"{pattern} is not a host of the {venue.value}.", code="wrong_host")
    if not connection.client_secret.get_secret_value() or not connection.refresh_token.get_secret_value():
        raise Misconfigured(
            f"The {venue.value} has no client secret or no refresh token.",
            code="no_secret",
            hint="Make both at tastytrade, under API Access, then set them.",
        )
    if not _ACCOUNT.fullmatch(connection.account):
        raise Misconfigured(f"The {venue.value}'s account number cannot be one.", code="bad_account")


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in _PORTS or not parts.hostname or parts.username is not None:
        raise Misconfigured("A URL of a venue is no URL, or names a user.", code="wrong_host")
    return parts


def _host(parts: SplitResult) -> str:
    return (parts.hostname or "").lower().rstrip(".")


def _reach(url: str) -> str:
    """The pattern for the host of *url*: with the port where it is a special one."""
    parts = _split(url)
    port = parts.port or _PORTS[parts.scheme]
    return _host(parts) if port == _PORTS[parts.scheme] else f"{_host(parts)}:{port}"
