"""
The profile of exposure by strike, in characters: puts to the left, calls to the right, the highest strike on top.

    6,100          │▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇   +663  ◀ call wall
    6,045.10 ╌╌╌╌╌╌┼╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ flip

Lines are pieces of text with what each piece is: a terminal colours them, a pipe joins them. Colour says nothing that
the text does not say as well.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from attrs import frozen

from tastyflow_adapters.signals.drawing.marks import Ink, LevelMark
from tastyflow_adapters.signals.drawing.window import StrikeBar, StrikeWindow
from tastyflow_adapters.signals.drawing.words import PER_PERCENT, dollars, level, scale_of


@frozen
class InkedText:
    """A part of a line, in one ink."""

    text: str
    ink: Ink = Ink.PLAIN


InkedLine = tuple[InkedText, ...]


@frozen
class Glyphs:
    """What a profile is drawn with."""

    full: str
    half_right: str  # the left half is filled: the end of a bar to the right
    half_left: str
    axis: str
    crossing: str
    spot: str
    flip: str
    pointer: str


UNICODE: Final = Glyphs("█", "▌", "▐", "│", "┼", "─", "╌", "◀")
ASCII: Final = Glyphs("#", "", "", "|", "+", "-", ".", "<")
"""For a terminal that shows nothing else."""


NARROWEST: Final = 34
WIDE: Final = 60
"""From how many columns on each row has its net figure, and marks have words."""
_NET: Final = 8
_MARK: Final = 18


def profile(
    shown: StrikeWindow,
    marks: Sequence[LevelMark],
    *,
    width: int = 80,
    glyphs: Glyphs = UNICODE,
    sides: tuple[str, str] = ("", ""),
) -> tuple[InkedLine, ...]:
    """
    The lines of the profile, none wider than *width*, the highest strike first.

    Args:
        marks: Walls stand beside their rows; the spot and the flip between them. Those outside of what is shown stand
            at the edge that they lie behind.
        sides: What the negative and the positive side are, in a word each: puts and calls.
    """
    if not shown.rows:
        return ()
    drawing = _Drawing.of(shown, marks, max(width, NARROWEST), glyphs)
    top = shown.rows[-1].strike + shown.step
    lines = [drawing.heading(sides)]
    lines += [drawing.beyond(mark, "above") for mark in _descending(marks) if mark.price >= top]
    for number in reversed(range(len(shown.rows))):
        here = [mark for mark in _descending(marks) if shown.row_of(mark.price) == number]
        lines += [drawing.across(mark) for mark in here if mark.is_line]
        lines.append(drawing.bar(shown.rows[number], [mark for mark in here if not mark.is_line]))
    lines += [drawing.beyond(mark, "below") for mark in _descending(marks) if mark.price < shown.rows[0].strike]
    return (*lines, *drawing.explained(shown))


def plain(lines: Iterable[InkedLine]) -> str:
    """*lines* as text, for a pipe or a code block."""
    return "\n".join("".join(piece.text for piece in line).rstrip() for line in lines)


def _descending(marks: Sequence[LevelMark]) -> list[LevelMark]:
    return sorted(marks, key=lambda mark: -mark.price)


@frozen
class _Drawing:
    """
    Attributes:
        label: Columns of the prices on the left.
        to_left, to_right: Columns of the bars on each side of the axis.
        cell: Dollars per 1 % that one column of a bar stands for.
        divisor, letter: In what net figures are counted; *places* of them after the point.
    """

    glyphs: Glyphs
    label: int
    to_left: int
    to_right: int
    cell: float
    divisor: float
    letter: str
    places: int
    is_wide: bool

    @classmethod
    def of(cls, shown: StrikeWindow, marks: Sequence[LevelMark], width: int, glyphs: Glyphs) -> "_Drawing":
        left, right = (max(side) for side in zip(*map(_sides, shown.rows), strict=True))
        largest = max(left, right)
        divisor, letter = scale_of(largest)
        is_wide = width >= WIDE
        prices = [bar.strike for bar in shown.rows] + [mark.price for mark in marks if mark.is_line]
        label = max(map(len, ["strike", *map(level, prices)]))
        field = width - label - 2 - (_NET + _MARK + 2 if is_wide else 5)
        to_left = _left_share(field, left, right)
        to_right = field - to_left
        cell = max(left / max(to_left, 1), right / max(to_right, 1)) or 1.0
        places = 0 if largest / divisor >= 100 else 1 if largest / divisor >= 10 else 2
        return cls(glyphs, label, to_left, to_right, cell, divisor, letter, places, is_wide)

    def heading(self, sides: tuple[str, str]) -> InkedLine:
        """What stands in each column."""
        left, right = (side[:room] for side, room in zip(sides, (self.to_left, self.to_right), strict=True))
        net = f" {f'net, ${self.letter}':>{_NET}}" if self.is_wide else ""
        text = f"{'strike':>{self.label}} {left:>{self.to_left}}{self.glyphs.axis}{right:<{self.to_right}}{net}"
        return (InkedText(text, Ink.DIM),)

    def bar(self, row: StrikeBar, walls: Sequence[LevelMark]) -> InkedLine:
        """One row: its price, its bars, its net figure, and the walls in it."""
        negative, positive = _sides(row)
        left, right = self._bar(negative, self.glyphs.half_left), self._bar(positive, self.glyphs.half_right)
        pieces = [
            InkedText(f"{level(row.strike):>{self.label}} ", Ink.WALL if walls else Ink.PLAIN),
            InkedText(f"{left[::-1]:>{self.to_left}}", Ink.NEGATIVE),
            InkedText(self.glyphs.axis, Ink.DIM),
            InkedText(f"{right:<{self.to_right}}", Ink.POSITIVE),
        ]
        if self.is_wide:
            pieces.append(InkedText(f" {self._net(row.net):>{_NET}}", Ink.DIM if row.net == 0 else Ink.PLAIN))
        if walls:
            pieces.append(InkedText(f" {self.glyphs.pointer}{self._named(row, walls)}", Ink.WALL))
        return tuple(pieces)

    def across(self, mark: LevelMark) -> InkedLine:
        """A line between two rows: the spot, or the flip."""
        glyph = self.glyphs.spot if mark.ink is Ink.SPOT else self.glyphs.flip
        drawn = f"{glyph * self.to_left}{self.glyphs.crossing}{glyph * self.to_right}"
        words = mark.words if self.is_wide else mark.words[:4]
        return (InkedText(f"{level(mark.price):>{self.label}} {drawn} {words}", mark.ink),)

    def beyond(self, mark: LevelMark, side: str) -> InkedLine:
        """A level that lies outside of what is shown."""
        return (InkedText(f"{level(mark.price):>{self.label}} {mark.words}, {side}", mark.ink),)

    def explained(self, shown: StrikeWindow) -> list[InkedLine]:
        """What a bar counts, how much a row holds, and what is not shown."""
        column = dollars(self.cell).removeprefix("+")
        unit = f"net in ${self.letter} {PER_PERCENT}, one column is {column}"
        said = [unit if self.is_wide else f"one column is {column} {PER_PERCENT}"]
        said += [f"one row spans {level(shown.step)}"] if shown.step > shown.gap else []
        outside = [
            f"{side} {level(edge)}: net {dollars(net)}"
            for side, edge, net in (
                ("below", shown.rows[0].strike, shown.below),
                ("from", shown.rows[-1].strike + shown.step, shown.above),
            )
            if abs(net) >= self.cell
        ]
        return [(InkedText(line, Ink.DIM),) for line in (*self._together(said), *self._together(outside))]

    def _together(self, parts: Sequence[str]) -> Sequence[str]:
        """*parts* on one line where that is no wider than a row, else a line each."""
        line = ", ".join(parts)
        width = self.label + self.to_left + self.to_right + (_NET + _MARK + 4 if self.is_wide else 7)
        return parts if not line or len(line) > width else (line,)

    def _named(self, row: StrikeBar, walls: Sequence[LevelMark]) -> str:
        """The walls of a row; with their strikes where the row holds more than that one."""
        if not self.is_wide:
            return "".join(mark.words[0].upper() for mark in walls)
        words = (f"{mark.words}{'' if mark.price == row.strike else f' {level(mark.price)}'}" for mark in walls)
        return f" {', '.join(words)}" if len(walls) == 1 else " both walls"

    def _bar(self, size: float, half: str) -> str:
        """From the axis outwards."""
        halves = round(size / self.cell * 2)
        if not half:
            return self.glyphs.full * ((halves + 1) // 2)
        return self.glyphs.full * (halves // 2) + half * (halves % 2)

    def _net(self, net: float) -> str:
        if net == 0:
            return "0"
        figure = f"{net / self.divisor:+,.{self.places}f}"
        return figure if figure.strip("+-0.") else "~0"


def _sides(row: StrikeBar) -> tuple[float, float]:
    """How far a row reaches to the left and to the right, in dollars per 1 % move."""
    return -min(row.calls, 0.0) - min(row.puts, 0.0), max(row.calls, 0.0) + max(row.puts, 0.0)


def _left_share(field: int, left: float, right: float) -> int:
    """Columns for the left side, so that one column counts the same on both."""
    if left + right == 0:
        return field // 2
    share = round(field * left / (left + right))
    least = 5  # room for the word above it
    return min(max(share, least), field - least)
