"""
How a log comes to know the traders of the installation: the same changes, event by event, with actor, cause and time.

    follow ─▶ every change since the bookmark, in one append ─▶ bookmark

`installation` in a copied event is the version that it copies; a trader's state knows the newest, so that nothing is
copied twice, whichever process crashed between append and bookmark. Nothing goes the other way.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from attrs import evolve

from tastyflow.application.forgetting import names_of
from tastyflow.application.identities import give_back
from tastyflow.application.ledger.codec import decode
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.domain.events import Because, Event, next_of
from tastyflow.domain.trader import (
    Identity,
    IdentityLinked,
    IdentityUnlinked,
    LimitsSet,
    PermissionsSet,
    Trader,
    TraderForgotten,
    TraderRegistered,
)
from tastyflow.domain.trader.events import OperatorsChange
from tastyflow.errors import StoreFailure

BOOKMARK: Final = "traders"
"""How far a log has followed the installation's."""


async def follow(installation: Ledger, here: Ledger) -> None:
    """
    Bring the traders of *here* up to date with those of *installation*, in one append.

    Raises:
        StoreFailure: One of the logs cannot be used; code ``traders_lost``: the installation's is another than before.
    """
    end, kept = installation.end(), here.bookmark(BOOKMARK) or 0
    if end == kept:
        return
    if end < kept:
        raise StoreFailure(
            "The log of the installation's traders has less than this environment has seen of it.",
            code="traders_lost",
            hint="Put it back from a backup: without it no change of a trader comes to this environment.",
        )
    rows = [row for row in installation.rows(after=kept) if row.topic.startswith("tastyflow.trader.")]
    changes = [decode(row.topic, row.originator_id, row.originator_version, row.state) for row in rows]  # type: ignore[arg-type]  # our tables hold no other kind of id
    if changes:
        gone = {each.originator_id: names_of(here, each.originator_id) for each in changes if _is_forgotten(each)}
        await here.change(lambda tx: _copy_all(tx, changes, gone))
    await here.keep_bookmark(BOOKMARK, end)


def _is_forgotten(event: Event) -> bool:
    return isinstance(event, TraderForgotten)


def _copy_all(tx: Transaction, changes: Iterable[Event], gone: Mapping[UUID, Sequence[str]]) -> None:
    """Copy *changes*; *gone* are the names that this log has of those who are forgotten."""
    for event in changes:
        trader = tx.get(Trader, event.originator_id)
        if trader is not None and event.originator_version <= trader.installation:
            continue  # copied before: by another process, or by one that ended before it could say so
        if isinstance(event, TraderRegistered):
            _join(tx, trader, event)
        elif trader is not None and isinstance(event, OperatorsChange):
            _move_identity(tx, trader, event)
            if _is_forgotten(event):
                tx.forgotten += gone[trader.id]
            version, now = event.originator_version, tx.require(Trader, trader.id)
            tx.record(evolve(event, originator_version=now.version + 1, installation=version))


def _join(tx: Transaction, known: Trader | None, event: TraderRegistered) -> None:
    """Register the trader here; one of that name who was here alone gets the installation's limits and permissions."""
    if known is None:
        tx.record(evolve(event, originator_version=1, installation=event.originator_version))
        return
    why = _why(event)
    tx.record(LimitsSet(**next_of(known, why), limits=event.limits, before=known.limits))
    tx.record(tx.require(Trader, known.id).reinstate(reason="now of the installation", why=why))
    tx.record(
        PermissionsSet(
            **next_of(tx.require(Trader, known.id), why),
            permissions=event.permissions,
            before=tuple(sorted(known.permissions)),
            installation=event.originator_version,
        )
    )


def _move_identity(tx: Transaction, trader: Trader, event: OperatorsChange) -> None:
    """What the change says of an identity: the installation's word counts, also where another trader had it here."""
    if not isinstance(event, IdentityLinked | IdentityUnlinked):
        return
    why = _why(event)
    identity = tx.get(Identity, Identity.id_of(event.platform, event.user))
    if identity is None:
        if isinstance(event, IdentityLinked):
            tx.record(Identity.claim(event.platform, event.user, trader.id, why=why))
        return
    if isinstance(event, IdentityUnlinked):
        tx.record(identity.release(why=why) if identity.trader == trader.id else None)
        return
    if identity.trader is not None and identity.trader != trader.id:
        give_back(tx, tx.require(Trader, identity.trader), event.platform, event.user, why)
    tx.record(tx.require(Identity, identity.id).claim_again(trader.id, why=why))


def _why(event: Event) -> Because:
    return Because(event.actor, event.cause, event.command_id, event.at)
