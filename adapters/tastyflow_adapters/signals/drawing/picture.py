"""
The profile as a picture: exposure by strike above, net exposure repriced along the spot below, on one axis of prices.

    Sketch ─▶ picture(…) ─▶ a PNG of 1,200 by 1,000 points, dark on white: legible at half its size, as chats show it

One picture is drawn at a time in a process: matplotlib is not made for threads. It takes the better part of a second,
and belongs off an event loop.
"""

import io
from collections.abc import Sequence
from itertools import pairwise
from threading import Lock
from typing import Final

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from tastyflow_adapters.signals.drawing.sketch import Sketch
from tastyflow_adapters.signals.drawing.terminal import Ink, Mark
from tastyflow_adapters.signals.drawing.window import StrikeBar, span
from tastyflow_adapters.signals.drawing.words import PER_PERCENT, level, scale_of

INCHES: Final = (12.0, 10.0)
DOTS: Final = 100
"""Points an inch."""

INK: Final = "#1f2933"
FAINT: Final = "#d5dbe1"
NOTE: Final = "#52606d"
POSITIVE: Final = "#12876f"
NEGATIVE: Final = "#c2410c"
FLIP: Final = "#6d28d9"
_COLOURS: Final = {Ink.SPOT: INK, Ink.FLIP: FLIP}
_DASHES: Final = {Ink.SPOT: "-", Ink.FLIP: (0, (5, 3)), Ink.WALL: (0, (1.5, 2))}

TITLE, HEADLINE, LABELS, TICKS, NOTES = 24, 17, 16, 15, 13.5
"""Sizes of letters."""

_ONE_AT_A_TIME: Final = Lock()


def picture(sketch: Sketch) -> bytes:
    """The PNG of *sketch*."""
    with _ONE_AT_A_TIME:
        figure = Figure(figsize=INCHES, dpi=DOTS, facecolor="white")
        FigureCanvasAgg(figure)
        grid = figure.add_gridspec(2, 1, height_ratios=(3, 2), hspace=0.1)
        figure.subplots_adjust(left=0.105, right=0.975, top=0.765, bottom=0.145)
        strikes = figure.add_subplot(grid[0])
        along = figure.add_subplot(grid[1], sharex=strikes)
        low, high = span(sketch.spot, [mark.price for mark in sketch.marks])
        _by_strike(strikes, sketch, low, high)
        _along_the_spot(along, sketch, low, high)
        strikes.set_xlim(low, high)
        strikes.tick_params(labelbottom=False)
        figure.text(0.03, 0.955, sketch.title, fontsize=TITLE, fontweight="bold", color=INK, va="center")
        figure.text(0.975, 0.955, sketch.moment, fontsize=HEADLINE, color=NOTE, va="center", ha="right")
        figure.text(0.03, 0.908, sketch.headline, fontsize=HEADLINE, color=INK, va="center")
        for number, note in enumerate(sketch.notes):
            figure.text(0.03, 0.062 - 0.026 * number, note, fontsize=NOTES, color=NOTE, va="center")
        drawn = io.BytesIO()
        figure.savefig(drawn, format="png", metadata={"Software": None})
        return drawn.getvalue()


def _by_strike(axes: Axes, sketch: Sketch, low: float, high: float) -> None:
    """Calls and puts of each strike as bars, the levels as lines across with their names above."""
    shown = [bar for bar in sketch.bars if low <= bar.strike <= high]
    width = 0.8 * _usual_gap(shown)
    largest = max((abs(size) for bar in shown for size in (bar.calls, bar.puts)), default=0.0)
    prices = [bar.strike for bar in shown]
    axes.bar(prices, [bar.calls for bar in shown], width, color=POSITIVE, label="calls", zorder=3)
    axes.bar(prices, [bar.puts for bar in shown], width, color=NEGATIVE, label="puts", zorder=3)
    _lines(axes, sketch.marks, low, high)
    _names(axes, sketch.marks, low, high)
    _styled(axes, largest, "by strike")
    axes.legend(loc="upper right", fontsize=TICKS, frameon=True, framealpha=0.9, edgecolor=FAINT, labelcolor=INK)


