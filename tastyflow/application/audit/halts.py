"""
The promises of a halt: what a person stopped has not left.

    halted    ─▶ no claim of production
    reducing  ─▶ only claims of orders that took risk away, as the claim itself says
"""

from collections.abc import Iterable
from typing import Final

from tastyflow.application.audit.promise import Promise, promise
from tastyflow.application.audit.world import World
from tastyflow.domain.halt import Halt, HaltEvent, Trading, TradingHalted, TradingReduced, TradingResumed
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import OrderValidated, SubmissionClaimed
from tastyflow.domain.rules import broken_rules
from tastyflow.domain.venue import Venue

AFTER: Final = {
    TradingHalted: Trading.HALTED,
    TradingReduced: Trading.REDUCING,
    TradingResumed: Trading.RUNNING,
}


def _in_production(event: SubmissionClaimed) -> bool:
    return event.venue is Venue.PRODUCTION


def _standing(world: World) -> Halt:
    return world.get(Halt, Halt.switch_id()) or Halt.never()


@promise(
    "claimed_unhalted",
    "While trading is halted production is not claimed; while only risk may be reduced, only by what takes risk away.",
    SubmissionClaimed,
    where=_in_production,
)
def _claimed_unhalted(world: World, event: SubmissionClaimed) -> Iterable[str]:
    trading = _standing(world).trading
    return broken_rules(
        (trading is not Trading.HALTED, "Trading was halted."),
        (trading is not Trading.REDUCING or event.is_exit is True, "Only risk could be reduced, and it is no exit."),
    )


@promise(
    "exits_close",
    "What is said to take risk away opens nothing.",
    OrderValidated,
    SubmissionClaimed,
    where=lambda event: bool(event.is_exit),
)
def _exits_close(world: World, event: OrderValidated | SubmissionClaimed) -> Iterable[str]:
    order = world.get(Order, event.originator_id)
    closes = order is not None and order.ticket is not None and not order.ticket.opens
    return broken_rules((closes, "It opens something."))


@promise(
    "halted_in_turn",
    "A halt says what could leave before it and what can after it, who did it, and why it was ended.",
    *AFTER,
)
def _halted_in_turn(world: World, event: HaltEvent) -> Iterable[str]:
    return broken_rules(
        (event.originator_id == Halt.switch_id(), "It is not of the one switch of the log."),
        (event.before is _standing(world).trading, "Something else could leave before it."),
        (event.after is AFTER[type(event)], "It says that something else can leave after it."),
        (event.before is not event.after, "It changes nothing."),
        (bool(event.by), "It does not say who did it."),
        (not isinstance(event, TradingResumed) or bool(event.reason), "It does not say why trading was resumed."),
    )


HALTING: Final[tuple[Promise, ...]] = (_claimed_unhalted, _exits_close, _halted_in_turn)
