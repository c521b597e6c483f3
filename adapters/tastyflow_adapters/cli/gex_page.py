"""
What a person sees of gamma exposure in a terminal: the levels, and below them the profile by strike.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tastyflow.domain.signal_rule.figures import DataFault
from tastyflow_adapters.cli.safe_console import say
from tastyflow_adapters.signals.drawing.levels import headline_of, levels_of, warnings_of
from tastyflow_adapters.signals.drawing.marks import Ink
from tastyflow_adapters.signals.drawing.sketch import Sketch, sketch_of
from tastyflow_adapters.signals.drawing.terminal import ASCII, UNICODE, profile
from tastyflow_adapters.signals.drawing.window import span, window
from tastyflow_adapters.signals.gamma import GammaExposure

WIDTH: Final = 80
ROWS: Final = 26
"""Rows of a profile, at most."""
LEAST_ROWS: Final = 8

STYLES: Final[Mapping[Ink, str]] = {
    Ink.PLAIN: "",
    Ink.DIM: "dim",
    Ink.NEGATIVE: "red",
    Ink.POSITIVE: "green",
    Ink.WALL: "bold",
    Ink.SPOT: "bold cyan",
    Ink.FLIP: "bold magenta",
}


def gex_page(
    exposure: GammaExposure, faults: Sequence[DataFault], place: str, *, width: int = WIDTH, encoding: str = "utf-8"
) -> RenderableType:
    """Everything: title, levels with their notes, and the profile."""
    sketch = sketch_of(exposure)
    levels = Table.grid(padding=(0, 2, 0, 0))
    levels.add_column(no_wrap=True)
    levels.add_column(max_width=22)
    levels.add_column(overflow="fold")
    for row in levels_of(exposure):
        levels.add_row(say(row.name, "dim"), say(row.value, "bold"), say(row.note))
    return Group(
        *_head(sketch, exposure, faults, place), say(""), levels, say(""), _profile(sketch, ROWS, width, encoding)
    )


def watched_page(
    exposure: GammaExposure,
    faults: Sequence[DataFault],
    place: str,
    *,
    size: tuple[int, int],
    encoding: str = "utf-8",
) -> RenderableType:
    """What fits into a terminal of *size* (columns, lines): one line of levels, and the profile."""
    sketch, (columns, lines) = sketch_of(exposure), size
    head = [*_head(sketch, exposure, faults, place), say(headline_of(exposure), "bold"), say("")]
    taken = len(head) + len(headline_of(exposure)) // columns + 9  # heading, levels across, what is explained, the end
    rows = min(max(lines - taken, LEAST_ROWS), ROWS)
    return Group(*head, _profile(sketch, rows, min(columns, 120), encoding), say("Ctrl-C ends it.", "dim"))


def gex_line(exposure: GammaExposure, faults: Sequence[DataFault]) -> str:
    """One line, for a pipe: when, where the spot is, and the levels."""
    sketch = sketch_of(exposure)
    said = f"{exposure.at:%Y-%m-%dT%H:%M:%S%z} {sketch.symbol} {exposure.spot:.2f}: {headline_of(exposure)}"
    return " ".join((f"{said}.", *warnings_of(exposure, faults)))


def _head(sketch: Sketch, exposure: GammaExposure, faults: Sequence[DataFault], place: str) -> list[Text]:
    warnings = [say(each, "yellow") for each in warnings_of(exposure, faults)]
    first = [say(place, "bold")] if place else []
    return [*first, say(sketch.title, "bold"), say(sketch.moment, "dim"), *warnings]


def _profile(sketch: Sketch, rows: int, width: int, encoding: str) -> RenderableType:
    shown = window(sketch.bars, *span(sketch.spot, [mark.price for mark in sketch.marks]), most=rows)
    glyphs = UNICODE if _has_blocks(encoding) else ASCII
    lines = profile(shown, sketch.marks, width=width - 1, glyphs=glyphs, sides=sketch.sides)
    return Text("\n").join(Text.assemble(*((piece.text, STYLES[piece.ink]) for piece in line)) for line in lines)


def _has_blocks(encoding: str) -> bool:
    try:
        "".join((UNICODE.full, UNICODE.flip, UNICODE.pointer)).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
