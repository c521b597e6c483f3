"""
What other limits would have done: the checks of risk are asked again about past orders, over what the log kept of them.

    rows ─▶ cases_of ─▶ a Case for each order that the checks judged: what they saw then
                          └─▶ judged(case, limits, policy) ─▶ passed · approval · refused · unknown, and why

The order, its trader, counts and times are replayed. What only a venue knew then (what the account held, quotes, buying
power) is not in the log; the figures that the checks drew from it are, and are taken from there. Where a limit asks for
a figure that was not looked at then, the answer is "unknown", never a guess. The checks that no limit decides keep
what they found.

Orders are judged one by one, as they came: that a refused one would have left more room for the next is not counted.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cached_property
from typing import Final
from uuid import UUID

from attrs import define, evolve, field, frozen

from tastyflow.application.account.facts import usage_of
from tastyflow.application.audit.log import Row
from tastyflow.application.ledger.codec import decode
from tastyflow.application.ledger.folding import AnyAggregate, step
from tastyflow.domain.book import Book, OrderEntered
from tastyflow.domain.halt import Halt
from tastyflow.domain.instruments import Instrument
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import OrderRefused, OrderValidated, RecordedCheck
from tastyflow.domain.policy import Policy
from tastyflow.domain.risk.checks import RULES, checks_of
from tastyflow.domain.risk.codes import RiskCode
from tastyflow.domain.risk.facts import Facts
from tastyflow.domain.risk.finding import RiskCheck
from tastyflow.domain.risk.outcomes import RiskOutcome
from tastyflow.domain.risk.worst_case import OrderRisk, WorstCase
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.trader import Limits, Trader
from tastyflow.domain.venue import Balances, DryRun, Quote
from tastyflow.errors import StoreFailure

ASKED_AGAIN: Final = (
    RiskCode.DENIED_SYMBOL,
    RiskCode.ALLOWED_SYMBOL,
    RiskCode.MAX_CONTRACTS,
    RiskCode.MAX_SHARES,
    RiskCode.MAX_LOSS,
    RiskCode.MAX_EXPOSURE,
    RiskCode.MAX_UNDERLYING,
    RiskCode.ORDER_BUYING_POWER,
    RiskCode.TOTAL_BUYING_POWER,
    RiskCode.MARKET_ORDER,
    RiskCode.ZERO_DTE,
    RiskCode.ORDERS_A_MINUTE,
    RiskCode.ORDERS_A_DAY,
    RiskCode.WORKING_ORDERS,
    RiskCode.WORKING_ON_SYMBOL,
    RiskCode.DAILY_LOSS_REDUCING,
    RiskCode.DAILY_LOSS_HALT,
    RiskCode.APPROVAL_AMOUNT,
    RiskCode.APPROVAL_SYMBOL,
    RiskCode.APPROVAL_KIND,
)
"""The checks that a trader's limits, or the amounts of the policy, decide."""

_EXIT: Final = "Not applied: the order only takes risk away."
_ZERO: Final = Decimal(0)
_UNTOLD: Final[Mapping[RiskCode, str]] = {
    RiskCode.MAX_UNDERLYING: "What could be lost on the underlying then, or the account's value, is not in the log.",
    RiskCode.ORDER_BUYING_POWER: "What the order took of buying power, or the account's value, is not in the log.",
    RiskCode.TOTAL_BUYING_POWER: "How much buying power was in use then, or the account's value, is not in the log.",
    RiskCode.MAX_LOSS: "What the order added to the worst case, or the account's value, is not in the log.",
}


class Verdict(StrEnum):
    """What becomes of an order by the checks."""

    PASSED = "passed"
    APPROVAL = "approval"  # it waits for another person
    REFUSED = "refused"
    UNKNOWN = "unknown"  # the log does not hold what a limit asks for


@frozen
class Case:
    """
    An order that the checks judged, with what they saw.

    Attributes:
        seq: The row of the judgement.
        then: What became of it.
        checks: What each check found then.
    """

    seq: int
    order: Order
    facts: "RecordedFacts"
    then: Verdict
    checks: Mapping[str, RecordedCheck]


@frozen
class Judged:
    """
    What other limits would have done with an order.

    Attributes:
        why: A sentence for each check that stops it, wants approval, or cannot be told.
    """

    case: Case
    now: Verdict
    why: tuple[str, ...]

    @property
    def differs(self) -> bool:
        return self.now is not self.case.then


@frozen(kw_only=True)
class RecordedFacts(Facts):
    """
    The facts of a past order, as far as the log has them.

    Attributes:
        recorded_risk, recorded_exit: What the checks made of the account, which the log does not have itself.
        knows_underlying: Whether the log says what could be lost on the underlying, with all that was held and open.
    """

    recorded_risk: OrderRisk | None = None
    recorded_exit: bool = False
    knows_underlying: bool = False

    @cached_property
    def risk(self) -> OrderRisk | None:
        return self.recorded_risk

    def risk_of(self, ticket: Ticket) -> OrderRisk | None:
        """Known of the order itself alone."""
        return self.recorded_risk if ticket == self.ticket else None

    @cached_property
    def is_exit(self) -> bool:
        return self.recorded_exit


