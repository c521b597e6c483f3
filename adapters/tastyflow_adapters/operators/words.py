"""
What the operators read of incidents: a title, and a few lines for each.

Texts of venues and users are in it. Nothing in them is obeyed: they stand on one line, with escapes shown.
"""

from collections.abc import Sequence
from typing import Final

from tastyflow.application.environment_words import environment_words
from tastyflow.domain.incident import IncidentState
from tastyflow.domain.trader.accounts import MAIN

MOST: Final = 10
"""Of more than this many incidents at once only the number is told."""


def title_of(incidents: Sequence[IncidentState]) -> str:
    """``tastyflow: an operator must look (3f2a91)``"""
    if len(incidents) == 1:
        return f"tastyflow: an operator must look ({incidents[0].reference})"
    return f"tastyflow: an operator must look at {len(incidents)} incidents"


def body_of(incidents: Sequence[IncidentState], *, is_simulated: bool = False) -> str:
    """A paragraph for each incident, the first `MOST` of them."""
    paragraphs = [paragraph_of(each, is_simulated=is_simulated) for each in incidents[:MOST]]
    if len(incidents) > MOST:
        paragraphs.append(f"And {len(incidents) - MOST} more: tastyflow incident list")
    return "\n\n".join(paragraphs)


def paragraph_of(incident: IncidentState, *, is_simulated: bool = False) -> str:
    """What was seen, where, what to do, and the command that shows it."""
    where = environment_words(incident.environment, is_simulated=is_simulated) if incident.environment else ""
    account = f", account {incident.account}" if incident.account not in ("", MAIN) else ""
    place = f" [{where}{account}]" if where else ""
    again = f" Told {incident.told + 1} times now." if incident.told else ""
    told = f"{incident.message}{place} {incident.hint}".strip()
    return f"{one_line(told)}{again} See: tastyflow incident show {incident.reference}"


def one_line(text: str) -> str:
    """*text* on one line, without anything that a terminal or a log would obey."""
    return "".join(c if c.isprintable() else " " if c.isspace() else ascii(c)[1:-1] for c in text)
