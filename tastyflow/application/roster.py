"""
The traders of an installation, and how each of its environments comes to know them.

    an operator ─▶ the installation's log ─┬─▶ fake's
                   (traders, identities)   ├─▶ sandbox's        the same changes, event by event,
                                           └─▶ production's     with their actor, cause and time

Every decision about an order reads its trader in its environment's own log, in the append. So each log follows the
installation's: at once where a change is made, and else when its environment is opened next. `installation` in a copied
event is the version that it copies; a trader's state knows the newest, so that nothing is copied twice, whoever crashed
where. Nothing goes the other way: a trader who was added where nothing can be lost (`fake`, simulators) stays there.
"""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractContextManager
from typing import Final

from attrs import evolve

from tastyflow.application.ledger.codec import decode
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.ledger.lookup import Lookup
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.traders import Guard, Traders, give_back, let_pass
from tastyflow.domain.events import Because, Event, next_of
from tastyflow.domain.trader import (
    Identity,
    IdentityLinked,
    IdentityUnlinked,
    LimitsSet,
    Permission,
    PermissionsSet,
    Trader,
    TraderRegistered,
)
from tastyflow.domain.trader.events import OperatorsChange
from tastyflow.domain.trader.permissions import may
from tastyflow.errors import Refused, StoreFailure
from tastyflow.ports import Clock

BOOKMARK: Final = "traders"
"""How far a log has followed the installation's."""

CLI: Final = "cli"

Opening = Callable[[], AbstractContextManager[Ledger]]
Use = Callable[[Traders], Awaitable[Trader]]


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
        await here.change(lambda tx: _copy_all(tx, changes))
    await here.keep_bookmark(BOOKMARK, end)


class Roster:
    """
    The traders, as an operator in one environment keeps them.

    Args:
        here: The log of this environment.
        installation: Opens the installation's log, for writing.
        others: Opens the log of each other environment that has one, by its name.
        is_free: Nothing can be lost here: anyone keeps traders, and who is added stays here.
        operator: The user of the operating system.
    """

    def __init__(
        self,
        here: Ledger,
        clock: Clock,
        *,
        installation: Opening,
        others: Iterable[tuple[str, Opening]],
        is_free: bool,
        operator: str,
    ) -> None:
        self._here = here
        self._clock = clock
        self._installation = installation
        self._others = tuple(others)
        self._is_free = is_free
        self._operator = operator

    async def add(self, verb: Use) -> Trader:
        """Add a trader by a verb of `Traders`: to the installation; or here alone, where nothing can be lost."""
        return await (self.change_here(verb) if self._is_free else self._change_installation(verb))

    async def change(self, name: str, verb: Use) -> Trader:
        """Change the trader called *name* by a verb of `Traders`: in the installation, or here where they are alone."""
        return await (self.change_here(verb) if self._is_local(name) else self._change_installation(verb))

    async def remove(self, name: str, verb: Use) -> Trader:
        """
        Remove the trader called *name* by a verb of `Traders`: only what is open nowhere.

        Raises:
            Refused: code ``open_orders``, naming the environment; or as for every change.
            StoreFailure: The log of an environment cannot be read, so that it is not known what is open there.
        """
        if self._is_local(name):
            return await self.change_here(verb)
        _require_none_open(self._here, name, "here")
        for environment, opening in self._others:
            with opening() as ledger:
                _require_none_open(ledger, name, f"in {environment}")
        return await self._change_installation(verb)

    def _is_local(self, name: str) -> bool:
        known = self._here.read(Trader, Trader.id_of(name))
        return known is None or not known.installation

    async def change_here(self, verb: Use) -> Trader:
        """
        Change a trader in this environment alone: one who is alone here, or what is given here (accounts).

        Raises:
            Refused: code ``not_permitted`` or ``last_administrator``.
        """
        guard, outcome = (let_pass, let_pass) if self._is_free else self._rules(self._here)
        return await verb(Traders(self._here, self._clock, guard, outcome))

    async def _change_installation(self, verb: Use) -> Trader:
        """
        Change the installation's own log first, then every environment's.

        Raises:
            Refused: code ``not_permitted`` or ``last_administrator``.
            StoreFailure: code ``not_everywhere``: recorded, and an environment could not be told yet.
        """
        with self._installation() as installation:
            guard, outcome = self._rules(installation if self._is_free else self._here)
            changed = await verb(Traders(installation, self._clock, guard, outcome))
            await follow(installation, self._here)
            missed = [name for name, opening in self._others if not await _told(installation, opening)]
        if missed:
            raise StoreFailure(
                f"The change is recorded, but not yet in the log of {' and '.join(missed)}.",
                code="not_everywhere",
                hint="A desk that runs there does not know of it. It will when that environment is opened next.",
            )
        return self._here.read(Trader, changed.id) or changed

    def _rules(self, known: Ledger) -> tuple[Guard, Guard]:
        """Who may change traders, by those whom *known* has; and that a trader who administers is left."""
        traders = Lookup(known).traders()
        administrators = [trader.id for trader in traders if administers(trader)]
        identity = known.read(Identity, Identity.id_of(CLI, self._operator))
        own_id = identity.trader if identity else None
        if any(Permission.ADMINISTER in trader.permissions for trader in traders) and own_id not in administrators:
            raise Refused(
                f"{self._operator} may not keep the traders.",
                code="not_permitted",
                hint=f"That takes the permission administer, which {_names(traders)} can give.",
                data={"permission": Permission.ADMINISTER.value, "verb": "administer"},
            )

        def guard(tx: Transaction) -> None:
            own = tx.get(Trader, own_id) if own_id is not None else None
            if own is not None and administrators and not administers(own):
                raise Refused(f"{own.name} may not keep the traders any more.", code="not_permitted")

        def outcome(tx: Transaction) -> None:
            now = [tx.get(Trader, each) for each in administrators]
            if any(now) and not any(each is not None and administers(each) for each in now):
                raise Refused(
                    "No trader would be left who may keep the traders.",
                    code="last_administrator",
                    hint="Give another trader the permission administer first.",
                )

        return guard, outcome


def administers(trader: Trader) -> bool:
    """Whether *trader* may keep the traders now."""
    return may(trader, Permission.ADMINISTER) and not trader.suspended


def _names(traders: Iterable[Trader]) -> str:
    return " or ".join(trader.name for trader in traders if administers(trader)) or "no trader at the moment"


def _require_none_open(ledger: Ledger, name: str, where: str) -> None:
    trader = ledger.read(Trader, Trader.id_of(name))
    if trader is not None and trader.reserved:
        named = ", ".join(sorted(order.hex[:6] for order in trader.reserved)[:10])
        raise Refused(
            f"{name} has open orders {where}: {named}.",
            code="open_orders",
            hint="Cancel them first, or suspend the trader: nothing new is placed then.",
        )


async def _told(installation: Ledger, opening: Opening) -> bool:
    try:
        with opening() as ledger:
            await follow(installation, ledger)
    except (StoreFailure, OSError):
        return False
    return True


# ── one change ───────────────────────────────────────────────────────────────────────────────────────────────────


def _copy_all(tx: Transaction, changes: Iterable[Event]) -> None:
    for event in changes:
        trader = tx.get(Trader, event.originator_id)
        if trader is not None and event.originator_version <= trader.installation:
            continue  # copied before: by another process, or by one that ended before it could say so
        if isinstance(event, TraderRegistered):
            _join(tx, trader, event)
        elif trader is not None and isinstance(event, OperatorsChange):
            _move_identity(tx, trader, event)
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
    """What the change says of an identity: the installation's word counts, whoever had it here alone."""
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
