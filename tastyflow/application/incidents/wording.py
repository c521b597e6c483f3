"""
An incident in words: the same in a terminal and in a chat.

    seen Fri Nov 20 10:00 New York; the operators were told 2 times; no person looks at it
    seen …; closed by ann, Fri Nov 20 10:20 New York: cancelled by hand at the venue
"""

from tastyflow.application.environment_words import environment_words
from tastyflow.domain.incident import IncidentState
from tastyflow.domain.new_york_time import moment_in_words
from tastyflow.domain.trader.accounts import MAIN


def place_of_incident(incident: IncidentState, *, is_simulated: bool = False) -> str:
    """``PRODUCTION, account ira``; empty where it is about no environment."""
    words = environment_words(incident.environment, is_simulated=is_simulated) if incident.environment else ""
    account = f", account {incident.account}" if incident.account not in ("", MAIN) else ""
    return f"{words}{account}" if words else ""


def kind_in_words(incident: IncidentState) -> str:
    """``unknown order``"""
    return incident.kind.value.replace("_", " ")


def how_it_stands(incident: IncidentState) -> str:
    """Since when it is there, how often the operators were told, and who looks; or how it was closed."""
    seen = f"seen {moment_in_words(incident.opened_at)}"
    if incident.closed_at is not None:
        return f"{seen}; closed by {incident.closed_by}, {moment_in_words(incident.closed_at)}: {incident.how}"
    times = {0: "the operators were not told yet", 1: "the operators were told once"}
    told = times.get(incident.told, f"the operators were told {incident.told} times")
    looks = f"{incident.acknowledged_by} looks at it" if incident.acknowledged_by else "no person looks at it"
    return f"{seen}; {told}; {looks}"
