"""
What was chosen, as the rest of the program reads it: plain values, whose import costs nothing.

    Choices ─┬─ Untouched    what is built in (`config.loading` says when)
             └─ Settings     read from variables and the file, and checked (`config.settings`)
"""

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from tastyflow.domain.policy import Policy
from tastyflow.domain.risk.outcomes import Consequence
from tastyflow.domain.trader.accounts import MAIN
from tastyflow_adapters.config.anchors_choices import STANDARD as ANCHORS_STANDARD
from tastyflow_adapters.config.anchors_choices import AnchorsChoices
from tastyflow_adapters.config.discord_choices import OFF, DiscordChoices
from tastyflow_adapters.config.gex_choices import STANDARD, GexChoices
from tastyflow_adapters.config.log_address import LogAddress
from tastyflow_adapters.config.signals_choices import STANDARD as SIGNALS_STANDARD
from tastyflow_adapters.config.signals_choices import SignalsChoices

if TYPE_CHECKING:
    from pydantic import SecretStr

PREFIX: Final = "TASTYFLOW_"
HOME: Final = f"{PREFIX}HOME"
FILE: Final = "config.toml"
SECRETS_FILE: Final = "secrets.toml"
INSTALLATION: Final = "traders.db"
"""The log of the installation's traders, in the home."""
SIGNAL_RULES: Final = "signals"
"""The folder of the rules that raise signals, in the home."""
CREDENTIALS: Final = "CREDENTIALS_DIRECTORY"
"""systemd's variable (``LoadCredential=``)."""

PLATFORM: Final = "cli"
"""The platform of identities on the command line, and of programs that use this library."""

DEMO: Final = "demo"
"""The trader whom the first use creates in fake, and before simulators."""


DRAIN_S: Final = 30.0

TO_TRY: Final[Mapping[str, Any]] = {
    "hours": Consequence.WARN,
    "beyond_collar": Consequence.REFUSE,
    "approval_above_usd": None,
    "approval_permissions": (),
}
"""What the policy says, unless chosen, where nothing can be lost: one person can try everything, at any hour."""


class Environment(StrEnum):
    """How far an order may go."""

    FAKE = "fake"
    SANDBOX = "sandbox"
    PRODUCTION = "production"


class Choices(ABC):
    """
    Everything that can be chosen but the venues.

    Attributes:
        trader: For whom the command line orders; unset: ``demo`` where nothing can be lost, else the user who types.
        now: What the clock reads at the start; in fake only.
        fake_fills: ``quote`` fills against the quotes, ``table`` by the fixed table of tastytrade's old sandbox.
        fake_cash_usd: What a new fake account begins with.
        fake_accounts: The names of the fake accounts; each has a book of its own.
        simulated: Both venues are simulators on this machine; everything else is refused then.
        verbosity: How much of the neighbours' own logs is written to standard error, secrets masked.
    """

    home: Path
    env: Environment
    trader: str | None
    now: datetime | None
    fake_fills: Literal["quote", "table"]
    fake_cash_usd: Decimal
    fake_accounts: tuple[str, ...]
    simulated: bool
    verbosity: Literal["warning", "info", "debug"]

    @property
    @abstractmethod
    def rules(self) -> Policy:
        """The policy in force."""

    @property
    def given_secrets(self) -> "Mapping[str, SecretStr]":
        """The secrets that variables set, by name."""
        return {}

    @property
    def credentials(self) -> Path | None:
        """The folder of the credentials that systemd hands to this service; None where it hands none."""
        folder = os.environ.get(CREDENTIALS, "")
        return Path(folder) if folder else None

    @property
    def discord(self) -> DiscordChoices:
        """What was chosen for Discord."""
        return OFF

    @property
    def gex(self) -> GexChoices:
        """What was chosen for gamma exposure."""
        return STANDARD

    @property
    def anchors(self) -> AnchorsChoices:
        """What was chosen for anchors of the log."""
        return ANCHORS_STANDARD

    @property
    def signals(self) -> SignalsChoices:
        """What was chosen for signals."""
        return SIGNALS_STANDARD

    @property
    def health_port(self) -> int:
        """Where the service tells its health on this machine; 0 for any port that is free."""
        return 0

    @property
    def drain_s(self) -> float:
        """How long a service that is asked to stop waits for the orders in hand."""
        return DRAIN_S

    @property
    def account_names(self) -> tuple[str, ...]:
        """The names of the accounts that orders can be for, the first one first; none where none is set yet."""
        return self.fake_accounts

    @property
    def folder(self) -> Path:
        """Where this environment keeps its files. What is tried before simulators never stands beside what is real."""
        return self.home / (f"{self.env.value}-simulated" if self.is_simulated else self.env.value)

    @property
    def log(self) -> LogAddress:
        """Where the event log of this environment is."""
        return self.log_called(self.folder.name) or LogAddress.file(self.folder / "log.db")

    @property
    def log_url(self) -> str:
        """The PostgreSQL database that the logs are kept in; empty for files in the home."""
        return ""

    def log_called(self, name: str) -> LogAddress | None:
        """The log called *name* on the server, where the logs are kept on one: each in a schema of its own."""
        return LogAddress.server(self.log_url, f"tastyflow_{name.replace('-', '_')}") if self.log_url else None

    @property
    def secrets_file(self) -> Path:
        """Where secrets are kept that no keyring keeps."""
        return self.home / SECRETS_FILE

    @property
    def signal_rules(self) -> Path:
        """Where the rules that raise signals are, a TOML file each; the same for every environment."""
        return self.home / SIGNAL_RULES

    @property
    def begins_with_demo(self) -> bool:
        """Whether the first use makes a trader to try it with."""
        return self.env is Environment.FAKE or self.simulated

    @property
    def is_simulated(self) -> bool:
        """Whether orders go to simulators; in fake they go to no venue on the network at all."""
        return self.simulated and self.env is not Environment.FAKE

    @property
    def has_live_venue(self) -> bool:
        """Whether an order can go further than its rehearsal."""
        return self.env is not Environment.SANDBOX

    @property
    def default_trader(self) -> str | None:
        """For whom an order is where none is named on the command line; None for the user who types it."""
        return self.trader if self.trader is not None else DEMO if self.begins_with_demo else None


class Untouched(Choices):
    """What is built in, for a *home* of which nothing else is chosen."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.env = Environment.FAKE
        self.trader = None
        self.now = None
        self.fake_fills = "quote"
        self.fake_cash_usd = Decimal(1_000_000)
        self.fake_accounts = (MAIN,)
        self.simulated = False
        self.verbosity = "warning"

    @property
    def rules(self) -> Policy:
        return Policy(fills_follow_quotes=True, **TO_TRY)


def home() -> Path:
    """Where everything is kept."""
    chosen = next((value for name, value in os.environ.items() if name.upper() == HOME), "")
    return Path(chosen or default_home()).expanduser().absolute()


def default_home() -> Path:
    """Where it is kept unless chosen otherwise."""
    from platformdirs import user_data_path

    return user_data_path("tastyflow", appauthor=False)
