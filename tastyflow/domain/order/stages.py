"""
The stages of an order and the menu of each: what is possible where, and why.

    drafted ─▶ validated ─▶ rehearsing ─▶ rehearsed ─▶ approved ─▶ submitting ─▶ working ─▶ filled
       │           │          │    ▲         │            │  ▲         │            │
       │           │          │    └─────────┴────────────┘  └─────────┤ not sent   ├─▶ cancelled · expired · rejected
       └───────────┴──────────┴─▶ refused · cancelled (withdrawn)      │            │
                                                                       └─▶ escalated ─┬─▶ abandoned
                                                                                      └─▶ validated, resubmitted

The error message, the docs table and the exhaustive test read this one table.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from tastyflow.domain.venue import Venue


class Stage(StrEnum):
    DRAFTED = "drafted"
    VALIDATED = "validated"
    REHEARSING = "rehearsing"
    REHEARSED = "rehearsed"
    APPROVED = "approved"
    SUBMITTING = "submitting"
    WORKING = "working"
    ESCALATED = "escalated"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    REFUSED = "refused"
    ABANDONED = "abandoned"

    @property
    def is_over(self) -> bool:
        return self in OVER


OVER: Final = frozenset({Stage.FILLED, Stage.CANCELLED, Stage.REJECTED, Stage.EXPIRED, Stage.REFUSED, Stage.ABANDONED})

BEFORE_VERDICT: Final = frozenset({Stage.VALIDATED, Stage.REHEARSING})
"""Where its rehearsal is to come, or under way."""

NEWS: Final = frozenset({"adopt", "decline", "not_sent", "lose", "not_found", "go_live", "fill", "finish"})
"""What can be heard of an attempt."""

_MENU: Final[Mapping[Stage, frozenset[str]]] = {
    Stage.DRAFTED: frozenset({"validate", "refuse", "withdraw"}),
    Stage.VALIDATED: frozenset({
        "confirm",  # where its trader is asked; until then it is not claimed
        "queue", "retry", "wait", "claim_sandbox", "refuse", "withdraw", "escalate",
        "adopt",  # it was resubmitted, and what was sent before turns up
    }),
    Stage.REHEARSING: frozenset({
        "queue", "retry", "wait", "claim_sandbox",  # again, when the attempt before placed nothing
        "conclude_rehearsal", "refuse", "withdraw", "escalate",
        "adopt",  # an attempt in production that "was not sent" can turn up all the same: it needs an owner, here too
    }),
    Stage.REHEARSED: frozenset({
        "request_approval", "approve", "refuse", "withdraw", "escalate",
        "void_approval",  # the market moved while it waited
        "queue", "retry", "wait", "claim_sandbox",  # the proof went stale while it waited for approval
        "adopt",
    }),
    Stage.APPROVED: frozenset({
        "queue", "retry", "wait", "claim_production", "refuse", "withdraw", "escalate",
        "void_approval",  # the market moved between the approval and the claim
        "claim_sandbox",  # the proof went stale, or was used by an attempt that placed nothing
        "adopt",
    }),
    Stage.SUBMITTING: NEWS | {  # a fill, even the last word, can overtake the acceptance
        "request_cancel", "deny_cancel", "escalate", "wait",
    },
    Stage.WORKING: NEWS | {  # of another attempt too: one that "was not sent" can show up while the next is on its way
        "escalate",
        "request_cancel", "deny_cancel", "request_replace", "replace", "deny_replace",
        "change_outside",  # by other hands, in the broker's own application
    },
    Stage.ESCALATED: NEWS | {  # what the venue says still counts while a person looks
        "request_cancel", "deny_cancel", "abandon", "escalate",
        "resubmit",  # where production has nothing of it
        "replace", "deny_replace",  # the answer to a replace that was asked for before
        "change_outside",
    },
    Stage.FILLED: frozenset({
        "adopt",  # the answer to our order can come after its last fill
        "fill",  # any further one is excess: refused there, and escalated
        "deny_cancel", "deny_replace",  # too late: it was filled while we asked
        "escalate",
    }),
    Stage.CANCELLED: frozenset({
        "adopt", "fill", "finish", "escalate",  # the venue can cross our cancel
        "go_live",  # told late, of an order that was replaced
        "deny_cancel", "deny_replace",
        "replace",  # a replace cancels the old order first, and the stream can be faster than the answer
        "change_outside",  # a change cancels the old order first: its cancel can be all that was seen
    }),
    Stage.EXPIRED: frozenset({
        "adopt", "fill", "finish", "escalate",  # a last-second fill is told after the close
        "deny_cancel", "deny_replace",
    }),
    Stage.REJECTED: frozenset({
        "adopt", "go_live", "fill", "finish", "escalate",  # a no can be wrong
        "deny_cancel", "deny_replace",
    }),
    Stage.REFUSED: frozenset({
        "adopt",
        "escalate",  # the sandbox attempt can still show what cannot be
    }),
    Stage.ABANDONED: NEWS | {"escalate", "deny_cancel", "deny_replace"},  # the search goes on; it can prove us wrong
}  # fmt: skip

UNCLAIMED: Final = "find_unclaimed"
"""A venue can show an attempt whose claim the log has lost, wherever the order stands by now."""

MENU: Final[Mapping[Stage, frozenset[str]]] = {
    stage: steps if stage is Stage.DRAFTED else steps | {UNCLAIMED} for stage, steps in _MENU.items()
}

CLAIMS: Final[Mapping[Venue, str]] = {Venue.SANDBOX: "claim_sandbox", Venue.PRODUCTION: "claim_production"}
