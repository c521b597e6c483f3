"""
Two tables of a rule file: what its figures are worked out over, and what holds it back.
"""

from datetime import date, datetime

from tastyflow.domain.signal_rule.rule import RuleLimits
from tastyflow.domain.signal_rule.scope import MOST_DAYS, FigureScope
from tastyflow.domain.signal_rule.sign_model import SignModel
from tastyflow.errors import Invalid
from tastyflow_adapters.config.gex_choices import days_of
from tastyflow_adapters.signals.rules.keys import LIMIT_KEYS, SCOPE_KEYS
from tastyflow_adapters.signals.rules.values import Section, whole_of


def scope_of(section: Section) -> FigureScope | None:
    """The scope in *section*; None, with complaints, where it is wrong."""
    section.allow(SCOPE_KEYS)
    days, sign_model = FigureScope().days, FigureScope().sign_model
    expirations: tuple[date, ...] | None = ()
    wrong = False
    if "dte" in section:
        try:
            days = days_of(str(section.values["dte"]))
            FigureScope(days=days)
        except (ValueError, Invalid):
            section.wrong("dte", f"{SCOPE_KEYS['dte'].takes}, {MOST_DAYS} days at most")
            wrong = True
    if "expirations" in section:
        expirations = section.listed("expirations", SCOPE_KEYS["expirations"].takes, _day, least=1, most=30)
        if "dte" in section:
            section.say("expirations", "and dte are two ways to say it: keep one.")
    if "sign_model" in section:
        chosen = section.choice("sign_model", tuple(SignModel))
        wrong = wrong or chosen is None
        sign_model = SignModel(chosen) if chosen else sign_model
    if wrong or expirations is None:
        return None
    return FigureScope(days=days, expirations=tuple(sorted(set(expirations))), sign_model=sign_model)


def limits_of(section: Section) -> RuleLimits | None:
    """The limits in *section*; None, with complaints, where they are wrong."""
    section.allow(LIMIT_KEYS)
    usual = RuleLimits()
    made = {
        key: section.number(key, LIMIT_KEYS[key].takes, least=least, most=most) if key in section else default
        for key, least, most, default in (
            ("cool_down_min", 1, 1440, usual.cool_down_min),
            ("expires_after_s", 5, 900, usual.expires_after_s),
            ("min_coverage", 0.5, 1, usual.min_coverage),
            ("greatest_age_s", 1, 300, usual.greatest_age_s),
        )
    }
    approval, is_wrong = usual.approval_within_min, False
    if "approval_within_min" in section:
        approval = section.number("approval_within_min", LIMIT_KEYS["approval_within_min"].takes, least=1, most=480)
        is_wrong = approval is None
    most_a_day: int | None = usual.most_a_day
    if "most_a_day" in section:
        most_a_day = section.whole("most_a_day", LIMIT_KEYS["most_a_day"].takes, least=1, most=20)
    marks = _marks(section, usual.marked_after_min)
    right = {key: value for key, value in made.items() if value is not None}
    if len(right) != len(made) or most_a_day is None or marks is None or is_wrong:
        return None
    return RuleLimits(most_a_day=most_a_day, marked_after_min=marks, approval_within_min=approval, **right)


def _marks(section: Section, usual: tuple[int, ...]) -> tuple[int, ...] | None:
    if "marked_after_min" not in section:
        return usual
    marks = section.listed("marked_after_min", LIMIT_KEYS["marked_after_min"].takes, _mark, least=1, most=6)
    return None if marks is None else tuple(sorted(set(marks)))


def _day(value: object) -> date | None:
    is_day = isinstance(value, date) and not isinstance(value, datetime) and 2000 <= value.year <= 2099
    return value if is_day and isinstance(value, date) else None


def _mark(value: object) -> int | None:
    number = whole_of(value)
    return number if number is not None and 1 <= number <= 480 else None