@define
class Cases:
    """
    What is gathered while the log is replayed.

    Attributes:
        found: The orders that were judged from *since* on, in the order of the log.
        traders: As the last row leaves them.
        unreadable: How many rows could not be read or folded.
    """

    since: datetime
    found: list[Case] = field(factory=list)
    unreadable: int = 0
    _states: dict[UUID, AnyAggregate] = field(init=False, factory=dict)

    @property
    def traders(self) -> Mapping[UUID, Trader]:
        """As the last row leaves them."""
        return {state.id: state for state in self._states.values() if isinstance(state, Trader)}

    def take(self, row: Row) -> None:
        """Replay the next row."""
        try:
            event = decode(row.topic, row.originator_id, row.originator_version, row.state)  # type: ignore[arg-type]
            before = self._states.get(event.originator_id)
            self._states[event.originator_id] = step(before, event)
        except (StoreFailure, TypeError, KeyError, AttributeError):
            self.unreadable += 1
            return
        if isinstance(event, OrderValidated | OrderRefused) and event.risk and event.at >= self.since:
            self._judged(row.id, event, self._states[event.originator_id])
        if isinstance(event, OrderEntered) and self.found and self.found[-1].order.id == event.order:
            self._entered(event)

    def _judged(self, seq: int, event: OrderValidated | OrderRefused, order: AnyAggregate) -> None:
        trader = self._states.get(order.asked.trader) if isinstance(order, Order) and order.asked.trader else None
        if not isinstance(order, Order) or not isinstance(trader, Trader) or order.ticket is None:
            return
        book = self._states.get(order.book) if order.book else None
        checks = {check.code: check for check in event.risk}
        facts = _facts(order, order.ticket, trader, book if isinstance(book, Book) else None, event, checks)
        self.found.append(Case(seq, order, facts, _then(event), checks))

    def _entered(self, event: OrderEntered) -> None:
        """The order goes into its book in the same append, which says what the account was worth."""
        case, value = self.found[-1], event.net_liquidating_value_usd
        if case.facts.balances is None and value is not None:
            self.found[-1] = evolve(case, facts=evolve(case.facts, balances=Balances(value, value, value)))


def cases_of(rows: Iterable[Row], since: datetime) -> Cases:
    """The orders of a whole log that the checks judged from *since* on."""
    cases = Cases(since)
    for row in rows:
        cases.take(row)
    return cases


def judged(case: Case, limits: Limits, policy: Policy) -> Judged:
    """What *limits* and *policy* would have done with the order of *case*."""
    facts = evolve(case.facts, trader=evolve(case.facts.trader, limits=limits))
    refused, approval, unknown = list[str](), list[str](), list[str]()
    for code in ASKED_AGAIN:
        (check,) = checks_of(facts, policy, (code,))
        if not _passed_as_exit(check) and _lacks_a_fact(code, facts, policy):
            unknown.append(_UNTOLD.get(code, check.detail))
        elif check.blocks:
            refused.append(check.detail)
        elif check.wants_approval:
            approval.append(check.detail)
    for check_then in case.checks.values():
        if check_then.code not in ASKED_AGAIN:
            _as_then(check_then, case.then, refused, approval)
    for verdict, why in ((Verdict.REFUSED, refused), (Verdict.UNKNOWN, unknown), (Verdict.APPROVAL, approval)):
        if why:
            return Judged(case, verdict, tuple(dict.fromkeys(why)))
    return Judged(case, Verdict.PASSED, ())


def _lacks_a_fact(code: RiskCode, facts: RecordedFacts, policy: Policy) -> bool:
    if code is RiskCode.MAX_UNDERLYING and facts.trader.limits.max_underlying_pct is not None:
        is_worse = facts.risk is None or facts.risk.is_worse
        if is_worse and not facts.knows_underlying:
            return True
    return RULES[code](facts, policy).outcome is RiskOutcome.COULD_NOT_RUN


def _as_then(check: RecordedCheck, then: Verdict, refused: list[str], approval: list[str]) -> None:
    """A check that no limit decides: what it found then counts."""
    if check.outcome == RiskOutcome.REFUSED and then is Verdict.REFUSED:
        refused.append(check.detail)
    elif check.outcome == RiskOutcome.NEEDS_APPROVAL:
        approval.append(check.detail)


def _passed_as_exit(check: RiskCheck) -> bool:
    return check.outcome is RiskOutcome.PASSED and check.detail == _EXIT


def _then(event: OrderValidated | OrderRefused) -> Verdict:
    if isinstance(event, OrderRefused):
        return Verdict.REFUSED
    return Verdict.APPROVAL if event.approval else Verdict.PASSED


