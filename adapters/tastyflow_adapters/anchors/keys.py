"""
The key of an installation, which signs the anchors of all its logs.

    private    in the system's keyring, else ``anchor.key`` in the home (0600)
    public     ``anchor_keys.jsonl`` in the home: this key and those before it, each signed by the one before

Without the public file there is no key, and nothing is anchored: no command makes one by itself.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from stat import S_IMODE
from typing import TYPE_CHECKING, Final

from tastyflow.domain.anchor import KeyStep
from tastyflow.errors import Misconfigured
from tastyflow_adapters.anchors.ed25519 import SigningKey

if TYPE_CHECKING:
    from tastyflow_adapters.secrets.ring import Ring

PUBLIC: Final = "anchor_keys.jsonl"
PRIVATE: Final = "anchor.key"
IN_RING: Final = "anchors.key"
MAKE: Final = "Make one: tastyflow audit key"


class AnchorKeys:
    """
    The keys of the home at *home*.

    Args:
        ring: The keyring; None for none.
    """

    def __init__(self, home: Path, ring: "Ring | None" = None) -> None:
        self._home = home
        self._ring = ring

    @property
    def exist(self) -> bool:
        return (self._home / PUBLIC).exists()

    def steps(self) -> Sequence[KeyStep]:
        """
        The public keys, the oldest first; none where there is no key.

        Raises:
            Misconfigured: code ``bad_anchor_key``.
        """
        return read_steps(self._home / PUBLIC)

    def signer(self) -> SigningKey:
        """
        The key that signs now.

        Raises:
            Misconfigured: code ``no_anchor_key`` or ``bad_anchor_key``.
        """
        steps = self.steps()
        if not steps:
            raise Misconfigured("There is no key that signs anchors.", code="no_anchor_key", hint=MAKE)
        key = self._private()
        if key is None or key.fingerprint != steps[-1].fingerprint:
            where = "is not the one of its public half" if key else "is neither in the keyring nor in the home"
            raise Misconfigured(
                f"The key that signs anchors {where}, {steps[-1].fingerprint}.",
                code="bad_anchor_key",
                hint=f"Put {PRIVATE} back from its backup, or begin anew: tastyflow audit key --replace-lost",
            )
        return key

    def make(self, at: datetime, *, to_file: bool = False, lost: bool = False) -> tuple[KeyStep, str]:
        """
        Make a key: the first one, or the one after the present one, which signs it.

        Args:
            to_file: Into the home also where there is a keyring.
            lost: The present one is gone: the new one is signed by none, and must be compared by a person.

        Returns:
            Its public half, and where the private one is kept, in words.

        Raises:
            Misconfigured: The present key cannot be used; nothing was changed.
            OSError: It cannot be written.
        """
        before = None if lost or not self.exist else self.signer()
        key = SigningKey.made()
        step = KeyStep(key.public, at, before.fingerprint if before else "")
        if before is not None:
            step = KeyStep(step.public, step.at, step.before, before.sign(step.signed))
        where = self._keep(key, to_file=to_file)
        with (self._home / PUBLIC).open("a", encoding="utf-8") as file:
            file.write(step.line + "\n")
            file.flush()
            os.fsync(file.fileno())
        return step, where

    def _keep(self, key: SigningKey, *, to_file: bool) -> str:
        path = self._home / PRIVATE
        if self._ring is not None and not to_file and not path.exists() and self._ring.is_usable:
            from pydantic import SecretStr

            self._ring.set(IN_RING, SecretStr(key.seed.hex()))
            return "the system's keyring"
        new = path.with_name(f"{PRIVATE}.new")
        with suppress(FileNotFoundError):
            new.unlink()
        with os.fdopen(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
            file.write(key.seed.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        return str(path)

    def _private(self) -> SigningKey | None:
        path = self._home / PRIVATE
        try:
            about = path.stat()
        except FileNotFoundError:
            kept = self._ring.get(IN_RING) if self._ring is not None else None
            text = kept.get_secret_value() if kept is not None else ""
        else:
            if S_IMODE(about.st_mode) & 0o077:
                raise Misconfigured(
                    f"{path} can be read by other users of this machine.",
                    code="bad_anchor_key",
                    hint=f"chmod 600 {path}, and make another key: tastyflow audit key --rotate",
                )
            text = path.read_text(encoding="ascii", errors="replace").strip()
        try:
            seed = bytes.fromhex(text)
        except ValueError:
            return None
        return SigningKey(seed) if len(seed) == len(SigningKey.made().seed) else None


def read_steps(path: Path) -> Sequence[KeyStep]:
    """
    The public keys in the file at *path*; none where there is no such file.

    Raises:
        Misconfigured: code ``bad_anchor_key``: a line of it is none.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{path} cannot be read: {type(error).__name__}.", code="bad_anchor_key") from error
    try:
        return tuple(KeyStep.from_line(line) for line in lines if line.strip())
    except ValueError as error:
        raise Misconfigured(f"A line of {path} is no public key: {error}.", code="bad_anchor_key") from error
