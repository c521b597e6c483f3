"""
How it is told who may trade what, as whom, and whether trading goes on at all. Only the audit shows it.

    Trader ann registered, may open options.                              TraderRegistered
    Trading is halted, by the trader ann: the news is out.                TradingHalted
"""

from collections.abc import Iterable, Mapping
from typing import Final

from attrs import asdict

from tastyflow.application.telling.telling import Sentence, Telling, enumerated, never, with_reason
from tastyflow.domain.events import Event
from tastyflow.domain.halt import HaltEvent, TradingHalted, TradingReduced, TradingResumed
from tastyflow.domain.new_york_time import moment_in_words
from tastyflow.domain.order import Order
from tastyflow.domain.trader import (
    AccountsGiven,
    IdentityClaimed,
    IdentityLinked,
    IdentityReleased,
    IdentityUnlinked,
    Limits,
    LimitsSet,
    LinkCodeMade,
    LinkCodeUsed,
    PermissionsSet,
    TraderForgotten,
    TraderRegistered,
    TraderReinstated,
    TraderRemoved,
    TraderSuspended,
)


def _registered(event: TraderRegistered, _order: Order | None) -> str:
    return f"Trader {event.name} registered, may {enumerated(event.permissions)}."


def _limits_details(event: TraderRegistered | LimitsSet) -> Iterable[str]:
    limits: Limits = event.limits
    yield f"Per order {limits.max_contracts} contracts, {limits.max_shares} shares, ${limits.max_notional_usd:,}"
    yield f"Open together ${limits.max_open_notional_usd:,}"
    yield f"Only {enumerated(limits.symbols)}" if limits.symbols is not None else ""


def _limits_changed(event: LimitsSet) -> Iterable[str]:
    yield from _limits_details(event)
    for name, was in asdict(event.before, recurse=False).items() if event.before else ():
        now = getattr(event.limits, name)
        yield f"{name} {_limit(now)}, before {_limit(was)}" if now != was else ""


def _limit(value: object) -> str:
    return "none" if value is None else ", ".join(value) or "none" if isinstance(value, tuple) else str(value)


def _accounts(names: tuple[str, ...]) -> str:
    if not names:
        return "no account by name"
    return f"the account {names[0]}" if len(names) == 1 else f"the accounts {', '.join(names)}"


def _halted(words: str) -> Sentence:
    def sentence(event: HaltEvent, _order: Order | None) -> str:
        return f"{words}, by {event.by}: {event.reason}." if event.reason else f"{words}, by {event.by}."

    return sentence


def _halted_details(event: HaltEvent) -> Iterable[str]:
    yield f"It was {event.before} before"


TELLINGS: Final[Mapping[type[Event], Telling]] = {
    TraderRegistered: Telling(_registered, _limits_details, is_told=never),
    LimitsSet: Telling(lambda _event, _order: "Limits set.", _limits_changed, is_told=never),
    PermissionsSet: Telling(
        lambda event, _: f"May now {enumerated(event.permissions)}.",
        lambda event: () if event.before is None else (f"Before: {enumerated(event.before)}",),
        is_told=never,
    ),
    AccountsGiven: Telling(
        lambda event, _: f"May use {_accounts(event.after)}.",
        lambda event: (f"Before: {_accounts(event.before)}",),
        is_told=never,
    ),
    TraderSuspended: Telling(with_reason("Suspended"), is_told=never),
    TraderReinstated: Telling(with_reason("Reinstated"), is_told=never),
    TraderRemoved: Telling(
        with_reason("Removed"), lambda event: (f"Before: {enumerated(event.before)}",), is_told=never
    ),
    TraderForgotten: Telling(with_reason("Forgotten: the log shows a pseudonym from here on"), is_told=never),
    IdentityClaimed: Telling(
        lambda event, _: f"{event.user} on {event.platform} is trader {event.trader.hex[:6]}.", is_told=never
    ),
    IdentityReleased: Telling(lambda event, _: f"{event.user} on {event.platform} is free again.", is_told=never),
    IdentityLinked: Telling(lambda event, _: f"Is {event.user} on {event.platform}.", is_told=never),
    IdentityUnlinked: Telling(lambda event, _: f"Is no longer {event.user} on {event.platform}.", is_told=never),
    LinkCodeMade: Telling(
        lambda event, _: f"{event.by} made a code that links a user on {event.platform}.",
        lambda event: (f"Good until {moment_in_words(event.expires_at)}",),
        is_told=never,
    ),
    LinkCodeUsed: Telling(lambda event, _: f"{event.user} on {event.platform} typed the code.", is_told=never),
    TradingHalted: Telling(_halted("Trading is halted"), _halted_details, is_told=never),
    TradingReduced: Telling(_halted("Only orders that take risk away may leave"), _halted_details, is_told=never),
    TradingResumed: Telling(_halted("Trading is resumed"), _halted_details, is_told=never),
}
