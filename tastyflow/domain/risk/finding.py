"""
What one check found: its code, how it ended, what it saw, and the way out.

    passed · refused · could_not_run       the three usual ends
    by_policy                              where the operator chooses between refusal, approval and warning
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from attrs import field, frozen

from tastyflow.domain.risk.codes import RiskCode
from tastyflow.domain.risk.outcomes import Consequence, RiskOutcome
from tastyflow.domain.ticket import PriceEffect

_STOPPING: Final = frozenset({RiskOutcome.REFUSED, RiskOutcome.COULD_NOT_RUN})
NOTHING_SEEN: Final[Mapping[str, object]] = {}
NO_WORDS: Final[Mapping[str, str]] = {}


@frozen
class Correction:
    """
    The prices that the same legs could have instead: a limit, or a stop-limit where there is a trigger too.

    The limit is per share as in the ticket, off tick as it may be.
    """

    price: Decimal
    price_effect: PriceEffect | None
    stop: Decimal | None = None


@frozen
class RiskCheck:
    """
    What one check found.

    Attributes:
        detail: A sentence for people.
        hint: The way out.
        inputs: What the check saw, in short words by name.
        allowed_units: How many of the order's units would pass; None where no smaller order would.
        warning: The order goes on, and people are told.
        corrections: Prices that would pass.
    """

    code: RiskCode
    outcome: RiskOutcome
    detail: str
    hint: str = ""
    inputs: Mapping[str, str] = field(factory=dict, hash=False)
    allowed_units: int | None = None
    warning: bool = False
    corrections: tuple[Correction, ...] = ()

    @property
    def blocks(self) -> bool:
        """Whether it stops the order."""
        return self.outcome in _STOPPING and not self.warning

    @property
    def wants_approval(self) -> bool:
        """Whether the order waits for the approval of another person."""
        return self.outcome is RiskOutcome.NEEDS_APPROVAL


def passed(code: RiskCode, detail: str, seen: Mapping[str, object] = NOTHING_SEEN) -> RiskCheck:
    """A check that the order passed."""
    return RiskCheck(code, RiskOutcome.PASSED, detail, inputs=_words(seen))


def refused(
    code: RiskCode,
    detail: str,
    hint: str,
    *,
    allowed_units: int | None = None,
    corrections: tuple[Correction, ...] = (),
    seen: Mapping[str, object] = NOTHING_SEEN,
) -> RiskCheck:
    """A check that refuses the order."""
    return RiskCheck(
        code,
        RiskOutcome.REFUSED,
        detail,
        hint,
        _words(seen),
        allowed_units=allowed_units or None,
        corrections=corrections,
    )


def could_not_run(
    code: RiskCode, detail: str, hint: str = "Try again later.", *, seen: Mapping[str, object] = NOTHING_SEEN
) -> RiskCheck:
    """A check that lacks a fact."""
    return RiskCheck(code, RiskOutcome.COULD_NOT_RUN, detail, hint, _words(seen))


def by_policy(
    code: RiskCode,
    meaning: Consequence,
    detail: str,
    hint: str,
    *,
    corrections: tuple[Correction, ...] = (),
    seen: Mapping[str, object] = NOTHING_SEEN,
) -> RiskCheck:
    """A check whose "no" means what the operator chose; what is no choice refuses."""
    outcome = {
        Consequence.WARN: RiskOutcome.PASSED,
        Consequence.APPROVAL: RiskOutcome.NEEDS_APPROVAL,
    }.get(meaning, RiskOutcome.REFUSED)
    return RiskCheck(
        code,
        outcome,
        detail,
        hint,
        _words(seen),
        warning=outcome is RiskOutcome.PASSED,
        corrections=corrections,
    )


def usd(amount: Decimal) -> str:
    """``$2,500.00``, ``-$3.50``"""
    return f"-${-amount:,.2f}" if amount < 0 else f"${amount:,.2f}"


def _words(seen: Mapping[str, object]) -> Mapping[str, str]:
    if not seen:
        return NO_WORDS
    return {
        name: usd(value) if name.endswith("_usd") and isinstance(value, Decimal) else str(value)
        for name, value in seen.items()
    }
