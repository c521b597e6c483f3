"""
How signals and their rules are told. The audit shows them; a trader is told of the order that a signal became.

    Signal 4e1f09 of gex-flip, version 3: spot 6,048.10 crossed the flip 6,045.10 upwards.      SignalRaised
    It became order 3fa91c.                                                                     SignalActed
    ann set gex-flip to approve, from shadow: three weeks of good shadows.                      RuleSetToApprove
"""

from collections.abc import Iterable, Mapping
from typing import Final

from tastyflow.application.telling.telling import Chapter, Sentence, Telling, digest_line, in_chapter, never, where_line
from tastyflow.domain.events import Event
from tastyflow.domain.instruments import price_in_words
from tastyflow.domain.new_york_time import moment_in_words
from tastyflow.domain.signal import (
    SignalActed,
    SignalDeclined,
    SignalExpired,
    SignalMarked,
    SignalRaised,
    SignalShadowed,
)
from tastyflow.domain.signal_rule import (
    RuleAnswered,
    RuleLoaded,
    RuleReloaded,
    RuleSetToApprove,
    RuleSetToAuto,
    RuleSetToShadow,
    RuleTriggered,
    RuleTurnedItselfOff,
    RuleTurnedOff,
)
from tastyflow.domain.signal_rule.events import RuleModeEvent


def _raised(event: SignalRaised, _order: object) -> str:
    why = "; ".join(event.reasons)
    signal = f"Signal {event.originator_id.hex[:6]} of {event.rule}, version {event.rule_version}"
    return f"{signal}: {why}." if why else f"{signal}."


def _raised_details(event: SignalRaised) -> Iterable[str]:
    yield f"It asks for: “{event.line}”" if event.line else "Its line could not be filled in"
    yield f"Trigger met {moment_in_words(event.moment)}, by {event.source}" + (
        f", alert {event.source_id}" if event.source_id else ""
    )
    yield f"The rule acts as {event.trader}, and is in {event.mode}"
    yield from (f"{name} = {value:,.6g}" for name, value in sorted(event.figures.items()))
    yield f"{event.coverage:.1%} of the chain known" if event.coverage is not None else ""
    yield f"Oldest input {event.oldest_age_s:.1f} s old" if event.oldest_age_s is not None else ""
    yield f"Spot from the {event.spot_source}" if event.spot_source else ""
    yield f"Snapshot {event.snapshot[:16]}…" if event.snapshot else ""
    yield f"Rule {digest_line(event.rule_digest).lower()}"
    yield where_line(event.environment, event.account, is_simulated=event.is_simulated)


def _shadowed(event: SignalShadowed, _order: object) -> str:
    if event.code:
        return f"In shadow: it would have been refused. {event.message}"
    return f"In shadow: it would have been {event.words}."


def _shadowed_details(event: SignalShadowed) -> Iterable[str]:
    if event.bid is not None and event.ask is not None:
        yield f"Net market {price_in_words(event.bid)} / {price_in_words(event.ask)}"
    yield from event.card
    yield digest_line(event.ticket.digest) if event.ticket is not None else ""


def _declined(event: SignalDeclined, _order: object) -> str:
    return " ".join(("It became no order:", *(event.reasons or (f"{event.code}.",))))


def _marked(event: SignalMarked, _order: object) -> str:
    later = f"{event.after_min} minute{'' if event.after_min == 1 else 's'} later"
    if event.bid is None or event.ask is None:
        return f"{later} it had no market."
    return f"{later} its market was {price_in_words(event.bid)} / {price_in_words(event.ask)}."


def _marked_details(event: SignalMarked) -> Iterable[str]:
    yield f"Spot {event.spot:,.2f}" if event.spot is not None else ""


def _content(event: RuleLoaded | RuleReloaded) -> Iterable[str]:
    yield f"On {event.symbol}, acting as {event.trader}"
    yield digest_line(event.digest)


def _moved(to: str) -> Sentence:
    def sentence(event: RuleModeEvent, _order: object) -> str:
        why = f": {event.reason}" if event.reason else ""
        return f"{event.by} {to}, from {event.before}{why}."

    return sentence


def _moved_details(event: RuleModeEvent) -> Iterable[str]:
    yield digest_line(event.digest)


def _answered(event: RuleAnswered, _order: object) -> str:
    signal = event.signal.hex[:6]
    refused = f"The order of signal {signal} was refused: {event.code}."
    return refused if event.code else f"The order of signal {signal} was accepted."


TELLINGS: Final[Mapping[type[Event], Telling]] = {
    SignalRaised: Telling(_raised, _raised_details, in_chapter(Chapter.ASKED), never),
    SignalShadowed: Telling(_shadowed, _shadowed_details, is_told=never),
    SignalActed: Telling(lambda event, _: f"The signal became order {event.order.hex[:6]}.", is_told=never),
    SignalDeclined: Telling(_declined, is_told=never),
    SignalExpired: Telling(lambda event, _: f"The signal expired. {event.reason}", is_told=never),
    SignalMarked: Telling(_marked, _marked_details, is_told=never),
    RuleLoaded: Telling(
        lambda event, _: f"The rule {event.name}, version {event.rule_version}, was loaded: it begins in shadow.",
        _content,
        is_told=never,
    ),
    RuleReloaded: Telling(
        lambda event, _: f"The rule has the version {event.rule_version} now: it begins in shadow again.",
        _content,
        is_told=never,
    ),
    RuleSetToShadow: Telling(_moved("set the rule to shadow"), _moved_details, is_told=never),
    RuleSetToApprove: Telling(_moved("set the rule to approve"), _moved_details, is_told=never),
    RuleSetToAuto: Telling(_moved("set the rule to auto"), _moved_details, is_told=never),
    RuleTurnedOff: Telling(_moved("turned the rule off"), _moved_details, is_told=never),
    RuleTurnedItselfOff: Telling(
        lambda event, _: f"The rule turned itself off, from {event.before} ({event.code}): {event.reason}",
        is_told=never,
    ),
    RuleTriggered: Telling(lambda event, _: f"The rule raised signal {event.signal.hex[:6]}.", is_told=never),
    RuleAnswered: Telling(_answered, is_told=never),
}
