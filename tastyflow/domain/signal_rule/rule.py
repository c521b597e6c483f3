"""
A rule, as its author wrote it: when it raises a signal, for which trader, and which order that asks for.

    SignalRule ─┬─ trigger   over named figures (`trigger`)
                ├─ limits    how often, on which data, for how long a signal counts
                └─ action    a line of the order language with figures in braces (`action`)

A rule is a value: what it may do now is its `RuleStanding`, in the log.
"""

import re
from hashlib import sha256
from typing import Final

from attrs import Attribute, evolve, field, frozen

from tastyflow.domain.signal_rule.action import ActionTemplate
from tastyflow.domain.signal_rule.figures import Figures
from tastyflow.domain.signal_rule.scope import FigureScope
from tastyflow.domain.signal_rule.trigger import CLOSED, Trigger, TriggerLook, is_in_session
from tastyflow.errors import Invalid

RULE_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
"""How a rule is called: small letters, digits and hyphens, at most 40."""


def _is_rule_name(_rule: object, _attribute: "Attribute[str]", value: str) -> None:
    if not RULE_NAME.fullmatch(value):
        raise Invalid(
            f"{value[:40]!r} is no name for a rule.",
            code="bad_rule",
            hint="Use small letters, digits and hyphens, 40 at most.",
        )


@frozen(kw_only=True)
class RuleLimits:
    """
    What holds a rule back, whatever its trigger says.

    Attributes:
        cool_down_min: Minutes after a signal in which the rule raises no other one.
        most_a_day: Signals within one trading day of New York.
        expires_after_s: How long a signal counts. By then its order has left for production, or waits for a person.
        min_coverage: The least share of the open interest in scope that must be known, from 0 to 1.
        greatest_age_s: How old the oldest input may be.
        marked_after_min: When the market of a signal's order is looked at again, to score the rule.
        approval_within_min: How long an order of it waits for a person; None: as long as the policy lets any order,
            and never longer than that.
    """

    cool_down_min: float = 15.0
    most_a_day: int = 1
    expires_after_s: float = 60.0
    min_coverage: float = 0.9
    greatest_age_s: float = 30.0
    marked_after_min: tuple[int, ...] = (5, 30, 120)
    approval_within_min: float | None = None


@frozen(kw_only=True)
class SignalRule:
    """
    Attributes:
        symbol: The underlying whose figures it reads.
        version: Its author's number: other content under the same number is refused.
        trader: The name of the trader it acts as, who must have the identity ``signal:NAME``.
        account: The name of the account its orders are for; empty for the first one of its trader.
        about: What it is for, in its author's words; may be empty.
        source: Where its signals come from: ``figures``, ``webhook``, or the name of a criterion.
        brings: Figures that its webhook or criterion brings besides those of `FIGURES`.
        scope: What its figures are worked out over.
        trigger: None where each alert of a webhook or criterion is a signal; there, it says what must be so besides.
        text: The file as it was written: what the log keeps of the rule.
    """

    name: str = field(validator=_is_rule_name)
    version: int
    symbol: str
    trader: str
    trigger: Trigger | None
    limits: RuleLimits
    action: ActionTemplate
    account: str = ""
    about: str = ""
    source: str = "figures"
    brings: frozenset[str] = frozenset()
    scope: FigureScope = field(factory=FigureScope)
    text: str = field(default="", repr=False)

    @property
    def figures(self) -> frozenset[str]:
        """The names of every figure that its trigger reads, or its action needs."""
        return self.action.figures | (self.trigger.figures if self.trigger else frozenset())

    def heard(self, figures: Figures) -> TriggerLook:
        """
        How the rule stands at an alert of its source, which is one moment: it fires within a session, where all is so
        that its trigger asks for. Whether the data are fit is asked besides (`tastyflow.domain.signal_rule.holding`).
        """
        always = TriggerLook(True, True, False, ())
        look = always if self.trigger is None else self.trigger.seen(figures, self.trigger.begin())[1]
        is_open = is_in_session(figures.at)
        return evolve(look, fires=look.holds and is_open, note="" if is_open else CLOSED)

    @property
    def digest(self) -> str:
        """SHA-256 of the file, in hex: what was allowed, when a person allowed it."""
        return sha256(self.text.encode()).hexdigest()
