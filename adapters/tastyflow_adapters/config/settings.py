"""
What the operator chose: variables ``TASTYFLOW_*``, then ``config.toml`` in the home, then what is built in.

    TASTYFLOW_HOME               where everything is kept; a folder for each environment, so that none shares a log
    TASTYFLOW_ENV                fake (when unset) │ sandbox │ production
    TASTYFLOW_POLICY__FOLLOW_S   follow_s in the table [policy] of the file

A setting is a field of `Settings`: its name is the key of the file and, in capitals, the variable. A key or value that
is not understood is one clear message, whatever else may be wrong; nothing is skipped. Nothing of the tables of the
venues is ever repeated in a message: a secret may have been pasted into the wrong line.
"""

import os
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import parse_qs, urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from tastyflow.domain.expirations import NEW_YORK
from tastyflow.domain.policy import Confirm, Policy
from tastyflow.domain.trader.accounts import MAIN
from tastyflow.errors import Misconfigured
from tastyflow_adapters.config.anchors_choices import AnchorsChoices
from tastyflow_adapters.config.anchors_settings import AnchorsSettings
from tastyflow_adapters.config.anchors_settings import contradictions as anchors_contradictions
from tastyflow_adapters.config.choices import FILE, PREFIX, TO_TRY, Choices, Environment, default_home, home
from tastyflow_adapters.config.complaints import HINT, NESTED, Complaints, misconfigured
from tastyflow_adapters.config.discord_choices import TOKEN, DiscordChoices
from tastyflow_adapters.config.discord_settings import DiscordSettings
from tastyflow_adapters.config.discord_settings import contradictions as discord_contradictions
from tastyflow_adapters.config.gex_choices import GexChoices
from tastyflow_adapters.config.gex_settings import GexSettings
from tastyflow_adapters.config.gex_settings import contradictions as gex_contradictions
from tastyflow_adapters.config.policy_settings import PolicySettings
from tastyflow_adapters.config.secret_names import OPERATORS, SIGNALS, WITH_SECRETS, is_secret
from tastyflow_adapters.config.service_settings import ServiceSettings
from tastyflow_adapters.config.signals_choices import SignalsChoices
from tastyflow_adapters.config.signals_settings import SignalsSettings
from tastyflow_adapters.config.signals_settings import contradictions as signals_contradictions
from tastyflow_adapters.config.venue_settings import (
    AccountName,
    OperatorsSettings,
    ProductionSettings,
    SandboxSettings,
    VenueSettings,
    disagreements,
)
from tastyflow_adapters.config.waits import contradictions
from tastyflow_adapters.figures import read_toml

AT_A_VENUE: Final = {"rest_wait_s": 2.0, "follow_s": 3.0}
"""What is waited for longer, unless chosen, where a network lies in between."""
YEARS: Final = range(2001, 2095)
"""The years whose trading days are known well enough to rehearse a date in them."""
LIKE_A_SECRET: Final = 16


