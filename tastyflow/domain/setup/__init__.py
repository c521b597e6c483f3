"""
The setup of a rehearsal: orders in the sandbox that make ready what an order closes, and put the account back.

    placement   one such order: claimed before it is sent, concluded by what became of it
    state       what replaying the events says
    events      what can happen to a setup, and what each event does to the state
    verbs       what can be done with a setup: `Setup`
    owing       what an order's rehearsals and setups have changed in the sandbox account, and how to undo it

They are the desk's own orders: never attempts of the order, never its fills, and never in production.
"""

from tastyflow.domain.setup.events import SetupClaimed, SetupConcluded
from tastyflow.domain.setup.owing import owed
from tastyflow.domain.setup.placement import Placement, Purpose
from tastyflow.domain.setup.verbs import Setup

__all__ = ["Placement", "Purpose", "Setup", "SetupClaimed", "SetupConcluded", "owed"]
