"""
From a message to a drafted order, or a recorded refusal.

    Message ─▶ used once? ─▶ understood? ─▶ who is it? ─▶ completed ─▶ within limits ─▶ drafted, validated, reserved
                                  └───────────────┴────────────┴─────────────┴─▶ refused, in the log, with a way out

Draft, validation and reservation are one append: two orders at once cannot both pass one limit.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from tastyflow.application.account.facts import Sight, dry_run_of, facts_of, spot_in
from tastyflow.application.account.view import AccountSnapshot
from tastyflow.application.attribution import Author, because_of
from tastyflow.application.confirming import confirmation_of, require_answerable
from tastyflow.application.context import Context
from tastyflow.application.intake.completion import Completed, Completer
from tastyflow.application.intake.identify import author_of, known_author_of
from tastyflow.application.intake.judging import Judgement, judge
from tastyflow.application.intake.replacement import (
    asked_instead,
    require_change,
    with_changes_offered,
    without_its_buying_power,
)
from tastyflow.application.intake.reuse import order_of, require_unused
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.live.replacing import require_free_place
from tastyflow.application.message import Consent, Message, bounded
from tastyflow.domain.book import Book, Standing
from tastyflow.domain.commands import Command, PlaceOrder, ReplaceOrder
from tastyflow.domain.events import Because
from tastyflow.domain.halt import Halt
from tastyflow.domain.order import Order
from tastyflow.domain.risk.facts import Facts
from tastyflow.domain.risk.halted import refusal_of
from tastyflow.domain.risk.worst_case import Trade, contracts
from tastyflow.domain.trader import Limits, Trader
from tastyflow.errors import (
    Conflict,
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


class _HoldingsMoved(Conflict):
    """Another order changed what is held while this one was completed."""


class Intake:
    """Turns messages into drafted orders."""

    def __init__(self, context: Context) -> None:
        self._context = context
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

    def require_unused(self, message: Message) -> None:
        """
        Raises:
            Refused: code ``message_reused``: something else was asked for under the id of *message*.
        """
        require_unused(self._context.ledger, message)

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

    async def draft_instead(self, message: Message, old: Order, change: ReplaceOrder) -> Order:
        """
        The order that is to take the place of *old*, changed as *message* asks; or the refusal, as `draft`.

        Raises:
            Misconfigured: As `draft`.
        """
        try:
            command = asked_instead(old, change)
        except (Refused, Invalid) as no:
            return await self.refuse(message, no)
        return await self.draft(message, command, replaces=old)

    async def draft(self, message: Message, command: PlaceOrder, *, replaces: Order | None = None) -> Order:
        """
        The order that *message* asks for: validated, with its capacity reserved; or refused, with the reason.

        *replaces* is the working order whose place it is to take: it is judged as if that one could not fill.

        Raises:
            Misconfigured: This environment has no venue to complete it from; that, too, has been recorded.
        """
        try:
            author = known_author_of(self._context, message)
            require_answerable(message, self._context.policy)
            if (no := refusal_of(self._context.halt(), is_exit=True)) is not None:
                raise no  # halted: whatever it would turn out to be
            return await self._settle(message, author, command, replaces)
        except (Refused, Invalid, VenueFailure) as no:
            return await self.refuse(message, self._in_place(no, replaces))
        except (Misconfigured, StoreFailure) as no:
            with suppress(StoreFailure):  # the log itself may be what fails
                await self.refuse(message, no)
            raise

    async def _settle(self, message: Message, author: Author, command: PlaceOrder, replaces: Order | None) -> Order:
        """Complete and record; complete again where another order changed what is held in between."""
        for _ in range(MAX_COMPLETIONS):
            completed, sight = await self.complete(author, command, replaces)
            if replaces is not None:
                require_change(replaces, completed.ticket)
            try:
                return await self._record(message, author, completed, sight, replaces)
            except _HoldingsMoved:
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
        completed = await self._completer.complete(command, replaces=replaces.id if replaces else None)
        trader = self._context.ledger.latest(Trader, author.id)
        limits = trader.limits if trader else Limits()
        dry_run, failure = await dry_run_of(completed.ticket, self._context.account, limits)
        spot = spot_in(completed.quotes, completed.ticket.underlying)
        return completed, Sight(completed.quotes, spot, dry_run, failure)

    @staticmethod
    def facts(completed: Completed, sight: Sight, trader: Trader, book: Book, halt: Halt, now: datetime) -> Facts:
        """What the checks of a completed order read, of *trader*, *book* and *halt* as they are at *now*."""
        return facts_of(
            completed.ticket,
            completed.command.strategy,
            trader,
            sight=sight,
            account=completed.account,
            book=book,
            halt=halt,
            now=now,
        )

    def judge(self, facts: Facts, completed: Completed) -> Judgement:
        """What the checks say of a completed order."""
        return judge(facts, self._context.policy, completed, self._context.language)

    async def refuse(self, message: Message, error: TastyflowError) -> Order:
        """Record the refusal of a text that never became a ticket; once recorded, it stands."""
        order_id = Order.id_of(message.platform, message.message)
        author = author_of(self._context, message)

        def decide(tx: Transaction) -> None:
            if tx.get(Order, order_id) is None:
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

    def _in_place(self, no: TastyflowError, replaces: Order | None) -> TastyflowError:
        """*no*, with orders that it offers as changes of the one that is to be replaced: taken, they replace it."""
        return no if replaces is None else with_changes_offered(no, replaces, self._context.language, self._now())

    def _now(self) -> datetime:
        return self._context.clock.now()

    async def _record(
        self, message: Message, author: Author, completed: Completed, sight: Sight, replaces: Order | None
    ) -> Order:
        order_id = Order.id_of(message.platform, message.message)

        def decide(tx: Transaction) -> None:
            if tx.get(Order, order_id) is not None:
                return  # the same message again: the order it asked for is there
            why = self._why(message, author)
            book = self._book_in(tx, completed.account, why)
            others = book if replaces is None else book.apart_from(replaces.id)  # only one of the two can fill
            if not completed.stands(completed.account.standing(others)):
                raise _HoldingsMoved("Another order changed what is held.")
            trader = tx.require(Trader, author.id)
            halt = tx.get(Halt, Halt.switch_id()) or Halt.never()
            facts = self.facts(completed, sight, trader, others, halt, why.at)
            if replaces is not None:
                facts = without_its_buying_power(facts, book.entries.get(replaces.id), completed.account.taken_at)
            judgement = self.judge(facts, completed)
            tx.record(
                Order.draft(
                    completed.ticket,
                    asked=message.as_asked(author.id),
                    strategy=completed.command.strategy,
                    words=completed.words,
                    completions=(*completed.completions, *judgement.sentences),
                    environment=self._context.environment,
                    account=self._context.account_name,
                    is_simulated=self._context.is_simulated,
                    replaces=replaces.id if replaces else None,
                    why=why,
                )
            )
            order = tx.require(Order, order_id)
            if replaces is not None:
                require_free_place(tx, order)
            if judgement.refusal is not None:
                no = self._in_place(judgement.refusal, replaces)
                tx.record(
                    order.refuse(
                        code=no.code,
                        message=no.message,
                        hint=no.hint,
                        suggestions=no.suggestions,
                        risk=judgement.recorded(),
                        why=why,
                    )
                )
                return
            self._accept(tx, order, trader, book, facts, judgement, why, self._confirm_until(message, facts, why))
            if message.consent is Consent.GIVEN:
                tx.record(confirmation_of(tx.require(Order, order_id), why))

        return await self._context.change(order_id, decide)

    @staticmethod
    def _book_in(tx: Transaction, account: AccountSnapshot, why: Because) -> Book:
        if tx.get(Book, account.book) is None:
            tx.record(Book.open(account.account, why=why))
        return tx.require(Book, account.book)

    def _confirm_until(self, message: Message, facts: Facts, why: Because) -> datetime | None:
        """Until when its author may confirm the order; None where it needs no confirmation."""
        loss_usd, policy = facts.risk.loss_usd if facts.risk else None, self._context.policy
        asked = message.consent is not Consent.NONE and policy.wants_confirmation(loss_usd)
        return why.at + timedelta(seconds=policy.confirm_within_s) if asked else None

    @staticmethod
    def _accept(
        tx: Transaction,
        order: Order,
        trader: Trader,
        book: Book,
        facts: Facts,
        judgement: Judgement,
        why: Because,
        confirm_until: datetime | None,
    ) -> None:
        """Validate the order, reserve for it, and enter it in the book."""
        risk, ticket = facts.risk, facts.ticket
        added_usd, size = risk.added_usd if risk else ZERO, contracts(ticket)
        held, balances = facts.held.amounts if facts.held else {}, facts.balances
        takes_usd = max(-facts.dry_run.buying_power_change_usd, ZERO) if facts.dry_run else ZERO
        tx.record(
            order.validate(
                notional_usd=added_usd,
                contracts=size,
                checks=judgement.sentences,
                risk=judgement.recorded(),
                loss_usd=risk.loss_usd if risk else None,
                book=book.id,
                confirm_until=confirm_until,
                fees_usd=facts.dry_run.fees_usd if facts.dry_run else None,
                is_exit=facts.is_exit,
                approval=judgement.approval,
                why=why,
            )
        )
        tx.record(trader.reserve(order.id, contracts=size, notional_usd=added_usd, why=why))
        tx.record(
            book.enter(
                order.id,
                trader=trader.id,
                ticket=ticket,
                cash_usd=Trade.of(ticket, facts.quotes or {}).cash_usd,
                takes_usd=takes_usd,
                held=[held.get(leg.instrument, 0) for leg in ticket.legs],
                net_liquidating_value_usd=balances.net_liquidating_value_usd if balances else None,
                why=why,
            )
        )

    def _why(self, message: Message, author: Author | None) -> Because:
        return because_of(message, author, self._context.clock.now())


def is_chat(error: NotUnderstood) -> bool:
    """Whether the text was ordinary conversation, which adapters ignore silently."""
    return error.code in ("not_a_command", "empty")
