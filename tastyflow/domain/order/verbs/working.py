"""
What can be wanted of an order that is at work, and of one that a person must look at.

    request_cancel  ─▶ the venue's news, or deny_cancel
    request_replace ─▶ replace, or deny_replace
    escalate        ─▶ the venue's news, abandon, or resubmit
"""

from datetime import datetime
from uuid import UUID

from tastyflow.domain.events import Because, Event, next_of
from tastyflow.domain.incident import Incident, IncidentKind
from tastyflow.domain.order import events as happened
from tastyflow.domain.order.events import EscalationReason
from tastyflow.domain.order.stages import MENU, Stage
from tastyflow.domain.order.submission import NOTHING_PLACED
from tastyflow.domain.order.verbs.legality import Legality
from tastyflow.domain.venue import Venue
from tastyflow.errors import IllegalStep


class WorkingVerbs(Legality):
    """The verbs of changing an order that may be at work."""

    __slots__ = ()

    def request_cancel(self, *, reason: str = "", why: Because) -> Event | None:
        """Want it cancelled. Wanting it twice is not news."""
        if self.cancel_requested and not self.stage.is_over:
            return None
        self._require("request_cancel")
        return happened.CancelRequested(**next_of(self, why), reason=reason)

    def deny_cancel(self, *, message: str, why: Because) -> Event:
        """The venue would not cancel it."""
        self._require("deny_cancel")
        return happened.CancelDenied(**next_of(self, why), message=message)

    def request_replace(self, replacement: UUID, *, digest: str, why: Because) -> Event:
        """Want *replacement*, another order with a rehearsal of its own, to work in its place. One at a time."""
        self._require("request_replace")
        if self.replacement is not None:
            others = MENU[self.stage] - {"request_replace"}
            raise IllegalStep(f"{self.stage} and being replaced", "request_replace", others)
        return happened.ReplaceRequested(**next_of(self, why), replacement=replacement, digest=digest)

    def replace(self, replacement: UUID, *, broker_order: str, why: Because) -> Event:
        """*replacement* works in its place."""
        self._require("replace")
        if replacement != self.replacement:
            others = MENU[self.stage] - {"replace"}
            raise IllegalStep(f"{self.stage} and not to be replaced by that order", "replace", others)
        return happened.OrderReplaced(**next_of(self, why), replacement=replacement, broker_order=broker_order)

    def deny_replace(self, *, message: str, why: Because) -> Event:
        """The venue would not replace it."""
        self._require("deny_replace")
        return happened.ReplaceDenied(**next_of(self, why), message=message)

    def escalate(self, *, reason: EscalationReason, message: str, why: Because) -> Event | None:
        """Hand it to a person. The same reason again is not news."""
        if self.code == reason and (self.stage is Stage.ESCALATED or self.stage.is_over):
            return None
        self._require("escalate")
        incident = Incident.id_of(IncidentKind.ORDER, self.id.hex)
        return happened.OrderEscalated(**next_of(self, why), reason=reason, message=message, incident=incident)

    def abandon(self, *, reason: str = "", why: Because) -> Event:
        """Give it up. What the venue shows of it later is adopted all the same."""
        self._require("abandon")
        return happened.OrderAbandoned(**next_of(self, why), reason=reason)

    def resubmit(
        self,
        *,
        by: str,
        searched_at: datetime,
        resubmitter: UUID | None = None,
        reason: str = "",
        approval: str = "",
        why: Because,
    ) -> Event:
        """
        Let it be sent again: it begins anew, with a rehearsal of its own.

        Args:
            by: Who lets it, by the name that people know; *resubmitter* is the same person as a trader.
            searched_at: When production was searched to the end, and had nothing of it.
            approval: Why another person must approve it, as a sentence; empty where none must.

        Raises:
            IllegalStep: Production has, or may have, something of it; it was not searched since the last attempt; a
                cancel was asked for, or another order takes its place.
        """
        self._require("resubmit")
        others = MENU[self.stage] - {"resubmit"}
        if (hindrance := self._bars_resubmitting(searched_at)) is not None:
            raise IllegalStep(f"{self.stage} {hindrance}", "resubmit", others)
        return happened.OrderResubmitted(
            **next_of(self, why),
            by=by,
            searched_at=searched_at,
            resubmitter=resubmitter,
            reason=reason,
            approval=approval,
        )

    def _bars_resubmitting(self, searched_at: datetime) -> str | None:
        """Why it cannot be sent again, after "it is escalated"; None where it can."""
        live = [attempt for attempt in self.attempts if attempt.venue is Venue.PRODUCTION]
        there = [a.number for a in live if a.outcome not in NOTHING_PLACED or a.status is not None]
        if not live:
            return "before anything was sent"
        if there:
            return f"with attempt {there[0]} in production, or perhaps there"
        if searched_at <= max(attempt.claimed_at for attempt in live):
            return "and not searched for since it was sent"
        if self.cancel_requested:
            return "and asked to be cancelled"
        return "and being replaced" if self.replacement is not None else None
