"""
Every rule as it stands in the log, and the moves of people.

    loaded ─▶ shadow ─▶ approve ─▶ auto      up: one step, the permission signals, and the content as it was seen
        off ◀────┴─────────┴────────┴──      down: any step; the permission signals, approve or halt, or one's own rule
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from attrs import evolve, frozen

from tastyflow.application.account_desks import AccountDesks
from tastyflow.application.attribution import Author, because_of
from tastyflow.application.context import Context
from tastyflow.application.incidents.opening import close_incident
from tastyflow.application.intake.entering import NO_APPROVER
from tastyflow.application.intake.identify import Installation, trader_of
from tastyflow.application.ledger.lookup import Lookup
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.message import Message, bounded
from tastyflow.application.signalling.answering import rest
from tastyflow.application.signalling.asking import PLATFORM
from tastyflow.domain.events import Because
from tastyflow.domain.halt import Halt, Trading
from tastyflow.domain.incident import IncidentKind
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import MENU
from tastyflow.domain.signal_rule import OffCode, RuleLoaded, RuleMode, RuleStanding
from tastyflow.domain.signal_rule.rule import SignalRule
from tastyflow.domain.trader import Trader
from tastyflow.domain.trader.permissions import Permission, may, require
from tastyflow.errors import Refused, TastyflowError

MAX_REASON = 200
"""Characters of a reason that are kept in the log."""


@frozen
class Moved:
    """
    What a move of a rule came to.

    Attributes:
        withdrawn: Its orders that had not left for production, and do not any more.
        at_work: Its orders that have left: they work on, and a person cancels them.
        notes: Why its orders would come to nothing as things are, as sentences.
    """

    standing: RuleStanding
    withdrawn: tuple[Order, ...] = ()
    at_work: tuple[Order, ...] = ()
    notes: tuple[str, ...] = ()


class Standings:
    """The rules of one log."""

    def __init__(self, context: Context, lookup: Lookup, desks: AccountDesks) -> None:
        self._context = context
        self._lookup = lookup
        self._desks = desks

    def all(self) -> tuple[RuleStanding, ...]:
        """Every rule that was ever loaded, by name."""
        found = (self._context.ledger.read(RuleStanding, each) for each in loaded_rules(self._context))
        return tuple(sorted((each for each in found if each is not None), key=lambda each: each.name))

    def of(self, name: str) -> RuleStanding | None:
        """The rule *name* as it stands; None where it was never loaded."""
        return self._context.ledger.read(RuleStanding, RuleStanding.id_of(name))

    async def load(self, rule: SignalRule) -> RuleStanding:
        """
        *rule* was read: it begins in shadow, where it is new or has a higher version; else it stands as it stood.

        Raises:
            Refused: code ``rule_edited`` or ``rule_outdated``: it rests until its version is raised, or it is back.
            StoreFailure: It cannot be recorded.
        """
        standing_id = RuleStanding.id_of(rule.name)

        def decide(tx: Transaction) -> None:
            known, why = tx.get(RuleStanding, standing_id), self._why(rule.name)
            if known is None:
                tx.record(RuleStanding.load(rule, why=why))
                return
            reloaded = known.reload(rule, why=why)
            tx.record(reloaded)
            if reloaded is not None:
                close_incident(tx, IncidentKind.SIGNAL, rule.name, how=f"Version {rule.version} stands.", why=why)

        before = self.of(rule.name)
        if before is not None and before.is_of(rule):
            return before
        standing = (await self._context.ledger.change(decide)).require(RuleStanding, standing_id)
        await self._take_back(standing, self._why(rule.name))
        return standing

    async def move(
        self, name: str, mode: RuleMode, message: Message, *, reason: str = "", seen: str | None = None
    ) -> Moved:
        """
        The author of *message* lets the rule *name* do so much. What it does not let leave any more is withdrawn.

        Args:
            seen: The digest of the content that the author was shown; wanted for a step up.

        Raises:
            IllegalStep: More than one step up.
            Refused: code ``unknown_rule``; ``not_permitted``, ``suspended``, ``unknown_trader``; ``other_content``;
                ``halted``: no rule is set to approve or auto while trading is halted.
        """
        now = self._context.clock.now()
        standing, why = await record_move(self._context, now, name, mode, message, reason=reason, seen=seen)
        return evolve(await self._take_back(standing, why), notes=tuple(self._notes(standing)))

    def _notes(self, standing: RuleStanding) -> Iterator[str]:
        """Why the orders of a rule in approve would wait in vain, as things are."""
        if standing.mode is not RuleMode.APPROVE:
            return
        others = (each for each in self._lookup.traders() if each.name != standing.trader and not each.suspended)
        if not any(may(each, Permission.APPROVE) for each in others):
            yield NO_APPROVER

    async def turn_itself_off(self, name: str, code: OffCode, reason: str) -> Moved:
        """
        The rule *name* shall rest until a person looks; the operators are told. No news where it is off.

        Raises:
            Refused: code ``unknown_rule``.
        """
        standing_id = RuleStanding.id_of(name)

        def decide(tx: Transaction) -> None:
            standing = tx.get(RuleStanding, standing_id)
            if standing is None:
                raise unknown_rule(name)
            rest(tx, standing, code, bounded(reason), environment=self._context.environment, why=self._why(name))

        standing = (await self._context.ledger.change(decide)).require(RuleStanding, standing_id)
        return await self._take_back(standing, self._why(name))

    async def take_back_all(self) -> tuple[Order, ...]:
        """Withdraw what waits of each rule that rests: what a process left that ended in between."""
        resting = {each.name: each for each in self.all() if not each.mode.asks}
        asked = {each.asked.user for each in self._open_orders()} & set(resting)
        moved = [await self._take_back(resting[name], self._why(name)) for name in sorted(asked)]
        return tuple(order for each in moved for order in each.withdrawn)

    async def _take_back(self, standing: RuleStanding, why: Because) -> Moved:
        """Withdraw the orders of a rule that may ask for none now, as far as they have not left."""
        if standing.mode.asks:
            return Moved(standing)
        withdrawn: list[Order] = []
        at_work: list[Order] = []
        cause = f"the rule {standing.name} is " + ("off" if standing.mode is RuleMode.OFF else f"in {standing.mode}")
        for order in self.orders_of(standing.name):
            if "withdraw" not in MENU[order.stage]:
                at_work.append(order)
                continue
            try:
                order = await self._desks.withdraw(order, why, reason=cause)
            except TastyflowError:
                continue  # the claim of production asks the rule again
            (withdrawn if order.stage.is_over else at_work).append(order)
        return Moved(standing, tuple(withdrawn), tuple(at_work))

    def orders_of(self, name: str) -> tuple[Order, ...]:
        """The open orders that signals of the rule *name* asked for."""
        return tuple(each for each in self._open_orders() if each.asked.user == name)

    def _open_orders(self) -> tuple[Order, ...]:
        """The open orders that any signal asked for."""
        return tuple(each for each in self._lookup.everyones_open() if each.asked.platform == PLATFORM)

    def _why(self, name: str) -> Because:
        clock = self._context.clock
        now = clock.now()
        return Because(actor=f"rule:{name}", cause=f"rule:{name}", command_id=f"rule:{name}", at=now, mark=clock.mark())


async def record_move(
    installation: Installation,
    now: datetime,
    name: str,
    mode: RuleMode,
    message: Message,
    *,
    reason: str = "",
    seen: str | None = None,
) -> tuple[RuleStanding, Because]:
    """
    Record that the author of *message* lets the rule *name* do so much, from *now* on; as `Standings.move` has it.

    No venue is asked, so that a rule can be stopped while none can be reached. What waits of its orders is not
    withdrawn by this: none of it leaves, for each claim of production asks how the rule stands.

    Returns:
        The rule as it stands, and why.
    """
    trader = trader_of(installation, message)
    why = because_of(message, Author(trader.id, trader.name), now)
    said = bounded(" ".join(reason.split()), MAX_REASON)
    standing_id = RuleStanding.id_of(name)

    def decide(tx: Transaction) -> None:
        standing = tx.get(RuleStanding, standing_id)
        if standing is None:
            raise unknown_rule(name)
        person = tx.require(Trader, trader.id)
        is_up = mode.rank > standing.mode.rank
        if is_up:
            require(person, "loosen_rule")
            _require_running(tx, mode)
        elif person.name != standing.trader:  # as one's own order, one's own rule can always be stopped
            require(person, "tighten_rule")
        moved = standing.move(mode, digest=seen, by=person.name, reason=said, why=why)
        tx.record(moved)
        if moved is not None:
            how = f"{person.name} set the rule to {mode}."
            close_incident(tx, IncidentKind.SIGNAL, name, how=how, why=why)

    return (await installation.ledger.change(decide)).require(RuleStanding, standing_id), why


def loaded_rules(context: Context) -> Sequence[UUID]:
    """The ids of the standings of all rules that were ever loaded."""
    return context.ledger.log.select((RuleLoaded.TOPIC,), newest_first=False)


def unknown_rule(name: str) -> Refused:
    return Refused(
        f"There is no rule {name[:40]!r} in this environment's log.",
        code="unknown_rule",
        hint="A rule is known once the service has read its file.",
    )


def _require_running(tx: Transaction, mode: RuleMode) -> None:
    halt = tx.get(Halt, Halt.switch_id()) or Halt.never()
    if mode.asks and halt.trading is Trading.HALTED:
        raise Refused(
            f"Trading is halted, and no rule is set to {mode} meanwhile.",
            code="halted",
            hint="Resume trading first. A rule can be set to shadow.",
        )
