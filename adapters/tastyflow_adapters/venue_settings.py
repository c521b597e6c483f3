"""
The tables ``[sandbox]`` and ``[production]`` of the settings: where each venue is, and whose account there.

    VenueSettings ─┬─ SandboxSettings       api.cert.tastyworks.com    where orders are rehearsed
                   └─ ProductionSettings    api.tastyworks.com         where they are real

    disagreements   what makes one of them the other, or both the same, or a rehearsal worth nothing

Their two secrets come from variables only; a file of settings is no place for them. No message repeats a value.
"""

import re
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Annotated, Any, Final
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

VENUES: Final = ("sandbox", "production")
SECRETS: Final = ("client_secret", "refresh_token")
MAX_SECRET: Final = 8_192
TASTYTRADES: Final = ("tastyworks.com", "tastytrade.com")
REHEARSAL_LABEL: Final = "cert"
"""What every host of tastytrade's sandbox has in its name, and none of production has."""


def hostname(url: str) -> str:
    """The host that *url* names, in lower case."""
    return (urlsplit(url).hostname or "").rstrip(".")


def is_loopback(url: str) -> bool:
    """Whether *url* stays on this machine."""
    host = hostname(url)
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return hostname(url), parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)


def _url(*schemes: str) -> AfterValidator:
    """A URL that is an address and nothing else; without TLS on this machine only, since secrets travel there."""

    def validate(value: str) -> str:
        try:
            parts = urlsplit(value)
            fits = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0 and _is_bare(parts)
        except ValueError:
            fits = False
        if not fits or not value.isascii() or not value.isprintable():
            raise ValueError(f"write it as {schemes[0]}://HOST, without a user, a query or a fragment")
        if parts.scheme != schemes[0] and not is_loopback(value):
            raise ValueError(f"write it with {schemes[0]}://; {schemes[1]}:// is for this machine only")
        return value.rstrip("/")

    return AfterValidator(validate)


def _is_bare(parts: SplitResult) -> bool:
    return "@" not in parts.netloc and not parts.query and not parts.fragment and " " not in parts.path


def _secret(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    stripped = value.strip()
    if not 0 < len(stripped) <= MAX_SECRET or not re.fullmatch(r"[!-~]+", stripped):
        raise ValueError("a secret is one word of ordinary characters")
    return stripped


Secret = Annotated[SecretStr, BeforeValidator(_secret)]
ApiUrl = Annotated[str, Field(max_length=200), _url("https", "http")]
StreamerUrl = Annotated[str, Field(max_length=200), _url("wss", "ws")]
AccountNumber = Annotated[str, Field(pattern=r"^[0-9A-Z]{3,24}$")]
TimeoutSeconds = Annotated[float, Field(gt=0, le=300, allow_inf_nan=False)]


class VenueSettings(BaseModel):
    """
    One venue.

    Attributes:
        rate: How many times tastytrade's published requests per second may be sent.
        connect_s, read_s, order_s: How long to wait for a connection, for an answer, and for the answer to an order.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, validate_default=True)

    api_url: ApiUrl
    streamer_url: StreamerUrl
    account: AccountNumber | None = None
    client_secret: Secret | None = None
    refresh_token: Secret | None = None
    rate: Annotated[float, Field(gt=0, le=1_000, allow_inf_nan=False)] = 1.0
    connect_s: TimeoutSeconds = 5.0
    read_s: TimeoutSeconds = 10.0
    order_s: TimeoutSeconds = 20.0

    def secrets(self) -> Iterator[tuple[str, SecretStr]]:
        """The secrets that are set here, by name."""
        for name in SECRETS:
            value = getattr(self, name)
            if value is not None:
                yield name, value

    @property
    def is_here(self) -> bool:
        """Whether everything of this venue stays on this machine."""
        return is_loopback(self.api_url) and is_loopback(self.streamer_url)

    @property
    def hosts(self) -> tuple[str, str]:
        """The hosts of the API and of the account streamer."""
        return hostname(self.api_url), hostname(self.streamer_url)


class SandboxSettings(VenueSettings):
    """tastytrade's sandbox, unless chosen otherwise."""

    api_url: ApiUrl = "https://api.cert.tastyworks.com"
    streamer_url: StreamerUrl = "wss://streamer.cert.tastyworks.com"


class ProductionSettings(VenueSettings):
    """tastytrade's production, unless chosen otherwise."""

    api_url: ApiUrl = "https://api.tastyworks.com"
    streamer_url: StreamerUrl = "wss://streamer.tastyworks.com"


def disagreements(
    sandbox: VenueSettings, production: VenueSettings, *, simulated: bool, has_live_venue: bool
) -> Iterator[str]:
    """Every reason why the two venues cannot be what they are called, as sentences."""
    for name, venue, is_rehearsal in (("sandbox", sandbox, True), ("production", production, False)):
        for key, url in (("api_url", venue.api_url), ("streamer_url", venue.streamer_url)):
            host = hostname(url)
            of_tastytrade = any(host == known or host.endswith(f".{known}") for known in TASTYTRADES)
            if of_tastytrade and (REHEARSAL_LABEL in host.split(".")) is not is_rehearsal:
                yield f"{name}.{key} is {host}, which is a host of {'production' if is_rehearsal else 'the sandbox'}."
            if simulated and not is_loopback(url):
                yield f"{name}.{key} is at {host}, and with 'simulated' everything must be on this machine."
    if _address(sandbox.api_url) == _address(production.api_url):
        yield "sandbox.api_url and production.api_url are one address: an order would be rehearsed where it is real."
    elif has_live_venue and sandbox.is_here and not (production.is_here or simulated):
        yield "The sandbox is on this machine and production is not: a rehearsal on a simulator proves nothing there."
    for key in ("account", *SECRETS):
        one, other = getattr(sandbox, key), getattr(production, key)
        if one is not None and one == other:
            yield f"sandbox.{key} and production.{key} are the same: each venue has its own."
