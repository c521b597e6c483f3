"""
Gamma exposure as a page: one line of levels with units, coverage and age, and the picture; the profile in characters
where the library that draws is missing.
"""

from collections.abc import Sequence
from typing import Final

from tastyflow.domain.signal_rule.figures import DataFault
from tastyflow_adapters.discord.page import ChatPage, Picture, Tone
from tastyflow_adapters.discord.rendering import WIDEST_TABLE
from tastyflow_adapters.signals.drawing import can_draw
from tastyflow_adapters.signals.drawing.levels import headline_of, warnings_of
from tastyflow_adapters.signals.drawing.sketch import Sketch, sketch_of
from tastyflow_adapters.signals.drawing.terminal import plain, profile
from tastyflow_adapters.signals.drawing.window import span, window
from tastyflow_adapters.signals.gamma import GammaExposure

ROWS: Final = 16
"""Rows of a profile in characters."""


def gamma_page(exposure: GammaExposure, faults: Sequence[DataFault], place: str) -> ChatPage:
    """The page of *exposure*; drawing takes a moment, and belongs into a thread."""
    sketch, warnings = sketch_of(exposure, place), warnings_of(exposure, faults)
    headline = f"{headline_of(exposure)}."
    drawn = _drawn(sketch, headline) if can_draw() else None
    return ChatPage(
        title=sketch.title,
        place=place,
        lines=(headline, *warnings),
        table="" if drawn else _in_characters(sketch),
        footer=f"{sketch.moment}. Signs: {exposure.sign_model.value}, an assumption; no forecast.",
        tone=Tone.WARNING if warnings else Tone.PLAIN,
        picture=drawn,
    )


def _drawn(sketch: Sketch, headline: str) -> Picture:
    from tastyflow_adapters.signals.drawing.picture import picture

    return Picture(f"gex-{sketch.symbol.lower()}.png", picture(sketch), f"{sketch.title}: {headline}")


def _in_characters(sketch: Sketch) -> str:
    shown = window(sketch.bars, *span(sketch.spot, [mark.price for mark in sketch.marks]), most=ROWS)
    return plain(profile(shown, sketch.marks, width=WIDEST_TABLE, sides=sketch.sides))
