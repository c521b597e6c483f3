"""What a drawing shows of an exposure, in words and numbers: the terminal and the picture draw the same."""

from attrs import frozen

from tastyflow_adapters.signals.drawing.terminal import Mark
from tastyflow_adapters.signals.drawing.window import StrikeBar


@frozen
class Sketch:
    """
    Attributes:
        title: Of which underlying, in which scope.
        moment: As of when, in New York.
        headline: Net exposure and the levels, with their units.
        notes: What has to be known to read it: sign model, coverage, ages.
        bars: By strike, in ascending order.
        profile: Net exposure in dollars per 1 % move, by spot, in ascending order.
    """

    symbol: str
    title: str
    moment: str
    headline: str
    notes: tuple[str, ...]
    spot: float
    bars: tuple[StrikeBar, ...]
    profile: tuple[tuple[float, float], ...]
    marks: tuple[Mark, ...]
    roots: tuple[float, ...]
