"""
A criterion of one's own: a function that looks at the market, and gives an alert when it sees what it waits for.

    looks: Look, Look, Look… ─▶ criterion ─▶ Alert, now and then

    def round_number(looks):
        for look in looks:
            spot = look.figures.get("spot")
            if spot is not None and spot % 100 < 1:
                yield Alert("The spot stands on a round number.", {"number": spot // 100 * 100})

It is found by the entry point ``tastyflow.signals``, and a rule names it as its ``source``. It runs in a process of its
own, so that it may wait and calculate as it likes; it must come back for the next look within ten seconds.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final, Protocol

from attrs import frozen

if TYPE_CHECKING:
    from tastyflow.domain.signal_rule.alert import Alert
    from tastyflow.domain.signal_rule.figures import Figures

CRITERIA: Final = "tastyflow.signals"
"""The group of entry points under which criteria are found."""


@frozen
class Look:
    """
    One look at the market: there is at least one each second, also while nothing moves.

    Attributes:
        now: The time of the look; the clock may be another than this machine's.
        figures: What is known then; empty where there is no market data.
    """

    now: datetime
    figures: "Figures"


class Criterion(Protocol):
    """What an entry point of the group ``tastyflow.signals`` leads to."""

    def __call__(self, looks: Iterator[Look], /) -> Iterator["Alert"]:
        """Give an alert when it is time for one. What it raises turns its rule off."""
        ...
