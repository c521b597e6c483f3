"""
The language: text to commands and back. `parse` reads, `render` writes, `answer` is the JSON contract; `complete` makes
a whole line out of a short answer and what it answers.

The way of a line through the modules, and where something new goes: `tastyflow_grammar.language`.
"""

from tastyflow_grammar.answering.completing import complete
from tastyflow_grammar.language import answer, parse
from tastyflow_grammar.writing.rendering import render

__all__ = ["answer", "complete", "parse", "render"]
