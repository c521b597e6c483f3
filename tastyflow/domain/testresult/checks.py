"""The checks of a rehearsal: which there are, and what one check found."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from attrs import field, frozen


class CheckName(StrEnum):
    """The checks of a rehearsal, in the order in which they run."""

    DRY_RUN = "dry_run"
    ACKNOWLEDGED = "acknowledged"
    ECHO = "echo"
    STATUSES = "statuses"
    FILL = "fill"
    FILLS_ADD_UP = "fills_add_up"
    STREAM_AND_POLL = "stream_and_poll"
    TIDY = "tidy"
    POSITION_EFFECT = "position_effect"


CHECKS: Final[Mapping[CheckName, str]] = {
    CheckName.DRY_RUN: "The venue's dry run accepts the order.",
    CheckName.ACKNOWLEDGED: "The venue takes the order and says so; the time it takes is recorded.",
    CheckName.ECHO: "What the venue understood equals the ticket, leg by leg.",
    CheckName.STATUSES: "The order's statuses move forward only, each one legal after the one before.",
    CheckName.FILL: "The order fills where the market says it must, or rests and cancels cleanly.",
    CheckName.FILLS_ADD_UP: "The fills add up to the quantities ordered and to nothing else.",
    CheckName.STREAM_AND_POLL: "What the stream told and what the venue answers when asked agree.",
    CheckName.TIDY: "Nothing of the rehearsal is left working in the sandbox.",
    CheckName.POSITION_EFFECT: "What closes closes: in the sandbox, or by production's dry run of the order itself.",
}
"""What each check is about, for people."""


class CheckOutcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    COULD_NOT_RUN = "could_not_run"


@frozen
class Check:
    """
    One check of a rehearsal.

    Attributes:
        detail: A sentence: what was seen, or why it could not run.
        evidence: What it was seen in, as short texts by name.
        latency_ms: How long the venue took, where that is what the check is about.
    """

    name: str
    outcome: CheckOutcome
    detail: str
    evidence: Mapping[str, str] = field(factory=dict, hash=False)
    latency_ms: float | None = None
