"""
What the desk does with signals and their rules: `desk.signalling`.

    load(rule) ─▶ standings ─▶ move(name, mode)            a person lets a rule do more, or less
    raise_signal(rule, figures, …) ─▶ act(signal)          at most one order, however many processes see the trigger
    finish()                                               after a restart: what was left open goes on, or expires
    due_marks() ─▶ mark(due)                               what became of what was asked for

Nothing here evaluates a trigger or reads a file: `tastyflow_adapters.signals.running` does, and hands in what it found.
"""

import asyncio
from collections.abc import Sequence

from tastyflow.application.account_desks import AccountDesks
from tastyflow.application.context import Context
from tastyflow.application.ledger.lookup import Lookup
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.message import Message, bounded
from tastyflow.application.signalling.acting import Acting, Take
from tastyflow.application.signalling.asking import PLATFORM
from tastyflow.application.signalling.looking import SignalLookup
from tastyflow.application.signalling.marking import DueMark, Marking
from tastyflow.application.signalling.standings import Moved, Standings
from tastyflow.domain.events import Because
from tastyflow.domain.order import Order
from tastyflow.domain.signal import Signal
from tastyflow.domain.signal_rule import OffCode, RuleMode, RuleStanding
from tastyflow.domain.signal_rule.figures import Figures
from tastyflow.domain.signal_rule.holding import HeldBack, held_back
from tastyflow.domain.signal_rule.rule import SignalRule

MOST_REASONS = 20
"""How many reasons of a signal are kept in the log."""


