"""
The append that makes an order: drafted, judged by the book as it is now, and accepted or refused.

    Completed, Sight ─▶ does what is held still stand? ─▶ facts ─▶ judged ─┬─▶ drafted, validated, reserved, in the book
                              └▶ no: complete it again                     └─▶ drafted, refused, with a way out

Draft, validation and reservation are one append: two orders at once cannot both pass one limit.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from attrs import evolve, frozen

from tastyflow.application.account.facts import Sight, facts_of
from tastyflow.application.account.view import AccountSnapshot
from tastyflow.application.attribution import Author, because_of
from tastyflow.application.confirming import confirmation_of, is_offered
from tastyflow.application.context import Context
from tastyflow.application.intake.completion import Completed
from tastyflow.application.intake.judging import Judgement, judge
from tastyflow.application.intake.replacement import with_changes_offered, without_its_buying_power
from tastyflow.application.intake.reuse import require_same
from tastyflow.application.ledger.lookup import Lookup
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.live.replacing import require_free_place
from tastyflow.application.message import Consent, Message
from tastyflow.application.signalling.asking import require_asking
from tastyflow.domain.book import Book
from tastyflow.domain.events import Because
from tastyflow.domain.halt import Halt
from tastyflow.domain.order import Order
from tastyflow.domain.risk.facts import Facts
from tastyflow.domain.risk.worst_case import Trade, contracts
from tastyflow.domain.trader import Trader
from tastyflow.domain.trader.permissions import ASK, Permission, may
from tastyflow.errors import Conflict, TastyflowError

ZERO: Final = Decimal(0)
NO_APPROVER: Final = (
    f"No other trader may approve an order yet: it waits in vain, unless one is given the permission approve. {ASK}"
)


@frozen
class Entered:
    """
    The order of a message, as recorded.

    Attributes:
        is_news: Whether it was entered now. An order is taken on by who entered it; the same message once more, here
            or in another process, finds it there and leaves it alone.
    """

    order: Order
    is_news: bool


class HoldingsMoved(Conflict):
    """Another order changed what is held while this one was completed."""


class Entering:
    """Makes completed orders of messages, for one account."""

    def __init__(self, context: Context) -> None:
        self._context = context

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
        """What the checks say of a completed order; and where it waits for a person, whether there is one."""
        judgement = judge(facts, self._context.policy, completed, self._context.language)
        if judgement.approval and not self._has_approver(facts.trader):
            return evolve(judgement, notes=(NO_APPROVER,))
        return judgement

    def _has_approver(self, asker: Trader) -> bool:
        """Whether there is another trader than *asker* who may approve an order now."""
        others = (each for each in Lookup(self._context.ledger).traders() if each.id != asker.id)
        return any(may(each, Permission.APPROVE) and not each.suspended for each in others)

    def in_place(self, no: TastyflowError, replaces: Order | None) -> TastyflowError:
        """*no*, with orders that it offers as changes of the one that is to be replaced: taken, they replace it."""
        return no if replaces is None else with_changes_offered(no, replaces, self._context.language, self._now())

    def _now(self) -> datetime:
        return self._context.clock.now()

    async def record(
        self, message: Message, author: Author, completed: Completed, sight: Sight, replaces: Order | None
    ) -> Entered:
        """
        Draft the order of *message*, judged by the book as it is now, and accept or refuse it: one append.

        Args:
            replaces: The order in whose place it is to work.

        Raises:
            HoldingsMoved: It has to be completed again.
            NotAsking: It is the message of a signal, which asks for no order now.
            Refused: code ``message_reused``: another text came in under the same id a moment ago.
        """
        order_id = Order.id_of(message.platform, message.message)
        is_news = False

        def decide(tx: Transaction) -> None:
            nonlocal is_news
            is_news = False  # it may be decided again, of the log as another process left it
            if (known := tx.get(Order, order_id)) is not None:
                require_same(known.asked, message)
                return  # the same message again: the order it asked for is there
            is_news = True
            why = because_of(message, author, self._now())
            book = self._book_in(tx, completed.account, why)
            others = book if replaces is None else book.apart_from(replaces.id)  # only one of the two can fill
            if not completed.stands(completed.account.standing(others)):
                raise HoldingsMoved("Another order changed what is held.")
            trader = tx.require(Trader, author.id)
            asking = require_asking(
                tx, message.as_asked(author.id), trader=trader.name, account=self._context.account_name, now=why.at
            )
            halt = tx.get(Halt, Halt.switch_id()) or Halt.never()
            facts = self.facts(completed, sight, trader, others, halt, why.at)
            if asking is not None:
                facts = evolve(facts, signal_rule=asking.signal.rule, signal_mode=asking.mode)
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
                    language=self._context.language.version(),
                    why=why,
                )
            )
            order = tx.require(Order, order_id)
            if replaces is not None:
                require_free_place(tx, order)
            if judgement.refusal is not None:
                no = self.in_place(judgement.refusal, replaces)
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

        return Entered(await self._context.change(order_id, decide), is_news)

    @staticmethod
    def _book_in(tx: Transaction, account: AccountSnapshot, why: Because) -> Book:
        if tx.get(Book, account.book) is None:
            tx.record(Book.open(account.account, why=why))
        return tx.require(Book, account.book)

    def _confirm_until(self, message: Message, facts: Facts, why: Because) -> datetime | None:
        """Until when its author may confirm the order; None where it needs no confirmation."""
        loss_usd, policy = facts.risk.loss_usd if facts.risk else None, self._context.policy
        asked = is_offered(message, policy, loss_usd)
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
