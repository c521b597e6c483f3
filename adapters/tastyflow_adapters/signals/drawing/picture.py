"""
The profile as a picture: exposure by strike above, net exposure at other spots below, on one axis of prices.

    Sketch ─▶ picture(…) ─▶ a PNG of 1,200 by 1,000 points, dark on white: legible at half its size, as chats show it

One picture is drawn at a time in a process: matplotlib is not made for threads. It takes a quarter of a second, and the
first one more: it belongs off an event loop.
"""

import io
from collections.abc import Iterator, Sequence
from itertools import pairwise
from threading import Lock
from typing import Final

from attrs import frozen
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from tastyflow_adapters.signals.drawing.marks import Ink, LevelMark
from tastyflow_adapters.signals.drawing.sketch import Sketch
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
LEFT, RIGHT, BOTTOM = 0.115, 0.975, 0.145
TIER: Final = 0.031
"""Height of a tier of names, as a part of the picture."""
WIDEST_BAR: Final = 0.03
"""Of the width of the drawing."""
LETTER: Final = 0.0108
"""Width of a letter of a name, likewise."""

_ONE_AT_A_TIME: Final = Lock()


def picture(sketch: Sketch) -> bytes:
    """The PNG of *sketch*."""
    with _ONE_AT_A_TIME:
        figure = _drawn(sketch)
        made = io.BytesIO()
        figure.savefig(made, format="png", metadata={"Software": None})
        return made.getvalue()


def _drawn(sketch: Sketch) -> Figure:
    figure = Figure(figsize=INCHES, dpi=DOTS, facecolor="white")
    FigureCanvasAgg(figure)
    low, high = span(sketch.spot, [mark.price for mark in sketch.marks])
    names = list(_names(sketch.marks, low, high))
    top = 0.845 - TIER * max((name.tier + 1 for name in names), default=0)
    grid = figure.add_gridspec(2, 1, height_ratios=(3, 2), hspace=0.1, left=LEFT, right=RIGHT, top=top, bottom=BOTTOM)
    strikes = figure.add_subplot(grid[0])
    along = figure.add_subplot(grid[1], sharex=strikes)
    _by_strike(strikes, sketch, low, high)
    _along_the_spot(along, sketch, low, high)
    strikes.set_xlim(low, high)
    strikes.tick_params(labelbottom=False)
    for name in names:
        _name(figure, strikes, name, low, high, top)
    _around(figure, sketch)
    figure.align_ylabels()
    return figure


def _around(figure: Figure, sketch: Sketch) -> None:
    """Title, figures, time and legend above, and what has to be known below."""
    figure.text(0.03, 0.958, sketch.title, fontsize=TITLE, fontweight="bold", color=INK, va="center")
    figure.text(0.03, 0.914, sketch.headline, fontsize=HEADLINE, color=INK, va="center")
    moment = f"{sketch.place}  ·  {sketch.moment}" if sketch.place else sketch.moment
    figure.text(0.03, 0.877, moment, fontsize=TICKS, color=NOTE, va="center")
    figure.legend(
        handles=[Patch(color=POSITIVE, label="calls"), Patch(color=NEGATIVE, label="puts")],
        loc="center right", bbox_to_anchor=(0.985, 0.877), ncol=2, fontsize=TICKS, frameon=False, labelcolor=INK,
        handlelength=1.2, columnspacing=1.4,
    )  # fmt: skip
    for number, note in enumerate(sketch.notes):
        figure.text(0.03, 0.062 - 0.026 * number, note, fontsize=NOTES, color=NOTE, va="center")


def _by_strike(axes: Axes, sketch: Sketch, low: float, high: float) -> None:
    """Calls and puts of each strike as bars, the levels as lines across."""
    shown = [bar for bar in sketch.bars if low <= bar.strike <= high]
    width = min(0.8 * _usual_gap(shown), WIDEST_BAR * (high - low))
    largest = max((abs(size) for bar in shown for size in (bar.calls, bar.puts)), default=0.0)
    prices = [bar.strike for bar in shown]
    calls, puts = [bar.calls for bar in shown], [bar.puts for bar in shown]
    stacked = [call if call * put > 0 else 0.0 for call, put in zip(calls, puts, strict=True)]
    axes.bar(prices, calls, width, color=POSITIVE, zorder=3)
    axes.bar(prices, puts, width, bottom=stacked, color=NEGATIVE, zorder=3)
    axes.margins(y=0.08)
    _lines(axes, sketch.marks, low, high)
    _styled(axes, largest, "by strike")


