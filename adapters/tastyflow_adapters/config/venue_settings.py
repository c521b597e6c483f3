"""
The tables ``[sandbox]`` and ``[production]`` of the settings: where each venue is, and whose accounts there.

    VenueSettings ─┬─ SandboxSettings       api.cert.tastyworks.com    where orders are rehearsed
                   └─ ProductionSettings    api.tastyworks.com         where they are real

    account = "5WX…"                      one account, called main
    [production.accounts]                 several: a name for each, the first one first
    main = "5WX…"
    ira = "5WY…"

    disagreements   what makes one of them the other, or both the same, or a rehearsal worth nothing

Their two secrets come from variables only; a file of settings is no place for them. No message repeats a value.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Final
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from tastyflow.domain.trader.accounts import MAIN, NAME
from tastyflow_adapters.config import urls
from tastyflow_adapters.config.secret_names import SECRETS, Secret
from tastyflow_adapters.config.urls import Address

REHEARSAL_LABEL: Final = "cert"
"""What every host of tastytrade's sandbox has in its name, and none of production has."""


def _url(*schemes: str) -> AfterValidator:
    """A URL that is an address and nothing else; without TLS on this machine only, since secrets travel there."""

    def validate(value: str) -> str:
        form = f"write it as {schemes[0]}://HOST, without a user, a query or a fragment"
        try:
            address, parts = Address.of(value), urlsplit(value)
        except ValueError:
            raise ValueError(form) from None
        if parts.scheme not in schemes or not _is_bare(parts) or not value.isascii() or not value.isprintable():
            raise ValueError(form)
        if not (address.is_encrypted or address.is_here):
            raise ValueError(f"write it with {schemes[0]}://; {schemes[1]}:// is for this machine only")
        return value.rstrip("/")

    return AfterValidator(validate)


def _host(value: str) -> str:
    form = "write the host alone, as it stands in the URLs: gateway.example.com"
    try:
        address = Address.at(value, None, "https")
        if Address.of(f"https://[{value}]" if ":" in value else f"https://{value}") != address:
            raise ValueError(form)
    except ValueError:
        raise ValueError(form) from None
    return address.host


def _is_bare(parts: SplitResult) -> bool:
    return not parts.query and not parts.fragment and " " not in parts.path


def _name(value: str) -> str:
    if not NAME.fullmatch(value):
        raise ValueError("an account's name is a small letter, then up to 15 small letters, digits or hyphens")
    return value


ApiUrl = Annotated[str, Field(max_length=200), _url("https", "http")]
StreamerUrl = Annotated[str, Field(max_length=200), _url("wss", "ws")]
HostName = Annotated[str, Field(max_length=200), AfterValidator(_host)]
AccountNumber = Annotated[str, Field(pattern=r"^[0-9A-Z]{3,24}$")]
AccountName = Annotated[str, AfterValidator(_name)]
TimeoutSeconds = Annotated[float, Field(gt=0, le=300, allow_inf_nan=False)]


class VenueSettings(BaseModel):
    """
    One venue.

    Attributes:
        trusted_host: The one host, beside tastytrade's and this machine, that may have the secrets: a gateway of one's
            own. It is written down with the first use, and doctor speaks of it.
        account, accounts: The number of the one account; or a number for each name, where there are several.
        rate: How many times tastytrade's published requests per second may be sent.
        connect_s, read_s, order_s: How long to wait for a connection, for an answer, and for the answer to an order.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, validate_default=True)

    api_url: ApiUrl
    streamer_url: StreamerUrl
    trusted_host: HostName | None = None
    account: AccountNumber | None = None
    accounts: Annotated[dict[AccountName, AccountNumber], Field(min_length=1, max_length=50)] | None = None
    client_secret: Secret | None = None
    refresh_token: Secret | None = None
    rate: Annotated[float, Field(gt=0, le=1_000, allow_inf_nan=False)] = 1.0
    connect_s: TimeoutSeconds = 5.0
    read_s: TimeoutSeconds = 10.0
    order_s: TimeoutSeconds = 20.0

    @property
    def named(self) -> Mapping[str, str]:
        """The number of each account by its name, the first one first; none where none is set."""
        return self.accounts or ({MAIN: self.account} if self.account is not None else {})

    def key_of(self, name: str) -> str:
        """The key that sets the account called *name*."""
        return "account" if self.accounts is None else f"accounts.{name}"

    def secrets(self) -> Iterator[tuple[str, SecretStr]]:
        """The secrets that are set here, by name."""
        for name in SECRETS:
            value = getattr(self, name)
            if value is not None:
                yield name, value

    @property
    def addresses(self) -> tuple[Address, Address]:
        """Where the API and the account streamer are."""
        return Address.of(self.api_url), Address.of(self.streamer_url)

    @property
    def is_here(self) -> bool:
        """Whether everything of this venue stays on this machine."""
        return all(address.is_here for address in self.addresses)


class SandboxSettings(VenueSettings):
    """tastytrade's sandbox, unless chosen otherwise."""

    api_url: ApiUrl = urls.SANDBOX_API
    streamer_url: StreamerUrl = urls.SANDBOX_STREAMER


