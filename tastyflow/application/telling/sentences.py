"""
The words for each event: one sentence, the same for every reader; and for the audit its chapter and its details.

    TELLINGS[type(event)] ─▶ sentence(event, order)   notices, cards, `audit show`, `audit log`
                             chapter                  the heading it stands under in the story of an order
                             details(event)           what an auditor wants to see under the sentence
                             is_told(event)           whether the trader is told; the audit shows every event

*order* is the order as the event left it, or None where one row of the log is shown by itself. Plain text: texts of
users and venues are in it as they were recorded, and must be printed as text. A new event gets its row here, and a test
fails until it has one.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, Final, TypeAlias

from attrs import asdict, frozen

from tastyflow.application.environment_words import environment_words
from tastyflow.application.telling.wording import filled_net
from tastyflow.domain.book import BookOpened, OrderEntered, OrderProgressed, OrderReplacing
from tastyflow.domain.events import Event
from tastyflow.domain.halt import HaltEvent, TradingHalted, TradingReduced, TradingResumed
from tastyflow.domain.instruments import plain, unpadded
from tastyflow.domain.order import Asked, Order
from tastyflow.domain.order import events as happened
from tastyflow.domain.order.approval import MarketSnapshot
from tastyflow.domain.order.submission import AttemptOutcome, external_id
from tastyflow.domain.preview import PreviewAsked
from tastyflow.domain.risk.approval import in_words as market_in_words
from tastyflow.domain.risk.worst_case import loss_in_words
from tastyflow.domain.setup import Purpose, SetupClaimed, SetupConcluded
from tastyflow.domain.testresult import CheckOutcome, CheckRecorded, TestConcluded, TestPlanned, in_words
from tastyflow.domain.trader import (
    AccountsGiven,
    CapacityReleased,
    CapacityReserved,
    IdentityClaimed,
    IdentityLinked,
    IdentityReleased,
    IdentityUnlinked,
    Limits,
    LimitsSet,
    PermissionsSet,
    TraderRegistered,
    TraderReinstated,
    TraderRemoved,
    TraderSuspended,
)
from tastyflow.domain.trader.accounts import MAIN
from tastyflow.domain.venue import Venue

MARKS: Final[Mapping[CheckOutcome, str]] = {
    CheckOutcome.PASSED: "✓",
    CheckOutcome.FAILED: "✗",
    CheckOutcome.COULD_NOT_RUN: "–",
}

Sentence: TypeAlias = Callable[[Any, Order | None], str]
Details: TypeAlias = Callable[[Any], Iterable[str]]


class Chapter(StrEnum):
    """The headings of an order's story."""

    ASKED = "asked"
    REHEARSAL = "rehearsal"
    GATE = "gate"
    PRODUCTION = "production"


@frozen
class Telling:
    """
    How one kind of event is told.

    Attributes:
        chapter: None where it belongs to the chapter that the story is in.
    """

    sentence: Sentence
    details: Details = lambda _: ()
    chapter: Callable[[Any], Chapter | None] = lambda _: None
    is_told: Callable[[Any], bool] = lambda _: True


def sentence_of(event: Event, order: Order | None = None) -> str:
    """What happened, in one sentence."""
    return TELLINGS[type(event)].sentence(event, order)


def details_of(event: Event) -> tuple[str, ...]:
    """What an auditor wants to see under the sentence; often nothing."""
    return tuple(line for line in TELLINGS[type(event)].details(event) if line)


def chapter_of(event: Event, before: Chapter) -> Chapter:
    """The chapter of *event*; *before* is the one that the story is in."""
    return TELLINGS[type(event)].chapter(event) or before


def is_told(event: Event) -> bool:
    """Whether the trader is told of *event*."""
    return TELLINGS[type(event)].is_told(event)


# ── asked ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _drafted(event: happened.OrderDrafted, _order: Order | None) -> str:
    instead = (f"It is to take the place of order {event.replaces.hex[:6]}.",) if event.replaces else ()
    return " ".join((f"Understood: {event.words}.", *instead, *event.completions))


