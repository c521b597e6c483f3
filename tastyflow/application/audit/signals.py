"""
The promises of signals: a signal becomes at most one order, and only as its rule, its trader and people let it.

    raised, by a rule that counted it (`audit.rules`) ─▶ acted, with an order │ none, for a reason
                                                            └▶ claimed while its rule lets it
"""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from tastyflow.application.audit.promise import Promise, promise
from tastyflow.application.audit.world import World
from tastyflow.application.signalling.asking import PLATFORM, signal_id_in
from tastyflow.domain.order import Asked, Order
from tastyflow.domain.order.events import OrderDrafted, OrderValidated, SubmissionClaimed
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.risk.codes import RiskCode
from tastyflow.domain.rules import broken_rules
from tastyflow.domain.signal import (
    Signal,
    SignalActed,
    SignalDeclined,
    SignalExpired,
    SignalMarked,
    SignalRaised,
    SignalShadowed,
)
from tastyflow.domain.signal_rule import RuleMode, RuleStanding
from tastyflow.domain.trader import Trader
from tastyflow.domain.venue import Venue


def _standing(world: World, rule: str) -> RuleStanding | None:
    return world.get(RuleStanding, RuleStanding.id_of(rule))


def _signal(world: World, asked: Asked) -> Signal | None:
    return world.get(Signal, signal_id_in(asked))


def _lets(signal: Signal, standing: RuleStanding) -> RuleMode:
    return min(signal.mode, standing.mode, key=lambda mode: mode.rank)


def _of_signals(event: OrderDrafted) -> bool:
    return event.asked.platform == PLATFORM


@promise(
    "signal_raised_once",
    "A signal is raised once, by the rule that counted it, in the mode and the content in which that stood.",
    SignalRaised,
)
def _signal_raised_once(world: World, event: SignalRaised) -> Iterable[str]:
    standing = _standing(world, event.rule)
    derived = Signal.id_of(event.rule, event.rule_version, event.moment, event.source_id)
    if standing is None:
        return ("There is no such rule.",)
    return broken_rules(
        (event.originator_id == derived, "Its id is not that of its rule and moment."),
        (event.originator_id not in world.states, "It was raised before."),
        (standing.last_signal == event.originator_id, "Its rule did not count it."),
        (event.mode is standing.mode and event.mode is not RuleMode.OFF, f"The rule was {standing.mode}."),
        (
            (event.rule_version, event.rule_digest) == (standing.rule_version, standing.digest),
            "Another content of the rule stood.",
        ),
        (event.trader == standing.trader, "The rule acts as another trader."),
    )


@promise(
    "signal_becomes_one_order",
    "A signal that is open and in time becomes one order: its own line, of its trader, for its account.",
    SignalActed,
)
def _signal_becomes_one_order(world: World, event: SignalActed) -> Iterable[str]:
    signal, order = world.get(Signal, event.originator_id), world.get(Order, event.order)
    if signal is None or order is None:
        return ("There is no such signal, or no such order.",)
    trader = world.get(Trader, order.asked.trader)
    return broken_rules(
        (signal.is_open, f"It was {signal.stage}."),
        (event.order == Order.id_of(PLATFORM, signal.id.hex), "The order is not the one that it asks for."),
        ((order.asked.user, order.asked.text) == (signal.rule, signal.line), "The order asks for something else."),
        (trader is not None and trader.name == signal.trader, "The order is of another trader."),
        (signal.account in ("", order.account), "The order is for another account."),
        (signal.counts_at(event.at), "Its time was over."),
    )


@promise(
    "order_of_signal",
    "An order of a signal is drafted while the signal is open, and its rule in approve or auto, with the same content.",
    OrderDrafted,
    where=_of_signals,
)
def _order_of_signal(world: World, event: OrderDrafted) -> Iterable[str]:
    signal = _signal(world, event.asked)
    standing = _standing(world, signal.rule) if signal is not None else None
    if signal is None or standing is None:
        return ("No signal asks for it.",)
    return broken_rules(
        (signal.is_open, f"The signal was {signal.stage}."),
        (_lets(signal, standing).asks, f"The rule was {standing.mode}, and {signal.mode} when it raised the signal."),
        (signal.rule_digest == standing.digest, "Another content of the rule stood."),
    )


