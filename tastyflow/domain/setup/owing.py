"""
What an order's rehearsals and setups have changed in the sandbox account, and the legs that undo it.

    fills of its attempts in the sandbox + fills of its setup = what is left changed ─▶ the same, the other way round

What was opened is closed again; what was there before and was closed is opened again. What was cleared was in the way:
that stays cleared. What the sandbox forgot when it was reset is not there to be undone.
"""

from collections import Counter
from collections.abc import Iterator

from tastyflow.domain.instruments import Instrument
from tastyflow.domain.mirroring import OPENING
from tastyflow.domain.order import Order
from tastyflow.domain.setup.placement import Purpose
from tastyflow.domain.setup.verbs import Setup
from tastyflow.domain.ticket import Action, Leg
from tastyflow.domain.venue import Status, Venue


def owed(order: Order, setup: Setup | None, *, max_tries: int) -> tuple[Leg, ...]:
    """
    The legs that put the sandbox account back to where it was before *order*; buys first, which cover what is sold.

    What was tried *max_tries* times in vain is given up: its position is gone.
    """
    opened: Counter[Instrument] = Counter()
    closed: Counter[Instrument] = Counter()
    for action, instrument, quantity in _changes(order, setup):
        (opened if action.opens else closed)[instrument] += quantity if action.buys else -quantity
    legs = []
    for instrument in dict.fromkeys((*opened, *closed)):
        net = opened[instrument] + closed[instrument]
        if net and (setup is None or setup.failed_restores(instrument) < max_tries):
            legs.append(Leg(_undoing(net, opened[instrument]), abs(net), instrument))
    return tuple(sorted(legs, key=lambda leg: not leg.action.buys))


def _undoing(net: int, opened: int) -> Action:
    if net > 0:
        return Action.SELL_TO_CLOSE if opened > 0 else Action.SELL_TO_OPEN
    return Action.BUY_TO_CLOSE if opened < 0 else Action.BUY_TO_OPEN


def _changes(order: Order, setup: Setup | None) -> Iterator[tuple[Action, Instrument, int]]:
    ticket = order.ticket_at(Venue.SANDBOX)
    legs = {leg.instrument.occ: leg for leg in (ticket.legs if ticket else ())}
    forgotten = {a.number for a in order.attempts if a.venue is Venue.SANDBOX and a.status is Status.REMOVED}
    mirrored = {a.number for a in order.attempts if a.venue is Venue.SANDBOX and a.digest != order.asked_digest}
    for fill in order.fills:
        leg = legs.get(fill.symbol)
        if fill.venue is Venue.SANDBOX and leg is not None and fill.attempt not in forgotten:
            action = OPENING[leg.action] if fill.attempt in mirrored else leg.action
            yield action, leg.instrument, fill.quantity
    for placement in setup.placements if setup else ():
        if placement.purpose is not Purpose.CLEAR:
            yield placement.leg.action, placement.leg.instrument, placement.filled
