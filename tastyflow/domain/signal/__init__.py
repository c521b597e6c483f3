"""
One signal: the moment at which the trigger of a rule was met, and what became of it.

    state      what replaying the events says
    events     what can happen to a signal, and what each event does to the state
    verbs      what can be done with a signal: `Signal`
"""

from tastyflow.domain.signal.events import (
    SignalActed,
    SignalDeclined,
    SignalExpired,
    SignalMarked,
    SignalRaised,
    SignalShadowed,
)
from tastyflow.domain.signal.state import SignalMark, SignalStage
from tastyflow.domain.signal.verbs import Signal

__all__ = [
    "Signal",
    "SignalActed",
    "SignalDeclined",
    "SignalExpired",
    "SignalMark",
    "SignalMarked",
    "SignalRaised",
    "SignalShadowed",
    "SignalStage",
]
