"""
From a message to a drafted order, or a recorded refusal.

    Message ─▶ used once? ─▶ understood? ─▶ who is it? ─▶ completed ─▶ within limits ─▶ drafted, validated, reserved
                                  └───────────────┴────────────┴─────────────┴─▶ refused, in the log, with a way out

Draft, validation and reservation are one append: two orders at once cannot both pass one limit.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from attrs import evolve

from tastyflow.application.attribution import Author, because_of
from tastyflow.application.context import Context
from tastyflow.application.intake.account_view import AccountSnapshot, AccountView
from tastyflow.application.intake.completion import Completed, Completer, asks_of
from tastyflow.application.intake.identify import author_of, known_author_of
from tastyflow.application.intake.open_or_close import in_units
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.message import Message, bounded
from tastyflow.domain.book import Book, Standing
from tastyflow.domain.commands import Command, PlaceOrder
from tastyflow.domain.events import Because
from tastyflow.domain.instruments import plain
from tastyflow.domain.order import Order
from tastyflow.domain.risk.limits import Breach, breaches
from tastyflow.domain.risk.worst_case import contracts, notional_usd
from tastyflow.domain.trader import Trader
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

MAX_COMPLETIONS: Final = 10


class _HoldingsMoved(Conflict):
    """Another order changed what is held while this one was completed."""


class Intake:
    """Turns messages into drafted orders."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._completer = Completer(
            market=context.market,
            account=AccountView(context.account, context.ledger),
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
        The order that *message* asked for before: the same message again, edited or not, is the same order.

        Raises:
            Refused: code ``message_reused``: another author used the id.
        """
        order = self._context.ledger.read(Order, Order.id_of(message.platform, message.message))
        if order is not None and message.as_asked().user != order.asked.user:
            hint = "Send it as a new message."
            raise Refused("Another author used this message id.", code="message_reused", hint=hint)
        return order

    async def draft(self, message: Message, command: PlaceOrder) -> Order:
        """
        The order that *message* asks for: validated, with its capacity reserved; or refused, with the reason.

        Raises:
            Misconfigured: This environment has no venue to complete it from; that, too, has been recorded.
        """
        try:
            author = known_author_of(self._context, message)
            return await self._settle(message, author, command)
        except (Refused, Invalid, VenueFailure) as no:
            return await self.refuse(message, no)
        except (Misconfigured, StoreFailure) as no:
            with suppress(StoreFailure):  # the log itself may be what fails
                await self.refuse(message, no)
            raise

    async def _settle(self, message: Message, author: Author, command: PlaceOrder) -> Order:
        """Complete and record; complete again where another order changed what is held in between."""
        for _ in range(MAX_COMPLETIONS):
            completed = await self._completer.complete(command)
            try:
                return await self._record(message, author, completed)
            except _HoldingsMoved:
                continue
        raise Refused("Other orders kept changing what is held.", code="position_moving", hint="Ask again in a moment.")

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
                        why=self._why(message, author),
                    )
                )

        return await self._context.change(order_id, decide)

    async def _record(self, message: Message, author: Author, completed: Completed) -> Order:
        order_id = Order.id_of(message.platform, message.message)

        def decide(tx: Transaction) -> None:
            if tx.get(Order, order_id) is not None:
                return  # the same message again: the order it asked for is there
            why = self._why(message, author)
            book = self._book_in(tx, completed.account, why)
            held = completed.account.standing(book, self._context.clock.now())
            if not completed.stands(held):
                raise _HoldingsMoved("Another order changed what is held.")
            tx.record(
                Order.draft(
                    completed.ticket,
                    asked=message.as_asked(author.id),
                    strategy=completed.command.strategy,
                    words=completed.words,
                    completions=completed.completions,
                    why=why,
                )
            )
            self._hold_against_limits(tx, tx.require(Order, order_id), completed, held, why)

        return await self._context.change(order_id, decide)

    @staticmethod
    def _book_in(tx: Transaction, account: AccountSnapshot, why: Because) -> Book:
        if tx.get(Book, account.book) is None:
            tx.record(Book.open(account.account, why=why))
        return tx.require(Book, account.book)

    def _hold_against_limits(
        self, tx: Transaction, order: Order, completed: Completed, held: Standing, why: Because
    ) -> None:
        trader = tx.require(Trader, order.asked.trader) if order.asked.trader else None
        if trader is None:
            raise AssertionError("an order is drafted for a trader")
        at_risk = notional_usd(completed.ticket, asks_of(completed.quotes))
        if broken := breaches(completed.ticket, trader, at_risk):
            no = self._no(broken, completed, trader)
            tx.record(order.refuse(code=no.code, message=no.message, hint=no.hint, suggestions=no.suggestions, why=why))
            return
        size = contracts(completed.ticket)
        checks = (f"${plain(at_risk)} at risk of ${plain(trader.limits.max_notional_usd)} an order",)
        book = tx.require(Book, completed.account.book)
        balances = completed.account.balances
        tx.record(order.validate(notional_usd=at_risk, contracts=size, checks=checks, book=book.id, why=why))
        tx.record(trader.reserve(order.id, contracts=size, notional_usd=at_risk, why=why))
        tx.record(
            book.enter(
                order.id,
                trader=trader.id,
                ticket=completed.ticket,
                cash_usd=-at_risk,
                held=[held.get(leg.instrument, 0) for leg in completed.ticket.legs],
                net_liquidating_value_usd=balances.net_liquidating_value_usd if balances else None,
                why=why,
            )
        )

    def _no(self, broken: Sequence[Breach], completed: Completed, trader: Trader) -> Refused:
        first = broken[0]
        message = " ".join(breach.message for breach in broken)
        fitting = [breach.allowed_units for breach in broken]
        suggestions: tuple[str, ...] = ()
        if all(fitting):  # where fewer would not help, none are offered
            fewer = in_units(completed.command, min(units for units in fitting if units is not None))
            if _is_within_limits(fewer, completed, trader):
                suggestions = (self._context.language.render(fewer, as_of=self._context.clock.now()),)
        return Refused(message, code=first.code, hint=first.hint, suggestions=suggestions)

    def _why(self, message: Message, author: Author | None) -> Because:
        return because_of(message, author, self._context.clock.now())


def _is_within_limits(fewer: PlaceOrder, completed: Completed, trader: Trader) -> bool:
    legs = tuple(
        evolve(leg, quantity=typed.quantity) for leg, typed in zip(completed.ticket.legs, fewer.legs, strict=True)
    )
    ticket = evolve(completed.ticket, legs=legs)
    return not breaches(ticket, trader, notional_usd(ticket, asks_of(completed.quotes)))


def is_chat(error: NotUnderstood) -> bool:
    """Whether the text was ordinary conversation, which adapters ignore silently."""
    return error.code in ("not_a_command", "empty")