class Signalling:
    """
    Rules and signals of one log.

    Args:
        take: Takes an order through the twelve steps.
    """

    def __init__(self, context: Context, lookup: Lookup, desks: AccountDesks, take: Take) -> None:
        self._context = context
        self._standings = Standings(context, lookup, desks)
        self._signals = SignalLookup(context.ledger, self._standings)
        self._acting = Acting(context, desks, take)
        self._marking = Marking(context, desks, self._standings, self._signals)

    # ── rules ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def load(self, rule: SignalRule) -> RuleStanding:
        """
        *rule* was read from its file: it begins in shadow where it is new or has a higher version.

        Raises:
            Refused: code ``rule_edited`` or ``rule_outdated``: it rests until its version is raised, or it is back.
            StoreFailure: It cannot be recorded.
        """
        return await self._standings.load(rule)

    def standings(self) -> tuple[RuleStanding, ...]:
        """Every rule that was ever loaded, as it stands, by name."""
        return self._standings.all()

    def standing_of(self, name: str) -> RuleStanding | None:
        """The rule *name* as it stands; None where it was never loaded."""
        return self._standings.of(name)

    async def move(
        self, name: str, mode: RuleMode, message: Message, *, reason: str = "", seen: str | None = None
    ) -> Moved:
        """
        The author of *message* lets the rule *name* do more, one step at a time, or less. Orders that wait are
        withdrawn where it may ask for none any more.

        Args:
            seen: The digest of the content that the author was shown; wanted for a step up.

        Raises:
            IllegalStep: More than one step up.
            Refused: code ``unknown_rule``; ``not_permitted``, ``suspended``, ``unknown_trader``; ``other_content``;
                ``halted``.
        """
        return await self._standings.move(name, mode, message, reason=reason, seen=seen)

    async def turn_itself_off(self, name: str, code: OffCode, reason: str) -> RuleStanding:
        """The rule *name* rests until a person looks, and the operators are told. No news where it is off."""
        return (await self._standings.turn_itself_off(name, code, reason)).standing

    def orders_of(self, name: str) -> tuple[Order, ...]:
        """The open orders that signals of the rule *name* asked for."""
        return self._standings.orders_of(name)

    # ── signals ────────────────────────────────────────────────────────────────────────────────────────────────

    def held_back(
        self, rule: SignalRule, figures: Figures, *, source: str = "figures", source_id: str = ""
    ) -> HeldBack | None:
        """Why `raise_signal` would raise nothing now, by what the log has; None where it would."""
        standing = self._standings.of(rule.name)
        return held_back(rule, standing, figures, self._context.clock.now(), source=source, source_id=source_id)

    async def raise_signal(
        self,
        rule: SignalRule,
        figures: Figures,
        reasons: Sequence[str],
        line: str,
        *,
        source: str = "figures",
        source_id: str = "",
    ) -> Signal | None:
        """
        The trigger of *rule* was met by *figures*: raise its signal, once; None where something holds it back.

        The cool-down, the count of the day, the mode, the data and the signal before are asked in the append. The same
        moment, or the same alert, is the same signal, in every process and after every restart.

        Args:
            line: The order that it asks for; empty where it could not be filled in, and *reasons* say why.

        Raises:
            StoreFailure: It cannot be recorded: no signal was raised.
        """
        signal_id = Signal.id_of(rule.name, rule.version, figures.at, source_id)
        raised: Signal | None = None

        def decide(tx: Transaction) -> None:
            nonlocal raised
            raised = None  # it may be decided again, of the log as another process left it
            now = self._context.clock.now()
            standing = tx.get(RuleStanding, RuleStanding.id_of(rule.name))
            held = held_back(rule, standing, figures, now, source=source, source_id=source_id)
            if standing is None or held is not None or tx.get(Signal, signal_id) is not None:
                return
            why = self._why(signal_id.hex, rule.name)
            before = tx.get(Signal, standing.last_signal) if standing.last_signal is not None else None
            if before is not None and before.is_open:
                if before.counts_at(now):
                    return  # one at a time: what became of the last one is not known yet
                tx.record(before.expire(reason="It was not settled in time.", why=why))
            tx.record(standing.trigger(signal_id, moment=figures.at, why=why))
            tx.record(
                Signal.raised(
                    rule,
                    figures,
                    mode=standing.mode,
                    line=bounded(line),
                    reasons=tuple(bounded(each) for each in reasons)[:MOST_REASONS],
                    source=source,
                    source_id=source_id,
                    previous=standing.last_signal,
                    environment=self._context.environment,
                    is_simulated=self._context.is_simulated,
                    why=why,
                )
            )
            raised = tx.require(Signal, signal_id)

        await self._context.ledger.change(decide)
        return raised

    async def act(self, signal: Signal) -> Signal:
        """
        Settle *signal*: an order, a shadow, a refusal, or too late; the signal as recorded.

        It returns once its order is over, works, or waits for a person. Of a signal that is settled nothing is done.

        Raises:
            InDoubt: Its order may be in production, and the log does not take what became of it.
            StoreFailure: Its order is not in production.
        """
        settled = await self._acting.act(signal)
        standing = self._standings.of(signal.rule)
        if standing is not None and not standing.mode.asks:
            await self._standings.take_back_all()  # it turned itself off meanwhile
        return settled

    async def finish(self) -> tuple[Signal, ...]:
        """
        What processes left that ended in between: open signals go on or expire, orders of resting rules are withdrawn.

        To be called when a service starts, and now and then. The signals that were settled by it.

        Raises:
            TastyflowError: What kept one of them from being settled; all others are.
        """
        await self._standings.take_back_all()
        found = await asyncio.gather(*(self.act(each) for each in self.still_open()), return_exceptions=True)
        if (trouble := next((each for each in found if isinstance(each, BaseException)), None)) is not None:
            raise trouble  # once the others are settled
        return tuple(each for each in found if isinstance(each, Signal))

    def still_open(self) -> tuple[Signal, ...]:
        """The signals that are not settled yet: at most one of each rule."""
        return self._signals.still_open()

    def signals_of(self, name: str, newest: int = 20) -> tuple[Signal, ...]:
        """At most *newest* signals of the rule *name*, the newest first; costs as many reads."""
        return self._signals.of(name, newest)

    def find(self, reference: str) -> Signal:
        """
        The signal that *reference* names: the first digits of its id, or the whole id.

        Raises:
            Refused: code ``unknown_signal`` or ``ambiguous_signal``.
        """
        return self._signals.find(reference)

    # ── marks ──────────────────────────────────────────────────────────────────────────────────────────────────

    def due_marks(self) -> tuple[DueMark, ...]:
        """The marks that are to be made now, each for a short while."""
        return self._marking.due()

    async def mark(self, due: DueMark) -> Signal | None:
        """
        Look at the market of a signal's order, and record it; None where it is not to be had now.

        Raises:
            StoreFailure: It cannot be recorded.
        """
        return await self._marking.mark(due)

    def _why(self, command: str, rule: str) -> Because:
        clock = self._context.clock
        now, mark = clock.now(), clock.mark()
        cause = f"{PLATFORM}:{command}"
        return Because(actor=f"rule:{rule}", cause=cause, command_id=command, at=now, mark=mark)
