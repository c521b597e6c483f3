"""
When an anchor is due, and what the next one says.

    last anchor ─▶ events since, or time since ─▶ due
                └▶ rows after it ─▶ chain checked from its head ─▶ head and Merkle root at the end

An anchor is a promise about all that stands before it. So the rows since the last one are checked before anything is
signed, and the first anchor checks the whole log.
"""

from datetime import datetime
from typing import Final

from attrs import frozen

from tastyflow.application.audit.log import steady
from tastyflow.application.audit.sealing import ChainChecker, sealed_rows
from tastyflow.domain.anchor import Anchor
from tastyflow.domain.chain import ChainHead, leaf_of_stored
from tastyflow.domain.merkle import MerkleTree
from tastyflow.errors import StoreFailure
from tastyflow.ports import EventLog

HINT: Final = "Let the log be verified. No anchor is made of it until a person has looked at it."


@frozen
class Pace:
    """
    How often anchors are made.

    Attributes:
        every_events: After so many events.
        every_s: After so many seconds, where anything was appended at all.
    """

    every_events: int = 100
    every_s: float = 60.0

    def is_due(self, last: Anchor | None, end: int, now: datetime) -> bool:
        """Whether another anchor is due of a log that ends at the position *end*."""
        since = end - (last.position if last else 0)
        if since <= 0:
            return False
        return last is None or since >= self.every_events or (now - last.at).total_seconds() >= self.every_s


def next_anchor(log: EventLog, last: Anchor | None, *, key: str, at: datetime) -> Anchor | None:
    """
    The anchor after *last*, not signed yet; None where nothing was appended since. It reads what was, and blocks.

    Args:
        key: The fingerprint of the key that will sign it.

    Raises:
        StoreFailure: code ``log_not_anchored``: the log does not go on from the last anchor, or its chain does not fit.
    """
    start, end = steady(log.chain_start), steady(log.end)
    if start is None or not end:
        return None
    before = ChainHead(0, start.head) if last is None else ChainHead(last.position, last.head)
    if last is not None and last.log != start.log:
        raise _refused(f"The log is another one than that of the last anchor, at event {last.position:,}.")
    if end < before.position:
        raise _refused(f"The log ends at event {end:,}, and the last anchor is at {before.position:,}.")
    if end == before.position:
        return None
    checker, leaves = ChainChecker(before), []
    for row in sealed_rows(log, after=before.position, until=end):
        for seam in checker.look_at(row):
            raise _refused(f"The chain of the log does not fit at event {seam.position:,}: {seam.why}")
        position, stream, version, topic, state, _ = row
        leaves.append(leaf_of_stored(position, bytes.fromhex(stream), version, topic.encode(), state))
    return Anchor(
        log=start.log,
        position=checker.at.position,
        head=checker.at.head,
        since=before.position,
        root=MerkleTree.of(leaves).root,
        at=at,
        previous="" if last is None else last.digest,
        key=key,
    )


def _refused(why: str) -> StoreFailure:
    return StoreFailure(why, code="log_not_anchored", hint=HINT)