class Settings(Choices, BaseSettings):
    """
    Everything that can be chosen, read and checked.

    Attributes:
        now: Without an offset it is New York's.
        operators: How the operators are told of incidents.
        discord_table: Where orders are taken in chat; the table [discord].
        gex_table: How gamma exposure is worked out; the table [gex].
        signals_table: Where alerts of others are taken; the table [signals].
        log_at: The PostgreSQL database that the logs are kept in; unset for files in the home.
        anchors_table: How often the head of the log is signed, and where it is published; the table [anchors].
        sandbox, production: Where the venues are, and whose account there.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_prefix_target="all",
        env_nested_delimiter=NESTED,
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    home: Path = Field(default_factory=default_home)
    env: Environment = Environment.FAKE
    trader: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    now: datetime | None = None
    fake_fills: Literal["quote", "table"] = "quote"
    fake_cash_usd: Annotated[Decimal, Field(ge=0, le=1_000_000_000_000, allow_inf_nan=False)] = Decimal(1_000_000)
    fake_accounts: Annotated[tuple[AccountName, ...], Field(min_length=1, max_length=50)] = (MAIN,)
    simulated: bool = False
    verbosity: Literal["warning", "info", "debug"] = "warning"
    policy: PolicySettings = PolicySettings()
    service: ServiceSettings = ServiceSettings()
    operators: OperatorsSettings = OperatorsSettings()
    discord_table: DiscordSettings = Field(default=DiscordSettings(), alias="discord")
    gex_table: GexSettings = Field(default=GexSettings(), alias="gex")
    signals_table: SignalsSettings = Field(default=SignalsSettings(), alias="signals")
    log_at: Annotated[str, Field(max_length=500)] = Field(default="", alias="log")
    anchors_table: AnchorsSettings = Field(default=AnchorsSettings(), alias="anchors")
    sandbox: SandboxSettings = SandboxSettings()
    production: ProductionSettings = ProductionSettings()

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("now", mode="before")
    @classmethod
    def _moment(cls, value: object) -> object:
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(str(value)) if isinstance(value, str | date) else value
        except ValueError:
            moment = None
        if not isinstance(moment, datetime) or moment.year not in YEARS:
            raise ValueError("write it as 2026-11-20T10:30, in New York's time, or with an offset")
        return moment if moment.tzinfo else moment.replace(tzinfo=NEW_YORK)

    @field_validator("log_at")
    @classmethod
    def _server(cls, value: str) -> str:
        if not value:
            return value
        try:
            url = urlsplit(value)
            is_url = url.port is None or url.port > 0
        except ValueError:
            is_url = False
        if not is_url or url.scheme not in ("postgresql", "postgres") or not url.path.strip("/"):
            raise ValueError("write it as postgresql://user@host:5432/database")
        if url.password is not None or "password" in parse_qs(url.query):
            raise ValueError("it has a password in it: change that one, and keep the new one in ~/.pgpass (PGPASSFILE)")
        return value

    @field_validator("fake_accounts")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value):
            raise ValueError("each account is named once")
        return value

    @property
    def account_names(self) -> tuple[str, ...]:
        if self.env is Environment.FAKE:
            return self.fake_accounts
        return tuple((self.sandbox if self.env is Environment.SANDBOX else self.production).named)

    @property
    def health_port(self) -> int:
        return self.service.health_port

    @property
    def drain_s(self) -> float:
        return self.service.drain_s

    @property
    def discord(self) -> DiscordChoices:
        return self.discord_table.chosen

    @property
    def gex(self) -> GexChoices:
        return self.gex_table.chosen

    @property
    def log_url(self) -> str:
        return self.log_at

    @property
    def anchors(self) -> AnchorsChoices:
        return self.anchors_table.chosen

    @property
    def signals(self) -> SignalsChoices:
        return self.signals_table.chosen

    @property
    def given_secrets(self) -> Mapping[str, SecretStr]:
        venues = {"sandbox": self.sandbox, "production": self.production}
        given = {f"{name}.{key}": value for name, venue in venues.items() for key, value in venue.secrets()}
        others = {OPERATORS: self.operators.urls, TOKEN: self.discord_table.token}
        return given | {name: value for name, value in others.items() if value is not None}

    @property
    def rules(self) -> Policy:
        """
        The policy in force.

        Only the fake venue's quotes say what must fill, and not where the table fills. Where nothing can be lost the
        hour only warns, and no second person is waited for: it can be tried at any time, by one person. In production,
        who orders at a terminal is asked.
        """
        numbers = self.policy.model_dump()
        if self.begins_with_demo:
            numbers |= {name: value for name, value in TO_TRY.items() if name not in self.policy.model_fields_set}
        if self.env is Environment.PRODUCTION and not self.simulated and "confirm" not in self.policy.model_fields_set:
            numbers["confirm"] = Confirm.ABOVE
        if self.env is Environment.FAKE:
            return Policy(**numbers, fills_follow_quotes=self.fake_fills == "quote")
        slower = {name: wait for name, wait in AT_A_VENUE.items() if name not in self.policy.model_fields_set}
        return Policy(**numbers | slower, fills_follow_quotes=False)


class _FromFile(Settings):
    """Settings whose arguments were read from the file: a variable comes before them."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings


