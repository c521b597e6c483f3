"""
A signal in the appends of its order: may it ask for one, may that one leave, and what became of it.

    drafted     require_asking   the rule stands, lets it, and is of this content; the signal is open, and in time
                keep_signal      it became this order: acted; or the order was refused at once: declined
    rehearsed   asking_until     until when the order waits for a person
    claimed     keeps_back       the rule was turned down meanwhile, or the time ran out: the order stays out
    answered    keep_signal      the rule hears of it, and turns itself off after a limit's no, or several

All of it is asked and recorded in the append of the order itself, by whichever process makes it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from attrs import frozen

from tastyflow.application.incidents.opening import open_incident
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.domain.events import Because
from tastyflow.domain.incident import IncidentKind
from tastyflow.domain.order import Asked, Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.risk.outcomes import RefusalCode
from tastyflow.domain.signal import Signal
from tastyflow.domain.signal_rule import OffCode, RuleMode, RuleStanding
from tastyflow.errors import TastyflowError

PLATFORM: Final = "signal"
"""The platform of a message that a signal is, and of an identity that a rule acts with."""

MOST_REFUSALS: Final = 3
"""So many refusals in a row turn a rule off."""


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


_LIMITS: Final = frozenset(
    {
        RefusalCode.OVER_LIMIT,
        RefusalCode.TOO_MANY_ORDERS,
        RefusalCode.DAILY_LOSS,
        RefusalCode.PAUSED,
        RefusalCode.SYMBOL_NOT_ALLOWED,
        RefusalCode.NOT_PERMITTED,
        RefusalCode.ACCOUNT_NOT_GIVEN,
        RefusalCode.SUSPENDED,
        RefusalCode.MARKET_ORDER,
        RefusalCode.ZERO_DTE,
    }
)
"""Refusals that say that a rule asks for more than its trader may: the next signal would ask for it again."""

_HALTS: Final = frozenset({RefusalCode.HALTED, RefusalCode.REDUCING})
_REFUSED: Final = frozenset({Stage.REFUSED, Stage.REJECTED})
_ACCEPTED: Final = frozenset({Stage.WORKING, Stage.FILLED})


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
    if (changed := _changed(asking)) is not None:
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
    if now >= signal.counts_until:
        raise NotAsking(too_late(signal), code="signal_expired")
    return asking


def too_late(signal: Signal) -> str:
    """Why *signal*, whose time ran out, becomes no order."""
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
    if (changed := _changed(asking)) is not None:
        return changed
    if not asking.mode.asks:
        return f"the rule {asking.standing.name} is {_stands(asking.standing.mode)}"
    if order.approval is None and now >= asking.signal.expires_at:
        return f"the time of signal {asking.signal.reference} ran out"
    return None


def asking_until(tx: Transaction, order: Order, until: datetime, now: datetime) -> datetime | None:
    """Until when *order* waits for a person, which is *until* by the policy; None where its signal's time ran out."""
    asking = asking_of(tx, order.asked)
    if asking is None:
        return until
    if now >= asking.signal.expires_at:
        return None
    within_min = asking.signal.approval_within_min
    return until if within_min is None else min(until, now + timedelta(minutes=within_min))


def keep_signal(tx: Transaction, order_id: UUID, *, is_live: bool, why: Because) -> None:
    """
    Record in *tx* what became of the signal that asked for an order, and what its rule hears of it.

    Args:
        is_live: Whether there is a production; without one, a passed rehearsal is as far as an order goes.
    """
    order = tx.require(Order, order_id)
    if order.asked.platform != PLATFORM or (asking := asking_of(tx, order.asked)) is None:
        return
    signal, standing = asking.signal, asking.standing
    if signal.is_open:
        refused = order.stage is Stage.REFUSED
        reasons = (order.message,) if order.message else ()
        tx.record(
            signal.decline(order.code, reasons=reasons, order=order.id, why=why)
            if refused
            else signal.act(order.id, why=why)
        )
    if _changed(asking) is not None:
        return
    read = tx.read.get(order_id)
    before = read if isinstance(read, Order) else None
    if order.stage is Stage.ESCALATED and before is not None and before.stage is not Stage.ESCALATED:
        doubt = f"A person must look at its order {order.reference}."
        rest(tx, standing, OffCode.DOUBT, doubt, environment=order.environment, why=why)
    code = _answer(order, before, is_live=is_live)
    if code is None:
        return
    answer_rule(tx, standing, signal, code, order.message, environment=order.environment, why=why)


def answer_rule(
    tx: Transaction, standing: RuleStanding, signal: Signal, code: str, message: str, *, environment: str, why: Because
) -> None:
    """Record in *tx* what became of the order of *signal*; where the rule should rest now, it turns itself off."""
    tx.record(standing.answer(signal.id, code=code, why=why))
    standing = tx.require(RuleStanding, standing.id)
    if not (code and standing.mode.asks):
        return
    said = f"Signal {signal.reference}: {message}" if message else f"Signal {signal.reference} was refused ({code})."
    if code in _HALTS:
        rest(tx, standing, OffCode.HALT, said, environment=environment, why=why)
    elif code in _LIMITS:
        rest(tx, standing, OffCode.LIMIT, said, environment=environment, why=why)
    elif standing.refusals_in_a_row >= MOST_REFUSALS:
        many = f"{standing.refusals_in_a_row} of its orders in a row were refused, the last one: {message or code}"
        rest(tx, standing, OffCode.REFUSALS, many, environment=environment, why=why)


def rest(
    tx: Transaction, standing: RuleStanding, code: OffCode, reason: str, *, environment: str, why: Because
) -> None:
    """Record in *tx* that a rule turns itself off, and that the operators must look. No news where it is off."""
    turned = standing.turn_itself_off(code, reason=reason, why=why)
    if turned is None:
        return
    tx.record(turned)
    open_incident(
        tx,
        IncidentKind.SIGNAL,
        standing.name,
        message=f"The rule {standing.name} turned itself off. {reason}",
        hint="It stays off until a person who looked at it sets it to shadow again.",
        environment=environment,
        why=why,
    )


def rest_for_halt(tx: Transaction, rules: Sequence[UUID], *, by: str, environment: str, why: Because) -> None:
    """Record in *tx*, which halts trading, that each of *rules* that asks for orders turns itself off."""
    for each in rules:
        standing = tx.get(RuleStanding, each)
        if standing is not None and standing.mode.asks:
            rest(tx, standing, OffCode.HALT, f"{by} halted trading.", environment=environment, why=why)


def _changed(asking: Asking) -> str | None:
    signal, standing = asking.signal, asking.standing
    if (signal.rule_version, signal.rule_digest) == (standing.rule_version, standing.digest):
        return None
    return f"the rule {standing.name} was changed since, and has the version {standing.rule_version}"


def _stands(mode: RuleMode) -> str:
    return "off" if mode is RuleMode.OFF else f"in {mode}"


def _answer(order: Order, before: Order | None, *, is_live: bool) -> str | None:
    """What its rule hears of an order that came to something now; empty where it was accepted, None without news."""
    was = before.stage if before is not None else None
    if order.stage in _REFUSED:
        return (order.code or order.stage.value) if was not in _REFUSED else None
    accepted = _ACCEPTED if is_live else _ACCEPTED | {Stage.REHEARSED}
    return "" if order.stage in accepted and was not in accepted else None
