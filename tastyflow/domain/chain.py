"""
The chain: each event of a log is sealed to all events before it, so that no one of them can change alone.

    start ─▶ head 0                      which log it is, and how much of it was written before it was chained
    event ─▶ leaf                        SHA-256 of what is stored of it: position, stream, version, topic, bytes
    head n-1, leaf n ─▶ head n           SHA-256 of both

One byte in front of what is hashed says what it is: a leaf (0x00) and a node (0x01) as in RFC 6962, so that the same
leaves make a Merkle tree; a head (0x02); a start (0x03).

A chain alone proves nothing against a person who may write the file, and can work it out again to its end. A head that
is kept elsewhere does.
"""

import hashlib
import struct
from datetime import datetime
from typing import Final
from uuid import UUID

from attrs import frozen

HEAD_BYTES: Final = 32
STREAM_BYTES: Final = 16

_LEAF: Final = b"\x00tastyflow.event.1\x00"
_HEAD: Final = b"\x02"
_START: Final = b"\x03tastyflow.log.1\x00"
_PLACE: Final = struct.Struct(">Q16sQI")
_LENGTH: Final = struct.Struct(">I")


@frozen
class ChainStart:
    """
    What a chain begins with.

    Attributes:
        log: Names the log, at random: no two logs have the same.
        until: The position of the last event that stood there when the chain was begun; 0 for a log that was chained
            from its first event on.
        at: When it was begun, in UTC, in whole seconds.
    """

    log: UUID
    until: int
    at: datetime

    @property
    def head(self) -> bytes:
        """The head before the first event."""
        at = self.at.isoformat().encode()
        return hashlib.sha256(_START + self.log.bytes + _LENGTH.pack(self.until) + at).digest()


@frozen
class ChainHead:
    """The head after the event at *position*; at position 0 the head of the start."""

    position: int
    head: bytes


def leaf_of(position: int, stream: UUID, version: int, topic: str, state: bytes) -> bytes:
    """
    The digest of one event as it is stored, 32 bytes.

    What is hashed: position (8 bytes), stream (16), version (8), length of the topic (4), topic in UTF-8, length of the
    state (4), state. Numbers are unsigned, the highest byte first.
    """
    return leaf_of_stored(position, stream.bytes, version, topic.encode(), state)


def leaf_of_stored(position: int, stream: bytes, version: int, topic: bytes, state: bytes) -> bytes:
    """The same, of a stream's id and a topic as bytes."""
    place = _PLACE.pack(position, stream, version, len(topic))
    return hashlib.sha256(b"".join((_LEAF, place, topic, _LENGTH.pack(len(state)), state))).digest()


def linked(head: bytes, leaf: bytes) -> bytes:
    """The head after the event with this *leaf*, 32 bytes."""
    return hashlib.sha256(_HEAD + head + leaf).digest()
