"""
The language: text to commands and back. `parse` reads, `render` writes, `answer` is the JSON contract; `complete` makes
a whole line out of a short answer and what it answers; `version` says which language it is.

The way of a line through the modules, and where something new goes: `tastyflow_grammar.language`.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from tastyflow_grammar.language import answer, parse
from tastyflow_grammar.version import version
from tastyflow_grammar.writing.rendering import render

if TYPE_CHECKING:
    from tastyflow.domain.commands import CompletedLine

__all__ = ["answer", "complete", "parse", "render", "version"]


def complete(text: str, *, answering: str, as_of: datetime) -> "CompletedLine":
    """The whole line of a short answer and what it answers: `tastyflow_grammar.answering.completing.complete`."""
    from tastyflow_grammar.answering.completing import complete as completed  # who only parses needs none of it

    return completed(text, answering=answering, as_of=as_of)