@promise(
    "signal_approval_asked",
    "An order of a rule in approve waits for a person, and one of a rule in auto does so for no other reason.",
    OrderValidated,
)
def _signal_approval_asked(world: World, event: OrderValidated) -> Iterable[str]:
    order = world.get(Order, event.originator_id)
    signal = _signal(world, order.asked) if order is not None else None
    standing = _standing(world, signal.rule) if signal is not None else None
    waits = RiskCode.SIGNAL_APPROVAL.value in event.approval
    if signal is None or standing is None:
        return broken_rules((not waits, "No signal asks for it."))
    return broken_rules((waits == (_lets(signal, standing) is RuleMode.APPROVE), f"The rule was {standing.mode}."))


@promise(
    "claimed_for_a_rule",
    "Production is claimed for a signal only while its rule stands in approve or auto, in time, and in approve with a "
    "person's approval.",
    SubmissionClaimed,
    where=lambda event: event.venue is Venue.PRODUCTION,
)
def _claimed_for_a_rule(world: World, event: SubmissionClaimed) -> Iterable[str]:
    order = world.get(Order, event.originator_id)
    if order is None or order.asked.platform != PLATFORM:
        return ()
    signal = _signal(world, order.asked)
    standing = _standing(world, signal.rule) if signal is not None else None
    if signal is None or standing is None:
        return ("No signal asks for it.",)
    lets = _lets(signal, standing)
    return broken_rules(
        (signal.order == order.id, "The signal did not become this order."),
        (lets.asks, f"The rule was {standing.mode}."),
        (signal.rule_digest == standing.digest, "Another content of the rule stood."),
        (lets is not RuleMode.APPROVE or order.approval is not None, "No person approved it."),
        (order.approval is not None or signal.lasts_at(event.at), "The time of its signal was over."),
    )


@promise(
    "signal_settled_once",
    "A signal is settled once: a refusal names its own order and says why, and it expires when its time is over.",
    SignalShadowed,
    SignalDeclined,
    SignalExpired,
)
def _signal_settled_once(world: World, event: SignalShadowed | SignalDeclined | SignalExpired) -> Iterable[str]:
    signal = world.get(Signal, event.originator_id)
    if signal is None:
        return ("There is no such signal.",)
    order: UUID | None = event.order if isinstance(event, SignalDeclined) else None
    mine = Order.id_of(PLATFORM, signal.id.hex)
    refused = world.get(Order, order)
    return broken_rules(
        (signal.is_open, f"It was {signal.stage}."),
        (not isinstance(event, SignalDeclined) or bool(event.code), "It does not say why."),
        (order is None or (order == mine and refused is not None), "The order is not the one that it asks for."),
        (refused is None or refused.stage is Stage.REFUSED, "The order was not refused."),
        (not isinstance(event, SignalExpired) or not signal.counts_at(event.at), "Its time was not over."),
        (order is not None or world.get(Order, mine) is None, "There is an order of it."),
    )


@promise("marked_once", "The market of a signal is looked at once for each time.", SignalMarked)
def _marked_once(world: World, event: SignalMarked) -> Iterable[str]:
    signal = world.get(Signal, event.originator_id)
    if signal is None or signal.is_open:
        return ("There is no signal that was settled.",)
    return broken_rules((event.after_min not in {each.after_min for each in signal.marks}, "It was looked at before."))


@promise(
    "asked_by_a_signal",
    "The signal of an order knows it.",
    Order,
    where=lambda order: order.asked.platform == PLATFORM and order.ticket is not None,
)
def _asked_by_a_signal(world: World, order: Order) -> Iterable[str]:
    signal = _signal(world, order.asked)
    return broken_rules((signal is not None and signal.order == order.id, "No signal became it."))


OF_SIGNALS: Final[tuple[Promise, ...]] = (
    _signal_raised_once,
    _signal_becomes_one_order,
    _order_of_signal,
    _signal_approval_asked,
    _claimed_for_a_rule,
    _signal_settled_once,
    _marked_once,
)

SIGNALS_IN_THE_END: Final[tuple[Promise, ...]] = (_asked_by_a_signal,)
