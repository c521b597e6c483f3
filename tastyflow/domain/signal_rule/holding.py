"""
What holds a rule back, although its trigger is met: asked in the append that would raise the signal.

    standing, rule, figures, now ─▶ held_back ─▶ None, or why no signal is raised

A fact that is not known holds it back: unknown is neither young nor whole.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from attrs import frozen

from tastyflow.domain.age import AHEAD
from tastyflow.domain.expirations import new_york_date
from tastyflow.domain.signal_rule.figures import FIGURES, Figures
from tastyflow.domain.signal_rule.rule import RuleLimits, SignalRule
from tastyflow.domain.signal_rule.state import RuleMode, RuleStandingState
from tastyflow.domain.signal_rule.trigger import CLOSED, is_in_session

FROM_FIGURES: Final = "figures"
"""The source of a rule that reads tastyflow's own figures: their age is always known."""


@frozen
class HeldBack:
    """Why a rule raises no signal: *code* for programs, *sentence* for people."""

    code: str
    sentence: str


def held_back(
    rule: SignalRule,
    standing: RuleStandingState | None,
    figures: Figures,
    now: datetime,
    *,
    source: str = FROM_FIGURES,
    source_id: str = "",
) -> HeldBack | None:
    """
    Why *rule* raises no signal of *figures* at *now*; None where it may.

    Args:
        standing: How it stands; None where it was never loaded.
        source, source_id: As of `SignalRaised`.
    """
    reasons = (
        *_by_standing(rule, standing, figures, is_alert=source != FROM_FIGURES or bool(source_id)),
        *_by_pace(rule.limits, standing, now),
        *_by_time(rule.limits, figures, now),
        *_by_data(rule, figures, now),
    )
    return next(iter(reasons), None)


def held_by_data(rule: SignalRule, figures: Figures, now: datetime) -> tuple[HeldBack, ...]:
    """Every reason why *rule* raises no signal of *figures* at *now* that lies in the data; none where they are fit."""
    return tuple(_by_data(rule, figures, now))


def _by_standing(
    rule: SignalRule, standing: RuleStandingState | None, figures: Figures, *, is_alert: bool
) -> Iterator[HeldBack]:
    if standing is None:
        yield HeldBack("not_loaded", f"The rule {rule.name} was not loaded.")
        return
    if standing.mode is RuleMode.OFF:
        yield HeldBack("off", f"The rule {rule.name} is off.")
    if (standing.rule_version, standing.digest) != (rule.version, rule.digest):
        yield HeldBack("other_content", f"Another content of the rule {rule.name} stands.")
    if not is_alert and standing.last_moment is not None and figures.at <= standing.last_moment:
        yield HeldBack("seen", "A signal of this moment, or of a later one, was raised already.")


def _by_pace(limits: RuleLimits, standing: RuleStandingState | None, now: datetime) -> Iterator[HeldBack]:
    if standing is None or standing.raised_at is None or standing.raised_on is None:
        return
    cool_until = standing.raised_at + timedelta(minutes=limits.cool_down_min)
    if now < cool_until:  # also where a clock was set back: then it lies further ahead
        left_min = (cool_until - now).total_seconds() / 60
        yield HeldBack("cool_down", f"It cools down for {left_min:.1f} more of {limits.cool_down_min:g} minutes.")
    today = new_york_date(now)
    if standing.raised_on >= today and standing.raised_that_day >= limits.most_a_day:
        yield HeldBack("most_a_day", f"It raised {standing.raised_that_day} of {limits.most_a_day} signals today.")


def _by_time(limits: RuleLimits, figures: Figures, now: datetime) -> Iterator[HeldBack]:
    if now >= figures.at + timedelta(seconds=limits.expires_after_s):
        yield HeldBack("late", f"A signal of it counts {limits.expires_after_s:g} seconds, and they are over.")
    if not is_in_session(now):  # it was open when the trigger was met; what leaves now would wait for another day
        yield HeldBack("closed", CLOSED)


def _by_data(rule: SignalRule, figures: Figures, now: datetime) -> Iterator[HeldBack]:
    """By the data themselves, and by the age that they have at *now*."""
    limits, share = rule.limits, figures.coverage
    market = [FIGURES[name] for name in rule.figures if name in FIGURES]
    for fault in figures.faults:
        yield HeldBack(fault.value, f"Its data are not to be traded on: {fault.value.replace('_', ' ')}.")
    if figures.at > now + AHEAD:
        yield HeldBack("clock", "Its data are from the future: this machine's clock and the feed's lie apart.")
    if market and figures.is_closed and is_in_session(now):
        yield HeldBack("stale", "Its data are what the session before left, and another one is open.")
    if any(each.needs_chain for each in market) and not (share is not None and limits.min_coverage <= share <= 1):
        known = "It is not known how much" if share is None else f"{share:.1%}"
        yield HeldBack("coverage", f"{known} of the chain is known, and it wants {limits.min_coverage:.0%}.")
    if market and figures.oldest_age_s is None:
        yield HeldBack("stale", "It is not known how old its data are.")
    age_s = (figures.age_of(rule.figures) or 0.0) + max((now - figures.at).total_seconds(), 0.0)
    if not 0 <= age_s <= limits.greatest_age_s:
        yield HeldBack("stale", f"Its oldest input is {age_s:.1f} s old, and it wants {limits.greatest_age_s:g} s.")
