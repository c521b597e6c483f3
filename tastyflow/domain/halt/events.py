"""
What can happen to the switch, and what each event does to its state.

    running ─ TradingReduced ─▶ reducing ─ TradingHalted ─▶ halted      each from each other one
       ▲────────────── TradingResumed ──────────┴──────────────┘

These shapes are stored: add fields with defaults, or a new version of the topic.
"""

from typing import TypeVar

from attrs import frozen

from tastyflow.domain.changing import changed
from tastyflow.domain.events import Event, topic
from tastyflow.domain.halt.state import HaltState, Trading

S = TypeVar("S", bound=HaltState)


@frozen(kw_only=True, repr=False)
class HaltEvent(Event):
    """
    The switch was moved.

    Attributes:
        before, after: What could leave, and what can leave now.
        by: Who did it, by the name that people know; the event's actor says it in full.
    """

    before: Trading
    after: Trading
    by: str
    reason: str = ""

    def begin(self, kind: type[S]) -> S:
        """The switch, where this is its first event."""
        return self.change(kind(id=self.originator_id, version=0))

    def change(self, halt: S) -> S:
        """*halt* after this event."""
        return changed(
            halt,
            version=self.originator_version,
            trading=self.after,
            since=self.at,
            by=self.by,
            actor=self.actor,
            reason=self.reason,
        )


@topic("tastyflow.halt.halted@1")
@frozen(kw_only=True, repr=False)
class TradingHalted(HaltEvent):
    """From here on, no order leaves for production."""


@topic("tastyflow.halt.reducing@1")
@frozen(kw_only=True, repr=False)
class TradingReduced(HaltEvent):
    """From here on, only orders that take risk away leave for production."""


@topic("tastyflow.halt.resumed@1")
@frozen(kw_only=True, repr=False)
class TradingResumed(HaltEvent):
    """From here on, orders leave for production again."""
