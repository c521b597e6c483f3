"""
An anchor: the head of a log at a moment, signed, to be kept where the log's owner cannot rewrite it.

    log ─▶ head at a position, Merkle root since the anchor before ─▶ signed ─▶ a line of JSON ─▶ another disk, a chat …
    later: the log ends before it │ has another head there │ is another log         = it was cut │ rewritten │ exchanged

Anchors follow one another: each holds the digest of the one before, so that none can be left out of the middle. A line
is canonical (keys in order, no spaces), and its signature is over all of it but itself, after a mark that says what it
is. Keys follow one another, too: a new one is signed by the one before (`KeyStep`).
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Self
from uuid import UUID

from attrs import evolve, frozen

FORMAT: Final = 1
MAX_LINE: Final = 2_000
_ANCHOR: Final = b"tastyflow.anchor.1\x00"
_KEY: Final = b"tastyflow.key.1\x00"
FINGERPRINT_LETTERS: Final = 32


@frozen
class Anchor:
    """
    Attributes:
        log: Which log it is (`ChainStart.log`).
        position: Of the last event then.
        head: The head of the chain after that event, 32 bytes.
        since: The position of the anchor before it; 0 for the first one.
        root: The root of the Merkle tree over the leaves of the events after *since*, up to *position*; 32 bytes.
        at: When it was made, in UTC, by the clock of the machine that made it.
        previous: The digest of the line of the anchor before it; empty for the first one.
        key: The fingerprint of the key that signed it.
        signature: Ed25519, 64 bytes; empty while it is not signed.
    """

    log: UUID
    position: int
    head: bytes
    since: int
    root: bytes
    at: datetime
    previous: str
    key: str
    signature: bytes = b""

    @property
    def signed(self) -> bytes:
        """What the signature is over."""
        return _ANCHOR + _canonical(self._fields())

    @property
    def line(self) -> str:
        """The anchor as it is kept: one line of JSON, without its end."""
        return _canonical(self._fields() | {"signature": self.signature.hex()}).decode()

    @property
    def digest(self) -> str:
        """What the next anchor names it by: SHA-256 of its line, hexadecimal."""
        return hashlib.sha256(self.line.encode()).hexdigest()

    def with_signature(self, signature: bytes) -> Self:
        return evolve(self, signature=signature)

    def _fields(self) -> dict[str, Any]:
        return {
            "at": self.at.isoformat(),
            "format": FORMAT,
            "head": self.head.hex(),
            "key": self.key,
            "log": self.log.hex,
            "position": self.position,
            "previous": self.previous,
            "root": self.root.hex(),
            "since": self.since,
        }

    @classmethod
    def from_line(cls, line: str) -> Self:
        """
        The anchor that *line* is, to the letter.

        Raises:
            ValueError: It is none; the message says why.
        """
        told = _object(line)
        try:
            anchor = cls(
                log=UUID(hex=told["log"]),
                position=int(told["position"]),
                head=bytes.fromhex(told["head"]),
                since=int(told["since"]),
                root=bytes.fromhex(told["root"]),
                at=datetime.fromisoformat(told["at"]),
                previous=told["previous"],
                key=told["key"],
                signature=bytes.fromhex(told["signature"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ValueError(f"it is no anchor: {type(error).__name__}") from error
        if anchor.line != line.strip():
            raise ValueError("it is not written as an anchor is")
        return anchor


@frozen
class KeyStep:
    """
    A public key, and who says that it counts.

    Attributes:
        public: Ed25519, 32 bytes.
        at: When it was made, in UTC.
        before: The fingerprint of the key that signed it; empty for the first key, which a person must compare.
        signature: Of the key before; empty for the first one.
    """

    public: bytes
    at: datetime
    before: str = ""
    signature: bytes = b""

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self.public)

    @property
    def signed(self) -> bytes:
        """What the signature of the key before is over."""
        return _KEY + _canonical(self._fields())

    @property
    def line(self) -> str:
        """The step as it is kept: one line of JSON, without its end."""
        return _canonical(self._fields() | {"signature": self.signature.hex()}).decode()

    def _fields(self) -> dict[str, Any]:
        return {"at": self.at.isoformat(), "before": self.before, "format": FORMAT, "public": self.public.hex()}

    @classmethod
    def from_line(cls, line: str) -> Self:
        """
        The step that *line* is.

        Raises:
            ValueError: It is none.
        """
        told = _object(line)
        try:
            step = cls(
                public=bytes.fromhex(told["public"]),
                at=datetime.fromisoformat(told["at"]),
                before=told["before"],
                signature=bytes.fromhex(told["signature"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"it is no key: {type(error).__name__}") from error
        if step.line != line.strip():
            raise ValueError("it is not written as a key is")
        return step


def fingerprint_of(public: bytes) -> str:
    """How a key is called: the first 32 hexadecimal digits of SHA-256 of its 32 bytes."""
    return hashlib.sha256(public).hexdigest()[:FINGERPRINT_LETTERS]


def _canonical(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def _object(line: str) -> Mapping[str, Any]:
    if len(line) > MAX_LINE:
        raise ValueError("it is too long")
    try:
        told = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError("it is no JSON") from error
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise ValueError(f"it is not of format {FORMAT}")
    return told
