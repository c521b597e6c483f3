"""
A signal, and what can be done with it.

    Signal.raised ─┬─ shadow │ act │ decline │ expire      once, while it is open
                   └─ mark…                                some time after

Its id is derived from the rule, its version and the moment of the trigger: the same moment is the same signal,
whichever process sees it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Final, Self
from uuid import UUID

from attrs import frozen

from tastyflow.domain.events import Because, Event, born, derived_id, next_of
from tastyflow.domain.signal.events import (
    SignalActed,
    SignalDeclined,
    SignalEvent,
    SignalExpired,
    SignalMarked,
    SignalRaised,
    SignalShadowed,
)
from tastyflow.domain.signal.state import SignalMark, SignalStage, SignalState
from tastyflow.domain.signal_rule.state import RuleMode
from tastyflow.domain.ticket import Ticket
from tastyflow.errors import IllegalStep

if TYPE_CHECKING:
    from tastyflow.domain.signal_rule.figures import Figures
    from tastyflow.domain.signal_rule.rule import SignalRule

MENU: Final[Mapping[SignalStage, frozenset[str]]] = {
    SignalStage.RAISED: frozenset({"shadow", "act", "decline", "expire"}),
    SignalStage.SHADOWED: frozenset({"mark"}),
    SignalStage.ACTED: frozenset({"mark"}),
    SignalStage.DECLINED: frozenset({"mark"}),  # what it asked for is looked at all the same: was it right to say no?
    SignalStage.EXPIRED: frozenset(),  # it never was an order: there is nothing to look at
}
"""What can be done with a signal that got so far."""


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

    @classmethod
    def raised(
        cls,
        rule: "SignalRule",
        figures: "Figures",
        *,
        mode: RuleMode,
        line: str,
        reasons: tuple[str, ...] = (),
        source: str = "figures",
        source_id: str = "",
        previous: UUID | None = None,
        environment: str = "",
        is_simulated: bool = False,
        why: Because,
    ) -> SignalRaised:
        """The trigger of *rule*, which stands in *mode*, was met by *figures*, and asks for *line*."""
        limits, oldest_age_s = rule.limits, figures.age_of(rule.figures)
        young_for = timedelta(seconds=limits.greatest_age_s - (oldest_age_s or 0.0))
        return SignalRaised(
            **born(cls.id_of(rule.name, rule.version, figures.at, source_id), why),
            rule=rule.name,
            rule_version=rule.version,
            rule_digest=rule.digest,
            symbol=rule.symbol,
            trader=rule.trader,
            account=rule.account,
            moment=figures.at,
            expires_at=min(why.at, figures.at) + timedelta(seconds=limits.expires_after_s),
            mode=mode,
            line=line,
            source=source,
            source_id=source_id,
            reasons=reasons,
            figures={name: value for name, value in figures.values.items() if isfinite(value)},
            snapshot=figures.snapshot,
            coverage=figures.coverage,
            oldest_age_s=oldest_age_s,
            spot_source=figures.spot_source,
            data_until=figures.at + young_for,
            approval_within_min=limits.approval_within_min,
            marked_after_min=limits.marked_after_min,
            previous=previous,
            environment=environment,
            is_simulated=is_simulated,
        )

    def shadow(
        self,
        *,
        words: str = "",
        ticket: Ticket | None = None,
        bid: Decimal | None = None,
        ask: Decimal | None = None,
        loss_usd: Decimal | None = None,
        card: tuple[str, ...] = (),
        code: str = "",
        message: str = "",
        why: Because,
    ) -> SignalShadowed:
        """Its rule is in shadow: what it would have done, as `SignalShadowed` has it."""
        self._require("shadow")
        return SignalShadowed(
            **next_of(self, why),
            words=words,
            ticket=ticket,
            bid=bid,
            ask=ask,
            loss_usd=loss_usd,
            card=card,
            code=code,
            message=message,
        )

    def act(self, order: UUID, *, why: Because) -> SignalActed:
        """It becomes *order*, in the append that drafts it."""
        self._require("act")
        return SignalActed(**next_of(self, why), order=order)

    def decline(
        self, code: str, *, reasons: tuple[str, ...] = (), order: UUID | None = None, why: Because
    ) -> SignalDeclined:
        """It becomes no order that goes on; *order* records the refusal, where it came to one."""
        self._require("decline")
        return SignalDeclined(**next_of(self, why), code=code, reasons=reasons, order=order)

    def expire(self, *, reason: str, why: Because) -> SignalExpired:
        """Its time ran out first."""
        self._require("expire")
        return SignalExpired(**next_of(self, why), reason=reason)

    def mark(self, seen: SignalMark, *, why: Because) -> SignalMarked | None:
        """The market of what it asked for, some minutes later. Not news where that was looked at before."""
        self._require("mark")
        if any(each.after_min == seen.after_min for each in self.marks):
            return None
        return SignalMarked(**next_of(self, why), after_min=seen.after_min, bid=seen.bid, ask=seen.ask, spot=seen.spot)

    def _require(self, step: str) -> None:
        allowed = MENU[self.stage]
        if step not in allowed:
            raise IllegalStep(self.stage, step, allowed, subject="a signal")
