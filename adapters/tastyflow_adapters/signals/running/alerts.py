"""
Alerts of a webhook or of a criterion, taken to their rules.

    HeardAlert ─▶ its rule is at work, and takes alerts of this source
               ─▶ beside what the market says now ─▶ in a session, and all is so that its trigger wants besides
               ─▶ not held back ─▶ a signal
    the same alert again ─▶ the same signal: `AlertOutcome.REPEATED`, and no second one

A signal is acted on in a task of its own: who sent the alert is answered once the signal is recorded.
"""

from typing import Final

from tastyflow.application.signalling.signalling import Signalling
from tastyflow.domain.signal import Signal
from tastyflow.domain.signal_rule import RuleMode
from tastyflow.domain.signal_rule.alert import AlertAnswer, AlertOutcome, HeardAlert
from tastyflow.domain.signal_rule.figures import Figures
from tastyflow.domain.signal_rule.rule import SignalRule
from tastyflow.errors import Refused
from tastyflow_adapters.signals.running.acting import ActsInTasks, Fired
from tastyflow_adapters.signals.running.evaluating import reads_market
from tastyflow_adapters.signals.running.rules_at_work import RulesAtWork
from tastyflow_adapters.signals.running.watches import Watched, Watches

WEBHOOK: Final = "webhook"


class Alerts:
    """Takes alerts to *rules*."""

    def __init__(self, rules: RulesAtWork, watches: Watches, signalling: Signalling, acting: ActsInTasks) -> None:
        self._rules = rules
        self._watches = watches
        self._signalling = signalling
        self._acting = acting

    def names(self) -> tuple[str, ...]:
        """The rules whose signals come from the webhook."""
        return tuple(each.rule.name for each in self._rules if each.rule.source == WEBHOOK)

    def figures_of(self, name: str) -> frozenset[str] | None:
        """The figures that alerts for the rule *name* may bring; None where it takes none now."""
        at_work = self._rules.get(name)
        if at_work is None or at_work.rule.source != WEBHOOK or at_work.mode is RuleMode.OFF:
            return None
        return at_work.rule.brings

    async def take(self, heard: HeardAlert, market: Figures | None = None) -> AlertAnswer:
        """
        What becomes of *heard*.

        Args:
            market: What its source saw; None for what the market says now.

        Raises:
            Refused: code ``in_hand`` or ``fenced``: it is not taken now, and can be sent again.
            StoreFailure: The same.
        """
        at_work = self._rules.get(heard.rule)
        if at_work is None or at_work.rule.source != heard.source:
            return AlertAnswer(AlertOutcome.HELD, reasons=("No rule takes it.",))
        rule = at_work.rule
        if (known := self._known(rule, heard)) is not None:
            return AlertAnswer(AlertOutcome.REPEATED, known.id)
        figures = heard.beside(market or self._market(rule), symbol=rule.symbol)
        look = rule.heard(figures)
        if not look.fires:
            return AlertAnswer(AlertOutcome.HELD, reasons=look.lacks)
        reasons = (*heard.reasons, *look.reasons)
        held = self._signalling.held_back(rule, figures, source=heard.source, source_id=heard.source_id)
        if held is not None:
            return AlertAnswer(AlertOutcome.HELD, reasons=(held.sentence,))
        fired = Fired(rule=rule, figures=figures, reasons=reasons, source=heard.source, source_id=heard.source_id)
        signal = await self._acting.raise_now(fired)
        if signal is None:
            return AlertAnswer(AlertOutcome.HELD, reasons=("Another signal of it is not settled yet.",))
        return AlertAnswer(AlertOutcome.RAISED, signal.id)

    def _market(self, rule: SignalRule) -> Figures | None:
        """What the market says now; None where the rule reads nothing of it, or nothing was heard."""
        state = self._watches.state_of(Watched.by(rule)) if reads_market(rule) else None
        return state.figures if state is not None else None

    def _known(self, rule: SignalRule, heard: HeardAlert) -> Signal | None:
        signal_id = Signal.id_of(rule.name, rule.version, heard.at, heard.source_id)
        try:
            return self._signalling.find(signal_id.hex)
        except Refused:
            return None
