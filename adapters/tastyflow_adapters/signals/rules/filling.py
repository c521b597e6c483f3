"""Figures into the line of a rule, and what the language reads there."""

from datetime import datetime

from tastyflow.domain.commands import PlaceOrder
from tastyflow.domain.signal_rule.action import Listed
from tastyflow.domain.signal_rule.figures import Figures
from tastyflow.domain.signal_rule.rule import SignalRule
from tastyflow.errors import NotUnderstood, Refused
from tastyflow.ports import Language


def order_line(rule: SignalRule, figures: Figures, *, listed: Listed, language: Language, now: datetime) -> str:
    """
    The line that *rule* asks for at *figures*, which the language reads as the order that the rule's author wrote, with
    the figures in their places.

    Args:
        listed: What is listed on ``rule.action.underlying``: the strikes of each expiration.

    Raises:
        Refused: code ``figure_missing``, ``no_expiration``, or ``not_filled``: a figure is not there, or the line with
            the figures in it is read as another order.
    """
    filled = rule.action.filled(figures, symbol=rule.symbol, listed=listed, now=now)
    try:
        command = language.parse(filled.text, as_of=now)
    except NotUnderstood as no:
        raise Refused(f"The language refuses {filled.text!r}: {no.message}", code="not_filled") from None
    model = rule.action.model
    is_meant = (
        model is not None
        and isinstance(command, PlaceOrder)
        and model.agrees(command, filled.numbers, filled.expirations)
    )
    if not is_meant:
        raise Refused(
            f"{filled.text!r} is read as another order than the rule's, with these figures in it.", code="not_filled"
        )
    return filled.text
