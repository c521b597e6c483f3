"""Figures into the line of a rule, and what the language reads there."""

from datetime import datetime

from tastyflow.domain.signal_rule import SignalRule
from tastyflow.domain.signal_rule.action import Listed
from tastyflow.domain.signal_rule.figures import Figures
from tastyflow.ports import Language


def order_line(rule: SignalRule, figures: Figures, *, listed: Listed, language: Language, now: datetime) -> str:
    """
    The line that *rule* asks for at *figures*, which the language reads as the kind of order that the rule's author
    wrote: the same sides, rights, sizes, strategy and time in force.

    Args:
        listed: What is listed on ``rule.action.underlying``.

    Raises:
        Refused: code ``figure_missing``, ``no_expiration``, or ``not_filled``: a figure is not there, or the line with
            the figures in it is not what the rule was read as.
    """
    raise NotImplementedError
