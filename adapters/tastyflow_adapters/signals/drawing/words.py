"""
Numbers of gamma exposure in words: never without their unit.

    dollars(-107_019_000)  ─▶ -$107m        per_percent ─▶ -$107m per 1 %        level(6045.0993) ─▶ 6,045.10
"""

from typing import Final

PER_PERCENT: Final = "per 1 %"
"""Of hedging, for a move of the underlying by one percent."""
PER_DOLLAR: Final = "per $1"
"""Of hedging, for a move of the underlying by a dollar, or an index by a point."""

NONE: Final = "–"

SCALES: Final = ((1e9, "bn"), (1e6, "m"), (1e3, "k"), (1.0, ""))
"""What dollars are counted in, the largest first."""


def scale_of(largest: float) -> tuple[float, str]:
    """In what dollars are counted where the largest amount is *largest*: a divisor, and its letter."""
    return next((scale for scale in SCALES if abs(largest) >= 0.9995 * scale[0]), SCALES[-1])


def dollars(amount: float) -> str:
    """*amount* to three figures, with its sign: ``-$107m``, ``+$1.24bn``, ``$0``."""
    divisor, letter = scale_of(amount)
    figures = three_figures(abs(amount) / divisor)
    if not figures.strip("0."):
        return "$0"
    return f"{'-' if amount < 0 else '+'}${figures}{letter}"


def three_figures(size: float) -> str:
    """A size of 0 or more to three figures: ``1.24``, ``12.4``, ``124``."""
    places = 2 if size < 9.995 else 1 if size < 99.95 else 0
    return f"{size:,.{places}f}"


def per_percent(amount: float) -> str:
    """``-$107m per 1 %``"""
    return f"{dollars(amount)} {PER_PERCENT}"


def per_dollar(amount: float) -> str:
    """``-$1.78m per $1``"""
    return f"{dollars(amount)} {PER_DOLLAR}"


def level(price: float) -> str:
    """A price of the underlying to the cent: ``6,045.10``; without cents where there are none: ``6,100``."""
    return f"{price:,.2f}".removesuffix(".00")


def away(price: float, spot: float) -> str:
    """How far *price* lies from the spot: ``0.8 % above``."""
    percent = (price / spot - 1) * 100
    if abs(percent) < 0.05:
        return "at the spot"
    return f"{abs(percent):.1f} % {'above' if percent > 0 else 'below'}"


def age(seconds: float | None) -> str:
    """``4 s``, ``3 min``, ``2.5 h``; a dash where it is not known."""
    if seconds is None:
        return NONE
    if seconds < 120:
        return f"{max(0.0, seconds):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def share(part: float | None) -> str:
    """A part of one in percent, never rounded up to all of it: ``98.2 %``, ``99.9 %``, ``100 %``."""
    if part is None:
        return NONE
    if part >= 1:
        return "100 %"
    return f"{int(part * 1000) / 10:.1f} %"
