"""
What the operators are told once of rules that raise signals: who moved one, what it asked for, and what became of that.

    moved by a person ─▶ "ann set the rule gex-flip to auto"
    a signal became an order, or none ─▶ with its line, and why ─▶ accepted, or refused

A rule that turned itself off is an incident, and is told as one.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from tastyflow.application.ledger.ledger import Ledger
from tastyflow.domain.events import Event
from tastyflow.domain.new_york_time import moment_in_words
from tastyflow.domain.order import Order
from tastyflow.domain.signal import Signal, SignalActed, SignalDeclined, SignalStage
from tastyflow.domain.signal_rule import (
    RuleAnswered,
    RuleSetToApprove,
    RuleSetToAuto,
    RuleSetToShadow,
    RuleStanding,
    RuleTurnedOff,
)
from tastyflow.domain.signal_rule.events import RuleModeEvent
from tastyflow_adapters.discord.page import ChatPage, Tone

_MOVES: Final = (RuleSetToShadow, RuleSetToApprove, RuleSetToAuto, RuleTurnedOff)


def rule_page(ledger: Ledger, event: Event, place: str) -> ChatPage | None:
    """What operators are told of *event*; None of what they are not told, or were told before."""
    told = _TOLD.get(type(event))
    return told(ledger, event, place) if told is not None else None


def _moved(ledger: Ledger, event: RuleModeEvent, place: str) -> ChatPage | None:
    standing = ledger.read(RuleStanding, event.originator_id)
    if standing is None:
        return None
    return ChatPage(
        title=f"{event.by} set the rule {standing.name} to {event.after}",
        place=place,
        lines=tuple(line for line in (f"From {event.before}, {moment_in_words(event.at)}.", event.reason) if line),
        tone=Tone.WARNING if event.after.asks else Tone.PLAIN,
        is_private=False,
    )


def _acted(ledger: Ledger, event: SignalActed, place: str) -> ChatPage | None:
    signal, order = ledger.read(Signal, event.originator_id), ledger.read(Order, event.order)
    if signal is None or order is None:
        return None
    return ChatPage(
        title=f"The rule {signal.rule} asks for order {order.reference}",
        place=place,
        lines=(order.words or signal.line, *signal.reasons),
        footer=f"signal {signal.reference} · {moment_in_words(event.at)}",
        is_private=False,
    )


def _declined(ledger: Ledger, event: SignalDeclined, place: str) -> ChatPage | None:
    signal = ledger.read(Signal, event.originator_id)
    if signal is None:
        return None
    return ChatPage(
        title=f"A signal of the rule {signal.rule} became no order",
        place=place,
        lines=tuple(line for line in (signal.line, *event.reasons) if line),
        footer=f"signal {signal.reference} · {moment_in_words(event.at)}",
        tone=Tone.BAD,
        is_private=False,
    )


def _answered(ledger: Ledger, event: RuleAnswered, place: str) -> ChatPage | None:
    signal = ledger.read(Signal, event.signal)
    order = ledger.read(Order, signal.order) if signal is not None and signal.order is not None else None
    if signal is None or order is None or signal.stage is not SignalStage.ACTED:
        return None  # refused at once: that was told of the signal
    became = "was refused" if event.code else f"is {order.stage}"
    return ChatPage(
        title=f"Order {order.reference} of the rule {signal.rule} {became}",
        place=place,
        lines=tuple(line for line in (order.words, order.message if event.code else "") if line),
        tone=Tone.BAD if event.code else Tone.GOOD,
        is_private=False,
    )


_TOLD: Final[Mapping[type[Event], Callable[[Ledger, Any, str], ChatPage | None]]] = {
    **dict.fromkeys(_MOVES, _moved),
    SignalActed: _acted,
    SignalDeclined: _declined,
    RuleAnswered: _answered,
}

TOPICS: Final = tuple(kind.TOPIC for kind in _TOLD)
"""The events that are told here."""
