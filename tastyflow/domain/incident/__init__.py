"""
What a person must look at: an incident, from when it is seen until a person has closed it.

    state      what was seen, of which order or account; told, acknowledged, closed
    events     what can happen to it, and what each event does to the state
    verbs      what can be done with it: `Incident`
"""

from tastyflow.domain.incident.events import (
    IncidentAcknowledged,
    IncidentClosed,
    IncidentEvent,
    IncidentOpened,
    IncidentReopened,
    OperatorsTold,
)
from tastyflow.domain.incident.state import IncidentKind, IncidentState
from tastyflow.domain.incident.verbs import Incident

__all__ = [
    "Incident",
    "IncidentAcknowledged",
    "IncidentClosed",
    "IncidentEvent",
    "IncidentKind",
    "IncidentOpened",
    "IncidentReopened",
    "IncidentState",
    "OperatorsTold",
]
