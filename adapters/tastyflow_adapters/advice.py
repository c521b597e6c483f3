"""
What a person can do next, in the words of the place where they are: a terminal has commands, a chat has others.

    code, data ─▶ the place's own table ─▶ Advice: a hint, and commands to copy
                                      └─▶ not in it: the hint and the suggestions of the core

Nothing that looks like a secret is repeated in it.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from tastyflow_adapters.unechoed import unechoed

NAME: Final = "NAME"
"""What stands in a command for a name that would need quotes there."""


class Advice(NamedTuple):
    """A hint, and commands to copy; ``{word}`` in either is data of the error, and a command without it is left out."""

    hint: str
    suggestions: tuple[str, ...] = ()

    def about(self, data: Mapping[str, str]) -> "Advice":
        """This advice with *data* in its places."""
        known = [each for each in self.suggestions if "{" not in each or any(f"{{{key}}}" in each for key in data)]
        return Advice(self.hint.format_map(data), tuple(each.format_map(data) for each in known))


def advice_from(
    table: Mapping[str, Advice], code: str, data: Mapping[str, str], hint: str, suggestions: Sequence[str]
) -> Advice:
    """What *table* says of *code*; where it says nothing, the core's own *hint* and *suggestions*."""
    if code not in table:
        return Advice(unechoed(hint), tuple(map(unechoed, suggestions)))
    return table[code].about(
        {key: value if _is_plain(value) and unechoed(value) == value else NAME for key, value in data.items()}
    )


def _is_plain(value: str) -> bool:
    """Whether *value* needs no quotes in a command: a name, or a reference."""
    return value.isidentifier() or (value.isascii() and value.isalnum())
