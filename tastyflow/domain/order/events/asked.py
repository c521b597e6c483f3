"""
An order is asked for: drafted and validated, refused by the desk, or withdrawn before it reached production.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from attrs import field, frozen

from tastyflow.domain.changing import changed
from tastyflow.domain.events import Event, topic
from tastyflow.domain.order.events.base import OrderEvent
from tastyflow.domain.order.evolve import S
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.state import Asked
from tastyflow.domain.ticket import Strategy, Ticket


@topic("tastyflow.order.drafted@1")
@frozen(kw_only=True, repr=False)
class OrderDrafted(Event):
    """
    An order was understood and completed.

    Attributes:
        words: The canonical words of *ticket*.
        completions: What the text left open and how it was settled.
        environment, account: How far the order may go, and the name of the account that it is for; empty in the
            oldest logs.
        is_simulated: Whether its venues are simulators.
        replaces: The working order whose place it is to take; None for most.
        language: The version of the language that read the text (`tastyflow.ports.Language.version`); empty in older
            logs.
    """

    asked: Asked
    ticket: Ticket
    digest: str
    strategy: Strategy
    words: str
    completions: tuple[str, ...] = ()
    environment: str = ""
    account: str = ""
    is_simulated: bool = False
    replaces: UUID | None = None
    language: str = ""

    def begin(self, kind: type[S]) -> S:
        """The order that this event makes."""
        return kind(
            id=self.originator_id,
            version=self.originator_version,
            stage=Stage.DRAFTED,
            asked=self.asked,
            ticket=self.ticket,
            words=self.words,
            strategy=self.strategy,
            completions=self.completions,
            environment=self.environment,
            account=self.account,
            is_simulated=self.is_simulated,
            replaces=self.replaces,
            asked_at=self.at,
        )


@frozen
class RecordedCheck:
    """
    A check of risk as the log keeps it (`tastyflow.domain.risk.codes` says what each code asks).

    Attributes:
        outcome: ``passed``, ``refused``, ``needs_approval`` or ``could_not_run``.
        inputs: What the check saw, in short words by name.
    """

    code: str
    outcome: str
    detail: str
    inputs: Mapping[str, str] = field(factory=dict, hash=False)


@topic("tastyflow.order.validated@1")
@frozen(kw_only=True, repr=False)
class OrderValidated(OrderEvent):
    """
    The order is within its limits.

    Attributes:
        notional_usd: What was reserved for it.
        checks: What the checks found that a trader should know, as sentences.
        risk: What each check of risk found.
        loss_usd: What the order can add to the loss of the account; None where that is unlimited.
        book: The book of the account that it is entered in; None in the oldest logs.
        confirm_until: Until when its trader can confirm it; None where it needs no confirmation.
        fees_usd: What production's dry run estimated; None where that was not asked or did not say.
        is_exit: Whether the order only takes risk away; None in the oldest logs.
        approval: The codes of *risk* for which a person must approve it; none where the policy approves.
    """

    notional_usd: Decimal
    contracts: int
    checks: tuple[str, ...] = ()
    risk: tuple[RecordedCheck, ...] = ()
    loss_usd: Decimal | None = None
    book: UUID | None = None
    confirm_until: datetime | None = None
    fees_usd: Decimal | None = None
    is_exit: bool | None = None
    approval: tuple[str, ...] = ()

    def change(self, order: S) -> S:
        return changed(
            order,
            version=self.originator_version,
            stage=Stage.VALIDATED,
            notional_usd=self.notional_usd,
            contracts=self.contracts,
            loss_usd=self.loss_usd,
            book=self.book,
            confirm_until=self.confirm_until,
            fees_usd=self.fees_usd,
            is_exit=self.is_exit,
            approval_reasons=tuple((each.code, each.detail) for each in self.risk if each.code in self.approval),
        )


@topic("tastyflow.order.refused@1")
@frozen(kw_only=True, repr=False)
class OrderRefused(OrderEvent):
    """
    The desk refused it.

    As a first event the text never became a ticket: *asked* holds the request, and *environment*, *account* and
    *is_simulated* say where it was asked for, as `OrderDrafted` does.
    """

    code: str
    message: str
    hint: str = ""
    suggestions: tuple[str, ...] = ()
    asked: Asked | None = None
    risk: tuple[RecordedCheck, ...] = ()
    environment: str = ""
    account: str = ""
    is_simulated: bool = False

    def begin(self, kind: type[S]) -> S:
        """The order that this event makes, where it is the first: one that is over."""
        if self.asked is None:
            raise TypeError("OrderRefused begins no order where it does not say what was asked")
        return kind(
            id=self.originator_id,
            version=self.originator_version,
            stage=Stage.REFUSED,
            asked=self.asked,
            asked_at=self.at,
            environment=self.environment,
            account=self.account,
            is_simulated=self.is_simulated,
            code=self.code,
            message=self.message,
            hint=self.hint,
            suggestions=self.suggestions,
        )

    def change(self, order: S) -> S:
        return changed(
            order,
            version=self.originator_version,
            stage=Stage.REFUSED,
            code=self.code,
            message=self.message,
            hint=self.hint,
            suggestions=self.suggestions,
        )


@topic("tastyflow.order.withdrawn@1")
@frozen(kw_only=True, repr=False)
class OrderWithdrawn(OrderEvent):
    """Cancelled before it reached production."""

    reason: str = ""

    def change(self, order: S) -> S:
        return changed(order, version=self.originator_version, stage=Stage.CANCELLED, message=self.reason)
