"""
The system's keyring, which may be missing, locked, broken or silent: each is reported, and none is waited for.

    Ring.get ─▶ a thread that can be left waiting ─▶ keyring ─▶ Keychain, Secret Service, Credential Locker...

keyring is imported when it is asked for the first time: it looks through all installed packages for its backends.
"""

from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final, TypeVar

from attrs import frozen
from pydantic import SecretStr

T = TypeVar("T")
SERVICE: Final = "tastyflow"
PATIENCE_S: Final = 30.0
"""A locked keyring may ask its owner for a password first."""


class RingTrouble(Exception):
    """The keyring does not answer; the message says why, in words for a sentence."""


@frozen
class Ring:
    """The secrets that the system keeps for this user."""

    patience_s: float = PATIENCE_S

    @property
    def is_usable(self) -> bool:
        """Whether there is a keyring that keeps anything."""
        try:
            return self._ask(_has_backend)
        except RingTrouble:
            return False

    def get(self, name: str) -> SecretStr | None:
        """
        What is kept as *name*; None where nothing is, or where this system has no keyring.

        Raises:
            RingTrouble: There is a keyring, and it does not say.
        """

        def get() -> SecretStr | None:
            import keyring

            kept = keyring.get_password(SERVICE, name) if _has_backend() else None
            return SecretStr(kept) if kept else None

        return self._ask(get)

    def set(self, name: str, value: SecretStr) -> None:
        """
        Keep *value* as *name*.

        Raises:
            RingTrouble: It was not kept.
        """

        def keep() -> None:
            import keyring

            keyring.set_password(SERVICE, name, value.get_secret_value())

        self._ask(keep)

    def _ask(self, question: Callable[[], T]) -> T:
        answers: SimpleQueue[tuple[T | None, BaseException | None]] = SimpleQueue()

        def ask() -> None:
            try:
                answers.put((question(), None))
            except BaseException as error:  # a backend is a stranger's code; it may raise what it likes
                answers.put((None, error))
                if not isinstance(error, Exception):
                    raise

        Thread(target=ask, name="keyring", daemon=True).start()
        try:
            answer, error = answers.get(timeout=self.patience_s)
        except Empty:
            raise RingTrouble(f"the keyring did not answer within {self.patience_s:g} s") from None
        if error is not None:
            raise RingTrouble(f"the keyring failed ({type(error).__name__})") from None  # its words may hold anything
        return answer  # type: ignore[return-value]  # without an error there is an answer


def _has_backend() -> bool:
    import keyring
    from keyring.backends import fail, null

    backend = keyring.get_keyring()
    return not isinstance(backend, fail.Keyring | null.Keyring)
