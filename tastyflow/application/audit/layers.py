"""
What `verify` proves, layer by layer, and what it does not: for the person who reads the result.

    structure   each event can be read, and follows            what fits, and was put there later
    chain       nothing changed since it was sealed            who can write the file, and seals it anew
    names       each name is the one that was sealed           who stands behind a name
    anchors     the log is the one that was signed             what came after the last anchor
    words       what was typed asks for what was sent          answers, which mean something beside others
    promises    the rules of the house were kept               what the log was never told

Each layer stands on those before it. `docs/audit.md` says who could still forge what.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from attrs import frozen

from tastyflow.application.audit.anchors import ANCHORING, Anchored
from tastyflow.application.audit.findings import MAX_FINDINGS, AuditFinding, Report
from tastyflow.application.audit.naming import NAMING
from tastyflow.application.audit.promises import ALL_PROMISES
from tastyflow.application.audit.verifying import OF_THE_CHAIN, STRUCTURE
from tastyflow.application.audit.words import WORDING


@frozen
class Layer:
    """
    Attributes:
        rules: The names of its rules.
        proves: What holds where none of them is broken.
        leaves_open: What could still be wrong then.
    """

    name: str
    rules: tuple[str, ...]
    proves: str
    leaves_open: str


LAYERS: Final = (
    Layer(
        "structure",
        tuple(STRUCTURE),
        "Every event can be read, and follows from those before it.",
        "An event that was changed into another one that fits.",
    ),
    Layer(
        "chain",
        tuple(OF_THE_CHAIN),
        "No event was changed, moved, put in or taken away since it was sealed.",
        "A person who may write the file and seals everything anew, or cuts the end off with its seals.",
    ),
    Layer(
        "names",
        tuple(NAMING),
        "Each name is the one that its event was sealed with.",
        "Whether that person sat at the keyboard.",
    ),
    Layer(
        "anchors",
        tuple(ANCHORING),
        "The log is the one whose head was signed, up to the last anchor.",
        "What came after the last anchor, and a person who has the key and every copy of the anchors.",
    ),
    Layer(
        "words",
        tuple(WORDING),
        "What was typed, read again, asks for what was rehearsed and sent.",
        "Answers and 'close it', which mean something only beside what was said before them.",
    ),
    Layer(
        "promises",
        tuple(promise.name for promise in ALL_PROMISES),
        "Every rule of the house was kept, as far as the log tells.",
        "What happened and was never recorded: the venue's own statement is the second witness.",
    ),
)
"""In the order in which they stand on one another."""


def anchors_report(found: Sequence[Anchored]) -> Report:
    """What holding the log against its anchors came to, as a part of the whole report."""
    anchors = sum(each.anchors for each in found)
    findings = [
        AuditFinding(each.position, each.rule, f"anchor in {each.source}" if each.source else "anchor", each.why)
        for held in found
        for each in held.findings
    ]
    asked = dict.fromkeys(ANCHORING, anchors) if anchors or findings else {}
    return Report(0, 0, {}, asked, tuple(findings[:MAX_FINDINGS]), len(findings))


def how_far(found: Iterable[Anchored]) -> tuple[int, int] | None:
    """Up to which event the log is anchored, by the copy that goes furthest, and how many came later; None for none."""
    best = max(found, key=lambda each: each.until, default=None)
    return None if best is None or not best.until else (best.until, best.after)
