"""
Where secrets are found, and kept: never in the settings' own file, never on a command line.

    environment ─▶ systemd's credential ─▶ secrets.toml in the home (0600) ─▶ keyring, service "tastyflow"

The first that has it.

    credentials   a folder of files that systemd hands to a service (``LoadCredential=discord_token:…``)
    file          the file, and who else could read it
    ring          the system's keyring, asked only when nothing else has the secret
    kinds         what a secret looks like, so that one in the wrong place is recognised
"""

from collections.abc import Mapping
from enum import StrEnum

from attrs import field, frozen
from pydantic import SecretStr

from tastyflow_adapters.config.choices import Choices
from tastyflow_adapters.secrets.credentials import NO_CREDENTIALS, Credentials
from tastyflow_adapters.secrets.file import SecretsFile
from tastyflow_adapters.secrets.ring import Ring, RingTrouble

__all__ = ["Credentials", "Ring", "RingTrouble", "Secret", "Secrets", "SecretsFile", "Source"]


class Source(StrEnum):
    """Where a secret was found."""

    ENVIRONMENT = "environment"
    CREDENTIAL = "credential"
    FILE = "file"
    KEYRING = "keyring"


@frozen
class Secret:
    """One secret; only `value` has it, and prints as asterisks."""

    name: str
    value: SecretStr
    source: Source


@frozen
class Secrets:
    """
    The secrets of one home.

    Attributes:
        given: Those of the environment, by name.
    """

    given: Mapping[str, SecretStr]
    file: SecretsFile
    ring: Ring = field(factory=Ring)
    credentials: Credentials = NO_CREDENTIALS

    @classmethod
    def of(cls, choices: Choices) -> "Secrets":
        """Where the secrets of these settings are looked for."""
        credentials = Credentials(choices.credentials)
        return cls(choices.given_secrets, SecretsFile(choices.secrets_file), credentials=credentials)

    def find(self, name: str) -> Secret | None:
        """
        The secret called *name*, from the first place that has it.

        Raises:
            Misconfigured: A credential or the file has it, or may have it, and cannot be used.
            RingTrouble: Nothing else has it, and the keyring does not say.
        """
        if name in self.given:
            return Secret(name, self.given[name], Source.ENVIRONMENT)
        if (handed := self.credentials.get(name)) is not None:
            return Secret(name, handed, Source.CREDENTIAL)
        if (kept := self.file.read().get(name)) is not None:
            return Secret(name, kept, Source.FILE)
        if (remembered := self.ring.get(name)) is not None:
            return Secret(name, remembered, Source.KEYRING)
        return None
