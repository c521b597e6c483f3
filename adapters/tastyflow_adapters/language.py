"""
The language as the desk wants it: `tastyflow.ports.Language` on the grammar package.
"""

from datetime import datetime

import tastyflow_grammar
from tastyflow.domain.commands import Command


class Grammar:
    """Reads and writes commands with ``tastyflow_grammar``."""

    def parse(self, text: str, *, as_of: datetime) -> Command:
        return tastyflow_grammar.parse(text, as_of=as_of)

    def render(self, command: Command, *, as_of: datetime) -> str:
        return tastyflow_grammar.render(command, as_of=as_of)
