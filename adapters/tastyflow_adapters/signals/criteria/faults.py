"""
Why a criterion is over: each of these turns its rule off, and nothing begins again by itself.

    NOT_FOUND │ RAISED │ HANGS │ FLOODS │ RUBBISH │ ENDED ─▶ CriterionFailed, with what it did in words
"""

from enum import StrEnum

from tastyflow.errors import TastyflowError


class CriterionFault(StrEnum):
    """Why a criterion is over; each turns its rule off."""

    NOT_FOUND = "criterion_not_found"  # none of that name is installed, or several are
    RAISED = "criterion_raised"  # it raised an error, also while it was imported
    HANGS = "criterion_hangs"  # it did not come back for the next look in time
    FLOODS = "criterion_floods"  # it gave more alerts than one can
    RUBBISH = "criterion_rubbish"  # what it gave is no alert of its rule
    ENDED = "criterion_ended"  # it came to its end, or its process did


class CriterionFailed(TastyflowError):
    """A criterion is over: `code` is a `CriterionFault`, the message says what it did, for people."""

    def __init__(self, name: str, fault: CriterionFault, what: str) -> None:
        super().__init__(
            f"The criterion {name} {what}.",
            code=fault.value,
            hint="Mend it, then turn its rule on again: tastyflow signals shadow NAME",
        )
