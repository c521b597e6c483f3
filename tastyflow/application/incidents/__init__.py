"""
Incidents: what a person must look at, from when it is seen until it is closed.

    opening    in the append that records what was seen: opened, seen again, closed
    handling   what a person does with one: looks at it, closes it
    choices    what can be decided of one, as it stands
    deciding   what a person decides on an order in doubt: resubmit, abandon, "it is order N"
    alarming   the operators are told, again and again, until a person looks
"""

from tastyflow.application.incidents.opening import close_incident, open_incident

__all__ = ["close_incident", "open_incident"]
