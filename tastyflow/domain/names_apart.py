"""
Names apart: what the log says in the place of a person's name, so that the person can be forgotten.

    stored in an event       "actor":"trader:~3f2a…c1~ (49480722-…)"         the token, which the chain seals
    kept beside the log      token │ salt │ name                             until the person is forgotten

    token = SHA-256 of a random salt and the name: a name that was exchanged later does not fit its token, and without
            the salt a token tells nothing, not even whether a guess is right

A token stands where a name stood, in the bytes of the event; reading puts the name back, to the byte.
"""

import hashlib
import re
from typing import Final

from attrs import frozen

TOKEN_LETTERS: Final = 32
SALT_BYTES: Final = 16
PSEUDONYM_BYTES: Final = 4
TOKEN: Final = re.compile(rb"~([0-9a-f]{32})~")
"""A token, as it stands in an event."""

_PSEUDONYM: Final = re.compile(r"forgotten-[0-9a-f]{8}")
_NAME: Final = b"\x04tastyflow.name.1\x00"


@frozen
class NameApart:
    """
    A name and the token that stands for it.

    Attributes:
        token: 32 hexadecimal digits.
        salt: 16 bytes; of a forgotten name 4 others, at random, which all its tokens have in common.
        name: As it stands in JSON, with its escapes; None of a forgotten one.
    """

    token: str
    salt: bytes
    name: str | None

    @classmethod
    def of(cls, name: str, salt: bytes) -> "NameApart":
        """*name* with the token that *salt* makes of it."""
        return cls(token_of(name, salt), salt, name)

    @property
    def shown(self) -> str:
        """What stands in the place of the token when it is read: the name, or ``forgotten-3f2a91c4``."""
        return f"forgotten-{self.salt.hex()}" if self.name is None else self.name

    @property
    def is_true(self) -> bool:
        """Whether the token is this name's; a forgotten one can no longer be told."""
        return self.name is None or token_of(self.name, self.salt) == self.token


def is_pseudonym(name: str) -> bool:
    """Whether *name* is what is shown in the place of a forgotten one; no trader is given such a name."""
    return _PSEUDONYM.fullmatch(name) is not None


def token_of(name: str, salt: bytes) -> str:
    """The token of *name*: the first 32 hexadecimal digits of SHA-256 over a mark, the salt and the name in UTF-8."""
    return hashlib.sha256(_NAME + salt + name.encode()).hexdigest()[:TOKEN_LETTERS]
