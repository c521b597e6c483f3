"""
The mirrored ticket: a closing ticket whose legs open instead, everything else the same.

    sell to close 10 @ 3.20 day  ─▶  sell to open 10 @ 3.20 day

It is rehearsed where the sandbox cannot hold the position that is to be closed. It says nothing of the effect: that the
order closes is proven by production's dry run of the ticket itself.
"""

from collections.abc import Mapping
from typing import Final

from attrs import evolve

from tastyflow.domain.ticket import Action, Ticket
from tastyflow.errors import Invalid

OPENING: Final[Mapping[Action, Action]] = {
    Action.BUY_TO_CLOSE: Action.BUY_TO_OPEN,
    Action.SELL_TO_CLOSE: Action.SELL_TO_OPEN,
}


def mirrored(ticket: Ticket) -> Ticket | None:
    """*ticket* with legs that open; None where a leg opens already, or where no such ticket exists (a GTC stop)."""
    if ticket.opens:
        return None
    try:
        return evolve(ticket, legs=tuple(evolve(leg, action=OPENING[leg.action]) for leg in ticket.legs))
    except Invalid:
        return None
