"""
What a person in a chat can do next: the chat's own words for the codes and stages of the core.

    error ─▶ advice_on(error)          order ─▶ advice_for(order), next_step(order)

A code that is not in the table keeps the hint and the suggestions that the error, or the recorded order, has.
"""

from collections.abc import Mapping
from typing import Final

from tastyflow_adapters.advice import Advice, PlaceWords

ERRORS: Final[Mapping[str, Advice]] = {
    "unknown_trader": Advice("Ask the operator for a code, and send it here with /link."),
    "no_account": Advice("Name one in the option account, or ask the operator to give you one."),
    "account_not_given": Advice("Name one that was given to you in the option account, or ask the operator for it."),
    "no_live_venue": Advice("The operator chooses the environment: here an order ends with its rehearsal."),
    "unknown_order": Advice("/orders has yours."),
    "halted": Advice("Nothing was sent. Cancels always pass. /resume lets orders leave again."),
    "reducing": Advice("Nothing was sent. An order that only closes passes; /resume lets all pass."),
    "reason_needed": Advice("Say why in the option reason."),
    "in_doubt": Advice("Do not order it again. Once the log can be written, /status says what became of it."),
    "unreadable_event": Advice("Tell the operator: the log was written by a newer version, or was tampered with."),
}
"""By the code of an error, or of an order that was refused with it."""

STAGES: Final[Mapping[str, str]] = {
    "rehearsed": "It goes no further here: this environment has no live venue.",
    "working": "It worked at the venue as this was shown: /status {ref} has it now, /cancel {ref} ends it.",
    "submitting": "It may be at the venue: /status {ref} asks. Do not send it again.",
    "escalated": "It may be at the venue: look there before you order again. The operators are told.",
    "filled": "/positions has what is held now.",
    "abandoned": "It is given up here, and not sent again. If it turns up at the venue, it is taken up and told.",
}
"""By the stage of an order that carries no hint of its own."""

REASONS: Final[Mapping[str, str]] = {
    "vanished": "Nothing can be cancelled there: look at the venue what became of it, and whether it filled, before "
    "you order again, and tell the operators what you found.",
}
"""By why an order is a person's: what the line of its stage does not say."""

WAITS: Final = "It waits for the approval of another person. /cancel {ref} takes it back."
CONFIRM: Final = "It waits for your yes on its card. /cancel {ref} withdraws it."
CANCEL_ASKED: Final = "The cancel is asked for; the venue has not confirmed it: /status {ref}."


WORDS: Final = PlaceWords(
    errors=ERRORS, stages=STAGES, reasons=REASONS, waits=WAITS, confirm=CONFIRM, cancel_asked=CANCEL_ASKED
)
advice_on: Final = WORDS.advice_on
advice_for: Final = WORDS.advice_for
next_step: Final = WORDS.next_step
