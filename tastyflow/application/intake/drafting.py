"""
From a message to a drafted order, or a recorded refusal.

    Message ─▶ used once? ─▶ understood? ─▶ who is it? ─▶ completed ─▶ within limits ─▶ drafted, validated, reserved
                                  └───────────────┴────────────┴─────────────┴─▶ refused, in the log, with a way out

The last steps are one append (`entering`).
"""

from contextlib import suppress
from decimal import Decimal
from typing import Final

from tastyflow.application.account.facts import Sight, dry_run_of, spot_in
from tastyflow.application.attribution import Author, because_of
from tastyflow.application.confirming import require_answerable
from tastyflow.application.context import Context
from tastyflow.application.intake.advising import advised
from tastyflow.application.intake.completion import Completed, Completer
from tastyflow.application.intake.entering import Entered, Entering, HoldingsMoved
from tastyflow.application.intake.identify import author_of, known_author_of
from tastyflow.application.intake.replacement import (
    asked_instead,
    require_change,
)
from tastyflow.application.intake.reuse import order_of, require_same, require_unused
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.message import Message, bounded
from tastyflow.domain.book import Standing
from tastyflow.domain.commands import Command, PlaceOrder, ReplaceOrder
from tastyflow.domain.events import Because
from tastyflow.domain.order import Order
from tastyflow.domain.risk.halted import refusal_of
from tastyflow.domain.trader import Limits, Trader
from tastyflow.errors import (
    Invalid,
    Misconfigured,
    NotUnderstood,
    Refused,
    StoreFailure,
    TastyflowError,
    VenueFailure,
)

ZERO: Final = Decimal(0)
MAX_COMPLETIONS: Final = 10


class Intake:
    """Turns messages into drafted orders."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.entering = Entering(context)
        self._completer = Completer(
            market=context.market,
            account=context.view,
            language=context.language,
            clock=context.clock,
        )

    def understand(self, message: Message) -> Command:
        """
        Read the text.

        Raises:
            NotUnderstood: With code, span and suggestions.
        """
        return self._context.language.parse(message.text, as_of=self._context.clock.now())

    def known(self, message: Message) -> Order | None:
        """
        The order that *message* asked for before: the same message again is the same order.

        Raises:
            Refused: code ``message_reused``: another author, or another text, used the id.
        """
        return order_of(self._context.ledger, message)

    def require_unused(self, message: Message) -> Order | None:
        """
        As `known`, for a message that may also have asked for a preview, or to flatten.

        Raises:
            Refused: code ``message_reused``: something else was asked for under the id of *message*.
        """
        return require_unused(self._context.ledger, message)

    def require_author(self, message: Message) -> None:
        """
        Raises:
            Refused: code ``unknown_trader``.
        """
        known_author_of(self._context, message)

    async def held(self) -> Standing:
        """
        What the account holds now, and how much of it can be closed.

        Raises:
            VenueFailure: The positions are not to be had.
        """
        view = self._context.view
        return view.held(await view.look())

    async def draft_instead(self, message: Message, old: Order, change: ReplaceOrder) -> Entered:
        """
        The order that is to take the place of *old*, changed as *message* asks; or the refusal, as `draft`.

        Raises:
            Misconfigured: As `draft`.
        """
        try:
            command = asked_instead(old, change)
        except (Refused, Invalid) as no:
            return Entered(await self.refuse(message, no), is_news=False)
        return await self.draft(message, command, replaces=old)

    async def draft(
        self, message: Message, command: PlaceOrder, author: Author | None = None, *, replaces: Order | None = None
    ) -> Entered:
        """
        The order that *message* asks for: validated, with its capacity reserved; or refused, with the reason.

        Args:
            author: Who wrote it, where the log was asked for that just now; None to ask.
            replaces: The working order whose place it is to take: it is judged as if that one could not fill.

        Raises:
            Misconfigured: This environment has no venue to complete it from; that, too, has been recorded.
        """
        try:
            author = author or known_author_of(self._context, message)
            require_answerable(message, self._context.policy)
            if (no := refusal_of(self._context.halt(), is_exit=True)) is not None:
                raise no  # halted: whatever it would turn out to be
            return await self._settle(message, author, command, replaces)
        except (Refused, Invalid, VenueFailure) as no:
            return Entered(await self.refuse(message, self.entering.in_place(no, replaces)), is_news=False)
        except (Misconfigured, StoreFailure) as no:
            with suppress(StoreFailure):  # the log itself may be what fails
                await self.refuse(message, no)
            raise

    async def _settle(self, message: Message, author: Author, command: PlaceOrder, replaces: Order | None) -> Entered:
        """Complete and record; complete again where another order changed what is held in between."""
        for _ in range(MAX_COMPLETIONS):
            completed, sight = await self.complete(author, command, replaces)
            if replaces is not None:
                require_change(replaces, completed.ticket)
            try:
                return await self.entering.record(message, author, completed, sight, replaces)
            except HoldingsMoved:
                continue
        raise Refused("Other orders kept changing what is held.", code="position_moving", hint="Ask again in a moment.")

    async def complete(
        self, author: Author, command: PlaceOrder, replaces: Order | None = None
    ) -> tuple[Completed, Sight]:
        """
        *command* as a ticket, and what the venues say of it, for the checks.

        Args:
            replaces: The order in whose place it is to work.

        Raises:
            Refused: It cannot be completed.
            VenueFailure: What it needs is not to be had.
        """
        completed = await self.completed(command, replaces)
        trader = self._context.ledger.latest(Trader, author.id)
        limits = trader.limits if trader else Limits()
        dry_run, failure = await dry_run_of(completed.ticket, self._context.account, limits)
        spot = spot_in(completed.quotes, completed.ticket.underlying)
        return completed, Sight(completed.quotes, spot, dry_run, failure)

    async def completed(self, command: PlaceOrder, replaces: Order | None = None) -> Completed:
        """
        *command* as a ticket, without a dry run of it; *replaces* as of `complete`.

        Raises:
            Refused: It cannot be completed.
            VenueFailure: What it needs is not to be had.
        """
        return await self._completer.complete(command, replaces=replaces.id if replaces else None)

    async def advised(self, message: Message, no: NotUnderstood) -> NotUnderstood:
        """*no* with what the position and the chain know of it."""
        return await advised(self._context, self._completer, message, no)

    async def refuse(self, message: Message, error: TastyflowError) -> Order:
        """
        Record the refusal of a text that never became a ticket; once recorded, it stands.

        Raises:
            Refused: code ``message_reused``: another text is recorded under its id.
        """
        order_id = Order.id_of(message.platform, message.message)
        author = author_of(self._context, message)

        def decide(tx: Transaction) -> None:
            if (known := tx.get(Order, order_id)) is not None:
                require_same(known.asked, message)
            else:
                tx.record(
                    Order.turn_away(
                        asked=message.as_asked(author.id if author else None),
                        code=error.code,
                        message=bounded(error.message),
                        hint=bounded(error.hint),
                        suggestions=tuple(bounded(words) for words in error.suggestions),
                        environment=self._context.environment,
                        is_simulated=self._context.is_simulated,
                        why=self._why(message, author),
                    )
                )

        return await self._context.change(order_id, decide)

    def _why(self, message: Message, author: Author | None) -> Because:
        return because_of(message, author, self._context.clock.now())


def is_chat(error: NotUnderstood) -> bool:
    """Whether the text was ordinary conversation, which adapters ignore silently."""
    return error.code in ("not_a_command", "empty")
