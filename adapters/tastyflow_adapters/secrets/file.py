"""
The file of secrets: the owner's alone, or it is not used at all.

    [sandbox]
    client_secret = "..."
    refresh_token = "..."

    [signals]
    NAME_OF_A_RULE = "..."

It is written whole and put in place in one step; a reader sees the old one or the new one.
"""

import json
import os
import stat
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from attrs import frozen
from pydantic import SecretStr

from tastyflow.errors import Misconfigured
from tastyflow_adapters.config.secret_names import ONE_WORD, SECRETS_OF, SIGNALS, WITH_SECRETS, is_secret
from tastyflow_adapters.figures import read_toml

OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
MAX_BYTES: Final = 100_000
TABLES: Final = ", ".join(f"[{table}]" for table in WITH_SECRETS)


@frozen
class SecretsFile:
    """The secrets kept at *path*, by names such as ``sandbox.refresh_token``."""

    path: Path

    def read(self) -> Mapping[str, SecretStr]:
        """
        What it holds; nothing where there is none.

        Raises:
            Misconfigured: code ``secrets_exposed`` where others could read it, ``secrets_unreadable`` where it cannot
                be understood. No message repeats what is in it.
        """
        try:
            with self.path.open("rb") as opened:
                self._require_private(os.fstat(opened.fileno()))
                text = opened.read(MAX_BYTES + 1)
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except OSError as error:
            raise self._unreadable(error.strerror or type(error).__name__) from None
        if len(text) > MAX_BYTES:
            raise self._unreadable("it is too long")
        try:
            tables = read_toml(text.decode())
        except ValueError as error:
            raise self._unreadable(f"it is not TOML{_position(error)}") from None
        return {name: SecretStr(value) for name, value in self._flat(tables).items()}

    def write(self, name: str, value: SecretStr) -> None:
        """
        Keep *value* as *name* beside what is there already.

        Raises:
            Misconfigured: What is there cannot be used, or the folder cannot be written.
        """
        kept = {known: secret.get_secret_value() for known, secret in self.read().items()}
        lines = _toml(kept | {name: value.get_secret_value()})
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, beside = tempfile.mkstemp(dir=self.path.parent, prefix=f"{self.path.name}.")  # for the owner
            try:
                with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
                    opened.write(lines)
                    opened.flush()
                    os.fsync(opened.fileno())
                Path(beside).replace(self.path)
            except BaseException:
                with suppress(OSError):
                    Path(beside).unlink()
                raise
        except OSError as error:
            raise Misconfigured(
                f"{self.path} cannot be written: {error.strerror or type(error).__name__}.",
                code="secrets_unwritable",
                hint="Set TASTYFLOW_HOME to a folder that you may write to.",
            ) from None

    def _require_private(self, about: os.stat_result) -> None:
        if not stat.S_ISREG(about.st_mode):
            raise self._unreadable("it is no ordinary file")
        if os.name != "posix":
            return  # who may read a file is not in its mode there
        if about.st_uid != os.geteuid():
            raise Misconfigured(
                f"{self.path} belongs to another user, and is not used.",
                code="secrets_exposed",
                hint=f"Make it yours (chown), or remove it and store the secrets anew: tastyflow secrets set {NAME}",
            )
        if about.st_mode & OTHERS:
            raise Misconfigured(
                f"{self.path} can be used by others (mode {stat.S_IMODE(about.st_mode):04o}), and is not used.",
                code="secrets_exposed",
                hint=f"Run: chmod 600 {self.path}. If others were on this machine, make new secrets.",
            )

    def _flat(self, tables: Mapping[str, Any]) -> dict[str, str]:
        found: dict[str, str] = {}
        for table, keys in tables.items():
            if table not in WITH_SECRETS or not isinstance(keys, dict):
                raise self._unreadable(f"it has something beside the tables {TABLES}")
            for key, value in keys.items():
                if not is_secret(table, key):
                    known = "names of rules" if table == SIGNALS else " and ".join(SECRETS_OF[table])
                    raise self._unreadable(f"[{table}] has something beside {known}")
                if not isinstance(value, str) or not ONE_WORD.fullmatch(value.strip() or "-"):
                    raise self._unreadable(f"{table}.{key} is no secret: it is one word in quotes")
                if value.strip():
                    found[f"{table}.{key}"] = value.strip()
        return found

    def _unreadable(self, why: str) -> Misconfigured:
        return Misconfigured(
            f"{self.path} cannot be used: {why}.",
            code="secrets_unreadable",
            hint=f"Mend it, or remove it and store the secrets anew: tastyflow secrets set {NAME}",
        )


NAME: Final = "sandbox.refresh_token"
"""An example."""


def _toml(secrets: Mapping[str, str]) -> str:
    lines = []
    of_rules = sorted(name.partition(".")[2] for name in secrets if name.startswith(f"{SIGNALS}."))
    for table, keys in {**SECRETS_OF, SIGNALS: of_rules}.items():
        kept = {key: secrets[f"{table}.{key}"] for key in keys if f"{table}.{key}" in secrets}
        if kept:
            lines += [f"[{table}]", *(f"{key} = {json.dumps(value)}" for key, value in kept.items()), ""]
    return "\n".join(lines)


def _position(error: ValueError) -> str:
    """Where the text stops being TOML, without any of it."""
    line = str(error).rpartition("(at line ")[2].partition(",")[0]
    return f" (line {line})" if line.isdigit() else ""
