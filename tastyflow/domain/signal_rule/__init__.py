"""
Rules that raise signals: what they watch, what they ask for, and what they are allowed to do.

    figures      the figures that a rule speaks of, by name
    alert        what a webhook or a criterion says beside the market
    trigger      conditions over figures: when a rule fires
    action       a line of the order language with figures in braces: what it asks for
    scope        the expirations that the figures are worked out over, and the sign model
    sign_model   who holds what: an assumption, printed
    rule         one rule, as its author wrote it: `SignalRule`
    state        how it stands: off, shadow, approve, auto; and what replaying the events says
    events       what can happen to its standing, and what each event does to the state
    holding      what holds a rule back although its trigger is met: `held_back`
    verbs        what can be done with it: `RuleStanding`
"""

from tastyflow.domain.signal_rule.events import (
    RuleAnswered,
    RuleLoaded,
    RuleReloaded,
    RuleSetToApprove,
    RuleSetToAuto,
    RuleSetToShadow,
    RuleTriggered,
    RuleTurnedItselfOff,
    RuleTurnedOff,
)
from tastyflow.domain.signal_rule.state import OffCode, RuleMode
from tastyflow.domain.signal_rule.verbs import RuleStanding

__all__ = [
    "OffCode",
    "RuleAnswered",
    "RuleLoaded",
    "RuleMode",
    "RuleReloaded",
    "RuleSetToApprove",
    "RuleSetToAuto",
    "RuleSetToShadow",
    "RuleStanding",
    "RuleTriggered",
    "RuleTurnedItselfOff",
    "RuleTurnedOff",
]
