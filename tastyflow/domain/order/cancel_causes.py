"""
By whom, or why, an order is cancelled: the reason that the events of a cancel hold.

    by the trader · by the operator                                      a person asked for this order's cancel
    trading was halted · only orders … may go on     by ann (fat finger)   a halt did, with who and why behind it

These openings are ours, and may be said where others read along; what follows them holds a person's own words.
"""

from typing import Final

BY_TRADER: Final = "by the trader"
BY_OPERATOR: Final = "by the operator"
HALTED: Final = "trading was halted"
REDUCED: Final = "only orders that take risk away may go on"

OPENINGS: Final = (BY_TRADER, BY_OPERATOR, HALTED, REDUCED)


def halt_cause(opening: str, by: str, reason: str) -> str:
    """Why a halt cancels an order, with who halted and what they said."""
    said = f" ({reason})" if reason else ""
    return f"{opening} by {by}{said}" if opening == HALTED else f"{opening}, says {by}{said}"


def cause_words(reason: str, *, is_shared: bool = False) -> str:
    """
    *reason* as the end of a sentence; of one that is shared, what may be said where others read along.
    """
    said = next((each for each in OPENINGS if reason.startswith(each)), "") if is_shared else reason
    if not said:
        return ""
    return f" {said}" if said.startswith("by ") else f": {said}"


def ended_words(message: str) -> str:
    """The *message* of an order that is over; a cause alone becomes a clause: ``cancelled by the trader``."""
    return f"cancelled{cause_words(message)}" if message.startswith(OPENINGS) else message


def ended_sentence(message: str) -> str:
    """The same as a sentence; empty where there is no *message*. A name at its beginning stays as it is written."""
    said = ended_words(message).rstrip(".")
    begun = said[:1].upper() + said[1:] if message.startswith(OPENINGS) else said
    return f"{begun}." if said else ""
