"""
What a recording is made of, byte for byte: frames, each compressed, each with a hash that follows from the one before.

    "tastyflow recording 1\\n"
    frame…      length of the body (4 bytes, big-endian) · SHA-256 of the hash before and the body · the body
    body        zlib ( MessagePack of one of )
                  chain      the contracts of a day, and how they are watched
                  moment     the batches since the last moment, and what was known beside them
                  end        how many moments there are

    frames_of(file) ─▶ frames, until the end; raises where the file is torn, was changed, or never was a recording

Reading is bounded: no frame may hold more than `MOST_BYTES`, nor more than its length can honestly hold.
"""

import sys
import zlib
from array import array
from collections.abc import Iterator
from hashlib import sha256
from typing import BinaryIO, Final, Literal, TypeVar

import msgspec

from tastyflow.errors import Invalid
from tastyflow_adapters.signals.watching.tick_columns import SpotRow, TickColumns

MAGIC: Final = b"tastyflow recording 1\n"
FAMILY: Final = b"tastyflow recording "
LENGTH_BYTES: Final = 4
HASH_BYTES: Final = 32
MOST_BYTES: Final = 64 * 1024 * 1024
MOST_TIMES: Final = 100
"""How many times smaller than its content an honest body is at most; small ones apart."""

SMALL: Final = 64 * 1024
LEVEL: Final = 1


