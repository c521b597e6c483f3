"""
Every key of a rule file: what it takes, what holds where it is left out, and what it is. The loader reads this table,
docs/rules.md prints it, and a test holds the page to it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from attrs import frozen

from tastyflow.domain.signal_rule.rule import RuleLimits
from tastyflow.domain.signal_rule.scope import FigureScope
from tastyflow.domain.signal_rule.sign_model import SignModel

NEEDED: Final = "needed"


@frozen
class KeyAbout:
    """
    Attributes:
        takes: What may be written.
        default: What holds where it is left out, as it would be written; `NEEDED`, or what then happens.
        sentence: What it is.
    """

    takes: str
    default: str
    sentence: str


_LIMITS: Final = RuleLimits()
_SCOPE: Final = FigureScope()

RULE_KEYS: Final[Mapping[str, KeyAbout]] = MappingProxyType(
    {
        "name": KeyAbout("small letters, digits and hyphens, 40 at most", NEEDED, "How the rule is called."),
        "version": KeyAbout("a whole number from 1 to 1,000,000", NEEDED, "Raise it with each change of the file."),
        "about": KeyAbout("text of 500 characters at most", '""', "What the rule is for, in your words."),
        "symbol": KeyAbout("a ticker", NEEDED, "The underlying whose figures it reads."),
        "trader": KeyAbout(
            "a trader's name", NEEDED, "The trader it acts as, who must have the identity `signal:NAME`."
        ),
        "account": KeyAbout("an account's name", '""', "The account of its orders; without it the trader's first."),
        "source": KeyAbout(
            "`figures`, `webhook`, or the name of a criterion", '"figures"', "Where its signals come from."
        ),
        "brings": KeyAbout("a list of names, 20 at most", "[]", "Figures that its webhook or criterion brings."),
        "scope": KeyAbout("a table", "its defaults", "What the figures are worked out over."),
        "trigger": KeyAbout("a condition", "needed with `figures`", "When it raises a signal."),
        "events": KeyAbout("a table", "none", "Days and moments that a condition can keep clear of."),
        "limits": KeyAbout("a table", "its defaults", "How often, and on which data."),
        "action": KeyAbout("a table", NEEDED, "The order that it asks for."),
    }
)

SCOPE_KEYS: Final[Mapping[str, KeyAbout]] = MappingProxyType(
    {
        "dte": KeyAbout(
            "days to expiration: `0`, `0-45` or `all`", '"0-60"', "The expirations that count, seen from each day."
        ),
        "expirations": KeyAbout("a list of days, 30 at most", "[]", "These days alone, in place of `dte`."),
        "sign_model": KeyAbout(
            ", ".join(f"`{each}`" for each in SignModel), f'"{_SCOPE.sign_model}"', "Who is taken to hold what."
        ),
    }
)

LIMIT_KEYS: Final[Mapping[str, KeyAbout]] = MappingProxyType(
    {
        "cool_down_min": KeyAbout(
            "a number from 1 to 1440", f"{_LIMITS.cool_down_min:g}", "Minutes after a signal without another one."
        ),
        "most_a_day": KeyAbout("a whole number from 1 to 20", f"{_LIMITS.most_a_day}", "Signals in one trading day."),
        "expires_after_s": KeyAbout(
            "a number from 5 to 900", f"{_LIMITS.expires_after_s:g}", "Seconds in which a signal must become an order."
        ),
        "min_coverage": KeyAbout(
            "a number from 0.5 to 1", f"{_LIMITS.min_coverage:g}", "Least share of the open interest that is known."
        ),
        "greatest_age_s": KeyAbout(
            "a number from 1 to 300",
            f"{_LIMITS.greatest_age_s:g}",
            "Seconds since the spot, or the greeks of the chain, last said anything.",
        ),
        "marked_after_min": KeyAbout(
            "a list of 1 to 6 whole numbers from 1 to 480",
            f"{list(_LIMITS.marked_after_min)}",
            "Minutes after which the market of the order is looked at again.",
        ),
        "approval_within_min": KeyAbout(
            "a number from 1 to 480", "the policy's", "Minutes that an order of it waits for a person."
        ),
    }
)

EVENT_KEYS: Final[Mapping[str, KeyAbout]] = MappingProxyType(
    {
        "known_until": KeyAbout("a day", NEEDED, "The last day that the lists below know of."),
        "NAME": KeyAbout(
            "a list of days or moments, 200 at most", NEEDED, "An event by its name; moments are New York's."
        ),
    }
)

ACTION_KEYS: Final[Mapping[str, KeyAbout]] = MappingProxyType(
    {"line": KeyAbout("a line of the order language, 300 characters at most", NEEDED, "With figures in braces.")}
)

CONDITION_KEYS: Final[Mapping[str, KeyAbout]] = MappingProxyType(
    {
        "all": KeyAbout("a list of 1 to 20 conditions", "", "Every one holds."),
        "any": KeyAbout("a list of 1 to 20 conditions", "", "At least one holds."),
        "figure": KeyAbout("a figure's name", "", "With one of `above`, `below`, `crosses`, `turns`, `near`."),
        "above": KeyAbout("a number or a figure's name", "", "The figure is above it."),
        "below": KeyAbout("a number or a figure's name", "", "The figure is below it."),
        "crosses": KeyAbout("a number or a figure's name", "", "The figure goes from one side of it to the other."),
        "turns": KeyAbout("`negative`, `positive` or `either`", "", "The figure changes its sign."),
        "near": KeyAbout("a number or a figure's name", "", "The figure is within `within` of it."),
        "within": KeyAbout("a number above 0", "", "With `near`: how far, in the figure's unit."),
        "within_percent": KeyAbout("a number above 0", "", "With `near`: how far, in percent of the level."),
        "direction": KeyAbout("`up`, `down` or `either`", '"either"', "With `crosses`: which way."),
        "hysteresis": KeyAbout(
            "a number of 0 or more",
            "0; needed with `turns`, and where `crosses` a number",
            "How far back ends it, and how far beyond makes a cross, in the figure's unit.",
        ),
        "hysteresis_percent": KeyAbout(
            "a number from 0 to 50", "0.05 where `crosses` a figure", "The same, in percent of the level."
        ),
        "counts_min": KeyAbout(
            "a number from 0.1 to 390", "1", "With `crosses` and `turns`: minutes for which a cross counts."
        ),
        "time": KeyAbout('two times of New York: `"10:00..15:30"`', "", "From the first until the second."),
        "weekdays": KeyAbout("a list of `mon`, `tue`, `wed`, `thu`, `fri`", "", "On these days."),
        "half_day": KeyAbout("`true` or `false`", "", "Only on days that end at 13:00, or only on others."),
        "days_to_monthly": KeyAbout(
            'calendar days: `"0..5"`', "", "So far away is the next standard monthly expiration."
        ),
        "free_of": KeyAbout("a name of `[events]`, or a list of them", "", "None of these events is at hand."),
        "before_min": KeyAbout("a number from 0 to 10080", "0", "With `free_of`: minutes ahead that count, too."),
        "after_min": KeyAbout("a number from 0 to 10080", "0", "With `free_of`: minutes past that count, too."),
        "for_min": KeyAbout(
            "a number from 0.1 to 390", "", "With any condition: it has held for so many minutes on end."
        ),
    }
)

FORMS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "all": frozenset(),
        "any": frozenset(),
        "above": frozenset({"figure", "hysteresis", "hysteresis_percent"}),
        "below": frozenset({"figure", "hysteresis", "hysteresis_percent"}),
        "crosses": frozenset({"figure", "direction", "hysteresis", "hysteresis_percent", "counts_min"}),
        "turns": frozenset({"figure", "hysteresis", "counts_min"}),
        "near": frozenset({"figure", "within", "within_percent", "hysteresis", "hysteresis_percent"}),
        "time": frozenset(),
        "weekdays": frozenset(),
        "half_day": frozenset(),
        "days_to_monthly": frozenset(),
        "free_of": frozenset({"before_min", "after_min"}),
    }
)
"""What a condition is, by the one key of these that it has; the others that go with it. ``for_min`` goes with each."""
