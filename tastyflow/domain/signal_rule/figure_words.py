"""
Figures for people: their names and values, each with its unit.

    figure_name     net gex
    figure_value    -107.02 million dollars per 1 % move
"""

from collections.abc import Callable, Mapping
from typing import Final

from tastyflow.domain.signal_rule.figures import FIGURES, FigureUnit

_SPOKEN: Final[Mapping[str, str]] = {
    "net_gex_dollars_per_percent": "net GEX",
    "call_gex_dollars_per_percent": "call GEX",
    "put_gex_dollars_per_percent": "put GEX",
    "spot_move_percent_5m": "spot's move in 5 minutes",
    "spot_move_percent_15m": "spot's move in 15 minutes",
    "spot_move_percent_60m": "spot's move in 60 minutes",
    "spot_move_percent_day": "spot's move today",
    "at_the_money_volatility_percent": "volatility at the money",
    "iv_rank_percent": "IV rank",
}

_LARGE: Final = ((1e9, "billion "), (1e6, "million "))


def figure_name(name: str) -> str:
    """*name* as people say it; the unit stands with the value."""
    return _SPOKEN.get(name, name.removesuffix("_percent").replace("_", " "))


def figure_unit(name: str) -> FigureUnit:
    """What *name* counts in; a figure that a webhook or criterion brings is a number."""
    about = FIGURES.get(name)
    return about.unit if about else FigureUnit.NUMBER


def figure_value(value: float, unit: FigureUnit) -> str:
    """*value* with its unit."""
    return _WRITTEN[unit](value)


def _dollars_per_percent(value: float) -> str:
    size, word = next(((size, word) for size, word in _LARGE if abs(value) >= size), (1.0, ""))
    return f"{value / size:,.{2 if word else 0}f} {word}dollars per 1 % move"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.4f}".rstrip("0").rstrip(".")


_WRITTEN: Final[Mapping[FigureUnit, Callable[[float], str]]] = {
    FigureUnit.DOLLARS: lambda value: f"{value:,.2f}",
    FigureUnit.DOLLARS_PER_PERCENT: _dollars_per_percent,
    FigureUnit.PERCENT: lambda value: f"{_number(round(value, 3))} %",
    FigureUnit.MINUTES: lambda value: f"{_number(round(value, 1))} minutes",
    FigureUnit.NUMBER: _number,
}
