"""
What the operator chose: variables ``TASTYFLOW_*``, then ``config.toml`` in the home, then what is built in.

    TASTYFLOW_HOME               where everything is kept; a folder for each environment, so that none shares a log
    TASTYFLOW_ENV                fake (when unset) │ sandbox │ production
    TASTYFLOW_POLICY__FOLLOW_S   follow_s in the table [policy] of the file

A setting is a field of `Settings`: its name is the key of the file and, in capitals, the variable. A key or value that
is not understood is one clear message, whatever else may be wrong; nothing is skipped.
"""

import getpass
import json
import os
import tomllib
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_origin

from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from tastyflow.domain.expirations import NEW_YORK
from tastyflow.domain.policy import Policy
from tastyflow.errors import Misconfigured

PREFIX: Final = "TASTYFLOW_"
NESTED: Final = "__"
FILE: Final = "config.toml"
HINT: Final = "Mend it, then try again; nothing was done."
STANDARD: Final = Policy()
YEARS: Final = range(2001, 2095)
"""The years whose trading days are known well enough to rehearse a date in them."""

Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
Waits = Annotated[tuple[Seconds, ...], Field(min_length=1, max_length=20)]


class Environment(StrEnum):
    """How far an order may go."""

    FAKE = "fake"
    SANDBOX = "sandbox"
    PRODUCTION = "production"


class PolicySettings(BaseModel):
    """The numbers of `tastyflow.domain.policy.Policy`; which checks must pass is not the file's to loosen."""

    model_config = ConfigDict(extra="forbid")

    proof_valid_s: Seconds = STANDARD.proof_valid_s
    max_attempts: Annotated[int, Field(ge=1, le=10)] = STANDARD.max_attempts
    rest_wait_s: Seconds = STANDARD.rest_wait_s
    fill_wait_s: Seconds = STANDARD.fill_wait_s
    news_wait_s: Seconds = STANDARD.news_wait_s
    search_waits_s: Waits = STANDARD.search_waits_s
    retry_waits_s: Waits = STANDARD.retry_waits_s
    settle_s: Seconds = STANDARD.settle_s
    follow_s: Seconds = STANDARD.follow_s


