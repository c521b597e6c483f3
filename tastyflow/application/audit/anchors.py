"""
Holding a log against its anchors: was it cut, rewritten or exchanged since they were signed?

    keys ─▶ which signatures count ─▶ anchors, in their order ─▶ each against the head that the log has there
                                                                  └─▶ findings, and up to where the log is anchored

The anchors come from where they were published. Each is held against the log by itself, so that a file of which the
beginning is gone still proves what is left of it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from attrs import frozen

from tastyflow.domain.anchor import Anchor, KeyStep

ANCHORING: Final[Mapping[str, str]] = {
    "signed": "Every anchor is signed by a key that counts, and follows the one before it.",
    "anchored": "The log goes on from every anchor: no event up to it was taken away or written anew.",
}
"""What is asked of every anchor, by name."""

Verifies = Callable[[bytes, bytes, bytes], bool]
"""Whether a public key (32 bytes) made a signature (64 bytes) over a message."""


@frozen
class AnchorFinding:
    """
    What does not fit: at which position, which rule of `ANCHORING` it breaks, and why.

    Attributes:
        source: Where the anchor was read.
    """

    position: int
    rule: str
    why: str
    source: str = ""


@frozen
class Anchored:
    """
    What holding a log against anchors came to.

    Attributes:
        anchors: How many were held against it.
        until: Up to which position the log is proven by them; 0 where none fits.
        after: How many events came later, which no anchor covers.
        findings: In the order of the anchors.
    """

    anchors: int
    until: int
    after: int
    findings: tuple[AnchorFinding, ...]

    @property
    def fits(self) -> bool:
        return not self.findings


def counted_keys(steps: Iterable[KeyStep], trusted: str | None, verifies: Verifies) -> dict[str, bytes]:
    """
    The keys that count, by fingerprint: *trusted*, and those that follow from it, one signing the next.

    Args:
        trusted: The fingerprint that a person was given in another way; None for the first key of *steps*.
    """
    steps = tuple(steps)
    known = {step.fingerprint: step.public for step in steps}
    first = trusted if trusted is not None else next((step.fingerprint for step in steps if not step.before), None)
    counted = {first: known[first]} if first in known else {}
    for step in steps:
        signer = counted.get(step.before)
        if signer is not None and verifies(signer, step.signature, step.signed):
            counted[step.fingerprint] = step.public
    return counted


def check_anchors(
    anchors: Sequence[Anchor],
    *,
    log: UUID,
    end: int,
    head_at: Callable[[int], bytes | None],
    keys: Mapping[str, bytes],
    verifies: Verifies,
    source: str = "",
) -> Anchored:
    """
    Hold a log against *anchors*, in the order in which they were published.

    Args:
        log: Which log it is.
        end: The position of its last event.
        head_at: The head that the chain has at a position; None where it has none. It is true where the chain is.
        keys: The keys that count (`counted_keys`), by fingerprint.
        source: Where the anchors were read, for the findings.
    """
    findings: list[AnchorFinding] = []
    until, before = 0, None

    def find(anchor: Anchor, rule: str, why: str) -> None:
        findings.append(AnchorFinding(anchor.position, rule, why, source))

    for anchor in anchors:
        public = keys.get(anchor.key)
        if public is None:
            find(anchor, "signed", f"No key that counts has the fingerprint {anchor.key[:32]!r}.")
            continue
        if not verifies(public, anchor.signature, anchor.signed):
            find(anchor, "signed", "The signature is not that of its key: the anchor was changed, or made up.")
            continue
        if before is not None and anchor.previous != before.digest:
            find(anchor, "signed", f"It does not follow the one at {before.position:,}: an anchor between is missing.")
        before = anchor
        if (why := _why_unlike(anchor, log, end, head_at)) is not None:
            find(anchor, "anchored", why)
        else:
            until = max(until, anchor.position)
    return Anchored(len(anchors), until, max(end - until, 0), tuple(findings))


def _why_unlike(anchor: Anchor, log: UUID, end: int, head_at: Callable[[int], bytes | None]) -> str | None:
    if anchor.log != log:
        return f"It is of another log, {anchor.log.hex[:8]}, and this one is {log.hex[:8]}: the log was exchanged."
    if anchor.position > end:
        gone = anchor.position - end
        return f"The log ends at event {end:,}: at least {gone:,} events were taken away at its end."
    if head_at(anchor.position) != anchor.head:
        return "The log has another head there: an event up to it was changed, and what follows was written anew."
    return None