def _along_the_spot(axes: Axes, sketch: Sketch, low: float, high: float) -> None:
    """Net exposure at each spot, with every crossing of zero that is shown."""
    shown = _reaching(sketch.profile, low, high)
    spots, nets = [spot for spot, _ in shown], [net for _, net in shown]
    for colour, sign in ((POSITIVE, 1), (NEGATIVE, -1)):
        side = [net * sign >= 0 for net in nets]
        axes.fill_between(spots, nets, 0.0, where=side, color=colour, alpha=0.25, interpolate=True, lw=0)
    axes.plot(spots, nets, color=INK, lw=2.2, zorder=4)
    axes.margins(y=0.08)
    _lines(axes, sketch.marks, low, high)
    roots = [root for root in sketch.roots if low <= root <= high]
    axes.plot(roots, [0.0] * len(roots), "o", color="white", mec=FLIP, mew=2.4, ms=10, zorder=6)
    _styled(axes, max(map(abs, nets), default=0.0), "net at other spots")
    axes.xaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda price, _at: level(price)))
    axes.set_xlabel(f"{sketch.symbol}: strikes above, spots below", fontsize=LABELS, color=INK, labelpad=6)


def _reaching(profile: Sequence[tuple[float, float]], low: float, high: float) -> Sequence[tuple[float, float]]:
    """The points of *profile* from *low* to *high*, and the next one on each side: the line goes on to the edge."""
    inside = [number for number, (spot, _) in enumerate(profile) if low <= spot <= high]
    return profile[max(inside[0] - 1, 0) : inside[-1] + 2] if inside else ()


def _lines(axes: Axes, marks: Sequence[LevelMark], low: float, high: float) -> None:
    for mark in marks:
        if low <= mark.price <= high:
            order = 2 if mark.ink is Ink.WALL else 5
            axes.axvline(mark.price, color=_colour(mark), ls=_DASHES[mark.ink], lw=2.0, zorder=order)


# ── the names of the levels ──────────────────────────────────────────────────────────────────────────────────────


@frozen
class _Name:
    """
    Attributes:
        centre: Where its middle stands, on the axis of prices.
        tier: Above the drawing, from 0.
    """

    mark: LevelMark
    text: str
    centre: float
    tier: int


def _names(marks: Sequence[LevelMark], low: float, high: float) -> Iterator[_Name]:
    """
    Each level's name beside no other: above its line, or beside it where another is near, on as few tiers as that
    takes. An arrow leads to what lies outside.
    """
    letter = LETTER * (high - low)
    taken: list[float] = []  # of each tier: up to where
    ascending = sorted(marks, key=lambda each: each.price)
    for mark, following in zip(ascending, [*ascending[1:], None], strict=True):
        text = f"{mark.words} {level(mark.price)}"
        text = f"◀ {text}" if mark.price < low else f"{text} ▶" if mark.price > high else text
        width = len(text) * letter
        ends, above, begins = mark.price - width + letter, mark.price - width / 2, mark.price - letter
        is_crowded = following is not None and following.price - mark.price < width
        wanted = (ends, above, begins) if is_crowded else (above, begins)
        places = [
            (tier, left)
            for tier, end in enumerate([*taken, low])
            for left in (min(max(each, low), high - width) for each in wanted)
            if left >= end
        ]
        tier, left = places[0]
        taken[tier : tier + 1] = [left + width + 2 * letter]
        yield _Name(mark, text, left + width / 2, tier)


def _name(figure: Figure, axes: Axes, name: _Name, low: float, high: float, top: float) -> None:
    across = LEFT + (RIGHT - LEFT) * (name.centre - low) / (high - low)
    up = top + 0.01 + TIER * name.tier
    colour = _colour(name.mark)
    figure.text(
        across, up, name.text, ha="center", va="bottom", fontsize=LABELS, fontweight="bold", color=colour,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
    )  # fmt: skip
    if low <= name.mark.price <= high:
        height = 1 + (up - top) / (axes.get_position().height)
        axes.plot(
            [name.mark.price] * 2, [1.0, height], transform=axes.get_xaxis_transform(), color=colour, lw=1.4,
            clip_on=False,
        )  # fmt: skip


def _colour(mark: LevelMark) -> str:
    if mark.ink is not Ink.WALL:
        return _COLOURS[mark.ink]
    return {"call wall": POSITIVE, "put wall": NEGATIVE}.get(mark.words, INK)


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
