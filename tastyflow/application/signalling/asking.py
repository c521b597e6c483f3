"""
A signal in the appends of its order: may it ask for one, and may that one leave.

    drafted     require_asking   the rule stands, lets it, and is of this content; the signal is open, and in time
    rehearsed   asking_until     until when the order waits for a person
    claimed     keeps_back       the rule was turned down meanwhile, or the time ran out: the order stays out

All of it is asked in the append of the order itself, by whichever process makes it. What is recorded there of the
signal and its rule: `answering`.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from attrs import frozen

from tastyflow.application.ledger.transaction import Transaction
from tastyflow.domain.order import Asked, Order
from tastyflow.domain.signal import Signal
from tastyflow.domain.signal_rule import RuleMode, RuleStanding
from tastyflow.errors import TastyflowError

PLATFORM: Final = "signal"
"""The platform of a message that a signal is, and of an identity that a rule acts with."""


class NotAsking(TastyflowError):
    """No signal asks for this order, or it may not any more: no order comes to be."""

    default_code = "not_asking"


@frozen
class Asking:
    """The signal behind an order, and how its rule stands now."""

    signal: Signal
    standing: RuleStanding

    @property
    def mode(self) -> RuleMode:
        """What the signal may become: the less of what its rule might when it was raised, and may now."""
        return min(self.signal.mode, self.standing.mode, key=lambda mode: mode.rank)


def signal_id_in(asked: Asked) -> UUID | None:
    """The id of the signal that asked for an order; None where it was no signal."""
    if asked.platform != PLATFORM:
        return None
    try:
        return UUID(hex=asked.message)
    except ValueError:
        return None


def asking_of(tx: Transaction, asked: Asked) -> Asking | None:
    """The signal behind a request, and how its rule stands; None where there is none, or it asks for something else."""
    signal_id = signal_id_in(asked)
    signal = tx.get(Signal, signal_id) if signal_id is not None else None
    if signal is None or (signal.rule, signal.line) != (asked.user, asked.text):
        return None
    standing = tx.get(RuleStanding, RuleStanding.id_of(signal.rule))
    return Asking(signal, standing) if standing is not None else None


def require_asking(tx: Transaction, asked: Asked, *, trader: str, account: str, now: datetime) -> Asking | None:
    """
    The signal that may ask for an order, in the append that drafts it; None of a request that is no signal.

    Args:
        trader, account: The names of those that the order would be of.

    Raises:
        NotAsking: No order may come of it. Codes ``signal_expired`` where only its time ran out; ``no_signal``,
            ``signal_settled``, ``rule_off``, ``rule_changed``, ``other_trader``, ``other_account``.
    """
    if asked.platform != PLATFORM:
        return None
    asking = asking_of(tx, asked)
    if asking is None:
        raise NotAsking("No signal asks for this order.", code="no_signal")
    signal, standing = asking.signal, asking.standing
    if not signal.is_open:
        raise NotAsking(f"Signal {signal.reference} is {signal.stage} already.", code="signal_settled")
    if (changed := changed_since(asking)) is not None:
        raise NotAsking(f"It becomes no order: {changed}.", code="rule_changed")
    if not asking.mode.asks:
        raise NotAsking(f"It becomes no order: the rule {standing.name} is {_stands(standing.mode)}.", code="rule_off")
    if trader != signal.trader:
        raise NotAsking(
            f"The rule {signal.rule} acts as {signal.trader}, and its identity is linked to {trader}.",
            code="other_trader",
            hint=f"Link the identity signal:{signal.rule} to {signal.trader}.",
        )
    if signal.account not in ("", account):
        raise NotAsking(f"It is for the account {signal.account}, and not for {account}.", code="other_account")
    if not signal.counts_at(now):
        raise NotAsking(too_late(signal, now), code="signal_expired")
    return asking


def too_late(signal: Signal, now: datetime) -> str:
    """Why *signal*, which does not count at *now*, becomes no order."""
    if signal.lies_ahead_of(now):
        return "The clock was set back since it was raised: how old it is, is not known."
    if signal.data_until is not None and signal.data_until < signal.expires_at:
        return "Its data were too old before it became an order."
    return "Its time ran out before it became an order."


def keeps_back(tx: Transaction, order: Order, now: datetime) -> str | None:
    """Why *order*, about to leave for production, stays out; None where it may go, or no signal asked for it."""
    if order.asked.platform != PLATFORM:
        return None
    asking = asking_of(tx, order.asked)
    if asking is None:
        return "no signal asks for it"
    if (changed := changed_since(asking)) is not None:
        return changed
    if not asking.mode.asks:
        return f"the rule {asking.standing.name} is {_stands(asking.standing.mode)}"
    if order.approval is None and not asking.signal.lasts_at(now):
        return f"the time of signal {asking.signal.reference} ran out"
    return None


def asking_until(tx: Transaction, order: Order, until: datetime, now: datetime) -> datetime | None:
    """Until when *order* waits for a person, which is *until* by the policy; None where its signal's time ran out."""
    asking = asking_of(tx, order.asked)
    if asking is None:
        return until
    if not asking.signal.lasts_at(now):
        return None
    within_min = asking.signal.approval_within_min
    return until if within_min is None else min(until, now + timedelta(minutes=within_min))


def changed_since(asking: Asking) -> str | None:
    """Why the signal counts no more: its rule was changed; None where the same content stands."""
    signal, standing = asking.signal, asking.standing
    if (signal.rule_version, signal.rule_digest) == (standing.rule_version, standing.digest):
        return None
    return f"the rule {standing.name} was changed since, and has the version {standing.rule_version}"


def _stands(mode: RuleMode) -> str:
    return "off" if mode is RuleMode.OFF else f"in {mode}"
