"""
The promises of rules: a rule does more only at the word of who may let it, and raises one signal after the other.

    loaded ─▶ moved by people, step by step ─▶ triggered ─▶ answered ─▶ turned itself off, and an incident says so
"""

from collections.abc import Iterable
from typing import Final

from tastyflow.application.attribution import trader_id_in
from tastyflow.application.audit.promise import Promise, promise
from tastyflow.application.audit.world import World
from tastyflow.domain.halt import Halt, Trading
from tastyflow.domain.incident import Incident, IncidentKind
from tastyflow.domain.rules import broken_rules
from tastyflow.domain.signal import Signal
from tastyflow.domain.signal_rule import (
    OffCode,
    RuleAnswered,
    RuleLoaded,
    RuleMode,
    RuleReloaded,
    RuleSetToApprove,
    RuleSetToAuto,
    RuleSetToShadow,
    RuleStanding,
    RuleTriggered,
    RuleTurnedItselfOff,
    RuleTurnedOff,
)
from tastyflow.domain.signal_rule.events import RuleModeEvent
from tastyflow.domain.trader import Trader
from tastyflow.domain.trader.permissions import Permission, may, may_any

_STOPPING: Final = frozenset({Permission.SIGNALS, Permission.APPROVE, Permission.HALT})
"""Each lets its trader turn a rule down."""

_CODES: Final = frozenset(code.value for code in OffCode)


@promise(
    "rule_loaded", "A rule has one standing; other content comes under a higher version.", RuleLoaded, RuleReloaded
)
def _rule_loaded(world: World, event: RuleLoaded | RuleReloaded) -> Iterable[str]:
    if isinstance(event, RuleLoaded):
        return broken_rules(
            (event.originator_id == RuleStanding.id_of(event.name), "Its id is not that of its name."),
            (event.originator_id not in world.states, "It was loaded before."),
        )
    standing = world.get(RuleStanding, event.originator_id)
    if standing is None:
        return ("It was never loaded.",)
    return broken_rules((event.rule_version > standing.rule_version, "Its version is not higher than before."))


@promise(
    "rule_moved_in_turn",
    "A rule is let do more by a trader with the permission, for the content that stands, one step at a time; it is "
    "turned down by who may.",
    RuleSetToShadow,
    RuleSetToApprove,
    RuleSetToAuto,
    RuleTurnedOff,
)
def _rule_moved_in_turn(world: World, event: RuleModeEvent) -> Iterable[str]:
    standing, trader = world.get(RuleStanding, event.originator_id), world.get(Trader, trader_id_in(event.actor))
    if standing is None or trader is None:
        return ("There is no such rule, or no trader moved it.",)
    steps = event.after.rank - standing.mode.rank
    allowed = may_any(trader, _STOPPING) and not trader.suspended
    if steps > 0:
        allowed = may(trader, Permission.SIGNALS) and not trader.suspended
    halted = (world.get(Halt, Halt.switch_id()) or Halt.never()).trading is Trading.HALTED
    return broken_rules(
        (event.before is standing.mode, f"It stood in {standing.mode}, and not in {event.before}."),
        (event.digest == standing.digest, "Other content stands."),
        (steps <= 1, "It went up by more than one step."),
        (event.by == trader.name, "It names another trader than the one who did it."),
        (allowed or (steps < 0 and trader.name == standing.trader), f"{trader.name} might not do that."),
        (not (steps > 0 and event.after.asks and halted), "Trading was halted."),
    )


@promise("rule_turned_itself_off", "A rule turns itself off for a reason that is known.", RuleTurnedItselfOff)
def _rule_turned_itself_off(world: World, event: RuleTurnedItselfOff) -> Iterable[str]:
    standing = world.get(RuleStanding, event.originator_id)
    return broken_rules(
        (standing is not None and event.before is standing.mode, "It stood otherwise."),
        (event.before is not RuleMode.OFF, "It was off."),
        (event.code in _CODES and bool(event.reason), "It does not say why."),
    )


@promise(
    "triggered_in_turn",
    "A rule raises one signal after the other: not while it is off, nor before the last one is settled.",
    RuleTriggered,
)
def _triggered_in_turn(world: World, event: RuleTriggered) -> Iterable[str]:
    standing = world.get(RuleStanding, event.originator_id)
    if standing is None:
        return ("There is no such rule.",)
    last = world.get(Signal, standing.last_signal)
    return broken_rules(
        (standing.mode is not RuleMode.OFF, "It was off."),
        (last is None or not last.is_open, "The signal before it was not settled."),
        (event.signal not in world.states, "Its signal was raised before."),
    )


@promise("answered_for_its_signal", "A rule hears of a signal that it raised, and that became an order.", RuleAnswered)
def _answered_for_its_signal(world: World, event: RuleAnswered) -> Iterable[str]:
    standing, signal = world.get(RuleStanding, event.originator_id), world.get(Signal, event.signal)
    if standing is None or signal is None:
        return ("There is no such rule, or no such signal.",)
    return broken_rules(
        (signal.rule == standing.name, "The signal is of another rule."),
        (not signal.is_open, "The signal is not settled."),
    )


@promise("counted_in_the_end", "Every signal that a rule counted was raised.", RuleStanding)
def _counted_in_the_end(world: World, standing: RuleStanding) -> Iterable[str]:
    raised = standing.last_signal is None or world.get(Signal, standing.last_signal) is not None
    return broken_rules((raised, "The signal that it counted last was never raised."))


@promise(
    "rested_in_the_end",
    "The operators are told of a rule that turned itself off.",
    RuleStanding,
    where=lambda standing: bool(standing.off_code),
)
def _rested_in_the_end(world: World, standing: RuleStanding) -> Iterable[str]:
    told = world.get(Incident, Incident.id_of(IncidentKind.SIGNAL, standing.name))
    return broken_rules((told is not None, "No incident says so."))


OF_RULES: Final[tuple[Promise, ...]] = (
    _rule_loaded,
    _rule_moved_in_turn,
    _rule_turned_itself_off,
    _triggered_in_turn,
    _answered_for_its_signal,
)

RULES_IN_THE_END: Final[tuple[Promise, ...]] = (_counted_in_the_end, _rested_in_the_end)
