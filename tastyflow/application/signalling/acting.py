"""
A signal becomes an order, or what a shadow would have been.

    shadow           ─▶ completed and judged, nothing reserved ─▶ SignalShadowed, with the card
    approve, auto    ─▶ the order of its line, as any trader's ─▶ SignalActed in the append that drafts it
                         refused ─▶ SignalDeclined, with reasons;  too late ─▶ SignalExpired

The order's id is derived from the signal's: a signal that is acted on twice, by two processes or after a restart, is
one order.
"""

from collections.abc import Awaitable, Callable

from tastyflow.application.account_desks import AccountDesks
from tastyflow.application.card.previewing import Previewed
from tastyflow.application.card.wording import rows_of
from tastyflow.application.context import Context
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.message import Message
from tastyflow.application.signalling.answering import answer_rule
from tastyflow.application.signalling.asking import PLATFORM, Asking, NotAsking, too_late
from tastyflow.domain.commands import PlaceOrder
from tastyflow.domain.events import Because
from tastyflow.domain.order import Order
from tastyflow.domain.signal import Signal
from tastyflow.domain.signal_rule import RuleMode, RuleStanding
from tastyflow.errors import Invalid, NotUnderstood, Refused, TastyflowError

Take = Callable[[Message, PlaceOrder], Awaitable[Order]]
"""Takes an order through the twelve steps (`Desk.take`)."""


def message_of(signal: Signal) -> Message:
    """The message that *signal* is to the desk."""
    return Message(signal.line, PLATFORM, signal.rule, signal.id.hex, at=signal.raised_at, account=signal.account)


class Acting:
    """Settles what becomes of signals."""

    def __init__(self, context: Context, desks: AccountDesks, take: Take) -> None:
        self._context = context
        self._desks = desks
        self._take = take

    async def act(self, signal: Signal) -> Signal:
        """
        Settle *signal*; the signal as recorded. One that is settled stays as it is.

        Raises:
            InDoubt: Its order may be in production, and the log does not take what became of it.
            StoreFailure: Its order is not in production.
        """
        current = self._read(signal)
        if not current.is_open:
            return current
        now = self._context.clock.now()
        if not current.counts_at(now):
            return await self._expire(current, too_late(current, now))
        if self._mode(current) is RuleMode.SHADOW:
            return await self._shadow(current)
        try:
            command = self._command(current)
        except (NotUnderstood, Invalid, Refused) as no:
            return await self._decline(current, no)
        try:
            await self._take(message_of(current), command)
        except NotAsking as no:
            if no.code == "signal_expired":
                return await self._expire(current, no.message)
            return await self._decline(current, no)
        except Refused as no:
            if no.code != "stopping":  # else it stays open, for the next process
                return await self._decline(current, no)
        return self._read(current)

    def _read(self, signal: Signal) -> Signal:
        return self._context.ledger.read(Signal, signal.id) or signal

    def _mode(self, signal: Signal) -> RuleMode:
        standing = self._context.ledger.read(RuleStanding, RuleStanding.id_of(signal.rule))
        return RuleMode.OFF if standing is None else Asking(signal, standing).mode

    def _command(self, signal: Signal) -> PlaceOrder:
        if not signal.line:
            raise Refused("The line of its rule could not be filled in.", code="not_filled")
        command = self._context.language.parse(signal.line, as_of=self._context.clock.now())
        if not isinstance(command, PlaceOrder):
            raise Refused("Its line is a command, and no order.", code="not_an_order")
        return command

    async def _shadow(self, signal: Signal) -> Signal:
        message = message_of(signal)
        try:
            command = self._command(signal)
            desk, author = self._desks.meant_with_author(message)
            previewed = await desk.look(author, message, command)
        except TastyflowError as error:
            previewed = Previewed(None, error)
        card, no = previewed.card, previewed.refusal
        lines = tuple(f"{row.name}: {line}" for row in rows_of(card) for line in row.lines) if card else ()

        def decide(tx: Transaction) -> None:
            current = tx.require(Signal, signal.id)
            if current.is_open:
                tx.record(
                    current.shadow(
                        words=card.words if card else "",
                        ticket=card.ticket if card else None,
                        bid=card.market.passive if card and card.market else None,
                        ask=card.market.natural if card and card.market else None,
                        loss_usd=card.loss_usd if card and card.is_judged else None,
                        card=lines,
                        code=no.code if no else "",
                        message=no.message if no else "",
                        why=self._why(current),
                    )
                )

        await self._context.ledger.change(decide)
        return self._read(signal)

    async def _expire(self, signal: Signal, reason: str) -> Signal:
        def decide(tx: Transaction) -> None:
            current = tx.require(Signal, signal.id)
            if current.is_open:
                tx.record(current.expire(reason=reason, why=self._why(current)))

        await self._context.ledger.change(decide)
        return self._read(signal)

    async def _decline(self, signal: Signal, no: TastyflowError) -> Signal:
        """It came to no order at all."""

        def decide(tx: Transaction) -> None:
            current = tx.require(Signal, signal.id)
            if not current.is_open:
                return
            why = self._why(current)
            tx.record(current.decline(no.code, reasons=(no.message,), why=why))
            standing = tx.get(RuleStanding, RuleStanding.id_of(signal.rule))
            if standing is not None and standing.digest == signal.rule_digest and not isinstance(no, NotAsking):
                environment = self._context.environment
                answer_rule(tx, standing, current, no.code, no.message, environment=environment, why=why)

        await self._context.ledger.change(decide)
        return self._read(signal)

    def _why(self, signal: Signal) -> Because:
        clock = self._context.clock
        now, mark = clock.now(), clock.mark()
        cause = f"{PLATFORM}:{signal.id.hex}"
        return Because(actor=f"rule:{signal.rule}", cause=cause, command_id=signal.id.hex, at=now, mark=mark)
