"""The state of a signal: what replaying its events says. Data only."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from attrs import field, frozen

from tastyflow.domain.age import AHEAD
from tastyflow.domain.signal_rule.state import RuleMode
from tastyflow.domain.ticket import Ticket


class SignalStage(StrEnum):
    """How far a signal got."""

    RAISED = "raised"
    SHADOWED = "shadowed"  # over: it was not to become an order
    ACTED = "acted"  # over: it became an order
    DECLINED = "declined"  # over: it became none, with reasons
    EXPIRED = "expired"  # over: its time ran out first


@frozen
class SignalMark:
    """
    The market of what a signal asked for, some time after it.

    Attributes:
        after_min: Minutes after the signal.
        bid, ask: Net, per share, of one unit of the order as it was asked for: positive is paid, negative received.
            None where it had no market.
        spot: The price of the underlying; None where it was not known.
    """

    after_min: int
    at: datetime
    bid: Decimal | None = None
    ask: Decimal | None = None
    spot: float | None = None


@frozen
class SignalState:
    """
    Attributes:
        rule, rule_version, rule_digest: Which rule raised it, in which content.
        moment: When the trigger was met, by the time of the data.
        mode: What the rule was allowed then.
        line: The order it asks for, in the order language; empty where it could not be filled in.
        reasons: What was met, as sentences.
        snapshot: SHA-256 of what the figures were worked out from.
        expires_at: The first moment at which it counts no more: by then its order left, or waits for a person.
        data_until: The first moment at which its data are too old; None where it rests on none that age.
        approval_within_min: How long its order waits for a person; None as long as the policy says.
        marked_after_min: When its market is looked at again, in minutes after it was raised.
        previous: The signal of the rule before it; None of the first one.
        order: What it became; None where it became no order.
        words, ticket, bid, ask: Of a shadow: the order it would have been, and its net market then.
        code, message: Why it was declined, or a shadow would have been; empty where it was not.
    """

    id: UUID
    version: int
    rule: str
    rule_version: int
    rule_digest: str
    symbol: str
    trader: str
    account: str
    moment: datetime
    raised_at: datetime
    expires_at: datetime
    mode: RuleMode
    line: str
    reasons: tuple[str, ...] = ()
    snapshot: str = ""
    coverage: float | None = None
    oldest_age_s: float | None = None
    data_until: datetime | None = None
    approval_within_min: float | None = None
    marked_after_min: tuple[int, ...] = ()
    previous: UUID | None = None
    stage: SignalStage = SignalStage.RAISED
    order: UUID | None = None
    words: str = ""
    ticket: Ticket | None = None
    bid: Decimal | None = None
    ask: Decimal | None = None
    code: str = ""
    message: str = ""
    marks: tuple[SignalMark, ...] = field(factory=tuple)

    @property
    def reference(self) -> str:
        """The short name people use: the first six hex digits of the id."""
        return self.id.hex[:6]

    @property
    def counts_until(self) -> datetime:
        """The first moment at which it becomes no order any more: it has expired, or its data are too old."""
        return self.expires_at if self.data_until is None else min(self.expires_at, self.data_until)

    def counts_at(self, now: datetime) -> bool:
        """Whether it may become an order at *now*. Where a clock was set back it does not: its age is not known."""
        return now < self.counts_until and not self.lies_ahead_of(now)

    def lasts_at(self, now: datetime) -> bool:
        """Whether its own time lasts at *now*, however old its data are."""
        return now < self.expires_at and not self.lies_ahead_of(now)

    def lies_ahead_of(self, now: datetime) -> bool:
        """Whether it was raised later than *now*: a clock was set back since."""
        return self.raised_at > now + AHEAD

    @property
    def digest(self) -> str:
        """Of the order that a shadow would have been; empty where it would have been none."""
        return self.ticket.digest if self.ticket else ""

    @property
    def is_open(self) -> bool:
        """Whether it is not yet settled what becomes of it."""
        return self.stage is SignalStage.RAISED
