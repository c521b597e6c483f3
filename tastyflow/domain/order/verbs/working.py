"""
What can be wanted of an order that is at work, and of one that a person must look at.

    request_cancel  ─▶ the venue's news, or deny_cancel
    request_replace ─▶ replace, or deny_replace
    escalate        ─▶ the venue's news, or abandon
"""

from uuid import UUID

from tastyflow.domain.events import Because, Event, next_of
from tastyflow.domain.incident import Incident, IncidentKind
from tastyflow.domain.order import events as happened
from tastyflow.domain.order.events import EscalationReason
from tastyflow.domain.order.stages import MENU, Stage
from tastyflow.domain.order.verbs.legality import Legality
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
