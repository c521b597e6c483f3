"""
An alert: what a webhook, or a criterion of one's own, says beside the market.

    Alert ─▶ HeardAlert     for which rule, from where, and when
                └─ beside(market) ─▶ Figures     the alert's own figures, and the market's where a rule reads them

An alert never sets a figure that tastyflow works out itself: a price from a stranger is no price.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from math import isfinite
from types import MappingProxyType
from typing import Final
from uuid import UUID

from attrs import Attribute, field, frozen

from tastyflow.domain.signal_rule.arithmetic import FIGURE_NAME
from tastyflow.domain.signal_rule.figures import FIGURES, Figures
from tastyflow.errors import Invalid

ALERT_KEY: Final = re.compile(r"[A-Za-z0-9._:@/+-]{1,100}", re.ASCII)
"""What a key is made of that names one alert."""

MOST_FIGURES: Final = 32
GREATEST_FIGURE: Final = 1e12
LONGEST_REASON: Final = 200


def bad_alert(message: str, hint: str = "") -> Invalid:
    """Why something is no alert."""
    return Invalid(message, code="bad_alert", hint=hint)


def _is_one_line(_alert: object, _attribute: "Attribute[str]", value: object) -> None:
    if not isinstance(value, str) or len(value) > LONGEST_REASON or not (value.isprintable()):
        raise bad_alert(f"The reason is no line of {LONGEST_REASON} printable characters at most.")


def _are_figures(_alert: object, _attribute: object, values: object) -> None:
    if not isinstance(values, Mapping) or len(values) > MOST_FIGURES:
        raise bad_alert(f"The figures are no table of {MOST_FIGURES} at most.")
    for name, value in values.items():
        if not isinstance(name, str) or not FIGURE_NAME.fullmatch(name):
            raise bad_alert("A figure has a name that is not of small letters, digits and underscores, 40 at most.")
        if name in FIGURES:
            raise bad_alert(f"{name} is worked out from the market, and no alert sets it.", "Call it otherwise.")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise bad_alert(f"{name} is no number.")
        if not abs(value) <= GREATEST_FIGURE or not isfinite(value):
            raise bad_alert(f"{name} is no number from -1e12 to 1e12.")


def _is_key(_alert: object, _attribute: "Attribute[str]", value: object) -> None:
    if not isinstance(value, str) or (value and not ALERT_KEY.fullmatch(value)):
        raise bad_alert("The key is not of 100 letters, digits and . _ : @ / + - at most.")


def _as_floats(values: object) -> object:
    if not isinstance(values, Mapping):
        return values
    return MappingProxyType({name: float(v) if type(v) is int and abs(v) < 1e15 else v for name, v in values.items()})


@frozen
class Alert:
    """
    What is said: a reason for people, figures for the rule.

    Attributes:
        reason: One line; may be empty.
        figures: By name; none has the name of a figure that is worked out from the market.
        key: Names this alert: a second one with the same key is the same alert. Empty: its time does.
    """

    reason: str = field(default="", validator=_is_one_line)
    figures: Mapping[str, float] = field(factory=dict, converter=_as_floats, validator=_are_figures)
    key: str = field(default="", validator=_is_key)

    @property
    def digest(self) -> str:
        """SHA-256 of what it says, in hex; the order of its figures does not matter."""
        lines = [self.reason, self.key, *(f"{name}={value!r}" for name, value in sorted(self.figures.items()))]
        return sha256("\n".join(lines).encode()).hexdigest()


@frozen(kw_only=True)
class HeardAlert:
    """
    An alert that came from where its rule says that it comes from.

    Attributes:
        source: ``webhook``, or the name of a criterion.
        source_id: Names it for ever: the same one is the same signal, also after a restart. Empty: its time does.
        at: When it was made, by who made it; a signal from it counts from then on.
    """

    rule: str
    source: str
    source_id: str
    at: datetime
    alert: Alert

    @property
    def reasons(self) -> tuple[str, ...]:
        """What it says for itself, as sentences."""
        said = self.alert.reason
        return (f"{self.source} says: {said}" if said else f"An alert of {self.source}.",)

    def beside(self, market: Figures | None, *, symbol: str) -> Figures:
        """
        Its figures at its time, and beside them what *market* says.

        Args:
            market: The newest figures of *symbol*; None where the rule reads none.

        Returns:
            Figures whose age counts from the time of the alert: also where the market's are younger than that.
        """
        if market is None:
            return Figures(symbol, self.at, dict(self.alert.figures), oldest_age_s=0.0, snapshot=self.alert.digest)
        later_s = (self.at - market.at).total_seconds()
        oldest_age_s = None if market.oldest_age_s is None else max(0.0, market.oldest_age_s + later_s)
        return Figures(
            symbol,
            self.at,
            {**market.values, **self.alert.figures},
            coverage=market.coverage,
            oldest_age_s=oldest_age_s,
            spot_source=market.spot_source,
            snapshot=sha256(f"{market.snapshot}\n{self.alert.digest}".encode()).hexdigest(),
            faults=market.faults,
            own_ages_s={name: max(0.0, age_s + later_s) for name, age_s in market.own_ages_s.items()},
            is_closed=market.is_closed,
        )


class AlertOutcome(StrEnum):
    """What becomes of an alert."""

    RAISED = "raised"  # a signal
    REPEATED = "repeated"  # it was heard before: the same signal, and no second one
    HELD = "held"  # no signal, with reasons: the rule is off, cools down, or its conditions do not hold


@frozen
class AlertAnswer:
    """What became of an alert; *signal* is None where there is none."""

    outcome: AlertOutcome
    signal: UUID | None = None
    reasons: tuple[str, ...] = ()