def _along_the_spot(axes: Axes, sketch: Sketch, low: float, high: float) -> None:
    """Net exposure where the spot to move, with every crossing of zero that is shown."""
    shown = [(spot, net) for spot, net in sketch.profile if low <= spot <= high]
    spots, nets = [spot for spot, _ in shown], [net for _, net in shown]
    largest = max(map(abs, nets), default=0.0)
    zero = [0.0] * len(nets)
    axes.fill_between(
        spots, nets, zero, where=[net >= 0 for net in nets], color=POSITIVE, alpha=0.25, interpolate=True, lw=0
    )
    axes.fill_between(
        spots, nets, zero, where=[net <= 0 for net in nets], color=NEGATIVE, alpha=0.25, interpolate=True, lw=0
    )
    axes.plot(spots, nets, color=INK, lw=2.2, zorder=4)
    _lines(axes, sketch.marks, low, high)
    roots = [root for root in sketch.roots if low <= root <= high]
    axes.plot(roots, [0.0] * len(roots), "o", color="white", mec=FLIP, mew=2.4, ms=10, zorder=6)
    _styled(axes, largest, "net, if the spot moves")
    axes.xaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda price, _at: level(price)))
    axes.set_xlabel(f"strike above, spot below: price of {sketch.symbol}", fontsize=LABELS, color=INK, labelpad=6)


def _lines(axes: Axes, marks: Sequence[Mark], low: float, high: float) -> None:
    for mark in marks:
        if low <= mark.price <= high:
            axes.axvline(mark.price, color=_colour(mark), ls=_DASHES[mark.ink], lw=2.0, zorder=5)


def _names(axes: Axes, marks: Sequence[Mark], low: float, high: float) -> None:
    """The name of each level above the bars, on as many tiers as keep them apart."""
    free: list[float] = []  # of each tier: from where on it is free
    per_letter = (high - low) * 0.0108
    for mark in sorted(marks, key=lambda each: each.price):
        if not low <= mark.price <= high:
            continue
        text = f"{mark.words} {level(mark.price)}"
        width = len(text) * per_letter
        left = min(max(mark.price - width / 2, low), high - width)
        tier = next((number for number, end in enumerate(free) if left >= end), len(free))
        free[tier : tier + 1] = [left + width + 2 * per_letter]
        axes.text(
            left + width / 2, 1.035 + 0.085 * tier, text, transform=axes.get_xaxis_transform(), ha="center",
            va="bottom", fontsize=LABELS, fontweight="bold", color=_colour(mark), clip_on=False,
        )  # fmt: skip
        axes.plot(
            [mark.price, mark.price], [1.0, 1.03 + 0.085 * tier], transform=axes.get_xaxis_transform(),
            color=_colour(mark), lw=1.2, clip_on=False,
        )  # fmt: skip


def _colour(mark: Mark) -> str:
    return _COLOURS.get(mark.ink) or (POSITIVE if mark.words.startswith("call") else NEGATIVE)


def _styled(axes: Axes, largest: float, what: str) -> None:
    divisor, letter = scale_of(largest)
    axes.axhline(0.0, color=INK, lw=1.2, zorder=4)
    axes.set_axisbelow(True)
    axes.grid(axis="both", color=FAINT, lw=0.8)
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda amount, _at: f"{amount / divisor:+g}" if amount else "0"))
    axes.tick_params(labelsize=TICKS, colors=INK, length=0)
    axes.set_ylabel(f"{what}\n${letter} {PER_PERCENT}", fontsize=LABELS, color=INK)


def _usual_gap(bars: Sequence[StrikeBar]) -> float:
    gaps = sorted(later.strike - earlier.strike for earlier, later in pairwise(bars))
    return gaps[len(gaps) // 2] if gaps else 1.0
