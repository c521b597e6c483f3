"""
The language as the desk wants it: `tastyflow.ports.Language` on the grammar package, imported by the first text.
"""

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tastyflow.domain.commands import Command, CompletedLine


class Grammar:
    """Reads and writes commands with ``tastyflow_grammar``."""

    def version(self) -> str:
        import tastyflow_grammar

        return tastyflow_grammar.version()

    def parse(self, text: str, *, as_of: datetime) -> "Command":
        import tastyflow_grammar

        return tastyflow_grammar.parse(text, as_of=as_of)

    def complete(self, text: str, *, answering: str, as_of: datetime) -> "CompletedLine":
        import tastyflow_grammar

        return tastyflow_grammar.complete(text, answering=answering, as_of=as_of)

    def render(self, command: "Command", *, as_of: datetime) -> str:
        import tastyflow_grammar

        return tastyflow_grammar.render(command, as_of=as_of)
