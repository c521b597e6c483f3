"""
The traders of one installation, kept by its operator. Adding a trader and their first identity is one append.

    add ─ suspend ─ reinstate          find, all
"""

from collections.abc import Callable, Sequence

from tastyflow.application.attribution import because_of_operator
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.ledger.lookup import Lookup
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.domain.events import Because, Event
from tastyflow.domain.trader import Identity, Limits, Permission, Trader
from tastyflow.errors import Refused
from tastyflow.ports import Clock


class Traders:
    """The traders of one ledger. *by* says which operator asks."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock

    def find(self, name: str) -> Trader | None:
        """The trader called *name*, if there is one."""
        return self._ledger.read(Trader, Trader.id_of(name))

    def all(self) -> tuple[Trader, ...]:
        """Every trader, in the order of registration."""
        return Lookup(self._ledger).traders()

    async def add(
        self, name: str, platform: str, *, limits: Limits, permissions: frozenset[Permission], by: str
    ) -> Trader:
        """
        Register a trader who is known as *name* on *platform* too.

        Raises:
            Refused: code ``trader_exists``; or ``identity_taken``, by another trader.
            Invalid: The name, or a limit, cannot be.
        """
        trader_id = Trader.id_of(name)

        def decide(tx: Transaction) -> None:
            why = self._why(by)
            if tx.get(Trader, trader_id) is not None:
                raise Refused(f"There is a trader {name!r} already.", code="trader_exists")
            if tx.get(Identity, Identity.id_of(platform, name)) is not None:
                raise Refused(f"Another trader is {name!r} on {platform}.", code="identity_taken")
            tx.record(Trader.register(name, limits=limits, permissions=permissions, why=why))
            tx.record(tx.require(Trader, trader_id).link(platform, name, why=why))
            tx.record(Identity.claim(platform, name, trader_id, why=why))

        return (await self._ledger.change(decide)).require(Trader, trader_id)

    async def give_accounts(self, name: str, accounts: Sequence[str], *, known: Sequence[str], by: str) -> Trader:
        """
        Let *name* use *accounts* of this environment and no others, the first of them by default.

        Args:
            known: The names of all accounts that the settings of the environment name.

        Raises:
            Refused: code ``unknown_trader``, or ``no_such_account``.
            Invalid: code ``bad_account_name``.
        """
        for account in accounts:
            if account not in known:
                there = f"There is {' and '.join(known)}." if known else "None is set."
                raise Refused(f"No account is called {account[:40]!r} here.", code="no_such_account", hint=there)
        return await self._change(name, lambda trader: trader.give_accounts(accounts, why=self._why(by)))

    async def suspend(self, name: str, *, by: str, reason: str = "") -> Trader:
        """From now on nothing new is placed for *name*; what works can still be cancelled."""
        return await self._change(name, lambda trader: trader.suspend(reason=reason, why=self._why(by)))

    async def reinstate(self, name: str, *, by: str, reason: str = "") -> Trader:
        """Let *name* trade again."""
        return await self._change(name, lambda trader: trader.reinstate(reason=reason, why=self._why(by)))

    async def _change(self, name: str, verb: Callable[[Trader], Event | None]) -> Trader:
        trader_id = Trader.id_of(name)

        def decide(tx: Transaction) -> None:
            trader = tx.get(Trader, trader_id)
            if trader is None:
                raise Refused(f"There is no trader {name!r}.", code="unknown_trader")
            tx.record(verb(trader))

        return (await self._ledger.change(decide)).require(Trader, trader_id)

    def _why(self, by: str) -> Because:
        return because_of_operator(by, self._clock.now())