def load() -> Settings:
    """
    Read the settings.

    Raises:
        Misconfigured: Keys or values that are not understood, or a file that cannot be read; one message.
    """
    file = home() / FILE
    complaints = Complaints(Settings, PREFIX)
    if unknown := [*complaints.unknown_variables(os.environ)]:
        raise misconfigured(unknown)
    chosen = _read(file)
    _refuse_secrets(chosen, file)
    try:
        Settings(**chosen)  # the file by itself: what a variable overrides must be right all the same
        settings = _FromFile(**chosen)
    except ValidationError as error:
        findings = error.errors(include_url=False)
        raise misconfigured(complaints.sentence(each, file, chosen) for each in findings) from None
    except (SettingsError, RecursionError) as error:
        told = error if isinstance(error, SettingsError) else "A setting is nested too deeply"
        raise misconfigured([*complaints.no_json(os.environ)] or [f"{told}."]) from None
    if settings.now is not None and not settings.begins_with_demo:
        raise misconfigured(
            [f"{('now' in chosen and file) or f'{PREFIX}NOW'} turns the clock, which only the fake environment allows."]
        )
    check(settings)
    return settings


def check(settings: Settings) -> None:
    """
    Whether the two venues are what they are called, no wait contradicts another, and the chat has a place.

    Raises:
        Misconfigured: They are not, or one does; nothing was sent to either.
    """
    wrong = disagreements(
        settings.sandbox,
        settings.production,
        simulated=settings.simulated,
        has_live_venue=settings.env is Environment.PRODUCTION,
    )
    dialled: dict[str, VenueSettings] = {}
    if settings.env is not Environment.FAKE:
        dialled = {"sandbox": settings.sandbox}
    if settings.env is Environment.PRODUCTION:
        dialled["production"] = settings.production
    beside = [*discord_contradictions(settings.discord_table), *gex_contradictions(settings.gex_table)]
    beside += signals_contradictions(settings.signals_table)
    beside += anchors_contradictions(settings.anchors_table, has_discord=settings.discord.is_on)
    if sentences := [*wrong, *contradictions(settings.rules, dialled), *beside]:
        raise misconfigured(sentences)


def _refuse_secrets(chosen: dict[str, Any], file: Path) -> None:
    tables = ((name, table) for name in WITH_SECRETS if isinstance(table := chosen.get(name), dict))
    found = [f"{name}.{key}" for name, table in tables for key in table if _holds_secret(name, key, table[key])]
    if found:
        raise Misconfigured(
            f"{file}: {' and '.join(found)} {'is a secret' if len(found) == 1 else 'are secrets'}, and this file is "
            "not for secrets.",
            code="secret_in_settings",
            hint=f"Take it out, then store it: tastyflow secrets set {found[0]}",
        )


def _holds_secret(table: str, key: str, value: object) -> bool:
    """Whether a secret stands there; of a rule's, which may have any name, one that is long enough to be one."""
    return is_secret(table, key) and (table != SIGNALS or (isinstance(value, str) and len(value) >= LIKE_A_SECRET))


def _read(file: Path) -> dict[str, Any]:
    try:
        found = read_toml(file.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except PermissionError:
        if not os.access(file.parent, os.X_OK):
            return {}  # the home itself cannot be used: opening it says so
        raise Misconfigured(f"{file} cannot be read: permission denied.", hint=HINT) from None
    except (OSError, ValueError) as error:  # no UTF-8 and no TOML are both a ValueError
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise Misconfigured(f"{file} cannot be read: {why}.", hint=HINT) from None
    if "home" in found:
        raise misconfigured([f"{file}: 'home' cannot be set by the file that is kept there; use {PREFIX}HOME."])
    return found
