"""
Everything that one instance needs to reach its venue, and the proof that it can reach no other.

    Connection.to(venue, account, secrets[, urls]) ─▶ check ─▶ addresses: the only ones that are ever dialled
                                                        └────▶ Misconfigured: that host is the other environment's

    sandbox      api.cert.tastyworks.com   streamer.cert.tastyworks.com   *.dxfeed.com    443, with TLS
    production   api.tastyworks.com        streamer.tastyworks.com        *.dxfeed.com    443, with TLS
    URLs of your own, both on one host (a simulator on this machine, or   those two ports, TLS as the URLs have it
    a gateway that a setting names as trusted)
"""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from attrs import field, frozen
from pydantic import SecretStr

from tastyflow.domain.trader.accounts import MAIN
from tastyflow.domain.venue import Venue
from tastyflow.errors import Misconfigured
from tastyflow_adapters.config.urls import PORTS, PRODUCTION, SANDBOX, Address, are_official, mismatch, stranger
from tastyflow_adapters.redaction import masked
from tastyflow_adapters.tastytrade.http.rate_limits import Limits

URLS: Final[Mapping[Venue, tuple[str, str]]] = {Venue.SANDBOX: SANDBOX, Venue.PRODUCTION: PRODUCTION}
QUOTE_DOMAIN: Final = ".dxfeed.com"
"""Where quotes stream from; which of its hosts, the venue says with each quote token."""

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
        turn_s: The same for an order that is not claimed yet: it can wait, and is told for how long.
        send_s: Until an order leaves, login and queue together: with `connect_s` and `order_s` it is over before
            another process looks for it (``settle_s`` of the policy).
    """

    connect_s: float = 5.0
    read_s: float = 10.0
    order_s: float = 20.0
    token_s: float = 10.0
    queue_s: float = 10.0
    turn_s: float = 100.0
    send_s: float = 15.0


@frozen
class Connection:
    """
    One login, its accounts that are used, one environment.

    Attributes:
        account: The number of the first one; *accounts* are the numbers of all, by the names of the settings.
        trusted_host: A host that is neither tastytrade's nor this machine, and is meant all the same.
        own: The API's address and the account streamer's, as the two URLs have them.
        accept_version: Whether to name the API's version in a header; the sandbox does not take it.
        rest_quotes: Whether market data is answered by REST; the sandbox has none.
    """

    venue: Venue
    api_url: str
    streamer_url: str
    account: str = field(repr=masked)
    client_secret: SecretStr
    refresh_token: SecretStr
    accept_version: bool = False
    rest_quotes: bool = False
    timeouts: Timeouts = field(factory=Timeouts)
    limits: Limits = field(factory=Limits)
    trusted_host: str = ""
    accounts: Mapping[str, str] = field(repr=lambda named: str(dict.fromkeys(named, "***")))
    own: tuple[Address, Address] = field(init=False)

    @accounts.default
    def _only(self) -> Mapping[str, str]:
        return {MAIN: self.account}

    @own.default
    def _own(self) -> tuple[Address, Address]:
        return _address(self.api_url, "https", "http"), _address(self.streamer_url, "wss", "ws")

    @classmethod
    def to(
        cls,
        venue: Venue,
        *,
        account: str = "",
        accounts: Mapping[str, str] | None = None,
        client_secret: SecretStr,
        refresh_token: SecretStr,
        api_url: str = "",
        streamer_url: str = "",
        trusted_host: str = "",
        timeouts: Timeouts | None = None,
        limits: Limits | None = None,
    ) -> "Connection":
        """
        The connection to *venue*, at its own addresses unless told otherwise; checked.

        Args:
            account: Of the one account; or *accounts* the numbers of several by name, the first one first.

        Raises:
            Misconfigured: See `check`.
        """
        own_api, own_streamer = URLS[venue]
        connection = cls(
            venue=venue,
            api_url=_spelled(api_url, own_api),
            streamer_url=_spelled(streamer_url, own_streamer),
            trusted_host=trusted_host,
            account=account or next(iter((accounts or {}).values()), ""),
            accounts=accounts or {MAIN: account},
            client_secret=client_secret,
            refresh_token=refresh_token,
            accept_version=venue is Venue.PRODUCTION,
            rest_quotes=venue is Venue.PRODUCTION,
            timeouts=timeouts or Timeouts(),
            limits=limits or Limits(),
        )
        check(connection)
        return connection

    @property
    def is_official(self) -> bool:
        """Whether this is tastytrade's own venue; quotes stream from another house then."""
        return all(are_official(self.api_url, self.streamer_url, URLS[self.venue]))

    def allows(self, host: str, port: int | None, scheme: str) -> bool:
        """Whether this connection may dial *host* at *port* and speak *scheme* there."""
        try:
            address = Address.at(host, port, scheme)
        except ValueError:
            return False
        is_quotes = address.host.endswith(QUOTE_DOMAIN) and address.is_encrypted and address.port == PORTS["wss"]
        return address in self.own or (is_quotes and self.is_official)


