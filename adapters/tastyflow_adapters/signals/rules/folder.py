"""Every rule of a folder: a wrong file never stops the others."""

from datetime import datetime
from pathlib import Path

from attrs import frozen

from tastyflow.domain.signal_rule import SignalRule
from tastyflow.ports import Language
from tastyflow_adapters.signals.rules.complaints import RuleComplaint


@frozen
class LoadedRules:
    """
    Attributes:
        rules: Sorted by name; each name once.
        complaints: About the files that hold none, in the order of the files and their lines.
    """

    rules: tuple[SignalRule, ...] = ()
    complaints: tuple[RuleComplaint, ...] = ()


def load_rules(folder: Path, language: Language, now: datetime) -> LoadedRules:
    """
    The rules in the ``*.toml`` files of *folder*; none where it does not exist. Raises nothing.

    A name that stands in two files is refused in both.
    """
    raise NotImplementedError