class BatchFrame(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """`TickColumns`, its arrays as little-endian bytes."""

    heard_at: int
    gap_since: int | None
    places: bytes
    gammas: bytes
    volatilities: bytes
    greeks_at: bytes
    interest_places: bytes
    interest: bytes
    interest_days: bytes
    spots: list[SpotRow]
    opened: tuple[float, int] | None

    @classmethod
    def of(cls, columns: TickColumns) -> "BatchFrame":
        """*columns* as they are written."""
        return cls(
            columns.heard_at,
            columns.gap_since,
            _bytes(columns.places),
            _bytes(columns.gammas),
            _bytes(columns.volatilities),
            _bytes(columns.greeks_at),
            _bytes(columns.interest_places),
            _bytes(columns.interest),
            _bytes(columns.interest_days),
            columns.spots,
            columns.opened,
        )

    def columns(self, contracts: int) -> TickColumns:
        """
        As they were.

        Raises:
            ValueError: They are not of one length, or about other contracts.
        """
        columns = TickColumns(
            self.heard_at,
            self.gap_since,
            _wholes("I", self.places),
            _floats(self.gammas),
            _floats(self.volatilities),
            _wholes("q", self.greeks_at),
            _wholes("I", self.interest_places),
            _wholes("q", self.interest),
            _wholes("q", self.interest_days),
            self.spots,
            self.opened,
        )
        greeks = {len(each) for each in (columns.places, columns.gammas, columns.volatilities, columns.greeks_at)}
        interest = {len(each) for each in (columns.interest_places, columns.interest, columns.interest_days)}
        if len(greeks) > 1 or len(interest) > 1:
            raise ValueError("columns of unlike length")
        if max((*columns.places, *columns.interest_places), default=0) >= contracts:
            raise ValueError("a contract that is not in it")
        return columns


class ChainFrame(msgspec.Struct, frozen=True, tag="chain", forbid_unknown_fields=True):
    """
    The contracts of a day.

    Attributes:
        options: OCC symbols, one a line, in their order.
        settles: Root, expiration as ``date.toordinal()``, and when they settle, in microseconds since 1970.
        scope, sign_model, repricing, figures: How they are watched: see `WatchChoices`.
        believed: The spot that was believed before; None, or left out, where there was none.
    """

    at: int
    made_by: str
    environment: str
    symbol: str
    day: int
    has_shares: bool
    options: str
    settles: list[tuple[str, int, int]]
    scope: dict[str, list[str] | int | None]
    sign_model: str
    repricing: dict[str, float]
    figures: dict[str, float]
    believed: float | None = None


class MomentFrame(msgspec.Struct, frozen=True, tag="moment", forbid_unknown_fields=True):
    """
    A moment at which figures were worked out.

    Attributes:
        flip: Its spot, None where there is none, and when it was found; None where it was not looked for yet.
        snapshot: The hash of the figures, in hex.
    """

    at: int
    batches: list[BatchFrame]
    flip: tuple[float | None, int] | None
    rank: float | None
    snapshot: str


class EndFrame(msgspec.Struct, frozen=True, tag="end", forbid_unknown_fields=True):
    """The end, without which a recording is torn."""

    moments: int


Frame = ChainFrame | MomentFrame | EndFrame
N = TypeVar("N", int, float)
_DECODER: Final[msgspec.msgpack.Decoder[Frame]] = msgspec.msgpack.Decoder(Frame)
_ENCODER: Final = msgspec.msgpack.Encoder()


def first_hash() -> bytes:
    """What the hash of the first frame follows from."""
    return sha256(MAGIC).digest()


def frame_bytes(frame: Frame, before: bytes) -> tuple[bytes, bytes]:
    """*frame* as it is written after a frame with the hash *before*, and its own hash."""
    body = zlib.compress(_ENCODER.encode(frame), LEVEL)
    told = sha256(before + body).digest()
    return len(body).to_bytes(LENGTH_BYTES, "big") + told + body, told


def frames_of(file: BinaryIO, name: str) -> Iterator[Frame]:
    """
    The frames of a recording, the end included.

    Args:
        name: What the file is called, for messages.

    Raises:
        Invalid: Code ``recording_unreadable``, ``recording_version``, ``recording_changed`` or
            ``recording_truncated``.
    """
    _check_magic(file.read(len(MAGIC)), name)
    before, number = first_hash(), 0
    while True:
        head = file.read(LENGTH_BYTES + HASH_BYTES)
        if len(head) < LENGTH_BYTES + HASH_BYTES:
            raise truncated(name, number)
        length = int.from_bytes(head[:LENGTH_BYTES], "big")
        if length > MOST_BYTES:
            raise unreadable(name, f"frame {number + 1} is larger than any that is written")
        body = file.read(length)
        if len(body) < length:
            raise truncated(name, number)
        if sha256(before + body).digest() != head[LENGTH_BYTES:]:
            raise changed(name, f"frame {number + 1} is not what was written after the one before")
        before, number = head[LENGTH_BYTES:], number + 1
        frame = _frame(body, name, number)
        yield frame
        if isinstance(frame, EndFrame):
            if file.read(1):
                raise changed(name, "something follows its end")
            return


def _frame(body: bytes, name: str, number: int) -> Frame:
    unpacking = zlib.decompressobj()
    most = min(MOST_BYTES, MOST_TIMES * len(body) + SMALL)
    try:
        content = unpacking.decompress(body, most)
        if not unpacking.eof or unpacking.unconsumed_tail or unpacking.unused_data:
            raise unreadable(name, f"frame {number} holds more than it can")
        return _DECODER.decode(content)
    except (zlib.error, msgspec.MsgspecError, RecursionError) as error:
        raise unreadable(name, f"frame {number} is none") from error


def _check_magic(found: bytes, name: str) -> None:
    if found == MAGIC:
        return
    if found.startswith(FAMILY):
        raise Invalid(
            f"{name} is a recording of another version of tastyflow.",
            code="recording_version",
            hint="Read it with the version that wrote it, or a later one.",
        )
    raise unreadable(name, "it does not begin as one")


def truncated(name: str, frames: int) -> Invalid:
    """The file ends before its end: what came before is good."""
    return Invalid(
        f"{name} is torn: it ends after {frames:,} whole frames, without its end.",
        code="recording_truncated",
        hint="What was written before is good. It was cut off, or is still being written.",
    )


def changed(name: str, why: str) -> Invalid:
    """A byte of it is another one than was written."""
    return Invalid(
        f"{name} was changed since it was written: {why}.",
        code="recording_changed",
        hint="Nothing after that place can be trusted. Take a copy that is whole.",
    )


def unreadable(name: str, why: str) -> Invalid:
    """It is no recording."""
    return Invalid(
        f"{name} is no recording of tastyflow: {why}.",
        code="recording_unreadable",
        hint="A recording is written by `--record`.",
    )


def _bytes(column: "array[int] | array[float]") -> bytes:
    if sys.byteorder == "big":
        column = column[:]
        column.byteswap()
    return column.tobytes()


def _wholes(kind: Literal["I", "q"], content: bytes) -> "array[int]":
    return _filled(array(kind), content)


def _floats(content: bytes) -> "array[float]":
    return _filled(array("d"), content)


def _filled(column: "array[N]", content: bytes) -> "array[N]":
    column.frombytes(content)  # ValueError: not a whole number of elements
    if sys.byteorder == "big":
        column.byteswap()
    return column