def _drafted_details(event: happened.OrderDrafted) -> Iterable[str]:
    yield _asked(event.asked)
    yield _where(event.environment, event.account, is_simulated=event.is_simulated)
    for leg in event.ticket.legs:
        yield f"Content: {leg.action} {leg.quantity} {unpadded(leg.instrument.occ)}"
    yield f"Digest {event.digest}"


def _where(environment: str, account: str, *, is_simulated: bool) -> str:
    words = environment_words(environment, is_simulated=is_simulated)
    return f"{words}, account {account}" if words and account else words


def _asked(asked: Asked) -> str:
    return f"{asked.user} asked on {asked.platform}: “{asked.text}”"


def _validated(event: happened.OrderValidated, _order: Order | None) -> str:
    if event.book is None:  # the oldest logs
        return f"Within limits: ${event.notional_usd:,.2f} at risk."
    waits = " It waits for your confirmation." if event.confirm_until else ""
    if event.loss_usd == 0:
        return f"Within limits: it adds nothing to what the account can lose.{waits}"
    counted = f", counted as ${event.notional_usd:,.2f}" if event.loss_usd is None else ""
    return f"Within limits: {loss_in_words(event.loss_usd)}{counted}.{waits}"


def _validated_details(event: happened.OrderValidated) -> Iterable[str]:
    yield f"{event.contracts} contract{'' if event.contracts == 1 else 's'}"
    yield from event.checks if event.book is None else ()
    yield f"Fees of ${event.fees_usd:,.2f} estimated" if event.fees_usd is not None else ""
    yield f"To be confirmed until {event.confirm_until:%H:%M:%S} UTC" if event.confirm_until else ""
    yield from _checked(event.risk)


def _checked(checks: Iterable[happened.RecordedCheck]) -> Iterable[str]:
    for check in checks:
        outcome = check.outcome.replace("_", " ")
        seen = "; ".join(f"{name} {value}" for name, value in check.inputs.items())
        yield f"{check.code}, {outcome}: {check.detail}" + (f" [{seen}]" if seen else "")


def _refused(event: happened.OrderRefused, _order: Order | None) -> str:
    return " ".join(part for part in (f"Refused: {event.message}", event.hint) if part)


def _refused_details(event: happened.OrderRefused) -> Iterable[str]:
    if event.asked:
        yield _asked(event.asked)
    yield _where(event.environment, event.account, is_simulated=event.is_simulated)
    yield f"Code {event.code}"
    yield from _checked(event.risk)
    yield from (f"Suggested: {suggestion}" for suggestion in event.suggestions)


def _refused_in(event: happened.OrderRefused) -> Chapter | None:
    return Chapter.GATE if event.code == "gate" else None


def _previewed(event: PreviewAsked, _order: Order | None) -> str:
    shown = f"shown {event.words}" if event.words else "it is no order"
    return f"{event.asked.user} asked for a preview: {shown}{f' ({event.code})' if event.code else ''}."


def _previewed_details(event: PreviewAsked) -> Iterable[str]:
    yield _asked(event.asked)
    yield _digest(event.digest) if event.digest else ""


# ── an attempt at a venue ──────────────────────────────────────────────────────────────────────────────────────


def _claimed(event: happened.SubmissionClaimed, order: Order | None) -> str:
    if event.venue is Venue.SANDBOX:
        return "Rehearsing it in the sandbox."
    where = "FAKE" if event.environment == "fake" else "simulator" if order and order.is_simulated else ""
    account = "" if event.account in ("", MAIN) else f", account {event.account}"
    instead = f", in the place of order {order.replaces.hex[:6]}" if order and order.replaces else ""
    return f"Sending it to production{f' ({where})' if where else ''}{account}{instead}."


def _claimed_details(event: happened.SubmissionClaimed) -> Iterable[str]:
    gate = "" if event.venue is Venue.SANDBOX else "The gate allowed it: "
    yield f"{gate}attempt {event.attempt} claimed before anything was sent".capitalize()
    derived = event.external_id == external_id(event.originator_id, event.venue, event.attempt)
    yield f"External id {event.external_id}" + ("" if derived else " (not the derived one!)")
    yield _digest(event.digest)
    yield f"Proof: test {event.proof.hex[:6]}" if event.proof else ""


def _claimed_in(event: happened.SubmissionClaimed) -> Chapter:
    return Chapter.REHEARSAL if event.venue is Venue.SANDBOX else Chapter.GATE


