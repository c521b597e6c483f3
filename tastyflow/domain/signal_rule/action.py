"""
The action of a rule: a line of the order language with figures in braces.

    sell 1 {symbol} {put_wall-10}/{put_wall-15} put vertical {expiration 0..7 dte} @ natural

    {symbol}                     the symbol of the rule
    {put_wall-10}                figures, numbers, + - * / and brackets; a strike goes to the listed strikes' step
    {spot*0.98 to 5}             to the nearest multiple of 5
    {contracts at most 3}        a quantity: a whole number, rounded down, never above 3
    {expiration 0..7 dte}        the nearest listed one within these calendar days; `monthly`, or days: `mon wed fri`

    text ─▶ template_of ─▶ ActionTemplate ─ the language reads samples of it ─▶ kinds and model ─▶ filled, agrees
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Final

from attrs import frozen

from tastyflow.domain.instruments import chat_symbol
from tastyflow.domain.signal_rule.arithmetic import computed
from tastyflow.domain.signal_rule.figures import Figures
from tastyflow.domain.signal_rule.model_order import ModelOrder
from tastyflow.domain.signal_rule.places import (
    ExpirationPlace,
    NumberPlace,
    Place,
    PlaceKind,
    SymbolPlace,
    number_words,
    place_of,
)
from tastyflow.errors import Invalid, Refused

LONGEST: Final = 300
MOST_PLACES: Final = 12

Listed = Mapping[date, Sequence[Decimal]]
"""What is listed on an underlying: the strikes of each expiration, ascending."""

_PRICED: Final = re.compile(r"(?:@|\b(?:for|at|limit|lmt|stop))\s*\$?$", re.ASCII | re.IGNORECASE)
_ENDS_IN_FIGURES: Final = re.compile(r"(?:[0-9][.,]?|\.)$", re.ASCII)
_BEGINS_WITH_FIGURES: Final = re.compile(r"[.,]?[0-9]", re.ASCII)
_PIECES: Final = re.compile(r"\{([^{}]*)\}|([^{}]+)")


@frozen
class FilledLine:
    """
    A line with its places filled.

    Attributes:
        numbers: What stands in its number places, in their order.
        expirations: What stands in its expiration places, in their order.
    """

    text: str
    numbers: tuple[Decimal, ...]
    expirations: tuple[date, ...]


@frozen
class ActionTemplate:
    """
    The line of a rule, with places for figures.

    Attributes:
        text: As it was written.
        pieces: Words as they are, and places.
        model: What the language read in it, and which place is what there; None before it was asked.
    """

    text: str
    pieces: tuple[str | Place, ...]
    model: ModelOrder | None = None

    @property
    def figures(self) -> frozenset[str]:
        """The names of the figures that it needs."""
        return frozenset().union(*(place.formula.figures for place in self.number_places))

    @property
    def underlying(self) -> str:
        """What its order is on, as the venue spells it: the symbol of the rule, or another one."""
        return self.model.underlying if self.model else ""

    @property
    def kinds_by_words(self) -> tuple[PlaceKind, ...]:
        """Of each number place, what the words before it say: how a first sample is written."""
        before = ("", *(piece if isinstance(piece, str) else "" for piece in self.pieces))
        return tuple(
            PlaceKind.PRICE if _PRICED.search(words) else PlaceKind.STRIKE
            for words, piece in zip(before, self.pieces, strict=False)
            if isinstance(piece, NumberPlace)
        )

    @property
    def number_places(self) -> tuple[NumberPlace, ...]:
        return tuple(piece for piece in self.pieces if isinstance(piece, NumberPlace))

    @property
    def expiration_places(self) -> tuple[ExpirationPlace, ...]:
        return tuple(piece for piece in self.pieces if isinstance(piece, ExpirationPlace))

    def filled(self, figures: Figures, *, symbol: str, listed: Listed, now: datetime) -> FilledLine:
        """
        The line with its places filled.

        Args:
            symbol: The symbol of the rule.
            listed: What is listed on `underlying`; it may be empty where the line trades shares.

        Raises:
            Refused: code ``figure_missing``, ``no_expiration``, or ``not_filled``.
        """
        days = sorted(listed)
        expirations = tuple(place.chosen(days, now) for place in self.expiration_places)
        strikes = sorted({strike for day in expirations[:1] or days for strike in listed[day]})
        kinds = self.model.kinds if self.model else (PlaceKind.STRIKE,) * len(self.number_places)
        raw = self.raw_numbers(figures)
        numbers = tuple(
            place.rounded(value, kind, strikes)
            for place, value, kind in zip(self.number_places, raw, kinds, strict=True)
        )
        return FilledLine(self.line(numbers, kinds, expirations, symbol=symbol), numbers, expirations)

    def raw_numbers(self, figures: Figures) -> tuple[Decimal, ...]:
        """
        What each number place comes to before it is rounded.

        Raises:
            Refused: code ``figure_missing`` or ``not_filled``.
        """

        def look(name: str) -> Decimal:
            value = figures.get(name)
            if value is None:
                raise Refused(f"The figure {name} is not known, and the order needs it.", code="figure_missing")
            return Decimal(repr(float(value)))

        numbers = []
        for place in self.number_places:
            try:
                numbers.append(computed(place.formula, look))
            except ArithmeticError:
                raise Refused(f"{{{place.text}}} has no result at these figures.", code="not_filled") from None
        return tuple(numbers)

    def line(
        self, numbers: Sequence[Decimal], kinds: Sequence[PlaceKind], expirations: Sequence[date], *, symbol: str
    ) -> str:
        """The line with these numbers and days in its places."""
        words = iter(
            [number_words(n, is_price=kind is PlaceKind.PRICE) for n, kind in zip(numbers, kinds, strict=True)]
        )
        days = iter(expirations)
        made = []
        for piece in self.pieces:
            match piece:
                case str():
                    made.append(piece)
                case SymbolPlace():
                    made.append(chat_symbol(symbol))
                case NumberPlace():
                    made.append(next(words))
                case ExpirationPlace():
                    made.append(next(days).isoformat())
        return "".join(made)


def template_of(text: str) -> ActionTemplate:
    """
    The places in *text*; what the words between them say is for the language.

    Raises:
        Invalid: code ``bad_template``.
    """
    if not text.strip():
        raise Invalid("The line of the order is empty.", code="bad_template")
    if len(text) > LONGEST:
        raise Invalid(f"The line has {len(text):,} characters: {LONGEST} at most.", code="bad_template")
    if not (text.isascii() and text.isprintable()):
        raise Invalid("The line is to be one line of plain letters, figures and signs.", code="bad_template")
    pieces: list[str | Place] = []
    end = 0
    for match in _PIECES.finditer(text):
        if match.start() != end:
            break
        pieces.append(match[2] if match[1] is None else place_of(match[1]))
        end = match.end()
    if end != len(text):
        raise Invalid(f"A brace is open or too many at {text[end : end + 20]!r}.", code="bad_template")
    for before, after in pairwise(pieces):
        if _runs_on(before, after):
            raise Invalid("A place stands apart from other figures: put a blank between.", code="bad_template")
    if sum(not isinstance(piece, str) for piece in pieces) > MOST_PLACES:
        raise Invalid(f"The line has more than {MOST_PLACES} places.", code="bad_template")
    return ActionTemplate(text, tuple(pieces))


def _runs_on(before: str | Place, after: str | Place) -> bool:
    """Whether the figures of two neighbours would be read as one number."""
    if isinstance(before, str):
        return bool(_ENDS_IN_FIGURES.search(before))
    return not isinstance(after, str) or bool(_BEGINS_WITH_FIGURES.match(after))
