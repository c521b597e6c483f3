"""
What every verb of a desk works with: the desks of the accounts, the orders as recorded, the reader of messages.

    parts ─▶ ordering, stopping, approving ─▶ `tastyflow.application.desk.Desk` is all of them
"""

from collections.abc import Sequence

from tastyflow.application.account_desks import AccountDesks
from tastyflow.application.attribution import Author, because_of
from tastyflow.application.context import Context
from tastyflow.application.halting import Halting
from tastyflow.application.incidents.deciding import Decisions
from tastyflow.application.incidents.handling import Handler, Incidents, handler_of
from tastyflow.application.intake.drafting import Intake
from tastyflow.application.ledger.lookup import Lookup
from tastyflow.application.message import Message
from tastyflow.application.unfinished import Unfinished
from tastyflow.domain.events import Because
from tastyflow.domain.trader import Trader
from tastyflow.errors import Refused


class DeskParts:
    """The parts of a desk of one installation, before it is opened."""

    def __init__(self, context: Context, others: Sequence[Context]) -> None:
        self.context = context
        self.lookup = Lookup(context.ledger)
        self._desks = AccountDesks((context, *others))
        self.halting = Halting(context, self.lookup, self._desks)
        self.incidents = Incidents(context.ledger)
        self.decisions = Decisions(context, self.lookup, self._desks, self.incidents)
        self._unfinished = Unfinished(context, self.lookup, self._desks, self.halting)
        self.is_draining = False

    def _require_open(self) -> None:
        """
        Raises:
            Refused: code ``stopping``: what would begin now could not be brought to its end.
        """
        if self.is_draining:
            raise Refused(
                "The service is stopping and takes no more orders.",
                code="stopping",
                hint="Nothing was done. Ask again once it runs.",
            )

    @property
    def intake(self) -> Intake:
        """What reads a message, and records its refusal, before it is known which account it is about."""
        return self._desks.first.intake

    def context_for(self, message: Message) -> Context:
        """
        The context of the account that *message* is about.

        Raises:
            Refused: The author is no trader, or may not use that account, or none is named of several.
        """
        return self._desks.meant_by(message).context

    def handler(self, message: Message) -> Handler:
        """
        The author of *message*, who handles incidents.

        Raises:
            Refused: The author is no trader, or may not.
        """
        return handler_of(self.context, message, self.context.clock.now())

    def _why(self, message: Message, trader: Trader) -> Because:
        return because_of(message, Author(trader.id, trader.name), self.context.clock.now())
