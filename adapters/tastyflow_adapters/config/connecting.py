"""
Settings and secrets become connections, or one message says all that is missing. Nothing is sent here.

    Settings ─▶ secrets (environment, file, keyring) ─▶ of the right kind? each venue its own? ─▶ Connection per venue
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Final

from attrs import frozen
from pydantic import SecretStr

from tastyflow.domain.venue import Venue
from tastyflow.errors import Misconfigured
from tastyflow_adapters.config.choices import PREFIX, Environment
from tastyflow_adapters.config.secret_names import NEXT, SECRET_NAMES, SIGNALS, of_rule, secret_name
from tastyflow_adapters.config.settings import Settings
from tastyflow_adapters.config.venue_settings import VenueSettings
from tastyflow_adapters.secrets import RingTrouble, Secret, Secrets
from tastyflow_adapters.secrets.kinds import opinion

if TYPE_CHECKING:
    from tastyflow_adapters.tastytrade.http.connection import Connection

VENUES_OF: Final[Mapping[Environment, tuple[Venue, ...]]] = {
    Environment.FAKE: (),
    Environment.SANDBOX: (Venue.SANDBOX,),
    Environment.PRODUCTION: (Venue.SANDBOX, Venue.PRODUCTION),
}
"""The venues of tastytrade that an environment speaks to."""


@frozen
class Missing:
    """A secret that is nowhere, and what kept the search from being complete."""

    name: str
    trouble: str = ""


def venues_of(settings: Settings) -> tuple[Venue, ...]:
    """The venues of tastytrade that these settings want."""
    return VENUES_OF[settings.env]


def table_of(settings: Settings, venue: Venue) -> VenueSettings:
    """What is chosen about *venue*."""
    return settings.sandbox if venue is Venue.SANDBOX else settings.production


def variable(name: str) -> str:
    """The variable that sets what is called *name*, such as ``sandbox.account``."""
    return PREFIX + name.replace(".", "__").upper()


def secrets_of(settings: Settings) -> Secrets:
    """Where the secrets of these settings are looked for."""
    return Secrets.of(settings)


def names_of(settings: Settings, secrets: Secrets) -> tuple[str, ...]:
    """
    The secrets that there can be: the ones of every home, then those of rules that are kept or have a file.

    Raises:
        Misconfigured: The file of secrets cannot be used.
    """
    kept = (name for name in secrets.file.read() if name.startswith(f"{SIGNALS}."))
    files = (name for file in settings.signal_rules.glob("*.toml") for name in of_rule(file.stem) if secret_name(name))
    return (*SECRET_NAMES, *sorted({*kept, *files}))


def needed(venues: Sequence[Venue]) -> tuple[str, ...]:
    """The secrets without which *venues* cannot be reached."""
    return tuple(name for name in SECRET_NAMES if name.partition(".")[0] in venues)


def found(secrets: Secrets, names: Sequence[str]) -> Iterator[Secret | Missing]:
    """
    Each of *names*, or that it is missing. A keyring that does not answer is asked once.

    Raises:
        Misconfigured: The file of secrets cannot be used.
    """
    trouble = ""
    for name in names:
        try:
            yield (None if trouble and name not in secrets.given else secrets.find(name)) or Missing(name, trouble)
        except RingTrouble as broken:
            trouble = str(broken)
            yield Missing(name, trouble)


def twins(secrets: Sequence[Secret]) -> list[tuple[str, str]]:
    """The names of secrets that are one and the same, two by two."""
    return [
        (one.name, other.name)
        for number, one in enumerate(secrets)
        for other in secrets[number + 1 :]
        if other.name != f"{one.name}{NEXT}"  # once senders have moved, the next one is the one in use
        and one.value.get_secret_value() == other.value.get_secret_value()
    ]


def connections_of(settings: Settings, venues: Sequence[Venue] | None = None) -> tuple["Connection", ...]:
    """
    The connection to each of *venues*, or to all that these settings want, sandbox first.

    Raises:
        Misconfigured: Something is missing (``not_connected``), or cannot be what it is called (``wrong_secret``).
    """
    venues = venues_of(settings) if venues is None else venues
    secrets = [*found(secrets_of(settings), needed(venues))]
    accounts = [f"{venue}.account" for venue in venues if not table_of(settings, venue).named]
    missing = [secret for secret in secrets if isinstance(secret, Missing)]
    if missing or accounts:
        raise _not_set_up(settings, missing, accounts)
    there = [secret for secret in secrets if isinstance(secret, Secret)]
    _require_plausible(there)
    values = {secret.name: secret.value for secret in there}
    return tuple(_connection(venue, table_of(settings, venue), used(settings, venue), values) for venue in venues)


def used(settings: Settings, venue: Venue) -> Mapping[str, str]:
    """
    The accounts at *venue* that are spoken to, by name; none where none is set.

    Where orders become real, all of them are rehearsed in the sandbox's first account, and its others are not used.
    """
    named = table_of(settings, venue).named
    only_rehearses = venue is Venue.SANDBOX and settings.has_live_venue
    return dict(islice(named.items(), 1)) if only_rehearses else named


def _connection(
    venue: Venue, table: VenueSettings, accounts: Mapping[str, str], secrets: Mapping[str, SecretStr]
) -> "Connection":
    from tastyflow_adapters.tastytrade.http.connection import Connection, Timeouts
    from tastyflow_adapters.tastytrade.http.rate_limits import Limits

    return Connection.to(
        venue,
        accounts=accounts,
        client_secret=secrets[f"{venue}.client_secret"],
        refresh_token=secrets[f"{venue}.refresh_token"],
        api_url=table.api_url,
        streamer_url=table.streamer_url,
        trusted_host=table.trusted_host or "",
        timeouts=Timeouts(connect_s=table.connect_s, read_s=table.read_s, order_s=table.order_s),
        limits=Limits(times=table.rate),
    )


def _not_set_up(settings: Settings, missing: Sequence[Missing], accounts: Sequence[str]) -> Misconfigured:
    names = [*(each.name for each in missing), *accounts]
    trouble = next((f" ({each.trouble})" for each in missing if each.trouble), "")
    ways = [f"tastyflow secrets set {missing[0].name}"] if missing else []
    ways += [f"set {variable(accounts[0])}"] if accounts else []
    return Misconfigured(
        f"The environment {settings.env} is not connected to tastytrade: {', '.join(names)} "
        f"{'is' if len(names) == 1 else 'are'} not set{trouble}. Nothing was placed.",
        code="not_connected",
        hint=f"Try: {' and '.join(ways)}, and so on; tastyflow doctor says how far it works. Without an account: "
        "TASTYFLOW_ENV=fake.",
    )


def _require_plausible(secrets: Sequence[Secret]) -> None:
    """Each failed login counts towards a block of hours; what cannot work is not tried."""
    now = datetime.now(UTC)
    for secret in secrets:
        about = opinion(secret.name, secret.value.get_secret_value(), now=now)
        if about.wrong:
            raise Misconfigured(
                f"{secret.name}, from the {secret.source}, cannot be right: {about.seen}.",
                code="wrong_secret",
                hint=f"{about.do} Then: tastyflow secrets set {secret.name}".strip(),
            )
    for one, other in twins(secrets):
        raise Misconfigured(
            f"{one} and {other} are the same: each venue has its own.",
            code="wrong_secret",
            hint="Sandbox and production have an OAuth application each, with its own secret and grant.",
        )
