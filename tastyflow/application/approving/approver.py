"""
Approving: a person lets an order go on to production, or does not.

    waits? another person? may approve? ─▶ the market now ─▶ the proof is fresh ─▶ approved, in one append
                 │ no: refused, it waits on      │ moved: voided     │ stale: a new rehearsal, and the market again
                 └ its time is over: it ends     └ missing: refused, it waits on

Everything that decides is read again in the append: two persons at once are one approval, and the other one hears it.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from tastyflow.application.approving.expiry import NOTHING_SENT, ended_in_time
from tastyflow.application.approving.market import market_now
from tastyflow.application.approving.voiding import voided
from tastyflow.application.approving.waiting_orders import WaitingOrder, seen
from tastyflow.application.attribution import (
    Author,
    Owner,
    Requester,
    are_two_persons,
    because_of,
    chat_user,
    chat_user_in,
    is_same_person,
    owner_by,
)
from tastyflow.application.context import Context
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.message import Message, bounded
from tastyflow.domain.events import Because
from tastyflow.domain.expirations import new_york_date
from tastyflow.domain.halt import Halt
from tastyflow.domain.order import Order
from tastyflow.domain.order.approval import MarketSnapshot
from tastyflow.domain.order.cancel_causes import ended_sentence
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.policy import Policy
from tastyflow.domain.risk.approval import drift
from tastyflow.domain.risk.halted import refusal_of
from tastyflow.domain.trader import Trader
from tastyflow.domain.trader.permissions import require
from tastyflow.errors import Refused

MAX_REASON: Final = 200
FRESH_FOR: Final = 0.1
"""The part of a proof's time that must be left when an order is approved: it is sent with the same proof."""


