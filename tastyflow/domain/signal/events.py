"""
What can happen to a signal, and what each event does to it.

    SignalRaised ─┬─▶ SignalShadowed     the rule is in shadow: what it would have done
                  ├─▶ SignalActed        it became an order, which has a story of its own
                  ├─▶ SignalDeclined     it became none, with reasons
                  └─▶ SignalExpired      its time ran out first
    then          SignalMarked…          the market of what it asked for, some time after

These shapes are stored: add fields with defaults, or a new version of the topic.
"""

from abc import abstractmethod
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from attrs import field, frozen

from tastyflow.domain.changing import changed
from tastyflow.domain.events import Event, topic
from tastyflow.domain.signal.state import SignalMark, SignalStage, SignalState
from tastyflow.domain.signal_rule.state import RuleMode
from tastyflow.domain.ticket import Ticket

S = TypeVar("S", bound=SignalState)


@frozen(kw_only=True, repr=False)
class SignalEvent(Event):
    """An event of a signal that was raised."""

    @abstractmethod
    def change(self, signal: S) -> S:
        """*signal* after this event."""


@topic("tastyflow.signal.raised@1")
@frozen(kw_only=True, repr=False)
class SignalRaised(Event):
    """
    The trigger of a rule was met.

    Attributes:
        source: ``figures``, ``webhook``, or the name of a criterion; *source_id* is an alert's own id, if any.
        reasons: What was met, as sentences.
        figures: Every figure that was known, by name, in the units of `tastyflow.domain.signal_rule.figures`.
        snapshot: SHA-256 of what the figures were worked out from.
        coverage: Share of the open interest in scope that was known, from 0 to 1; None where no chain was read.
        oldest_age_s: How old the oldest input was.
        spot_source: ``trade`` or ``mid``.
        data_until, approval_within_min, marked_after_min, previous: As `SignalState` has them.
    """

    rule: str
    rule_version: int
    rule_digest: str
    symbol: str
    trader: str
    account: str
    moment: datetime
    expires_at: datetime
    mode: RuleMode
    line: str
    source: str = "figures"
    source_id: str = ""
    reasons: tuple[str, ...] = ()
    figures: Mapping[str, float] = field(factory=dict)
    snapshot: str = ""
    coverage: float | None = None
    oldest_age_s: float | None = None
    spot_source: str = ""
    data_until: datetime | None = None
    approval_within_min: float | None = None
    marked_after_min: tuple[int, ...] = ()
    previous: UUID | None = None
    environment: str = ""
    is_simulated: bool = False

    def begin(self, kind: type[S]) -> S:
        """The signal that this event begins."""
        return kind(
            id=self.originator_id,
            version=self.originator_version,
            rule=self.rule,
            rule_version=self.rule_version,
            rule_digest=self.rule_digest,
            symbol=self.symbol,
            trader=self.trader,
            account=self.account,
            moment=self.moment,
            raised_at=self.at,
            expires_at=self.expires_at,
            mode=self.mode,
            line=self.line,
            reasons=self.reasons,
            snapshot=self.snapshot,
            coverage=self.coverage,
            oldest_age_s=self.oldest_age_s,
            data_until=self.data_until,
            approval_within_min=self.approval_within_min,
            marked_after_min=self.marked_after_min,
            previous=self.previous,
        )


@topic("tastyflow.signal.shadowed@1")
@frozen(kw_only=True, repr=False)
class SignalShadowed(SignalEvent):
    """
    The rule is in shadow: what the signal would have done.

    Attributes:
        words, ticket: The order as completed against the chain and the account; empty and None where it would be none.
        bid, ask: Its net market then, as `SignalMark` has it.
        loss_usd: What it could lose; None where that is unlimited, or not known.
        card: The card as a person would have seen it, line by line.
        code, message: Why it would have been refused; empty where it would have gone on.
    """

    words: str = ""
    ticket: Ticket | None = None
    bid: Decimal | None = None
    ask: Decimal | None = None
    loss_usd: Decimal | None = None
    card: tuple[str, ...] = ()
    code: str = ""
    message: str = ""

    def change(self, signal: S) -> S:
        return changed(
            signal,
            version=self.originator_version,
            stage=SignalStage.SHADOWED,
            words=self.words,
            ticket=self.ticket,
            bid=self.bid,
            ask=self.ask,
            code=self.code,
            message=self.message,
        )


@topic("tastyflow.signal.acted@1")
@frozen(kw_only=True, repr=False)
class SignalActed(SignalEvent):
    """It became *order*: recorded in the append that drafts it."""

    order: UUID

    def change(self, signal: S) -> S:
        return changed(signal, version=self.originator_version, stage=SignalStage.ACTED, order=self.order)


@topic("tastyflow.signal.declined@1")
@frozen(kw_only=True, repr=False)
class SignalDeclined(SignalEvent):
    """
    It became no order that goes on.

    Attributes:
        code: Why, for programs.
        reasons: Why, as sentences.
        order: The order that records the refusal; None where it came to none.
    """

    code: str
    reasons: tuple[str, ...] = ()
    order: UUID | None = None

    def change(self, signal: S) -> S:
        return changed(
            signal,
            version=self.originator_version,
            stage=SignalStage.DECLINED,
            code=self.code,
            message=" ".join(self.reasons),
            order=self.order,
        )


@topic("tastyflow.signal.expired@1")
@frozen(kw_only=True, repr=False)
class SignalExpired(SignalEvent):
    """Its time ran out before it became an order; *reason* says what held it up."""

    reason: str

    def change(self, signal: S) -> S:
        return changed(signal, version=self.originator_version, stage=SignalStage.EXPIRED, message=self.reason)


@topic("tastyflow.signal.marked@1")
@frozen(kw_only=True, repr=False)
class SignalMarked(SignalEvent):
    """The market of what it asked for, *after_min* minutes later; as `SignalMark` has it."""

    after_min: int
    bid: Decimal | None = None
    ask: Decimal | None = None
    spot: float | None = None

    def change(self, signal: S) -> S:
        mark = SignalMark(self.after_min, self.at, self.bid, self.ask, self.spot)
        return changed(signal, version=self.originator_version, marks=(*signal.marks, mark))