def _adopted(event: happened.SubmissionAdopted, order: Order | None) -> str:
    if event.venue is Venue.SANDBOX:
        return f"The sandbox has it as {event.broker_order}."
    found = "" if event.found_by is happened.FoundBy.ANSWER else f" (found by {event.found_by})"
    stage = f"; it is {order.stage}" if order else ""
    return f"Production has it as {event.broker_order}{found}{stage}."


def _filled_some(event: happened.FillRecorded, order: Order | None) -> str:
    legs = order.legs if order else ()
    leg = next((leg for leg in legs if leg.instrument.occ == event.symbol), None)
    which = f" {leg.instrument.in_words()}" if leg and len(legs) > 1 else ""
    late = " after it was over" if event.late else ""
    done = f"; {order.filled(event.venue, event.symbol):,} of {leg.quantity:,}" if order and leg else ""
    told = f"illed {event.quantity:,}{which} at {plain(event.price)}{late}{done}."
    return f"F{told}" if event.venue is Venue.PRODUCTION else f"The sandbox f{told}"


def _fill_details(event: happened.FillRecorded) -> Iterable[str]:
    yield f"Fill {event.fill_id} of {unpadded(event.symbol)}, at the venue {event.filled_at:%H:%M:%S.%f} UTC"


def _filled(event: happened.OrderFilled, order: Order | None) -> str:
    if event.venue is Venue.SANDBOX:
        return "The sandbox filled it in full."
    net = filled_net(order) if order and len(order.legs) > 1 else ""
    return f"Filled at {net} in all." if net else "Filled."


def _ended(words: str) -> Sentence:
    def sentence(event: _Ended, order: Order | None) -> str:
        where = " in the sandbox" if event.venue is Venue.SANDBOX else ""
        filled = order.filled(event.venue) if order else 0
        kept = f" {filled} stay filled." if filled else ""
        return f"{words}{where}{f': {event.reason}' if event.reason else '.'}{kept}"

    return sentence


_Ended: TypeAlias = happened.OrderCancelled | happened.OrderExpired | happened.OrderRejected


def _at_venue(event: Any) -> Chapter:
    return Chapter.REHEARSAL if event.venue is Venue.SANDBOX else Chapter.PRODUCTION


def _in_production(event: Any) -> bool:
    return bool(event.venue is Venue.PRODUCTION)


# ── the rehearsal's verdict ────────────────────────────────────────────────────────────────────────────────────


def _concluded(event: happened.RehearsalConcluded, _order: Order | None) -> str:
    return "The rehearsal passed." if event.passed else f"The rehearsal did not pass: {in_words(event.reasons)}."


def _concluded_details(event: happened.RehearsalConcluded) -> Iterable[str]:
    yield f"Its proof counts until {event.valid_until:%H:%M:%S} UTC" if event.passed else ""
    yield from event.reasons


def _check(event: CheckRecorded, _order: Order | None) -> str:
    return f"{MARKS[event.check.outcome]} {event.check.name}: {event.check.detail}"


def _check_details(event: CheckRecorded) -> Iterable[str]:
    if event.check.latency_ms is not None:
        yield f"Took {event.check.latency_ms:.1f} ms"
    by_value: dict[str, list[str]] = {}
    for name, value in event.check.evidence.items():
        if value not in event.check.detail:
            by_value.setdefault(value, []).append(name)
    yield from (f"{' = '.join(names)}: {value}" for value, names in by_value.items())


# ── the approval ───────────────────────────────────────────────────────────────────────────────────────────────


def _approval_requested(event: happened.ApprovalRequested, _order: Order | None) -> str:
    by = f"'approve {event.originator_id.hex[:6]}', until {event.until:%H:%M} UTC"
    return " ".join((f"Waits for approval by another person: {by}.", *event.reasons))


def _request_details(event: happened.ApprovalRequested) -> Iterable[str]:
    yield from _market("Market", event.market)
    yield _digest(event.digest)


def _approved(event: happened.OrderApproved, _order: Order | None) -> str:
    at = f", at {market_in_words(event.market)}" if event.market else ""
    return f"Approved by {event.approved_by}{at}."


