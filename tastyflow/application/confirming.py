"""
Confirming: an order that was drafted, validated and reserved waits until its trader says yes to exactly what was shown.

    validated, confirm_until ─┬─ confirm(digest), in time ─▶ confirmed ─▶ rehearsed ─▶ …
                              ├─ confirm(digest), too late ─▶ refused, `offer_expired`: ask again
                              └─ decline, retract ─▶ withdrawn: nothing was sent, and what was reserved is free again

What is confirmed is what is sent: the confirmation names the digest of the ticket. `Order.claim` and the gate refuse an
order that is not confirmed, to every caller.
"""

from decimal import Decimal
from typing import Final
from uuid import UUID

from attrs import frozen

from tastyflow.application.context import Context
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.message import Consent, Message
from tastyflow.domain.events import Because, Event
from tastyflow.domain.order import Order
from tastyflow.domain.policy import Confirm, Policy
from tastyflow.domain.trader import Trader
from tastyflow.errors import Refused

NOT_CONFIRMED: Final = "not confirmed by the trader"
NO_ANSWER: Final = "the trader gave no answer in time"


@frozen
class Confirmed:
    """
    An order after a yes.

    Attributes:
        is_news: Whether this yes confirmed it. The yes that confirmed it takes the order on, and no other does:
            one at the same moment, in this process or another, finds it confirmed and leaves it alone.
    """

    order: Order
    is_news: bool


def is_offered(message: Message, policy: Policy, loss_usd: Decimal | None) -> bool:
    """Whether what *message* asks for, which can lose so much, waits to be confirmed by its author."""
    if message.consent is Consent.ALWAYS:
        return True
    return message.consent is not Consent.NONE and policy.wants_confirmation(loss_usd)


def require_answerable(message: Message, policy: Policy) -> None:
    """
    Raises:
        Refused: code ``confirmation_needed``: the policy wants every order confirmed, and no person can be asked.
    """
    if policy.confirm is Confirm.ALWAYS and message.consent is Consent.NONE:
        raise Refused(
            "Every order is confirmed by its trader here, and there is no one to ask.",
            code="confirmation_needed",
            hint="Order where the order can be shown and confirmed.",
        )


def confirmation_of(order: Order, why: Because) -> Event | None:
    """The confirmation that came with the message that asked; None where the order needs none."""
    return order.confirm(order.digest, why=why) if order.needs_confirmation else None


def expiry_of(order: Order, why: Because) -> Event:
    """The end of an order that was not confirmed in time."""
    return order.refuse(
        code="offer_expired",
        message="It was not confirmed in time, and the offer has run out.",
        hint="Nothing was sent. Ask again: prices and positions are read anew.",
        why=why,
    )


async def confirm(context: Context, order_id: UUID, digest: str, trader: Trader, why: Because) -> Confirmed:
    """
    Record that *trader* says yes to the content *digest*; the order as recorded, and whether that was news.

    Too late, the order is refused. An order that waits no more stays as it is.

    Raises:
        Refused: Another trader asked for the order, or other content was shown.
    """

    is_news = False

    def decide(tx: Transaction) -> None:
        nonlocal is_news
        is_news = False  # it may be decided again, of the order as another process left it
        order = tx.require(Order, order_id)
        require_asker(order, trader)
        if not order.waits_for_confirmation:
            return
        if digest != order.digest:
            raise Refused(
                f"Order {order.reference} is not what was shown.",
                code="other_content",
                hint="Nothing was sent. Look at the order again.",
            )
        is_late = order.confirm_until is not None and why.at > order.confirm_until
        tx.record(expiry_of(order, why) if is_late else order.confirm(digest, why=why))
        is_news = not is_late

    order = await context.change(order_id, decide)
    return Confirmed(order, is_news)


async def decline(context: Context, order_id: UUID, trader: Trader, why: Because, *, reason: str) -> Order:
    """
    Withdraw an order that waits to be confirmed, for *reason*; the order as recorded.

    Raises:
        Refused: Another trader asked for the order.
    """

    def decide(tx: Transaction) -> None:
        order = tx.require(Order, order_id)
        require_asker(order, trader)
        if order.waits_for_confirmation:
            tx.record(order.withdraw(reason=reason, why=why))

    return await context.change(order_id, decide)


async def retract(context: Context, order_id: UUID, *, reason: str) -> Order:
    """Withdraw an order that waits to be confirmed, where what asked for it is gone; the order as recorded."""

    def decide(tx: Transaction) -> None:
        order = tx.require(Order, order_id)
        if order.waits_for_confirmation:
            tx.record(order.withdraw(reason=reason, why=context.because("desk", order)))

    return await context.change(order_id, decide)


def require_asker(order: Order, trader: Trader) -> None:
    """
    Raises:
        Refused: code ``not_permitted``: *trader* is not who asked for *order*.
    """
    if order.asked.trader != trader.id:
        raise Refused(
            f"Only the trader who asked for order {order.reference} can do this.",
            code="not_permitted",
            hint="Type the order yourself, to have one of your own.",
        )
