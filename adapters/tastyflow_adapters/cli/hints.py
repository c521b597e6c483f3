"""
What a person at a terminal can do next: the command line's own words for the codes and stages of the core.

    error ─▶ advice_on(error) ─┐
                               ├─▶ a hint and suggestions, with the commands, flags and variables that are meant
    order ─▶ next_step(order) ─┘

The core gives a code and data; this is the only table that turns them into commands. A code that is not in it keeps the
hint and the suggestions that the error, or the recorded order, has.
"""

from collections.abc import Mapping
from typing import Final

from tastyflow_adapters.advice import Advice, PlaceWords

ERRORS: Final[Mapping[str, Advice]] = {
    "unknown_trader": Advice(
        "See 'tastyflow trader list'; the operator adds traders with 'tastyflow trader add NAME'.",
        ("tastyflow trader add {user}",),
    ),
    "no_account": Advice(
        "The operator gives accounts: 'tastyflow trader accounts NAME ACCOUNT'. Then name one with --account.",
        ("tastyflow trader accounts {trader} {account}",),
    ),
    "account_not_given": Advice(
        "Name one that was given with --account; the operator gives others: 'tastyflow trader accounts NAME ACCOUNT'.",
        ("tastyflow trader accounts {trader} {account}",),
    ),
    "trader_exists": Advice("See 'tastyflow trader list', or choose another name."),
    "not_an_order": Advice(
        "Type it in 'tastyflow chat', or as a command of its own: 'tastyflow flatten SPY', 'tastyflow cancel all', …"
    ),
    "no_live_venue": Advice("Set TASTYFLOW_ENV to one that has."),
    "identity_taken": Advice("Unlink it there first.", ("tastyflow trader unlink {trader} {platform} {user}",)),
    "not_linked": Advice("See 'tastyflow trader show NAME'."),
    "may_not_act": Advice("Leave out --as, and unset TASTYFLOW_TRADER: then you order as yourself."),
    "confirmation_needed": Advice(
        "Every order is confirmed by its trader here (policy.confirm): type it at a terminal, without --yes."
    ),
    "no_trader": Advice("Say who orders: --as NAME, or TASTYFLOW_TRADER."),
    "halted": Advice(
        "Nothing was sent. 'tastyflow halt --reducing' lets orders pass that only close, "
        "'tastyflow resume --reason TEXT' all. Cancels always pass."
    ),
    "reducing": Advice(
        "Nothing was sent. An order that only closes passes; 'tastyflow resume --reason TEXT' lets all pass."
    ),
    "reason_needed": Advice("Type 'resume' and the reason, or: tastyflow resume --reason TEXT"),
    "unknown_incident": Advice("'tastyflow incident list' has those that are open."),
    "in_doubt": Advice("Do not order it again. Once the log can be written: 'tastyflow status {order}'."),
    "log_in_doubt": Advice(
        "Nothing went to production. Put the right log back; or compare it with the venue ('tastyflow orders', "
        "'tastyflow positions') and accept it as it is: tastyflow recover --accept --reason TEXT"
    ),
    "unreadable_event": Advice(
        "The log was written by a newer version, or was tampered with: see 'tastyflow audit verify'."
    ),
}
"""By the code of an error, or of an order that was refused with it."""

STAGES: Final[Mapping[str, str]] = {
    "rehearsed": "It goes no further here: this environment has no live venue.",
    "working": "It works on at the venue: 'tastyflow status {ref}', 'tastyflow cancel {ref}'.",
    "submitting": "It may be at the venue: ask with 'tastyflow status {ref}', and do not send it again.",
    "escalated": "It may be at the venue: look there before you order again, then decide: "
    "'tastyflow incident show {ref}'.",
    "filled": "See 'tastyflow positions'.",
    "abandoned": "It is given up here, and not sent again. If it turns up at the venue, it is taken up and told.",
}
"""By the stage of an order that carries no hint of its own."""

REASONS: Final[Mapping[str, str]] = {
    "vanished": "Nothing can be cancelled there: look at the venue what became of it, and whether it filled, before "
    "you order again. Then say what you found: 'tastyflow incident show {ref}'.",
}
"""By why an order is a person's: what the line of its stage does not say."""

WAITS: Final = "It waits for another person: 'tastyflow approve {ref}'. 'tastyflow cancel {ref}' takes it back."
CONFIRM: Final = "It waits for a yes where it was typed; 'tastyflow cancel {ref}' withdraws it."
CANCEL_ASKED: Final = "The cancel is asked for; the venue has not confirmed it: 'tastyflow status {ref}'."


WORDS: Final = PlaceWords(
    errors=ERRORS, stages=STAGES, reasons=REASONS, waits=WAITS, confirm=CONFIRM, cancel_asked=CANCEL_ASKED
)
advice_on: Final = WORDS.advice_on
advice_for: Final = WORDS.advice_for
next_step: Final = WORDS.next_step
