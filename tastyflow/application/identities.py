"""
Identities that a trader takes and gives back: both sides of the link, in the append that changes the trader.

    take_identity    the trader says who they are, the identity says whose it is       refused where it is another's
    give_back        both are undone: the next one to take it may be another trader
"""

from typing import Final

from attrs import frozen

from tastyflow.application.ledger.transaction import Transaction
from tastyflow.domain.events import Because
from tastyflow.domain.trader import Identity, Trader
from tastyflow.errors import Refused

LINKED_BY_CODE: Final = ("discord",)
"""The platforms whose people can type a code."""


@frozen
class TypedCode:
    """
    A code that a person typed into a chat.

    Attributes:
        digest: Of the code (`tastyflow.application.linking.digest_of`).
        message: The id by which the platform calls what was typed.
    """

    platform: str
    user: str
    digest: str
    message: str


def take_identity(tx: Transaction, trader: Trader, platform: str, user: str, why: Because) -> None:
    """
    Link *trader* to an identity that is free.

    Raises:
        Refused: code ``identity_taken``.
    """
    identity = tx.get(Identity, Identity.id_of(platform, user))
    if identity is not None and identity.trader not in (None, trader.id):
        owner = tx.get(Trader, identity.trader) if identity.trader else None
        named = owner.name if owner else "another trader"
        raise Refused(
            f"{user!r} on {platform} is {named} already.",
            code="identity_taken",
            data={"trader": named, "user": user, "platform": platform},
        )
    tx.record(trader.link(platform, user, why=why))
    claim = Identity.claim(platform, user, trader.id, why=why) if identity is None else None
    tx.record(claim or (identity.claim_again(trader.id, why=why) if identity else None))


def give_back(tx: Transaction, trader: Trader, platform: str, user: str, why: Because) -> None:
    """Unlink *trader* from an identity, and let it be free."""
    tx.record(trader.unlink(platform, user, why=why))
    identity = tx.get(Identity, Identity.id_of(platform, user))
    if identity is not None and identity.trader == trader.id:
        tx.record(identity.release(why=why))
