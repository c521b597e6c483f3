"""
The switch of a log, and what can be done with it.

    Halt.never() ─ stop(reducing=…) ─ resume(reason)

It is one for all traders and accounts, under an id that is derived from a fixed name: each claim of production reads
it in its own append, so that of a halt and a claim at the same moment one is first, and the log says which.
"""

from typing import Final, Self
from uuid import UUID

from attrs import frozen

from tastyflow.domain.events import Because, Event, derived_id, next_of
from tastyflow.domain.halt.events import HaltEvent, TradingHalted, TradingReduced, TradingResumed
from tastyflow.domain.halt.state import HaltState, Trading
from tastyflow.errors import Refused

SWITCH: Final = derived_id("halt")


@frozen
class Halt(HaltState):
    """The switch of a log. Every verb takes *why*: who, from what cause, when."""

    @classmethod
    def born_of(cls, event: Event) -> Self:
        """The switch after its first event."""
        if isinstance(event, HaltEvent):
            return event.begin(cls)
        raise TypeError(f"{type(event).__name__} begins no halt")

    def evolved(self, event: Event) -> Self:
        """The switch after *event*."""
        if isinstance(event, HaltEvent):
            return event.change(self)
        raise TypeError(f"{type(event).__name__} follows on no halt")

    @staticmethod
    def switch_id() -> UUID:
        """The id of the one switch that a log has."""
        return SWITCH

    @classmethod
    def never(cls) -> Self:
        """The switch of a log that was never halted: trading runs."""
        return cls(id=SWITCH, version=0)

    def lets_pass(self, *, is_exit: bool) -> bool:
        """Whether an order may leave for production; *is_exit*: one that only takes risk away."""
        return self.trading is Trading.RUNNING or (is_exit and self.trading is Trading.REDUCING)

    def stop(self, *, reducing: bool, by: str, reason: str = "", why: Because) -> HaltEvent | None:
        """Let no order leave; *reducing*: only those that take risk away. What stands so already is not news."""
        after = Trading.REDUCING if reducing else Trading.HALTED
        if after is self.trading:
            return None
        kind = TradingReduced if reducing else TradingHalted
        return kind(**next_of(self, why), before=self.trading, after=after, by=by, reason=reason)

    def resume(self, *, by: str, reason: str, why: Because) -> TradingResumed:
        """
        Let orders leave again.

        Raises:
            Refused: code ``reason_needed``; or ``not_halted``: trading runs.
        """
        if self.trading is Trading.RUNNING:
            raise Refused("Trading is not halted.", code="not_halted", hint="Orders can be placed.")
        if not reason.strip():
            raise Refused("To resume trading, say why.", code="reason_needed", hint="Type 'resume' and the reason.")
        after = Trading.RUNNING
        return TradingResumed(**next_of(self, why), before=self.trading, after=after, by=by, reason=reason)
