"""The state of the switch: what replaying its events says, and the words for it."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from attrs import frozen

from tastyflow.domain.new_york_time import moment_in_words


class Trading(StrEnum):
    """What may leave for production. Cancels always may."""

    RUNNING = "running"  # every order that the checks let pass
    REDUCING = "reducing"  # only orders that take risk away
    HALTED = "halted"  # no order


MEANING: Final = {
    Trading.RUNNING: "Trading runs",
    Trading.REDUCING: "Only orders that take risk away may leave",
    Trading.HALTED: "Trading is halted",
}


@frozen
class HaltState:
    """
    Attributes:
        version: 0 where nothing ever happened to it: then trading runs.
        since, by, actor, reason: Of the latest change; *by* is the name for people. None or empty at version 0.
    """

    id: UUID
    version: int
    trading: Trading = Trading.RUNNING
    since: datetime | None = None
    by: str = ""
    actor: str = ""
    reason: str = ""

    @property
    def in_words(self) -> str:
        """``Trading is halted since Fri Nov 20 10:00 New York, by ann: "fat finger".``"""
        since = f" since {moment_in_words(self.since)}" if self.since else ""
        by = f", by {self.by}" if self.by else ""
        reason = f': "{self.reason}"' if self.reason else ""
        return f"{MEANING[self.trading]}{since}{by}{reason}."