def check(connection: Connection) -> None:
    """
    Refuse a connection that could reach another environment, or would show its secrets on the way.

    Raises:
        Misconfigured: code ``wrong_host``, ``insecure_url``, ``no_secret`` or ``bad_account``.
    """
    venue = connection.venue
    own = tuple(Address.of(url) for url in URLS[venue])
    for address in connection.own:
        if address.is_tastytrades and address.host not in {each.host for each in own}:
            raise Misconfigured(
                f"{address.host} is not a host of tastytrade's {venue.value}.",
                code="wrong_host",
                hint=f"Its own are {' and '.join(each.host for each in own)}; leave the URLs out to use them.",
            )
        if not (address.is_encrypted or address.is_here):
            raise Misconfigured(
                f"The {venue.value} at {address.host} would be spoken to without encryption.",
                code="insecure_url",
                hint="Use https and wss; plain text is for this machine only.",
            )
        if why := stranger(address, URLS[venue], connection.trusted_host):
            raise Misconfigured(
                f"Nothing is sent to the {venue.value} there: {why}.",
                code="wrong_host",
                hint=f"Leave the URLs out. A gateway of your own is named by the setting {venue.value}.trusted_host.",
            )
    if why := mismatch(connection.api_url, connection.streamer_url, URLS[venue]):
        raise Misconfigured(
            f"The {venue.value}'s API and its account streamer do not belong together: {why}.",
            code="wrong_host",
            hint="Set both URLs, or leave both out: the access token is sent to both hosts.",
        )
    if not connection.client_secret.get_secret_value() or not connection.refresh_token.get_secret_value():
        raise Misconfigured(
            f"The {venue.value} has no client secret or no refresh token.",
            code="no_secret",
            hint="Make both at tastytrade, under API Access, then set them.",
        )
    if connection.account not in connection.accounts.values() or not all(
        _ACCOUNT.fullmatch(number) for number in connection.accounts.values()
    ):
        raise Misconfigured(f"The {venue.value}'s account number cannot be one.", code="bad_account")


def _spelled(url: str, own: str) -> str:
    """*url*, or *own* where it is left out or is the same in other letters."""
    url = url.rstrip("/")
    if not url:
        return own
    try:
        parts, is_same = urlsplit(url), Address.of(url) == Address.of(own)
    except ValueError:
        return url  # for the check to refuse
    return own if is_same and parts.scheme == urlsplit(own).scheme and not parts.path else url


def _address(url: str, *schemes: str) -> Address:
    try:
        if urlsplit(url).scheme in schemes:
            return Address.of(url)
    except ValueError:
        pass
    raise Misconfigured(f"A URL of a venue is none with {' or '.join(schemes)}, or names a user.", code="wrong_host")
