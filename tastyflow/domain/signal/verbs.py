"""
A signal, and what can be done with it.

    Signal.raised ─┬─ shadow │ act │ decline │ expire      once, while it is open
                   └─ mark…                                some time after

Its id is derived from the rule, its version and the moment of the trigger: the same moment is the same signal,
whichever process sees it.
"""

from datetime import UTC, datetime
from typing import Self
from uuid import UUID

from attrs import frozen

from tastyflow.domain.events import Event, derived_id
from tastyflow.domain.signal.events import SignalEvent, SignalRaised
from tastyflow.domain.signal.state import SignalState


@frozen
class Signal(SignalState):
    """A signal. Every verb takes *why*: who, from what cause, when."""

    @classmethod
    def born_of(cls, event: Event) -> Self:
        """The signal that its first event begins."""
        if isinstance(event, SignalRaised):
            return event.begin(cls)
        raise TypeError(f"{type(event).__name__} begins no signal")

    def evolved(self, event: Event) -> Self:
        """The signal after *event*."""
        if isinstance(event, SignalEvent):
            return event.change(self)
        raise TypeError(f"{type(event).__name__} follows on no signal")

    @staticmethod
    def id_of(rule: str, version: int, moment: datetime, source_id: str = "") -> UUID:
        """The id of the signal that *rule*, in its *version*, raises at *moment*, or of the alert *source_id*."""
        named = source_id or moment.astimezone(UTC).isoformat(timespec="milliseconds")
        return derived_id("signal", rule, str(version), named)
