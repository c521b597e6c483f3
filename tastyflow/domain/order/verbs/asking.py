"""
What is asked for, and what becomes of the asking: drafted, turned away, validated, confirmed, refused, withdrawn.

    draft ─▶ validate ─▶ (confirm) ─▶ rehearsed
          └▶ refuse, withdraw
    turn_away     a text that never became a ticket
"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from tastyflow.domain.events import Because, Event, born, derived_id, next_of
from tastyflow.domain.order import events as happened
from tastyflow.domain.order.stages import MENU
from tastyflow.domain.order.state import Asked
from tastyflow.domain.order.verbs.legality import Legality
from tastyflow.domain.ticket import Strategy, Ticket
from tastyflow.errors import IllegalStep


class AskingVerbs(Legality):
    """The verbs of asking for an order."""

    __slots__ = ()

    @staticmethod
    def id_of(platform: str, message: str) -> UUID:
        """The id of the order that *message* asks for: a message twice is one order."""
        return derived_id("order", platform, message)

    @staticmethod
    def draft(
        ticket: Ticket,
        *,
        asked: Asked,
        strategy: Strategy,
        words: str,
        completions: tuple[str, ...] = (),
        environment: str = "",
        account: str = "",
        is_simulated: bool = False,
        replaces: UUID | None = None,
        language: str = "",
        why: Because,
    ) -> happened.OrderDrafted:
        """
        Begin an order with a completed ticket, for the account called *account* in *environment*.

        *replaces* is the working order whose place it is to take.

        Raises:
            Invalid: It is a ticket that no new order may have.
        """
        ticket.require_orderable()
        common = born(AskingVerbs.id_of(asked.platform, asked.message), why)
        return happened.OrderDrafted(
            **common,
            asked=asked,
            ticket=ticket,
            digest=ticket.digest,
            strategy=strategy,
            words=words,
            completions=completions,
            environment=environment,
            account=account,
            is_simulated=is_simulated,
            replaces=replaces,
            language=language,
        )

    @staticmethod
    def turn_away(
        *,
        asked: Asked,
        code: str,
        message: str,
        hint: str = "",
        suggestions: tuple[str, ...] = (),
        environment: str = "",
        account: str = "",
        is_simulated: bool = False,
        why: Because,
    ) -> happened.OrderRefused:
        """Record the refusal of a text that never became a ticket."""
        common = born(AskingVerbs.id_of(asked.platform, asked.message), why)
        return happened.OrderRefused(
            **common,
            asked=asked,
            code=code,
            message=message,
            hint=hint,
            suggestions=suggestions,
            environment=environment,
            account=account,
            is_simulated=is_simulated,
        )

    def validate(
        self,
        *,
        notional_usd: Decimal,
        contracts: int,
        checks: tuple[str, ...],
        risk: tuple[happened.RecordedCheck, ...] = (),
        loss_usd: Decimal | None = None,
        book: UUID | None = None,
        confirm_until: datetime | None = None,
        fees_usd: Decimal | None = None,
        is_exit: bool = False,
        approval: tuple[str, ...] = (),
        why: Because,
    ) -> Event:
        """
        Record that the order is within its limits, what was reserved for it, and which book it is entered in.

        Args:
            confirm_until: Until when its trader can confirm it, where nothing may be sent before that.
            fees_usd: The fees that production's dry run estimated.
            approval: The codes of *risk* for which a person must approve it.
        """
        self._require("validate")
        return happened.OrderValidated(
            **next_of(self, why),
            notional_usd=notional_usd,
            contracts=contracts,
            checks=checks,
            risk=risk,
            loss_usd=loss_usd,
            book=book,
            confirm_until=confirm_until,
            fees_usd=fees_usd,
            is_exit=is_exit,
            approval=approval,
        )

    def confirm(self, digest: str, *, why: Because) -> Event | None:
        """
        Let it go on, as its trader saw it. Confirming the same content again is not news.

        Args:
            digest: Of what the trader was shown.

        Raises:
            IllegalStep: It needs no confirmation, other content was shown, or the offer has run out.
        """
        if self.confirmed and self.confirmed == digest:
            return None
        self._require("confirm")
        others = MENU[self.stage] - {"confirm"}
        if self.confirm_until is None:
            raise IllegalStep(f"{self.stage} and needs no confirmation", "confirm", others)
        if digest != self.digest:
            raise IllegalStep(f"{self.stage} and other than what was shown", "confirm", others)
        if why.at > self.confirm_until:
            raise IllegalStep(f"{self.stage} and no longer offered", "confirm", others)
        return happened.OrderConfirmed(**next_of(self, why), digest=digest)

    def refuse(
        self,
        *,
        code: str,
        message: str,
        hint: str = "",
        suggestions: tuple[str, ...] = (),
        risk: tuple[happened.RecordedCheck, ...] = (),
        why: Because,
    ) -> Event:
        """Refuse it, for good. Nothing of it may be on its way to production."""
        self._require("refuse")
        return happened.OrderRefused(
            **next_of(self, why), code=code, message=message, hint=hint, suggestions=suggestions, risk=risk
        )

    def withdraw(self, *, reason: str = "", why: Because) -> Event:
        """Cancel it before it reaches production."""
        self._require("withdraw")
        return happened.OrderWithdrawn(**next_of(self, why), reason=reason)
