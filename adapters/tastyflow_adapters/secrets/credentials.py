"""
The credentials that systemd hands to a service: a folder that only the service can read, with a file for each secret.

    LoadCredential=discord_token:/etc/tastyflow/discord_token ─▶ $CREDENTIALS_DIRECTORY/discord_token ─▶ discord.token
"""

from pathlib import Path
from typing import Final

from attrs import frozen
from pydantic import SecretStr

from tastyflow.errors import Misconfigured
from tastyflow_adapters.config.secret_names import MAX_SECRET, ONE_WORD, underscored


@frozen
class Credentials:
    """The credentials in *folder*; none where there is no folder."""

    folder: Path | None

    def get(self, name: str) -> SecretStr | None:
        """
        What is handed over as *name*, ``discord_token`` for ``discord.token``; None where nothing is.

        Raises:
            Misconfigured: code ``secrets_unreadable``: the file holds no secret. Nothing of it is repeated.
        """
        if self.folder is None:
            return None
        file = self.folder / underscored(name)
        try:
            with file.open("rb") as opened:
                value = opened.read(MAX_SECRET + 1).decode().strip()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError) as error:
            raise _unreadable(file, getattr(error, "strerror", None) or "it is no text") from None
        if not ONE_WORD.fullmatch(value) or len(value) > MAX_SECRET:
            raise _unreadable(file, "a secret is one word of ordinary characters")
        return SecretStr(value)


NO_CREDENTIALS: Final = Credentials(None)


def _unreadable(file: Path, why: str) -> Misconfigured:
    return Misconfigured(
        f"The credential {file} cannot be used: {why}.",
        code="secrets_unreadable",
        hint="Look at LoadCredential= of the service, and at the file that it names.",
    )