def _approved_details(event: happened.OrderApproved) -> Iterable[str]:
    if event.market is not None:
        yield from _market("Market", event.market)
    yield _digest(event.digest)


def _voided_details(event: happened.ApprovalVoided) -> Iterable[str]:
    yield from _market("Market then", event.then)
    yield from _market("Market now", event.now)


def _market(title: str, market: MarketSnapshot) -> Iterable[str]:
    yield f"{title}, at {market.at:%H:%M:%S} UTC: {market_in_words(market)}"
    if len(market.legs) > 1:
        yield from (f"{unpadded(leg.symbol)} {plain(leg.bid)} / {plain(leg.ask)}" for leg in market.legs)


# ── the setup of a rehearsal ───────────────────────────────────────────────────────────────────────────────────

PURPOSES: Final[Mapping[Purpose, str]] = {
    Purpose.OPEN: "what is to be closed is opened there",
    Purpose.CLEAR: "a leftover there is cleared",
    Purpose.RESTORE: "what the rehearsal left there is undone",
}


def _setup_claimed(event: SetupClaimed, _order: Order | None) -> str:
    return f"Setup in the sandbox, {PURPOSES[event.purpose]}: {event.ticket.legs[0].in_words()}."


def _setup_details(event: SetupClaimed) -> Iterable[str]:
    yield f"Setup {event.number}, external id {event.external_id}"
    yield _digest(event.digest)


def _setup_in(event: SetupClaimed) -> Chapter | None:
    return None if event.purpose is Purpose.RESTORE else Chapter.REHEARSAL  # undone beside the way to production


def _setup_concluded(event: SetupConcluded, _order: Order | None) -> str:
    if event.outcome is not AttemptOutcome.ADOPTED or event.status is None:
        why = f": {event.message}" if event.message else "."
        return f"Setup {event.number} was {event.outcome.replace('_', ' ')}{why}"
    filled = sum(fill.quantity for fill in event.fills)
    return f"Setup {event.number} is {event.status.replace('_', ' ')} as {event.broker_order}, {filled:,} filled."


def _setup_fills(event: SetupConcluded) -> Iterable[str]:
    yield f"Code {event.code}" if event.code else ""
    yield from (
        f"Fill {fill.fill_id}: {fill.quantity:,} {unpadded(fill.symbol)} at {plain(fill.price)}" for fill in event.fills
    )


# ── traders ────────────────────────────────────────────────────────────────────────────────────────────────────


def _registered(event: TraderRegistered, _order: Order | None) -> str:
    return f"Trader {event.name} registered, may {_listed(event.permissions)}."


def _limits_details(event: TraderRegistered | LimitsSet) -> Iterable[str]:
    limits: Limits = event.limits
    yield f"Per order {limits.max_contracts} contracts, {limits.max_shares} shares, ${limits.max_notional_usd:,}"
    yield f"Open together ${limits.max_open_notional_usd:,}"
    yield f"Only {_listed(limits.symbols)}" if limits.symbols is not None else ""


def _limits_changed(event: LimitsSet) -> Iterable[str]:
    yield from _limits_details(event)
    for name, was in asdict(event.before, recurse=False).items() if event.before else ():
        now = getattr(event.limits, name)
        yield f"{name} {_limit(now)}, before {_limit(was)}" if now != was else ""


def _limit(value: object) -> str:
    return "none" if value is None else ", ".join(value) or "none" if isinstance(value, tuple) else str(value)


def _progressed(event: OrderProgressed, _order: Order | None) -> str:
    done = (
        f"filled {sum(abs(leg.quantity) for leg in event.filled)}" if event.filled else "",
        "is at the venue" if event.is_adopted and not event.filled and not event.is_over else "",
        "is of unknown outcome" if event.is_unknown else "",
        "was rejected" if event.has_failed else "",
        "can fill no more" if event.is_over else "",
    )
    return f"Order {event.order.hex[:6]} {', '.join(filter(None, done)) or 'is known again'}."


def _progressed_details(event: OrderProgressed) -> Iterable[str]:
    yield from (f"{leg.quantity:+} {unpadded(leg.symbol)} at {plain(leg.price)}" for leg in event.filled)


