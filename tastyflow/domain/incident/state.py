"""The state of an incident: what replaying its events says. Data only."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from attrs import frozen

from tastyflow.domain.age import Mark


class IncidentKind(StrEnum):
    """What was seen."""

    ORDER = "order"  # an order was escalated; its own log says why
    UNKNOWN_ORDER = "unknown_order"  # the venue has an order with our tag that the log does not know
    POSITION = "position"  # the account holds what the log cannot explain
    LOG = "log"  # the log is shorter, older or another than what was kept beside it remembers
    SANDBOX = "sandbox"  # the sandbox is away, or was reset
    LOGIN = "login"  # logins are refused
    STORE = "store"  # the log cannot be written
    CLOCK = "clock"  # this machine's clock and the venue's lie apart
    TASK = "task"  # a part of the service died again and again
    SIGNAL = "signal"  # a rule that raises signals turned itself off


@frozen
class IncidentState:
    """
    The state of an incident.

    Attributes:
        subject: What it is about, within its kind: an order's id, an account and an instrument.
        message, hint: What was seen, and what to do; for people.
        order: The order that it is about; None where it is about none.
        environment, account: Where; empty where it is about no account.
        told: How often the operators were told, and *told_at*, *told_mark* when last; None before.
        acknowledged_by: Who looks at it; empty while no person does.
        closed_at, closed_by, how: When and by whom it was closed, and what was done; None and empty while it is open.
    """

    id: UUID
    version: int
    kind: IncidentKind
    subject: str
    message: str
    opened_at: datetime
    hint: str = ""
    order: UUID | None = None
    environment: str = ""
    account: str = ""
    told: int = 0
    told_at: datetime | None = None
    told_mark: Mark | None = None
    acknowledged_by: str = ""
    closed_at: datetime | None = None
    closed_by: str = ""
    how: str = ""

    @property
    def reference(self) -> str:
        """The short name people use: the first six hex digits of the id."""
        return self.id.hex[:6]

    @property
    def is_open(self) -> bool:
        """Whether no person has closed it."""
        return self.closed_at is None
