"""Numbers as traders write them: ``ten``, ``a dozen``, ``10x``, ``1,000``, ``$.85``, ``282.5p``."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from tastyflow.domain.instruments import Right, plain
from tastyflow_grammar.parts import Figure, Rung

_UNITS: Final = ("ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE", "TEN")
_TEENS: Final = ("ELEVEN", "TWELVE", "THIRTEEN", "FOURTEEN", "FIFTEEN", "SIXTEEN", "SEVENTEEN", "EIGHTEEN", "NINETEEN")
_TENS: Final = ("TWENTY", "THIRTY", "FORTY", "FIFTY", "SIXTY", "SEVENTY", "EIGHTY", "NINETY")
_SINGLE: Final = {"ZERO": 0, "A": 1, "AN": 1, "DOZEN": 12, "A DOZEN": 12, "HUNDRED": 100, "A HUNDRED": 100}
_WORDS: Final[Mapping[str, int]] = (
    _SINGLE
    | {word: number for number, word in enumerate(_UNITS + _TEENS, start=1)}
    | {word: 10 * number for number, word in enumerate(_TENS, start=2)}
)


def count_of(text: str) -> Decimal:
    """How many: ``ten`` is 10, ``x7`` is 7, ``twenty-five`` is 25. Zero and fractions are for others to refuse."""
    words = " ".join(text.replace("-", " ").split())
    if words in _WORDS:
        return Decimal(_WORDS[words])
    tens, _, units = words.partition(" ")
    if units:
        return Decimal(_WORDS[tens] + _WORDS[units])
    return Decimal(words.strip("X").replace(",", ""))


def figure_of(text: str) -> Figure:
    """A price or strike: ``$.85``, ``-2.50``, ``1,000``."""
    digits = text.replace("$", "").replace(",", "").replace(" ", "")
    return Figure(Decimal(plain(Decimal(digits))), money="$" in text, pointed="." in text)


def strike_and_right(text: str) -> tuple[Figure, Right]:
    """``450C``, ``c450`` and ``$450calls`` in one piece."""
    digits = text.strip("ACLPSTU")
    letters = text.replace(digits, "")
    return figure_of(digits), Right.CALL if "C" in letters else Right.PUT


def rung_of(text: str) -> Rung:
    """One strike of a row: ``430``, ``$430``, ``430p``."""
    digits = text.strip(" CP")
    right = {"C": Right.CALL, "P": Right.PUT}.get(text.strip()[-1])
    return Rung(figure_of(digits), right)