class Settings(BaseSettings):
    """
    Everything that can be chosen.

    Attributes:
        trader: Who orders on the command line; ``demo`` in fake, else who is logged in.
        now: What the clock reads at the start; in fake only. Without an offset it is New York's.
        fake_fills: ``quote`` fills against the quotes, ``table`` by the fixed table of tastytrade's old sandbox.
        fake_cash_usd: What a new fake account begins with.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter=NESTED, env_ignore_empty=True, extra="forbid", frozen=True
    )

    home: Path = Field(default_factory=lambda: user_data_path("tastyflow", appauthor=False))
    env: Environment = Environment.FAKE
    trader: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    now: datetime | None = None
    fake_fills: Literal["quote", "table"] = "quote"
    fake_cash_usd: Annotated[Decimal, Field(ge=0, le=1_000_000_000_000, allow_inf_nan=False)] = Decimal(1_000_000)
    policy: PolicySettings = PolicySettings()

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

    @property
    def folder(self) -> Path:
        """Where this environment keeps its files."""
        return self.home / self.env.value

    @property
    def log(self) -> Path:
        """The event log of this environment."""
        return self.folder / "log.db"

    @property
    def rules(self) -> Policy:
        """The policy in force; the table of the old sandbox fills by no quote."""
        return Policy(**self.policy.model_dump(), fills_follow_quotes=self.fake_fills == "quote")

    @property
    def has_live_venue(self) -> bool:
        """Whether an order can go further than its rehearsal."""
        return self.env is not Environment.SANDBOX

    @property
    def default_trader(self) -> str:
        """
        Who orders where nobody is named.

        Raises:
            Misconfigured: code ``no_trader``: nobody is logged in, as in some containers.
        """
        if self.trader is not None:
            return self.trader
        if self.env is Environment.FAKE:
            return DEMO
        try:
            return getpass.getuser()
        except (OSError, KeyError, ImportError):
            raise Misconfigured(
                "Nobody is logged in here.", code="no_trader", hint="Say who orders: --as NAME, or TASTYFLOW_TRADER."
            ) from None


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


DEMO: Final = "demo"
"""The trader whom the first use of the fake environment creates."""


def load() -> Settings:
    """
    Read the settings.

    Raises:
        Misconfigured: Keys or values that are not understood, or a file that cannot be read; one message.
    """
    file = _home() / FILE
    wrong = [*_unknown_variables()]
    if wrong:
        raise _misconfigured(wrong)
    chosen = _read(file)
    try:
        Settings(**chosen)  # the file by itself: what a variable overrides must be right all the same
        settings = _FromFile(**chosen)
    except ValidationError as error:
        raise _misconfigured(
            [_sentence(dict(each), file, chosen) for each in error.errors(include_url=False)]
        ) from None
    except SettingsError as error:
        raise _misconfigured([*_no_json()] or [f"{error}."]) from None
    if settings.now is not None and settings.env is not Environment.FAKE:
        raise _misconfigured(
            [f"{('now' in chosen and file) or f'{PREFIX}NOW'} turns the clock, which only the fake environment allows."]
        )
    return settings


def _home() -> Path:
    chosen = next((value for name, value in os.environ.items() if name.upper() == f"{PREFIX}HOME"), "")
    default = Settings.model_fields["home"].get_default(call_default_factory=True)
    return Path(chosen or default).expanduser().absolute()


def _read(file: Path) -> dict[str, Any]:
    try:
        found = tomllib.loads(file.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except PermissionError:
        if not os.access(file.parent, os.X_OK):
            return {}  # it is the home that cannot be used, and whoever opens it says so
        raise Misconfigured(f"{file} cannot be read: permission denied.", hint=HINT) from None
    except (OSError, ValueError) as error:  # no UTF-8 and no TOML are both a ValueError
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise Misconfigured(f"{file} cannot be read: {why}.", hint=HINT) from None
    if "home" in found:
        raise _misconfigured([f"{file}: 'home' cannot be set by the file that is kept there; use {PREFIX}HOME."])
    return found


def _fields(model: type[BaseModel] = Settings, above: str = "") -> Iterator[tuple[str, Any]]:
    for name, about in model.model_fields.items():
        yield f"{above}{name}", about.annotation
        if isinstance(about.annotation, type) and issubclass(about.annotation, BaseModel):
            yield from _fields(about.annotation, f"{above}{name}{NESTED}")


def _keys() -> list[str]:
    return [key for key, _ in _fields()]


def _no_json() -> Iterator[str]:
    """The variables that hold a list or a table, and are not written as one."""
    lists = {f"{PREFIX}{key.upper()}" for key, kind in _fields() if get_origin(kind) or kind is PolicySettings}
    for name, value in os.environ.items():
        try:
            json.loads(value if name.upper() in lists and value else "[]")
        except ValueError:
            yield f"{name} is {value[:80]!r}: write it as JSON, such as [0.5, 1]."


def _unknown_variables() -> Iterator[str]:
    known = [f"{PREFIX}{key.upper()}" for key in _keys()]
    for name in sorted(os.environ):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            yield f"There is no setting {name}.{_meant(name.upper(), known)}"


def _sentence(error: dict[str, Any], file: Path, chosen: dict[str, Any]) -> str:
    where = tuple(str(part) for part in error["loc"])
    name = _name(where, error["input"], file, chosen)
    if error["type"] == "extra_forbidden":
        known = [key.replace(NESTED, ".") for key in _keys() if key != "home"]
        return f"{file}: there is no setting '{'.'.join(where)}'.{_meant('.'.join(where), known)}"
    if error["type"] in ("enum", "literal_error"):
        choices = str(error["ctx"]["expected"])
        meant = _meant(str(error["input"]), choices.split("'"))
        return f"{name} is {error['input']!r}: choose {choices}.{meant}"
    told = str(error["msg"]).removeprefix("Value error, ")
    return f"{name} is {str(error['input'])[:80]!r}: {told[:1].lower()}{told[1:]}."


def _name(where: Sequence[str], value: object, file: Path, chosen: Any) -> str:
    """The place at which the operator wrote *value*: the key of the file that holds it, else the variable."""
    keys = [part for part in where if not part.isdigit()]
    for key in keys:
        chosen = chosen.get(key) if isinstance(chosen, dict) else None
    in_file = chosen == value or (isinstance(chosen, list) and value in chosen)
    return f"{file}: {'.'.join(keys)}" if in_file else PREFIX + NESTED.join(keys).upper()


def _meant(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f" Did you mean {close[0]}?" if close else ""


def _misconfigured(sentences: list[str]) -> Misconfigured:
    return Misconfigured(" ".join(sentences), hint=HINT)