# ── what the checks saw ──────────────────────────────────────────────────────────────────────────────────────────


def _facts(
    order: Order,
    ticket: Ticket,
    trader: Trader,
    book: Book | None,
    event: OrderValidated | OrderRefused,
    checks: Mapping[str, RecordedCheck],
) -> RecordedFacts:
    seen = _Seen(checks)
    counted = usage_of(trader, None, book, event.at) if book else None
    loss, value = seen.usd(RiskCode.DAILY_LOSS_HALT, "loss_usd", RiskCode.DAILY_LOSS_REDUCING), seen.value(trader)
    takes = seen.usd(RiskCode.ORDER_BUYING_POWER, "takes_usd", RiskCode.TOTAL_BUYING_POWER)
    risk = _risk(seen, event)
    together = seen.usd(RiskCode.MAX_EXPOSURE, "together_usd")
    return RecordedFacts(
        ticket=ticket,
        strategy=order.strategy,  # type: ignore[arg-type]  # what has a ticket has one
        trader=trader,
        halt=Halt.never(),  # what a halt stopped was stopped: no limit decides it
        account=order.account or None,
        elsewhere_usd=None if together is None or risk is None else together - max(_ZERO, risk.after.counted_usd),
        quotes=_quotes(ticket, seen, event.at),
        balances=None if value is None else Balances(value, value, value),
        dry_run=None if takes is None else DryRun(-takes, _ZERO),
        buying_power_used_usd=seen.usd(RiskCode.TOTAL_BUYING_POWER, "used_usd"),
        now=event.at,
        orders_last_minute=seen.before(RiskCode.ORDERS_A_MINUTE, counted.orders_last_minute if counted else None),
        orders_today=seen.before(RiskCode.ORDERS_A_DAY, counted.orders_today if counted else None),
        working=seen.before(RiskCode.WORKING_ORDERS, counted.working if counted else None),
        working_on_symbol=seen.before(
            RiskCode.WORKING_ON_SYMBOL, book.orders_of(trader.id, ticket.underlying) if book else None
        ),
        loss_today_usd=loss,
        recorded_risk=risk,
        knows_underlying=seen.usd(RiskCode.MAX_UNDERLYING, "together_usd") is not None,
        recorded_exit=seen.is_exit if isinstance(event, OrderRefused) or event.is_exit is None else event.is_exit,
    )


def _risk(seen: "_Seen", event: OrderValidated | OrderRefused) -> OrderRisk | None:
    """What it added to the worst case, as it was counted."""
    added = seen.usd(RiskCode.MAX_LOSS, "added_usd")
    if added is None and isinstance(event, OrderValidated):
        added = event.notional_usd
    if added is None:
        return None
    after = seen.usd(RiskCode.MAX_UNDERLYING, "together_usd")
    counted = added if after is None else after
    without_end = isinstance(event, OrderValidated) and event.loss_usd is None and added > 0
    return OrderRisk(WorstCase(counted - added), WorstCase(counted, int(without_end)))


def _quotes(ticket: Ticket, seen: "_Seen", at: datetime) -> Mapping[Instrument, Quote] | None:
    amount = seen.usd(RiskCode.MARKET_ORDER, "amount_usd")
    if amount is None:
        return None
    price = amount / ticket.legs[0].quantity
    return {ticket.legs[0].instrument: Quote(price, price, at)}


@frozen
class _Seen:
    """The figures that the checks of one order saw."""

    checks: Mapping[str, RecordedCheck]

    @property
    def is_exit(self) -> bool:
        return any(check.detail == _EXIT for check in self.checks.values())

    def number(self, code: RiskCode, name: str) -> Decimal | None:
        check = self.checks.get(code)
        try:
            return None if check is None else Decimal(check.inputs[name].replace("$", "").replace(",", ""))
        except (KeyError, InvalidOperation):
            return None

    def usd(self, code: RiskCode, name: str, *others: RiskCode) -> Decimal | None:
        """An amount, from the first of the checks that saw it."""
        found = (self.number(each, name) for each in (code, *others))
        return next((amount for amount in found if amount is not None), None)

    def before(self, code: RiskCode, counted: int | None) -> int | None:
        """How many there were without the order: as the check saw it, else as the replay counts it."""
        number = self.number(code, "number")
        return counted if number is None else int(number) - 1

    def value(self, trader: Trader) -> Decimal | None:
        """The net liquidating value: from a limit in dollars, and the percentage that it was."""
        for code, percent in (
            (RiskCode.MAX_UNDERLYING, trader.limits.max_underlying_pct),
            (RiskCode.ORDER_BUYING_POWER, trader.limits.max_order_buying_power_pct),
            (RiskCode.TOTAL_BUYING_POWER, trader.limits.max_buying_power_pct),
        ):
            limit = self.number(code, "limit_usd")
            if limit is not None and percent:
                return limit * 100 / percent
        return None
