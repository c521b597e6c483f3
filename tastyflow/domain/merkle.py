"""
A Merkle tree over leaves of the log (RFC 6962, section 2.1): one event is proven without the others being shown.

    leaf 0 ─┐
            ├─ node ─┐
    leaf 1 ─┘        ├─ root         a path is the other side at each node, from the leaf up: as many as log2 of
    leaf 2 ──────────┘               all leaves

Leaves are those of the chain (`tastyflow.domain.chain.leaf_of`): digests of 32 bytes, which are not hashed again.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

from attrs import frozen

_NODE: Final = b"\x01"
_NOTHING: Final = hashlib.sha256(b"").digest()


def node_of(left: bytes, right: bytes) -> bytes:
    """The node over two sides, 32 bytes."""
    return hashlib.sha256(_NODE + left + right).digest()


@frozen
class MerkleTree:
    """The tree over some leaves; `of` makes it. *levels* begins with the leaves and ends with the root."""

    levels: Sequence[Sequence[bytes]]

    @classmethod
    def of(cls, leaves: Sequence[bytes]) -> "MerkleTree":
        """The tree over *leaves*, in their order."""
        levels = [leaves]
        while len(levels[-1]) > 1:
            levels.append(_above(levels[-1]))
        return cls(levels)

    @property
    def root(self) -> bytes:
        """The root; of no leaves, SHA-256 of nothing."""
        return self.levels[-1][0] if self.levels[0] else _NOTHING

    def path(self, index: int) -> tuple[bytes, ...]:
        """
        What proves the leaf at *index*, from 0 on: the other sides, from the leaf up.

        Raises:
            IndexError: There is no such leaf.
        """
        if not 0 <= index < len(self.levels[0]):
            raise IndexError(f"no leaf {index} among {len(self.levels[0])}")
        others = ((level, (index >> up) ^ 1) for up, level in enumerate(self.levels[:-1]))
        return tuple(level[other] for level, other in others if other < len(level))


def root_by(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root of a tree of *size* leaves in which *leaf* has this place and *path*; None where no tree has them so."""
    if not 0 <= index < size:
        return None
    root, last, rest = leaf, size - 1, list(path)
    while last:
        if index ^ 1 <= last:  # the last one of an odd level has no other side, and goes up as it is
            if not rest:
                return None
            other = rest.pop(0)
            root = node_of(other, root) if index & 1 else node_of(root, other)
        index, last = index >> 1, last >> 1
    return None if rest else root


def _above(level: Sequence[bytes]) -> list[bytes]:
    above = [node_of(left, right) for left, right in zip(level[::2], level[1::2], strict=False)]
    return [*above, level[-1]] if len(level) % 2 else above
