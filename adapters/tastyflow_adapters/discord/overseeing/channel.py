"""
The operators' channel in Discord, as one of the channels by which incidents are told.

    alarms ─▶ OperatorsChannel ─▶ the bot's messages, while it runs        else it did not take the message

The alarms and the bot are two parts of the service, and this is what they share. The log keeps whether Discord took
each message.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Protocol

from tastyflow.domain.incident import IncidentState
from tastyflow_adapters.operators.channels import MessageNotTaken

NAME: Final = "discord"


class Tells(Protocol):
    """What tells of incidents: `IncidentPosts`."""

    async def tell(self, incidents: Sequence[IncidentState]) -> None: ...


class OperatorsChannel:
    """A `Channel`."""

    name: Final = NAME

    def __init__(self) -> None:
        self._tells: Tells | None = None

    @contextmanager
    def told_by(self, tells: Tells) -> Iterator[None]:
        """While entered, *tells* takes the messages."""
        self._tells = tells
        try:
            yield
        finally:
            if self._tells is tells:
                self._tells = None

    async def tell(self, incidents: Sequence[IncidentState]) -> None:
        if self._tells is None:
            raise MessageNotTaken(self.name)
        await self._tells.tell(incidents)