class Approver:
    """
    Lets orders of one account be approved or rejected by persons.

    Args:
        renew: Rehearses a waiting order anew.
    """

    def __init__(self, context: Context, renew: Callable[[Order], Awaitable[Order]]) -> None:
        self._context = context
        self._renew = renew

    async def look(self, message: Message, approver: Trader, order: Order) -> WaitingOrder:
        """
        *order* as *approver* sees it before saying yes.

        Raises:
            Refused: *approver* cannot approve it; codes as for `approve`.
        """
        order = await ended_in_time(self._context, order)
        self._require(order, approver, message, owner_by(self._context.ledger.read))
        waiting = await seen(self._context, order)
        if waiting is None:
            raise not_waiting(order)
        return waiting

    async def approve(self, message: Message, approver: Trader, order: Order) -> Order:
        """
        Approve *order*; the order as recorded: approved, or refused where the market moved or its proof failed.

        Raises:
            Refused: It cannot be approved so; it goes on waiting, where it waits. Codes ``not_permitted``,
                ``own_order``, ``not_waiting``, ``no_market``, ``not_renewed``, ``halted``, ``reducing``.
            Misconfigured: There is no live venue to promote it to.
        """
        order = await ended_in_time(self._context, order)
        self._require(order, approver, message, owner_by(self._context.ledger.read))
        order, market = await self._held_against(order)
        if order.stage is Stage.REHEARSED and not is_fresh(order, self._context.policy, self._context.clock.now()):
            order = await self._renewed(order)
            if order.stage is Stage.REHEARSED:
                order, market = await self._held_against(order)
        if order.stage is not Stage.REHEARSED:
            return order

        def decide(tx: Transaction) -> None:
            current, person = tx.require(Order, order.id), tx.require(Trader, approver.id)
            self._require(current, person, message, owner_by(tx.get))
            if (no := refusal_of(tx.get(Halt, Halt.switch_id()) or Halt.never(), is_exit=current.was_exit)) is not None:
                raise no
            tx.record(
                current.approve(
                    approved_by=person.name, approver=person.id, market=market, why=self._why(message, person)
                )
            )

        return await self._context.change(order.id, decide)

    async def reject(self, message: Message, approver: Trader, order: Order, reason: str = "") -> Order:
        """
        Refuse *order* instead.

        Raises:
            Refused: As for `approve`.
        """
        order = await ended_in_time(self._context, order)
        self._require(order, approver, message, owner_by(self._context.ledger.read))
        words = bounded(reason.strip().rstrip("."), MAX_REASON)
        said = f": {words}." if words else "."

        def decide(tx: Transaction) -> None:
            current, person = tx.require(Order, order.id), tx.require(Trader, approver.id)
            self._require(current, person, message, owner_by(tx.get))
            tx.record(
                current.refuse(
                    code="rejected",
                    message=f"{person.name} did not approve it{said}",
                    hint=NOTHING_SENT,
                    why=self._why(message, person),
                )
            )

        return await self._context.change(order.id, decide)

    def _require(self, order: Order, approver: Trader, message: Message, owner: Owner) -> None:
        require(approver, "approve")
        if order.waiting_until is None or self._context.clock.now() >= order.waiting_until:
            raise not_waiting(order)
        person, actor = Requester.of(message, approver.id), self._why(message, approver).actor
        is_one = chat_user_in(actor) == chat_user(
            order.asked.platform, order.asked.user
        )  # linked to another trader since
        if is_one or not are_two_persons(order.asked, person, anyone_acts=self._context.anyone_acts, owner=owner):
            who = approver.name if is_one else _who(order, approver, message)
            raise Refused(
                f"{who} asked for order {order.reference}, so that another person must approve it.",
                code="own_order",
                hint=f"'cancel {order.reference}' withdraws it.",
            )
        anyone_acts = self._context.anyone_acts
        if order.resubmitted_by and is_same_person(order.resubmitted_by, actor, anyone_acts=anyone_acts, owner=owner):
            raise Refused(
                f"{approver.name} lets order {order.reference} be sent again, so that another person must approve it.",
                code="own_order",
            )

    async def _held_against(self, order: Order) -> tuple[Order, MarketSnapshot]:
        """*order*, refused where the market moved too far since it began to wait; and the market now."""
        market = await market_now(self._context, order)
        if market is None:
            raise Refused(
                f"The market of order {order.reference} cannot be read, so that it is not approved.",
                code="no_market",
                hint="It goes on waiting. Try again in a moment.",
            )
        request = order.request
        moved = drift(request.market, market, self._context.policy) if request else None
        return (order if moved is None else await voided(self._context, order, moved, market)), market

    async def _renewed(self, order: Order) -> Order:
        order = await self._renew(order)
        if order.stage is Stage.REHEARSED and not is_fresh(order, self._context.policy, self._context.clock.now()):
            raise Refused(
                f"Order {order.reference} could not be rehearsed anew, so that it is not approved.",
                code="not_renewed",
                hint="Its proof is too old, and the sandbox gives no new one now. It goes on waiting. Try again later.",
            )
        return order

    def _why(self, message: Message, approver: Trader) -> Because:
        return because_of(message, Author(approver.id, approver.name), self._context.clock.now())


def _who(order: Order, approver: Trader, message: Message) -> str:
    """The one person behind the request and the approval."""
    if order.asked.trader == approver.id:
        return approver.name
    return f"{order.asked.os_user or message.os_user}, on this machine,"


def not_waiting(order: Order) -> Refused:
    """The refusal of an approval for *order*, which waits for none; it says who was first."""
    if order.approval is not None:
        return Refused(
            f"{order.approved_by} has approved order {order.reference}: it is {order.stage}.", code="not_waiting"
        )
    again = " again" if order.request is not None and order.stage is Stage.REHEARSING else ""
    why = f" {ended_sentence(order.message)}" if order.stage.is_over and order.message else ""
    return Refused(
        f"Order {order.reference} is {order.stage}{again}: it waits for no approval.{why}", code="not_waiting"
    )


def is_fresh(order: Order, policy: Policy, now: datetime) -> bool:
    """Whether the proof of *order* still counts, and for long enough to send the order with it."""
    proof = order.proof
    if proof is None:
        return False
    counts_until = min(proof.valid_until, proof.concluded_at + timedelta(seconds=policy.proof_valid_s))
    is_today = new_york_date(proof.concluded_at) == new_york_date(now)
    return is_today and now <= counts_until - timedelta(seconds=policy.proof_valid_s * FRESH_FOR)
