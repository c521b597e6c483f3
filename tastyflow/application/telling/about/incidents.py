"""
How it is told what a person must look at. Operators are told of incidents, and the audit shows them.

    An operator must look: the account holds 5 SPY 450C that no order here explains.      IncidentOpened
    ann looks at it.                                                                      IncidentAcknowledged
"""

from collections.abc import Iterable, Mapping
from typing import Final

from tastyflow.application.telling.telling import Telling, enumerated, never
from tastyflow.domain.events import Event
from tastyflow.domain.incident import (
    IncidentAcknowledged,
    IncidentClosed,
    IncidentOpened,
    IncidentReopened,
    OperatorsTold,
)


def _hint(event: IncidentOpened | IncidentReopened) -> Iterable[str]:
    yield event.hint


def _failed(event: OperatorsTold) -> Iterable[str]:
    yield f"Not taken by {enumerated(event.failed)}" if event.failed else ""


TELLINGS: Final[Mapping[type[Event], Telling]] = {
    IncidentOpened: Telling(lambda event, _: f"An operator must look: {event.message}", _hint, is_told=never),
    IncidentReopened: Telling(lambda event, _: f"An operator must look again: {event.message}", _hint, is_told=never),
    OperatorsTold: Telling(
        lambda event, _: f"The operators were told by {enumerated(event.channels)}.", _failed, is_told=never
    ),
    IncidentAcknowledged: Telling(lambda event, _: f"{event.by} looks at it.", is_told=never),
    IncidentClosed: Telling(lambda event, _: f"{event.by} closed it: {event.how}", is_told=never),
}
