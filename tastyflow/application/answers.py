"""
What the desk answers to a message: which verb a command asks for, and the reply that its outcome makes.

    ask(message) ─▶ understood? ─▶ do(message, command) ─▶ a verb of `Desk` ─▶ Reply
                       └▶ no: refused and recorded; a question is only answered, ordinary chat ignored

A command of the language is answered here, and nowhere else.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from attrs import field, frozen

from tastyflow.application.approving.waiting_orders import WaitingOrder
from tastyflow.application.card.model import Card
from tastyflow.application.context import Context
from tastyflow.application.intake.drafting import is_chat
from tastyflow.application.intake.identify import permitted
from tastyflow.application.looking.looker import Looker
from tastyflow.application.looking.seen import Looked
from tastyflow.application.message import Message
from tastyflow.domain.commands import (
    ApproveOrder,
    CancelOrder,
    Command,
    Flatten,
    HaltTrading,
    ListApprovals,
    ListExpirations,
    ListOrders,
    PlaceOrder,
    PreviewOrder,
    RejectOrder,
    ReplaceOrder,
    ResumeTrading,
    ShowBalance,
    ShowChain,
    ShowHelp,
    ShowPositions,
    ShowQuote,
    ShowStatus,
)
from tastyflow.domain.halt import Halt
from tastyflow.domain.order import Order
from tastyflow.domain.venue import Balances, Position
from tastyflow.errors import NotUnderstood, Refused, StoreFailure, TastyflowError

if TYPE_CHECKING:
    from tastyflow.application.desk import Desk

RECENT = 20
"""How many of a trader's orders are listed."""


@frozen
class Reply:
    """
    The desk's answer to one message: what was understood, and what it came to.

    *card* is of a preview, *looked* what was looked at: a quote, expirations, a chain, positions with their value.
    *ignored* is true for ordinary chat, which needs no answer. *about* is the account of positions and balances, *halt*
    whether orders may leave, in the answer to ``halt``, ``resume`` and ``orders``.
    """

    command: Command | None = None
    orders: tuple[Order, ...] = ()
    positions: tuple[Position, ...] | None = None
    balances: Balances | None = None
    card: Card | None = None
    looked: Looked | None = None
    approvals: tuple[WaitingOrder, ...] | None = None
    error: TastyflowError | None = None
    about: Context | None = None
    halt: Halt | None = None
    ignored: bool = field(default=False)


class Answers:
    """Answers messages with the verbs of *desk*."""

    def __init__(self, desk: "Desk") -> None:
        self._desk = desk

    async def ask(self, message: Message) -> Reply:
        """Do whatever *message* asks for; errors are part of the answer, ordinary chat is ignored."""
        try:
            command = self._desk.intake.understand(message)
        except NotUnderstood as no:
            if is_chat(no):
                return Reply(error=no, ignored=True)
            if no.is_question:
                return Reply(error=no)  # what only looks is no order, and becomes none by being misspelt
            return await self._turn_away(message, no)
        return await self.do(message, command)

    async def do(self, message: Message, command: Command, *, seen: Sequence[PlaceOrder] | None = None) -> Reply:
        """
        Do what *message* was understood to ask for; errors are part of the answer.

        Args:
            seen: Of a flattening: the list that was shown and confirmed.
        """
        try:
            self._desk.intake.require_unused(message)
            return await self._do(message, command, seen)
        except TastyflowError as error:
            return Reply(command, error=error)

    async def _turn_away(self, message: Message, no: NotUnderstood) -> Reply:
        try:
            self._desk.intake.require_unused(message)
            no = await self._desk.advised(message, no)
            return Reply(error=no, orders=(await self._desk.intake.refuse(message, no),))
        except (Refused, StoreFailure) as failure:
            return Reply(error=failure)

    async def _do(self, message: Message, command: Command, seen: Sequence[PlaceOrder] | None) -> Reply:
        desk = self._desk
        match command:
            case PreviewOrder(order=wanted):
                previewed = await desk.preview(message, wanted)
                return Reply(command, card=previewed.card, error=previewed.refusal)
            case PlaceOrder():
                return Reply(command, orders=(await desk.take(message, command),))
            case Flatten():
                flattened = await desk.flatten(message, command, seen=seen)
                return Reply(command, orders=flattened.orders, error=flattened.error)
            case ReplaceOrder():
                return Reply(command, orders=await desk.replace(message, command))
            case CancelOrder(everyone=True):
                return Reply(command, orders=await desk.cancel_everyones(message))
            case CancelOrder(order=reference):
                return Reply(command, orders=await desk.cancel(message, reference))
            case ApproveOrder(order=reference):
                return Reply(command, orders=(await desk.approve(message, reference),))
            case RejectOrder(order=reference, reason=reason):
                return Reply(command, orders=(await desk.reject(message, reference, reason or ""),))
            case ListApprovals():
                return Reply(command, approvals=await desk.approvals(message))
            case ShowStatus(order=reference):
                trader = permitted(desk.context, message, "status")
                return Reply(command, orders=(await desk.catch_up(desk.lookup.find(reference, of=trader)),))
            case ListOrders():
                trader = permitted(desk.context, message, "orders")
                await desk.recover([trader], also_followed=False)
                return Reply(command, orders=desk.lookup.newest_orders(RECENT, of=trader), halt=desk.context.halt())
            case ShowPositions():
                permitted(desk.context, message, "positions")
                context = desk.context_for(message)
                held, unexplained = await context.view.positions_and_unexplained()
                looked = await Looker(context).holdings(held, unexplained)
                return Reply(command, positions=held, looked=looked, about=context)
            case ShowQuote():
                permitted(desk.context, message, "quote")
                return Reply(command, looked=await Looker(desk.context).quote(command))
            case ListExpirations(underlying=underlying):
                permitted(desk.context, message, "expirations")
                return Reply(command, looked=await Looker(desk.context).expirations(underlying))
            case ShowChain():
                permitted(desk.context, message, "chain")
                return Reply(command, looked=await Looker(desk.context).chain(command))
            case ShowBalance():
                permitted(desk.context, message, "balance")
                context = desk.context_for(message)
                return Reply(command, balances=await context.account.balances(), about=context)
            case HaltTrading(reason=reason, reducing=reducing):
                halted = await desk.halt(message, reason, reducing=reducing)
                return Reply(command, orders=halted.orders, halt=halted.halt)
            case ResumeTrading(reason=reason):
                return Reply(command, halt=await desk.resume(message, reason))
            case ShowHelp():
                return Reply(command)
