"""
A message's id is used once: the same message again is the same request, and any other one under its id is an error.

    message ─▶ an order of it, of its flattening, or a preview, that another author or text asked for? ─▶ message_reused
"""

from typing import Final

from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.message import Message
from tastyflow.domain.order import Asked, Order
from tastyflow.domain.preview import PreviewRequest
from tastyflow.errors import Refused

FIRST: Final = "#1"
"""What the id of a message ends in for the first order of its flattening (`tastyflow.application.flattener`)."""


def order_of(ledger: Ledger, message: Message) -> Order | None:
    """
    The order that *message* asked for before; None where it asked for none.

    Raises:
        Refused: code ``message_reused``: another author, or another text, used its id.
    """
    order = ledger.read(Order, Order.id_of(message.platform, message.message))
    if order is not None:
        require_same(order.asked, message)
    return order


def require_unused(ledger: Ledger, message: Message) -> Order | None:
    """
    Hold *message* to an id that nothing else was asked for with; the order that it asked for before, as `order_of`.

    Raises:
        Refused: code ``message_reused``.
    """
    order = order_of(ledger, message)
    if order is None:
        flattened = ledger.born(Order, Order.id_of(message.platform, message.message + FIRST))
        preview = ledger.born(PreviewRequest, PreviewRequest.id_of(message.platform, message.message))
        for earlier in (flattened, preview):
            if earlier is not None:
                require_same(earlier.asked, message)
    return order


def require_same(asked: Asked, message: Message) -> None:
    """
    Hold *message* to what *asked* says was asked for under its id.

    Raises:
        Refused: code ``message_reused``.
    """
    now = message.as_asked()
    if (asked.user, asked.text) == (now.user, now.text):
        return
    who = "Another author" if asked.user != now.user else "Another text"
    raise Refused(
        f"{who} was sent under this message's id before.", code="message_reused", hint="Send it as a new message."
    )
