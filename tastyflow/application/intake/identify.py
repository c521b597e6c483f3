"""
Who wrote a message, and which trader that is.

    discord:1234 ────────────────────────────▶ the trader to whom the identity is linked
    cli:alice    ────────────────────────────▶ the same, by the operating system's user
    alice, acting for ann ─────────────────────▶ ann, where alice's own trader may administer, or nothing can be lost

The identity is asked of the log each time: one that was unlinked a moment ago, by any process, has no trader already.
"""

from typing import Protocol
from uuid import UUID

from tastyflow.application.attribution import Author
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.message import MAX_NAME, Message, bounded
from tastyflow.domain.trader import Identity, Trader
from tastyflow.domain.trader.permissions import Permission, may, require
from tastyflow.errors import Refused


class Installation(Protocol):
    """What has to be known of an installation to say who wrote a message; a `Context` is one."""

    @property
    def ledger(self) -> Ledger: ...

    @property
    def anyone_acts(self) -> bool: ...


def author_of(context: Installation, message: Message) -> Author | None:
    """The trader who wrote *message*; None where the identity belongs to no trader, or may not act for one."""
    try:
        return _author_of(context, message)
    except Refused:
        return None


def known_author_of(context: Installation, message: Message) -> Author:
    """
    The trader who wrote *message*.

    Raises:
        Refused: code ``unknown_trader``; or ``may_not_act``, for another trader.
    """
    author = _author_of(context, message)
    if author is None:
        name = bounded(message.user, MAX_NAME)
        where = "" if message.acting else f" on {message.platform}"
        raise Refused(f"No trader is known as {name!r}{where}.", code="unknown_trader", data={"user": name})
    return author


def trader_of(context: Installation, message: Message) -> Trader:
    """
    The trader who wrote *message*, with what they hold and may do.

    Raises:
        Refused: code ``unknown_trader`` or ``may_not_act``.
    """
    author = known_author_of(context, message)
    trader = context.ledger.read(Trader, author.id)
    if trader is None:
        raise Refused(f"The trader {author.id} is not in the log.", code="unknown_trader")
    return trader


def permitted(context: Installation, message: Message, verb: str) -> Trader:
    """
    The trader who wrote *message*, who may do *verb* (`permissions.VERBS`).

    Raises:
        Refused: code ``unknown_trader``, ``may_not_act``, ``not_permitted`` or ``suspended``.
    """
    trader = trader_of(context, message)
    require(trader, verb)
    return trader


def _author_of(context: Installation, message: Message) -> Author | None:
    trader_id = _acted_for(context, message) if message.acting else _owner(context, message.platform, message.user)
    registered = context.ledger.born(Trader, trader_id) if trader_id is not None else None
    return None if trader_id is None else Author(trader_id, registered.name if registered else "")


def _owner(context: Installation, platform: str, user: str) -> UUID | None:
    identity = context.ledger.read(Identity, Identity.id_of(platform, user))
    return identity.trader if identity else None


def _acted_for(context: Installation, message: Message) -> UUID | None:
    trader_id = Trader.id_of(message.user)
    own_id = _owner(context, message.platform, message.os_user) if message.os_user else None
    if not (context.anyone_acts or own_id == trader_id):
        own = context.ledger.read(Trader, own_id) if own_id is not None else None
        if own is None or own.suspended or not may(own, Permission.ADMINISTER):
            who, name = bounded(message.os_user, MAX_NAME), bounded(message.user, MAX_NAME)
            raise Refused(
                f"{who or 'This user'} may not act for {name}.",
                code="may_not_act",
                hint=f"Order as yourself. To act for others takes the permission {Permission.ADMINISTER.value}.",
                data={"user": name, "os_user": who},
            )
    return trader_id if context.ledger.born(Trader, trader_id) is not None else None
