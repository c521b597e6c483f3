"""
What can go wrong, and what the one who hears of it can do.

    TastyflowError                   every error has a code for programs, a message and a hint for people
    ├── NotUnderstood                the text is no order: reword it (code, span, suggestions)
    ├── Invalid                      a value that cannot exist: an instrument, a ticket, a limit
    ├── RuleBroken                   the rules of the domain say no
    │   ├── IllegalStep              not from this stage: see what is possible
    │   ├── NotProven                production without a passed, matching, fresh, unused test
    │   ├── NotApproved              production without the approval of a second person that policy wants
    │   └── ExcessFill               more filled than was ordered: a person must look
    ├── Refused                      the desk says no to this order: change the order
    ├── VenueFailure                 the venue's answer, by certainty
    │   ├── VenueRefused             nothing was placed, and trying again is no use
    │   ├── NotSent                  no byte left this machine: trying again is safe
    │   └── OutcomeUnknown           it may or may not be there: ask before anything else
    ├── StoreFailure                 the log cannot be read or written: nothing was sent that it does not know of
    │   ├── Conflict                 another writer was first: reload, decide again
    │   └── InDoubt                  an order left, and what became of it is not recorded: do not repeat it
    └── Misconfigured                the settings are wrong: mend them, then start again
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar


class TastyflowError(Exception):
    """
    The base of everything that tastyflow raises on purpose.

    Attributes:
        code: A stable word for programs (``over_limit``).
        message: What happened, in the reader's words.
        hint: What to do next; empty when the message says it all.
        suggestions: Complete commands that the reader may have meant.
        data: What an adapter may name in a hint of its own (``{"user": "ann"}``).
    """

    default_code: ClassVar[str] = "error"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        hint: str = "",
        suggestions: Sequence[str] = (),
        data: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code or self.default_code
        self.message = message
        self.hint = hint
        self.suggestions = tuple(suggestions)
        self.data: Mapping[str, str] = dict(data or {})


class NotUnderstood(TastyflowError):
    """
    The text is not a command, or not one that can be followed exactly.

    Attributes:
        span: The part at fault, as character offsets ``(start, end)`` into the text as typed.
        is_question: Whether the text only wants to see something: a preview, a quote, the orders.
    """

    default_code = "syntax"

    def __init__(
        self,
        message: str,
        *,
        code: str,
        span: tuple[int, int],
        hint: str = "",
        suggestions: Sequence[str] = (),
        is_question: bool = False,
    ) -> None:
        super().__init__(message, code=code, hint=hint, suggestions=suggestions)
        self.span = span
        self.is_question = is_question


class Invalid(TastyflowError):
    """A value that cannot exist; the message says which rule it breaks."""

    default_code = "invalid"


class RuleBroken(TastyflowError):
    """A verb was refused by the domain; nothing was recorded."""

    default_code = "rule_broken"


class IllegalStep(RuleBroken):
    """
    The aggregate is at a stage from which this step does not exist.

    Attributes:
        stage: Where it stands.
        step: What was tried.
        allowed: The steps that do exist from there, sorted.
    """

    default_code = "illegal_step"

    def __init__(self, stage: str, step: str, allowed: Iterable[str], *, subject: str = "an order") -> None:
        self.stage, self.step, self.allowed = stage, step, tuple(sorted(allowed))
        super().__init__(
            f"Cannot {step.replace('_', ' ')} {subject} that is {stage}.",
            hint=f"From here: {', '.join(self.allowed)}." if self.allowed else "It is over.",
        )


class NotProven(RuleBroken):
    """
    Production was claimed without the proof that the gate wants.

    Attributes:
        reasons: Every reason why not, as sentences.
    """

    default_code = "not_proven"

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("Not promoted: " + " ".join(self.reasons), hint="Rehearse the order again.")


class NotApproved(RuleBroken):
    """
    An order that a second person must approve is not approved, or cannot be approved so.

    Attributes:
        reasons: Every reason why not, as sentences.
    """

    default_code = "not_approved"

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("Not approved: " + " ".join(self.reasons), hint="Another person approves it, in time.")


class ExcessFill(RuleBroken):
    """The venue reports more than was ordered, or a known fill with other figures."""

    default_code = "excess_fill"


class Refused(TastyflowError):
    """The desk says no to this order. Nothing was placed; the refusal is in the log."""

    default_code = "refused"


class VenueFailure(TastyflowError):
    """Something went wrong at a venue. The type says how certain we are of what happened there."""

    default_code = "venue_failure"


class VenueRefused(VenueFailure):
    """The venue answered no: nothing was placed, and the same order would be refused again."""

    default_code = "venue_refused"


class NotSent(VenueFailure):
    """The request never left: nothing was placed, and trying again is safe."""

    default_code = "not_sent"


class OutcomeUnknown(VenueFailure):
    """The request left and no answer came: it may or may not be placed. Ask; never send again."""

    default_code = "outcome_unknown"


class StoreFailure(TastyflowError):
    """
    The log cannot be read or written.

    What was asked for is not recorded. An order that was on its way before is named: see `InDoubt`.
    """

    default_code = "store_failure"


class Conflict(StoreFailure):
    """Another writer was first; reload and decide again."""

    default_code = "conflict"


class InDoubt(StoreFailure):
    """
    An order left for production, and the log does not take what became of it. It may be there: do not repeat it.

    Its claim is in the log, so the venue is asked for it as soon as the log can be written.

    Args:
        reference: The short name of the order; also in ``data`` as ``order``.
        why: What is wrong with the log.
    """

    default_code = "in_doubt"

    def __init__(self, reference: str, why: str) -> None:
        super().__init__(
            f"Order {reference} may be in production: the log does not take what became of it. {why}",
            hint="Do not order it again. Once the log can be written, ask how it stands.",
            data={"order": reference},
        )


class Misconfigured(TastyflowError):
    """The settings cannot be used as they are."""

    default_code = "misconfigured"
