"""A rule in words, for `signals show`: what its author wrote, as the program read it."""

from tastyflow.domain.instruments import chat_symbol
from tastyflow.domain.signal_rule.figures import FIGURES
from tastyflow.domain.signal_rule.rule import RuleLimits, SignalRule


def rule_in_words(rule: SignalRule) -> tuple[str, ...]:
    """*rule* as sentences, each a line."""
    account = f", account {rule.account}" if rule.account else ""
    lines = [f"{rule.name}, version {rule.version}: acts as {rule.trader} on {chat_symbol(rule.symbol)}{account}."]
    if rule.about:
        lines.append(" ".join(rule.about.split()))
    lines += [_when(rule), f"Order: {rule.action.text}", *_limits(rule.limits)]
    if any(FIGURES[name].needs_chain for name in rule.figures if name in FIGURES):
        lines.append(
            f"Figures over {rule.scope.in_words}; at least {rule.limits.min_coverage:.0%} of the interest known."
        )
    return tuple(lines)


def _when(rule: SignalRule) -> str:
    if rule.source == "figures":
        return f"When {rule.trigger.in_words}." if rule.trigger else "It never raises a signal by itself."
    also = f", where {rule.trigger.in_words}" if rule.trigger else ""
    source = "each alert of its webhook" if rule.source == "webhook" else f"each finding of the criterion {rule.source}"
    return f"At {source}{also}."


def _limits(limits: RuleLimits) -> tuple[str, ...]:
    times = "Once" if limits.most_a_day == 1 else f"{limits.most_a_day} times"
    apart, age = f"{limits.cool_down_min:g} minutes apart", f"{limits.greatest_age_s:g} s old"
    marks = ", ".join(str(each) for each in limits.marked_after_min)
    approval = limits.approval_within_min
    person = "" if approval is None else f" A person approves within {approval:g} minutes."
    return (
        f"{times} a day at most, {apart}, on data at most {age}.",
        f"A signal counts for {limits.expires_after_s:g} s.{person} Its market is marked after {marks} minutes.",
    )
