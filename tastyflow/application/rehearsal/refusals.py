"""
What a trader is told where a rehearsal ends the order: what was the matter, how the position stands, what to do.

    sandbox_away    the sandbox takes no orders now: no word about the order
    inconclusive    the sandbox was in another trouble of its own: no word about the order either
    not_prepared    the sandbox cannot hold the position, and nothing may stand in for it
    not_proven      the rehearsal did not pass
    no_market       a person must approve it, and there are no quotes to approve it by

A closing order is never told to change: its position stands, and the broker's own application can close it.
"""

import math
from typing import Final

from attrs import frozen

from tastyflow.application.live.recording import MAX_MESSAGE
from tastyflow.domain.order import Order
from tastyflow.domain.testresult import Trouble

AWAY: Final = "sandbox_away"
"""The code where the sandbox takes no orders at all."""

STANDS: Final = (
    "Nothing went to production: the position stands. Close it in the broker's own application, or try again later."
)


@frozen
class Refusal:
    code: str
    message: str
    hint: str


def sandbox_away(order: Order, why: str, *, again_in_s: float = 0.0) -> Refusal:
    """The sandbox takes no orders now, because of *why*; the next try is due in *again_in_s*."""
    due = f" in {math.ceil(again_in_s)} seconds" if again_in_s > 1 else " later"
    return Refusal(
        AWAY,
        f"The sandbox takes no orders now: {why[:MAX_MESSAGE].rstrip('.')}.",
        STANDS if _closes(order) else f"Nothing went to production. Try again{due}.",
    )


def inconclusive(order: Order, trouble: Trouble, why: str) -> Refusal:
    """Every try of the rehearsal ended in a trouble of the sandbox's own: *trouble*, seen in *why*."""
    if trouble.about.is_outage:
        return sandbox_away(order, f"{_sentence(trouble)} {why}".strip())
    return Refusal(
        trouble.value,
        f"The rehearsal says nothing about the order: {trouble.about.words}. {why[:MAX_MESSAGE]}".strip(),
        STANDS if _closes(order) else f"Nothing went to production. {trouble.about.hint}",
    )


def _sentence(trouble: Trouble) -> str:
    words = trouble.about.words
    return f"{words[0].upper()}{words[1:]}."


def not_prepared(why_not: str) -> Refusal:
    """The sandbox cannot hold what is to be closed, because of *why_not*."""
    return Refusal(
        "not_prepared",
        f"The sandbox could not hold the position that is to be closed: {why_not[:MAX_MESSAGE]}.",
        STANDS,
    )


def no_market_order(why_not: str) -> Refusal:
    """A close at the market while the market is closed: what opens cannot stand in for it."""
    said = not_prepared(why_not)
    return Refusal(said.code, said.message, "Nothing went to production: the position stands. Close it with a limit.")


def not_proven(order: Order, reasons: str) -> Refusal:
    """The rehearsal did not pass, for *reasons*."""
    change = "Nothing went to production. Change the order, or try again later."
    return Refusal("not_proven", f"The rehearsal did not pass: {reasons}.", STANDS if _closes(order) else change)


def no_market() -> Refusal:
    """A person must approve it, and is to see its market."""
    return Refusal(
        "no_market",
        "Another person must approve it, and there is no market now to approve it by.",
        "Nothing went to production. Ask again when there are quotes of every leg.",
    )


def signal_expired() -> Refusal:
    """The time of the signal that asked for it ran out before it waited for a person."""
    return Refusal(
        "signal_expired",
        "The time of its signal ran out before a person could be asked.",
        "Nothing went to production. The next signal of the rule asks anew.",
    )


def _closes(order: Order) -> bool:
    return any(not leg.action.opens for leg in order.legs)
