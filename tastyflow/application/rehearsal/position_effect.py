"""
The check `position_effect`: what closes closes.

    opens only             passed: there is nothing to prove
    rehearsed as it is     by the sandbox: it held the position, and took the order as a close
    rehearsed mirrored     by production: its dry run of the order itself accepts the close, without a warning
"""

from functools import partial
from typing import Final

from tastyflow.application.context import Context
from tastyflow.application.rehearsal.checks import MAX_EVIDENCE, Observed
from tastyflow.application.waiting import answer_of
from tastyflow.domain.testresult import Check, CheckName, CheckOutcome
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import CLOSING_WITH_NO_POSITION, DryRun, Venue
from tastyflow.errors import VenueFailure, VenueRefused

NOTHING_TO_CLOSE: Final = (CLOSING_WITH_NO_POSITION, "existing position to close")
"""What tastytrade's warning of a close without a position says, should its code come among the words or not at all."""


def by_sandbox(ticket: Ticket, observed: Observed) -> Check:
    """What the sandbox showed of the effect of *ticket*, which was rehearsed as it is."""
    closing = [leg for leg in ticket.legs if not leg.action.opens]
    if not closing:
        return _check(CheckOutcome.PASSED, "It closes nothing: there is no effect to prove.")
    echo = next((snapshot.ticket for snapshot in observed.seen if snapshot.ticket is not None), None)
    if echo is None:
        detail = "The sandbox repeated nothing of the order: whether it took it as a close is not known."
        return _check(CheckOutcome.COULD_NOT_RUN, detail, by=Venue.SANDBOX.value)
    understood = {leg.instrument: leg.action for leg in echo.legs}
    turned = [leg for leg in closing if understood.get(leg.instrument) is not leg.action]
    if turned:
        detail = f"The sandbox turned a close into an opening: {turned[0].in_words()}."
        return _check(CheckOutcome.FAILED, detail, by=Venue.SANDBOX.value)
    detail = "The sandbox held the position and took the order as its close."
    return _check(CheckOutcome.PASSED, detail, by=Venue.SANDBOX.value)


async def by_production(context: Context, ticket: Ticket, why: str) -> Check:
    """What production's dry run says of *ticket*, where the sandbox could not hold its position, because of *why*."""
    evidence = {"by": Venue.PRODUCTION.value, "digest": ticket.digest, "mirrored_because": why[:MAX_EVIDENCE]}
    asking = context.broker(Venue.PRODUCTION).dry_run(ticket)
    try:
        answer = await answer_of(asking, partial(context.clock.sleep, context.policy.answer_s))
    except VenueRefused as no:
        detail = f"Production's dry run refuses the close: {no.message[:MAX_EVIDENCE]}"
        return Check(CheckName.POSITION_EFFECT, CheckOutcome.FAILED, detail, evidence | {"code": no.code})
    except (VenueFailure, TimeoutError):
        detail = "Production's dry run of the close gave no answer."
        return Check(CheckName.POSITION_EFFECT, CheckOutcome.COULD_NOT_RUN, detail, evidence)
    if _opens(answer):
        detail = f"Production would open a position instead of closing one: {' '.join(answer.warnings)[:MAX_EVIDENCE]}"
        evidence["code"] = CLOSING_WITH_NO_POSITION
        return Check(CheckName.POSITION_EFFECT, CheckOutcome.FAILED, detail, evidence)
    detail = "Production's dry run accepts the order as a close. The sandbox could not hold the position."
    return Check(CheckName.POSITION_EFFECT, CheckOutcome.PASSED, detail, evidence)


def _opens(answer: DryRun) -> bool:
    """Whether the venue warns that the close has nothing to close."""
    said = any(words in warning for words in NOTHING_TO_CLOSE for warning in answer.warnings)
    return answer.turns_a_close_into_an_opening or said


def _check(outcome: CheckOutcome, detail: str, **evidence: str) -> Check:
    return Check(CheckName.POSITION_EFFECT, outcome, detail, evidence)