class ProductionSettings(VenueSettings):
    """tastytrade's production, unless chosen otherwise."""

    api_url: ApiUrl = urls.PRODUCTION_API
    streamer_url: StreamerUrl = urls.PRODUCTION_STREAMER


class OperatorsSettings(BaseModel):
    """
    How the operators are told of incidents.

    Attributes:
        urls: Addresses that apprise understands, with commas between them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    urls: Secret | None = None


def disagreements(
    sandbox: VenueSettings, production: VenueSettings, *, simulated: bool, has_live_venue: bool
) -> Iterator[str]:
    """Every reason why the two venues cannot be what they are called, as sentences."""
    for name, venue, own in (("sandbox", sandbox, urls.SANDBOX), ("production", production, urls.PRODUCTION)):
        is_rehearsal = venue is sandbox
        for key, address in zip(("api_url", "streamer_url"), venue.addresses, strict=True):
            if address.is_tastytrades and (REHEARSAL_LABEL in address.host.split(".")) is not is_rehearsal:
                other = "production" if is_rehearsal else "the sandbox"
                yield f"{name}.{key} is {address.host}, which is a host of {other}."
            elif why := urls.stranger(address, own, venue.trusted_host):
                yield f"{name}.{key} is refused: {why}.{_trusting(name, address)}"
            if simulated and not address.is_here:
                yield f"{name}.{key} is at {address.host}, and with 'simulated' everything must be on this machine."
        if venue.trusted_host is not None and venue.trusted_host not in {each.host for each in venue.addresses}:
            yield f"{name}.trusted_host is {venue.trusted_host}, and neither URL of {name} is there: take it out."
        if why := urls.mismatch(venue.api_url, venue.streamer_url, own):
            yield f"{name}.api_url and {name}.streamer_url do not belong together: {why}. Set both, or neither."
    if sandbox.addresses[0].same_place(production.addresses[0]):
        yield "sandbox.api_url and production.api_url are one address: an order would be rehearsed where it is real."
    elif has_live_venue and _proves_nothing(sandbox, production):
        yield (
            f"The sandbox is at {sandbox.addresses[0].host} and production at {production.addresses[0].host}: "
            "a rehearsal on a simulator proves nothing there."
        )
    yield from _account_troubles(sandbox, production)
    for key in SECRETS:
        one, other = getattr(sandbox, key), getattr(production, key)
        if one is not None and one == other:
            yield f"sandbox.{key} and production.{key} are the same: each venue has its own."


def _trusting(name: str, address: Address) -> str:
    if address.is_never_a_venue:
        return ""
    return f" Where a gateway of your own is meant, set {name}.trusted_host to it: it receives the secrets."


def _account_troubles(sandbox: VenueSettings, production: VenueSettings) -> Iterator[str]:
    for name, venue in (("sandbox", sandbox), ("production", production)):
        if venue.account is not None and venue.accounts is not None:
            yield (
                f"{name}.account and {name}.accounts are both set: keep {name}.accounts, and name that account there, "
                f"as {MAIN} where it was the only one."
            )
        names: dict[str, str] = {}
        for called, number in venue.named.items():
            if (other := names.setdefault(number, called)) != called:
                yield f"{name}.accounts.{other} and {name}.accounts.{called} are the same account."
    for called, number in sandbox.named.items():
        others = [f"production.{production.key_of(each)}" for each, its in production.named.items() if its == number]
        if others:
            yield f"sandbox.{sandbox.key_of(called)} and {others[0]} are the same: each venue has its own."


def _proves_nothing(sandbox: VenueSettings, production: VenueSettings) -> bool:
    """Whether orders would become real after a rehearsal that tastytrade's own sandbox had no part in."""
    is_real = any(address.is_tastytrades for address in production.addresses)
    is_rehearsed = all(urls.are_official(sandbox.api_url, sandbox.streamer_url, urls.SANDBOX))
    return (is_real and not is_rehearsed) or (sandbox.is_here and not production.is_here)
