"""
The traders of an installation, and how each of its environments comes to know them.

    an operator ─▶ the installation's log ─┬─▶ fake's
                   (traders, identities)   ├─▶ sandbox's        the same changes, event by event,
                                           └─▶ production's     with their actor, cause and time

Every decision about an order reads its trader in its environment's own log, in the append. So each log follows the
installation's (`trader_copies`): at once where a change is made, and else when its environment is opened next. A trader
who was added where nothing can be lost (`fake`, simulators) stays there.
"""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractContextManager
from typing import Final

from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.ledger.lookup import Lookup
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.trader_copies import follow
from tastyflow.application.traders import Guard, Traders, let_pass
from tastyflow.domain.trader import (
    Identity,
    Permission,
    Trader,
)
from tastyflow.domain.trader.permissions import may
from tastyflow.errors import Refused, StoreFailure
from tastyflow.ports import Clock

CLI: Final = "cli"

Opening = Callable[[], AbstractContextManager[Ledger]]
Use = Callable[[Traders], Awaitable[Trader]]


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
