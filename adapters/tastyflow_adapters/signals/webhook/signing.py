"""
What is signed, and how.

    v1 ⏎ TIMESTAMP ⏎ NAME ⏎ KEY ⏎ BODY ─▶ HMAC-SHA256 with the secret of the rule ─▶ hex

None of the first four can hold a line break, so that two different alerts never sign the same bytes. The key stands
among them: with another key it would be another alert.
"""

import hmac
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

TIMESTAMP: Final = "Tastyflow-Timestamp"
"""The header with the seconds since 1970, a whole number."""
SIGNATURE: Final = "Tastyflow-Signature"
"""The header with the signature, 64 small hexadecimal digits."""
KEY: Final = "Idempotency-Key"
"""The header with the key that names the alert, if it has one."""


def signed(timestamp: str, name: str, key: str, body: bytes) -> bytes:
    """The bytes that are signed."""
    return b"\n".join((b"v1", timestamp.encode(), name.encode(), key.encode(), body))


def signature(secret: bytes, message: bytes) -> str:
    """The signature of *message*, as the header has it."""
    return hmac.new(secret, message, sha256).hexdigest()


def is_signed(message: bytes, given: str, secrets: Sequence[bytes]) -> bool:
    """
    Whether *given* is the signature of *message* by one of *secrets*.

    All of them are tried, and each comparison takes the same time whatever it finds.
    """
    found = [hmac.compare_digest(signature(secret, message).encode(), given.encode()) for secret in secrets]
    return any(found)
