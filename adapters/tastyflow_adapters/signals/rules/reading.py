"""The text of one rule file, to a rule or to complaints."""

from collections.abc import Sequence
from datetime import datetime

from tastyflow.domain.signal_rule import SignalRule
from tastyflow.ports import Language
from tastyflow_adapters.signals.rules.complaints import RuleComplaint


def read_rule(
    text: str, *, file: str, language: Language, now: datetime
) -> tuple[SignalRule | None, Sequence[RuleComplaint]]:
    """The rule in *text*; None, with one complaint for each wrong key, where it is none."""
    raise NotImplementedError
