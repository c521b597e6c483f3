"""
Who wrote a message: the platform's identity, and the trader it belongs to.

Both are one event each, the identity's only one and the trader's first one: the cost does not grow with a history.
"""

from tastyflow.application.attribution import Author
from tastyflow.application.context import Context
from tastyflow.application.message import MAX_NAME, Message, bounded
from tastyflow.domain.trader import Identity, Trader
from tastyflow.domain.trader.permissions import require
from tastyflow.errors import Refused


def author_of(context: Context, message: Message) -> Author | None:
    """The trader who wrote *message*; None where the identity belongs to no trader."""
    identity = context.ledger.born(Identity, Identity.id_of(message.platform, message.user))
    if identity is None:
        return None
    registered = context.ledger.born(Trader, identity.trader)
    return Author(identity.trader, registered.name if registered else "")


def known_author_of(context: Context, message: Message) -> Author:
    """
    The trader who wrote *message*.

    Raises:
        Refused: code ``unknown_trader``.
    """
    author = author_of(context, message)
    if author is None:
        name = bounded(message.user, MAX_NAME)
        raise Refused(
            f"No trader is known as {name!r} on {message.platform}.",
            code="unknown_trader",
            data={"user": name},
        )
    return author


def trader_of(context: Context, message: Message) -> Trader:
    """
    The trader who wrote *message*, with what they hold and may do.

    Raises:
        Refused: code ``unknown_trader``.
    """
    author = known_author_of(context, message)
    trader = context.ledger.read(Trader, author.id)
    if trader is None:
        raise Refused(f"The trader {author.id} is not in the log.", code="unknown_trader")
    return trader


def permitted(context: Context, message: Message, verb: str) -> Trader:
    """
    The trader who wrote *message*, who may do *verb* (`permissions.VERBS`).

    Raises:
        Refused: code ``unknown_trader`` or ``not_permitted``.
    """
    trader = trader_of(context, message)
    require(trader, verb)
    return trader