def _halted(words: str) -> Sentence:
    def sentence(event: HaltEvent, _order: Order | None) -> str:
        return f"{words}, by {event.by}: {event.reason}." if event.reason else f"{words}, by {event.by}."

    return sentence


def _halted_details(event: HaltEvent) -> Iterable[str]:
    yield f"It was {event.before} before"


def _reason(words: str) -> Sentence:
    return lambda event, _: f"{words}: {event.reason}." if event.reason else f"{words}."


def _why(event: Any) -> Iterable[str]:
    yield event.reason


def _always(chapter: Chapter) -> Callable[[Any], Chapter]:
    return lambda _: chapter


def never(_: Any) -> bool:
    """The trader is not told; the audit shows it."""
    return False


def _digest(digest: str) -> str:
    return f"Digest {digest[:16]}…"  # in full where the order was drafted


def _accounts(names: tuple[str, ...]) -> str:
    if not names:
        return "no account by name"
    return f"the account {names[0]}" if len(names) == 1 else f"the accounts {', '.join(names)}"


def _listed(items: Iterable[object]) -> str:
    return ", ".join(str(item).replace("_", " ") for item in items) or "nothing"


TELLINGS: Final[Mapping[type[Event], Telling]] = {
    happened.OrderDrafted: Telling(_drafted, _drafted_details, _always(Chapter.ASKED)),
    happened.OrderValidated: Telling(
        _validated,
        _validated_details,
    ),
    PreviewAsked: Telling(_previewed, _previewed_details, is_told=never),
    happened.OrderConfirmed: Telling(
        lambda _event, _order: "Confirmed as it was shown.",
        lambda event: (_digest(event.digest),),
        _always(Chapter.ASKED),
    ),
    happened.OrderRefused: Telling(_refused, _refused_details, _refused_in),
    happened.OrderWithdrawn: Telling(lambda _event, _order: "Cancelled before it reached production.", _why),
    happened.SubmissionClaimed: Telling(_claimed, _claimed_details, _claimed_in),
    happened.SubmissionAdopted: Telling(_adopted, chapter=_at_venue),
    happened.SubmissionDeclined: Telling(
        lambda event, _: f"The {event.venue} venue refused it: {event.message}",
        lambda event: (f"Code {event.code}", "Nothing was placed"),
        _at_venue,
    ),
    happened.SubmissionNotSent: Telling(
        lambda event, _: f"It did not reach the {event.venue} venue: {event.message}",
        lambda _: ("Nothing was placed",),
        _at_venue,
    ),
    happened.SubmissionLost: Telling(
        lambda event, _: f"No answer from the {event.venue} venue; asking what became of it.",
        lambda event: (event.message,),
        _at_venue,
    ),
    happened.SubmissionNotFound: Telling(
        lambda event, _: f"The {event.venue} venue does not have it.",
        lambda event: (f"Searched {event.searches} times",),
        _at_venue,
    ),
    happened.RehearsalConcluded: Telling(_concluded, _concluded_details, _always(Chapter.REHEARSAL)),
    happened.ApprovalRequested: Telling(_approval_requested, _request_details, _always(Chapter.GATE)),
    happened.OrderApproved: Telling(_approved, _approved_details, _always(Chapter.GATE)),
    happened.ApprovalVoided: Telling(
        lambda event, _: f"The approval does not count: {event.reason}", _voided_details, _always(Chapter.GATE), never
    ),
    happened.OrderWentLive: Telling(
        lambda event, _: f"{'Production' if event.venue is Venue.PRODUCTION else 'The sandbox'} works it.",
        chapter=_at_venue,
        is_told=never,
    ),
    happened.FillRecorded: Telling(_filled_some, _fill_details, _at_venue, _in_production),
    happened.OrderFilled: Telling(_filled, chapter=_at_venue, is_told=_in_production),
    happened.OrderCancelled: Telling(_ended("Cancelled"), chapter=_at_venue, is_told=_in_production),
    happened.OrderExpired: Telling(_ended("Expired"), chapter=_at_venue, is_told=_in_production),
    happened.OrderRejected: Telling(_ended("Rejected by the venue"), chapter=_at_venue, is_told=_in_production),
    happened.CancelRequested: Telling(lambda _event, _order: "Cancelling it.", _why),
    happened.CancelDenied: Telling(lambda event, _: f"The venue would not cancel it: {event.message}"),
    happened.ReplaceRequested: Telling(
        lambda event, _: f"Order {event.replacement.hex[:6]} is about to take its place.",
        lambda event: (_digest(event.digest),),
        is_told=never,
    ),
    happened.OrderReplaced: Telling(
        lambda event, _: f"Replaced by order {event.replacement.hex[:6]}.",
        lambda event: (f"It is {event.broker_order} at the venue",),
    ),
    happened.ReplaceDenied: Telling(lambda event, _: f"It was not replaced: {event.message}"),
    happened.OrderEscalated: Telling(
        lambda event, _: f"A person must look: {event.message}", lambda event: (f"Code {event.reason}",)
    ),
    happened.OrderAbandoned: Telling(lambda _event, _order: "Given up by a person.", _why),
    TestPlanned: Telling(
        lambda event, _: f"The test is planned: {len(event.checks)} checks.",
        lambda event: (
            ", ".join(event.checks),
            _digest(event.digest),
            f"Mirrored: {_digest(event.rehearsed)} is placed instead" if event.rehearsed else "",
        ),
        _always(Chapter.REHEARSAL),
        never,
    ),
    CheckRecorded: Telling(_check, _check_details, _always(Chapter.REHEARSAL)),
    TestConcluded: Telling(  # the trader is told by the order's own event
        lambda event, _: f"Verdict: {event.verdict}.",
        lambda event: event.reasons,
        _always(Chapter.REHEARSAL),
        never,
    ),
    SetupClaimed: Telling(_setup_claimed, _setup_details, _setup_in, never),
    SetupConcluded: Telling(_setup_concluded, _setup_fills, is_told=never),
    TraderRegistered: Telling(_registered, _limits_details, is_told=never),
    LimitsSet: Telling(lambda _event, _order: "Limits set.", _limits_changed, is_told=never),
    PermissionsSet: Telling(
        lambda event, _: f"May now {_listed(event.permissions)}.",
        lambda event: () if event.before is None else (f"Before: {_listed(event.before)}",),
        is_told=never,
    ),
    AccountsGiven: Telling(
        lambda event, _: f"May use {_accounts(event.after)}.",
        lambda event: (f"Before: {_accounts(event.before)}",),
        is_told=never,
    ),
    TraderSuspended: Telling(_reason("Suspended"), is_told=never),
    TradingHalted: Telling(_halted("Trading is halted"), _halted_details, is_told=never),
    TradingReduced: Telling(_halted("Only orders that take risk away may leave"), _halted_details, is_told=never),
    TradingResumed: Telling(_halted("Trading is resumed"), _halted_details, is_told=never),
    TraderReinstated: Telling(_reason("Reinstated"), is_told=never),
    TraderRemoved: Telling(_reason("Removed"), lambda event: (f"Before: {_listed(event.before)}",), is_told=never),
    IdentityLinked: Telling(lambda event, _: f"Is {event.user} on {event.platform}.", is_told=never),
    IdentityUnlinked: Telling(lambda event, _: f"Is no longer {event.user} on {event.platform}.", is_told=never),
    BookOpened: Telling(lambda event, _: f"The book of account {event.account} begins.", is_told=never),
    OrderEntered: Telling(lambda event, _: f"Order {event.order.hex[:6]} counts as one that can fill.", is_told=never),
    OrderProgressed: Telling(_progressed, _progressed_details, is_told=never),
    OrderReplacing: Telling(
        lambda event, _: f"Orders {event.replaces.hex[:6]} and {event.order.hex[:6]} count as one: only one can fill.",
        is_told=never,
    ),
    CapacityReserved: Telling(
        lambda event, _: f"Reserved ${event.notional_usd:,.2f} for order {event.order.hex[:6]}.", is_told=never
    ),
    CapacityReleased: Telling(lambda event, _: f"Released what order {event.order.hex[:6]} held.", is_told=never),
    IdentityReleased: Telling(lambda event, _: f"{event.user} on {event.platform} is free again.", is_told=never),
    IdentityClaimed: Telling(
        lambda event, _: f"{event.user} on {event.platform} is trader {event.trader.hex[:6]}.", is_told=never
    ),
}
