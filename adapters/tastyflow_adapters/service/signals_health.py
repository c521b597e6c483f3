"""
What is good of the rules that raise signals, and what is not, for the health page.

    a file that holds no rule │ a rule that may raise signals and holds still ─▶ a warning, with what to do
    a rule that is off, or rests because a person must look at its file       ─▶ told, and no more than that
    a webhook that does not listen, or a rule without a secret for it         ─▶ a warning, with what to do
"""

from collections.abc import Iterator
from typing import Any, Final

from tastyflow_adapters.checkup import LONGEST, ProbeOutcome, ProbeResult

MOST_RULES: Final = 10
"""Rules that have a line of their own; of more than that, those that are not well."""

Json = dict[str, Any]


def signals_checks(told: Json) -> Iterator[ProbeResult]:
    """A line for all rules, and one for each that is at work."""
    rules, complaints = told["rules"], told["complaints"]
    count = told["rules_in_all"]
    if not count and not complaints:
        return
    seen = "1 rule" if count == 1 else f"{count} rules"
    if complaints:
        wrong = f"{seen}; {len(complaints)} complaint{'' if len(complaints) == 1 else 's'} about rule files"
        yield ProbeResult("signals", "", ProbeOutcome.WARN, wrong, complaints[0][:LONGEST])
    elif told["off"]:
        yield ProbeResult("signals", "", ProbeOutcome.WARN, f"{seen}, none is watched", told["off"])
    else:
        yield ProbeResult("signals", "", ProbeOutcome.OK, f"{seen}: {_modes(rules)}")
    yield from _webhook(told.get("webhook") or {})
    lines = [_rule(each) for each in rules]
    ill = [each for each in lines if each.outcome is not ProbeOutcome.OK]
    yield from lines if len(lines) <= MOST_RULES else ill[:MOST_RULES]


def _webhook(webhook: Json) -> Iterator[ProbeResult]:
    """How alerts are taken; nothing where none are wanted."""
    if webhook.get("trouble"):
        do = "See the table [signals] in docs/operations.md"
        yield ProbeResult("webhook", "", ProbeOutcome.WARN, webhook["trouble"][:LONGEST], do)
    elif webhook.get("port"):
        accepted, refused = (sum(webhook[each].values()) for each in ("accepted", "refused"))
        told = f"takes alerts at port {webhook['port']}; {accepted} taken, {refused} refused"
        yield ProbeResult("webhook", "", ProbeOutcome.OK, told)
    for name in webhook.get("without_secret", ())[:MOST_RULES]:
        do = f"Run: tastyflow secrets set signals.{name}"
        yield ProbeResult("webhook", "", ProbeOutcome.WARN, f"the rule {name} has no secret, and takes no alerts", do)


def _modes(rules: list[Json]) -> str:
    modes = ["off" if each["rests"] else str(each["mode"]) for each in rules]
    counted = {mode: modes.count(mode) for mode in ("auto", "approve", "shadow", "off")}
    return ", ".join(f"{many} {mode}" for mode, many in counted.items() if many)


def _rule(rule: Json) -> ProbeResult:
    name, data, mode = f"rule {rule['rule']}", rule["data"], rule["mode"] or "not loaded"
    do = f"See: tastyflow signals show {rule['rule']}"
    if rule["rests"]:
        outcome = ProbeOutcome.OK if mode == "off" else ProbeOutcome.WARN
        return ProbeResult(name, "", outcome, f"rests: {rule['rests']}"[:LONGEST], do)
    if data["trouble"]:
        return ProbeResult(name, "", ProbeOutcome.WARN, f"{mode}, not watched: {data['trouble']}"[:LONGEST], do)
    if data["held"]:
        return ProbeResult(name, "", ProbeOutcome.WARN, f"{mode}, holds still: {data['held'][0]}"[:LONGEST], do)
    covered = "" if data["coverage"] is None else f", {data['coverage']:.1%} covered"
    age = "" if data["oldest_age_s"] is None else f", data {data['oldest_age_s']:.1f} s old"
    return ProbeResult(name, "", ProbeOutcome.OK, f"{mode}{covered}{age}")
