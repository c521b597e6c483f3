"""
The traders of one log, kept by its operator. Each verb is one append: the trader, and the identity where one is meant.

    add ─ link, unlink ─ make_link_code, link_by_code ─ grant, revoke ─ limit ─ suspend, resume ─ remove ─ forget
    find, all

`tastyflow.application.roster` says whose log that is: of the installation, or of one of its environments.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta

from attrs import evolve

from tastyflow.application.attribution import because_of_operator
from tastyflow.application.forgetting import names_of
from tastyflow.application.identities import LINKED_BY_CODE, TypedCode, give_back, take_identity
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.ledger.lookup import Lookup
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.message import bounded
from tastyflow.domain.events import Because
from tastyflow.domain.trader import Limits, Permission, Trader
from tastyflow.domain.trader.identity import require_identity
from tastyflow.domain.trader.names import looks
from tastyflow.domain.trader.permissions import normalised
from tastyflow.errors import Invalid, Refused
from tastyflow.ports import Clock

Guard = Callable[[Transaction], None]
Verb = Callable[[Transaction, Trader, Because], None]

MAX_REASON = 200


def let_pass(_tx: Transaction) -> None:
    """A guard that lets everyone pass."""


class Traders:
    """
    The traders of one ledger. *by* says which operator asks.

    Args:
        guard: Asked in every append, before anything is recorded; it raises where the operator may not.
        outcome: Asked in every append of a change, at its end; it raises where things may not stand so.
    """

    def __init__(self, ledger: Ledger, clock: Clock, guard: Guard = let_pass, outcome: Guard = let_pass) -> None:
        self._ledger = ledger
        self._clock = clock
        self._guard = guard
        self._outcome = outcome

    def find(self, name: str) -> Trader | None:
        """The trader called *name*, if there is one."""
        return self._ledger.read(Trader, Trader.id_of(name))

    def all(self) -> tuple[Trader, ...]:
        """Every trader, in the order of registration."""
        return Lookup(self._ledger).traders()

    async def add(
        self,
        name: str,
        platform: str,
        *,
        limits: Limits,
        permissions: frozenset[Permission],
        by: str,
        user: str | None = None,
    ) -> Trader:
        """
        Register a trader, who is *user* on *platform*: their own name unless another is given.

        Raises:
            Refused: code ``trader_exists``; ``looks_alike``, like the name of another trader; or ``identity_taken``, by
                another trader.
            Invalid: The name, the user, or a limit, cannot be.
        """
        trader_id, known_as = Trader.id_of(name), name if user is None else user

        def decide(tx: Transaction) -> None:
            self._guard(tx)
            why = self._why(by)
            if tx.get(Trader, trader_id) is not None:
                raise Refused(f"There is a trader {name!r} already.", code="trader_exists")
            self._require_distinct(name)
            tx.record(Trader.register(name, limits=limits, permissions=permissions, why=why))
            require_identity(platform, known_as)
            take_identity(tx, tx.require(Trader, trader_id), platform, known_as, why)

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
        return await self._change(name, by, lambda tx, trader, why: tx.record(trader.give_accounts(accounts, why=why)))

    async def link(self, name: str, platform: str, user: str, *, by: str) -> Trader:
        """
        Say that *name* is *user* on *platform*.

        Raises:
            Refused: code ``identity_taken``, by another trader.
            Invalid: code ``bad_identity``.
        """
        require_identity(platform, user)
        return await self._change(name, by, lambda tx, trader, why: take_identity(tx, trader, platform, user, why))

    async def make_link_code(self, name: str, platform: str, digest: str, *, valid_s: float, by: str) -> Trader:
        """
        Let the user on *platform* who types the code with that *digest*, within *valid_s*, be *name*.

        Raises:
            Refused: code ``trader_suspended``.
            Invalid: code ``bad_identity``: no code links there.
        """
        if platform not in LINKED_BY_CODE:
            known = " and ".join(LINKED_BY_CODE)
            raise Invalid(f"No code links on {platform[:20]!r}.", code="bad_identity", hint=f"One does on {known}.")

        def verb(tx: Transaction, trader: Trader, why: Because) -> None:
            if trader.suspended:
                raise Refused(f"{name} is suspended.", code="trader_suspended", hint="Resume the trader first.")
            ends = why.at + timedelta(seconds=valid_s)
            tx.record(trader.make_link_code(platform, digest, by=by, expires_at=ends, why=why))

        return await self._change(name, by, verb)

    async def link_by_code(self, name: str, typed: TypedCode, *, by: str) -> Trader:
        """
        *name* is the user who typed the code that *by* made; the code is over.

        Raises:
            Refused: code ``no_such_code``, or ``identity_taken``.
            Invalid: code ``bad_identity``.
        """
        require_identity(typed.platform, typed.user)

        def verb(tx: Transaction, trader: Trader, told: Because) -> None:
            why = evolve(told, cause=f"{typed.platform}:{typed.message}", command_id=typed.message)
            trader.require_link_code(typed.platform, typed.digest, at=why.at)
            take_identity(tx, trader, typed.platform, typed.user, why)
            linked = tx.require(Trader, trader.id)
            tx.record(linked.use_link_code(typed.platform, typed.digest, typed.user, why=why))

        return await self._change(name, by, verb)

    async def unlink(self, name: str, platform: str, user: str, *, by: str) -> Trader:
        """
        *name* is no longer *user* on *platform*: another trader may be.

        Raises:
            Refused: code ``not_linked``.
        """

        def verb(tx: Transaction, trader: Trader, why: Because) -> None:
            if (platform, user) not in trader.identities:
                known = ", ".join(f"{each} {who}" for each, who in sorted(trader.identities)) or "none"
                raise Refused(f"{name} is not {user!r} on {platform}.", code="not_linked", hint=f"Linked: {known}.")
            give_back(tx, trader, platform, user, why)

        return await self._change(name, by, verb)

    async def grant(self, name: str, permissions: Collection[Permission], *, by: str) -> Trader:
        """Let *name* do this besides."""

        def verb(tx: Transaction, trader: Trader, why: Because) -> None:
            tx.record(trader.set_permissions(trader.permissions | normalised(permissions), why=why))

        return await self._change(name, by, verb)

    async def revoke(self, name: str, permissions: Collection[Permission], *, by: str) -> Trader:
        """From now on *name* may not do this; what works goes on, and can be cancelled."""

        def verb(tx: Transaction, trader: Trader, why: Because) -> None:
            tx.record(trader.set_permissions(trader.permissions - frozenset(permissions), why=why))

        return await self._change(name, by, verb)

    async def limit(self, name: str, limits: Mapping[str, object], *, by: str) -> Trader:
        """
        Set some limits of *name*, each by its field in `Limits`; the others stay.

        Raises:
            Invalid: code ``bad_limit``.
        """

        def verb(tx: Transaction, trader: Trader, why: Because) -> None:
            tx.record(trader.set_limits(evolve(trader.limits, **dict(limits)), why=why))  # type: ignore[arg-type]  # by the caller

        return await self._change(name, by, verb)

    async def suspend(self, name: str, *, by: str, reason: str = "") -> Trader:
        """From now on nothing new is placed for *name*; what works can still be cancelled."""
        return await self._change(name, by, lambda tx, t, why: tx.record(t.suspend(reason=_short(reason), why=why)))

    async def resume(self, name: str, *, by: str, reason: str = "") -> Trader:
        """Let *name* trade again."""
        return await self._change(name, by, lambda tx, t, why: tx.record(t.reinstate(reason=_short(reason), why=why)))

    async def remove(self, name: str, *, by: str, reason: str = "") -> Trader:
        """
        From now on *name* may do nothing, for good, and is known on no platform.

        Raises:
            Refused: code ``open_orders``.
        """

        def verb(tx: Transaction, trader: Trader, why: Because) -> None:
            tx.record(trader.remove(reason=_short(reason), why=why))
            for platform, user in sorted(trader.identities):
                give_back(tx, tx.require(Trader, trader.id), platform, user, why)

        return await self._change(name, by, verb)

    async def forget(self, name: str, *, by: str, reason: str = "") -> Trader:
        """
        The log shows a pseudonym from now on where it said *name*, or one of their users; no event is changed.

        Raises:
            Refused: code ``not_removed``.
        """
        names = names_of(self._ledger, Trader.id_of(name))

        def verb(tx: Transaction, trader: Trader, why: Because) -> None:
            tx.record(trader.forget(reason=_short(reason), why=why))
            tx.forgotten += names

        return await self._change(name, by, verb, removed=True)

    async def _change(self, name: str, by: str, verb: Verb, *, removed: bool = False) -> Trader:
        trader_id = Trader.id_of(name)

        def decide(tx: Transaction) -> None:
            self._guard(tx)
            trader = tx.get(Trader, trader_id)
            if trader is None:
                raise Refused(f"There is no trader {name[:64]!r}.", code="unknown_trader", data={"user": name})
            if trader.removed and not removed:
                raise Refused(f"{name} was removed.", code="trader_removed", hint="Add a trader of another name.")
            verb(tx, trader, self._why(by))
            self._outcome(tx)

        return (await self._ledger.change(decide)).require(Trader, trader_id)

    def _require_distinct(self, name: str) -> None:
        """No name is given that people would take for another one, of a trader of this log, removed or not."""
        seen = looks(name)
        for other in self.all():
            if seen & looks(other.name):
                raise Refused(
                    f"{name!r} looks like {other.name!r}, who is a trader already.",
                    code="looks_alike",
                    hint="Choose a name that cannot be taken for that one: another word, or a last name.",
                )

    def _why(self, by: str) -> Because:
        return because_of_operator(by, self._clock.now())


def _short(reason: str) -> str:
    return bounded(reason, MAX_REASON)
