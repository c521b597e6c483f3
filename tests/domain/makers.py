"""
What the domain tests are made of: tickets, traders, and orders brought to each stage by real events.

    Log().drafted().validated().claimed(SANDBOX)…       an order's history, told verb by verb
    ROADS["working"]()                                  a history that ends at a stage, by name
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from attrs import evolve

from tastyflow.domain.events import Because, Event
from tastyflow.domain.halt import Halt
from tastyflow.domain.instruments import EquityOption, Right
from tastyflow.domain.order import Asked, Order
from tastyflow.domain.order.approval import LegQuote, MarketSnapshot
from tastyflow.domain.order.events import EscalationReason, FoundBy, RecordedCheck
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.policy import Policy
from tastyflow.domain.testresult import Check, CheckOutcome, TestProof, TestResult
from tastyflow.domain.ticket import Action, Leg, OrderType, PriceEffect, Strategy, Ticket
from tastyflow.domain.trader import Limits, Permission, Trader
from tastyflow.domain.venue import BrokerOrder, Status, Venue, VenueFill
from tastyflow.domain.venue.hearing import hear

SANDBOX, PRODUCTION = Venue.SANDBOX, Venue.PRODUCTION
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # Monday, ten in the morning in New York
VALID_FOR = timedelta(minutes=15)
POLICY = Policy()
EXPIRY = date(2026, 12, 18)


def why(at: datetime = NOW, actor: str = "desk") -> Because:
    return Because(actor=actor, cause="test:1", command_id="c-1", at=at)


def option(
    strike: str = "450", right: Right = Right.CALL, expiration: date = EXPIRY, root: str = "SPY"
) -> EquityOption:
    return EquityOption(root, expiration, right, Decimal(strike))


def leg(action: str, quantity: int, instrument: Any) -> Leg:
    return Leg(Action(action), quantity, instrument)


def limit(*legs: Leg, price: str, effect: str = "debit", **more: Any) -> Ticket:
    return Ticket(legs, OrderType.LIMIT, price=Decimal(price), price_effect=PriceEffect(effect), **more)


CALLS = limit(leg("buy_to_open", 10, option("450")), price="2.50")
VERTICAL = limit(leg("buy_to_open", 5, option("450")), leg("sell_to_open", 5, option("460")), price="4")

DEMO = Trader.id_of("demo")
ASKED = Asked(text="buy 10 calls", platform="cli", user="demo", message="m-1", trader=DEMO)


def registered(
    limits: Limits | None = None, permissions: Iterable[Permission] = (Permission.VIEW, Permission.TRADE)
) -> Trader:
    limits = limits or Limits()
    return Trader.born_of(Trader.register("demo", limits=limits, permissions=frozenset(permissions), why=why()))


def halted(*, reducing: bool = False, reason: str = "") -> Halt:
    """The switch after one halt."""
    event = Halt.never().stop(reducing=reducing, by="ann", reason=reason, why=why())
    assert event is not None
    return Halt.never().evolved(event)


def snapshot(
    broker_order: str,
    status: Status = Status.ROUTED,
    *fills: VenueFill,
    external_id: str | None = None,
    at: datetime = NOW,
    reason: str = "",
) -> BrokerOrder:
    return BrokerOrder(
        broker_order=broker_order, external_id=external_id, status=status, updated_at=at, fills=fills, reason=reason
    )


def execution(fill_id: str, quantity: int, symbol: str = "", price: str = "2.50") -> VenueFill:
    symbol = symbol or CALLS.legs[0].instrument.occ
    return VenueFill(fill_id=fill_id, symbol=symbol, quantity=quantity, price=Decimal(price), at=NOW)


def concluded_test(
    order: Order, *, at: datetime = NOW, policy: Policy = POLICY, worse: Mapping[str, CheckOutcome] | None = None
) -> TestResult:
    """A concluded test of the order's latest sandbox attempt; *worse* are the checks that did not pass."""
    attempt = order.attempt(SANDBOX)
    assert attempt is not None
    checks = tuple(sorted(policy.required_checks))
    test = TestResult.born_of(
        TestResult.plan(
            order=order.id, digest=order.digest, external_id=attempt.external_id, checks=checks, why=why(at)
        )
    )
    for name in checks:
        outcome = (worse or {}).get(name, CheckOutcome.PASSED)
        said = test.record(Check(name, outcome, f"{name} was looked at"), why=why(at))
        assert said is not None
        test = test.evolved(said)
    valid_until = at + timedelta(seconds=policy.proof_valid_s)
    return test.evolved(test.conclude(required=policy.required_checks, valid_until=valid_until, why=why(at)))


def market(bid: str = "2.40", ask: str = "2.60") -> MarketSnapshot:
    """The market of `CALLS`."""
    leg_quote = LegQuote(CALLS.legs[0].instrument.occ, Decimal(bid), Decimal(ask))
    return MarketSnapshot(Decimal(bid), Decimal(ask), (leg_quote,), NOW)


FOR_A_PERSON = RecordedCheck("approval_amount", "needs_approval", "The order adds $2,500.00.")


class Log:
    """An order's history so far, and the order it makes. Every method is a real verb, taken."""

    def __init__(self, ticket: Ticket = CALLS, asked: Asked = ASKED) -> None:
        self.events: list[Event] = [
            Order.draft(ticket, asked=asked, strategy=Strategy.SINGLE, words="buy 10 SPY calls", why=why())
        ]
        self.order = Order.born_of(self.events[0])
        self.test: TestResult | None = None

    def take(self, *events: Event | None) -> "Log":
        for event in events:
            if event is not None:
                self.events.append(event)
                self.order = self.order.evolved(event)
        return self

    def do(self, verb: str, *args: Any, **details: Any) -> "Log":
        """Take one verb of the order."""
        return self.take(getattr(self.order, verb)(*args, **({"why": why()} | details)))

    def replayed(self) -> Order:
        order = Order.born_of(self.events[0])
        for event in self.events[1:]:
            order = order.evolved(event)
        return order

    # the order's own way

    def validated(self) -> "Log":
        return self.do("validate", notional_usd=Decimal(2500), contracts=10, checks=("limits",))

    def offered(self) -> "Log":
        """Validated, and to be confirmed by its trader within two minutes."""
        until = NOW + timedelta(minutes=2)
        return self.do("validate", notional_usd=Decimal(2500), contracts=10, checks=("limits",), confirm_until=until)

    def validated_for_a_person(self) -> "Log":
        """Within its limits, and another person must approve it."""
        return self.do(
            "validate",
            notional_usd=Decimal(2500),
            contracts=10,
            checks=(),
            risk=(FOR_A_PERSON,),
            approval=("approval_amount",),
        )

    def waiting(self, *, at: datetime = NOW, until: datetime | None = None) -> "Log":
        """As far as an order that waits for a person."""
        log = self.validated_for_a_person().claimed(SANDBOX)
        log.shown(SANDBOX, snapshot("S-1", Status.CANCELLED)).tested(at=at)
        return log.do("request_approval", market=market(), until=until or at + timedelta(hours=1), why=why(at))

    def approved_by_a_person(self, approver: UUID = UUID(int=5), *, at: datetime = NOW) -> "Log":  # noqa: B008
        return self.waiting(at=at).do("approve", approved_by="eve", approver=approver, market=market(), why=why(at))

    def claimed(self, venue: Venue, *, at: datetime = NOW, proof: TestProof | None = None) -> "Log":
        if venue is PRODUCTION and proof is None:
            proof = self.order.proof
        return self.do("claim", venue, nonce="n", proof=proof, why=why(at))

    def tested(self, *, at: datetime = NOW, worse: Mapping[str, CheckOutcome] | None = None) -> "Log":
        self.test = concluded_test(self.order, at=at, worse=worse)
        return self.do("conclude_rehearsal", self.test.proof(), reasons=self.test.reasons, why=why(at))

    def rehearsing(self) -> "Log":
        """As far as a sandbox order that was placed and is over there."""
        log = self.validated().claimed(SANDBOX)
        number = len([a for a in log.order.attempts if a.venue is SANDBOX])
        return log.shown(SANDBOX, snapshot(f"S-{number}", Status.CANCELLED), attempt=number)

    def approved(self, *, at: datetime = NOW) -> "Log":
        return self.rehearsing().tested(at=at).do("approve", approved_by="policy", why=why(at))

    def submitting(self) -> "Log":
        return self.approved().claimed(PRODUCTION)

    def working(self) -> "Log":
        return self.submitting().shown(PRODUCTION, snapshot("P-1", Status.LIVE))

    def rehearsed_again(self) -> "Log":
        """Once more through the sandbox, up to the test's verdict."""
        number = len([a for a in self.order.attempts if a.venue is SANDBOX]) + 1
        log = self.claimed(SANDBOX).shown(SANDBOX, snapshot(f"S-{number}", Status.CANCELLED), attempt=number)
        return log.tested()

    # the venue's way

    def shown(self, venue: Venue, seen: BrokerOrder, *, attempt: int = 1) -> "Log":
        """Hear a snapshot of *attempt*."""
        known = next(a for a in self.order.attempts if (a.venue, a.number) == (venue, attempt))
        seen = evolve(seen, external_id=known.external_id)
        return self.take(*hear(self.order, venue, seen, found_by=FoundBy.STREAM, why=why()).events)

    def lost(self) -> "Log":
        return self.do("lose", PRODUCTION, 1, message="timed out")

    def in_doubt(self) -> "Log":
        return self.do("escalate", reason=EscalationReason.OUTCOME_UNKNOWN, message="It was not found.")

    def resubmitted(self, **more: Any) -> "Log":
        """Not found in production, and let be sent again."""
        log = self.submitting().lost().do("not_found", PRODUCTION, 1, searches=3).in_doubt()
        return log.do("resubmit", by="ann", searched_at=NOW + timedelta(minutes=2), **more)

    def not_sent(self, attempt: int = 1) -> "Log":
        return self.do("not_sent", PRODUCTION, attempt, message="connection refused")

    def finished(self, status: Status) -> "Log":
        return self.do("finish", PRODUCTION, 1, status)


def turned_away() -> Log:
    log = Log()
    log.events = [Order.turn_away(asked=ASKED, code="syntax", message="What?", why=why())]
    log.order = Order.born_of(log.events[0])
    return log


REFUSAL = {"code": "over_limit", "message": "Too much."}
ALARM = {"reason": "strange", "message": "Look at this."}

ROADS: Mapping[str, Callable[[], Log]] = {
    "drafted": Log,
    "validated": lambda: Log().validated(),
    "validated, to be confirmed": lambda: Log().offered(),
    "validated, resubmitted": lambda: Log().resubmitted(),
    "rehearsing": lambda: Log().validated().claimed(SANDBOX),
    "rehearsing, placed there": lambda: Log().validated().claimed(SANDBOX).shown(SANDBOX, snapshot("S-1", Status.LIVE)),
    "rehearsing, lost there": lambda: Log().validated().claimed(SANDBOX).do("lose", SANDBOX, 1, message="timed out"),
    "rehearsing, over there": lambda: Log().rehearsing(),
    "rehearsing, refused there": lambda: (
        Log().validated().claimed(SANDBOX).do("decline", SANDBOX, 1, code="no", message="No.")
    ),
    "rehearsing, failed": lambda: Log().rehearsing().tested(worse={"echo": CheckOutcome.FAILED}),
    "rehearsing, after not sent": lambda: Log().submitting().not_sent().claimed(SANDBOX),
    "rehearsed": lambda: Log().rehearsing().tested(),
    "rehearsed, resubmitted": lambda: Log().resubmitted().rehearsed_again(),
    "rehearsed, after not sent": lambda: Log().submitting().not_sent().rehearsed_again(),
    "rehearsed, waiting for a person": lambda: Log().waiting(),
    "rehearsed, what was asked for voided": lambda: Log().waiting().do("void_approval", reason="Moved.", now=market()),
    "approved": lambda: Log().approved(),
    "approved, by a person": lambda: Log().approved_by_a_person(),
    "approved, by a person, and voided": lambda: (
        Log().approved_by_a_person().do("void_approval", reason="Moved.", now=market())
    ),
    "approved, after not sent": lambda: Log().submitting().not_sent(),
    "submitting": lambda: Log().submitting(),
    "submitting, lost": lambda: Log().submitting().lost(),
    "submitting, not found": lambda: Log().submitting().lost().do("not_found", PRODUCTION, 1, searches=3),
    "submitting, cancel asked": lambda: Log().submitting().do("request_cancel"),
    "submitting again": lambda: Log().submitting().not_sent().claimed(PRODUCTION),
    "working": lambda: Log().submitting().shown(PRODUCTION, snapshot("P-1")),
    "working, live": lambda: Log().working(),
    "working, partly filled": lambda: Log().working().do("fill", PRODUCTION, 1, execution("f-1", 4)),
    "working, being replaced": lambda: Log().working().do("request_replace", UUID(int=7), digest="d"),
    "escalated, the first turned up": lambda: (
        Log().submitting().not_sent().claimed(PRODUCTION).shown(PRODUCTION, snapshot("P-1"), attempt=1)
    ),
    "escalated, rehearsing": lambda: Log().rehearsing().do("escalate", **ALARM),
    "escalated, submitting": lambda: Log().submitting().do("escalate", **ALARM),
    "escalated, lost": lambda: Log().submitting().lost().do("escalate", **ALARM),
    "escalated, not found": lambda: (
        Log().submitting().lost().do("not_found", PRODUCTION, 1, searches=3).do("escalate", **ALARM)
    ),
    "escalated, in doubt and searched": lambda: (
        Log().submitting().lost().do("not_found", PRODUCTION, 1, searches=3).in_doubt()
    ),
    "escalated, working": lambda: Log().working().do("escalate", **ALARM),
    "escalated, being replaced": lambda: (
        Log().working().do("request_replace", UUID(int=7), digest="d").do("escalate", **ALARM)
    ),
    "filled": lambda: Log().working().shown(PRODUCTION, snapshot("P-1", Status.FILLED, execution("f-1", 10))),
    "filled before the acceptance": lambda: (
        Log().submitting().do("fill", PRODUCTION, 1, execution("f-1", 10)).finished(Status.FILLED)
    ),
    "cancelled": lambda: Log().working().finished(Status.CANCELLED),
    "cancelled, withdrawn": lambda: Log().validated().do("withdraw"),
    "cancelled, withdrawn after not sent": lambda: Log().submitting().not_sent().do("withdraw"),
    "cancelled, replaced": lambda: (
        Log()
        .submitting()
        .shown(PRODUCTION, snapshot("P-1"))
        .do("request_replace", UUID(int=7), digest="d")
        .do("replace", UUID(int=7), broker_order="P-7")
    ),
    "cancelled while being replaced": lambda: (
        Log().working().do("request_replace", UUID(int=7), digest="d").finished(Status.CANCELLED)
    ),
    "rejected": lambda: Log().submitting().do("decline", PRODUCTION, 1, code="no", message="No."),
    "rejected, once accepted": lambda: Log().working().finished(Status.REJECTED),
    "expired": lambda: Log().working().finished(Status.EXPIRED),
    "refused": lambda: Log().validated().do("refuse", **REFUSAL),
    "refused at the door": turned_away,
    "refused after not sent": lambda: Log().submitting().not_sent().do("refuse", **REFUSAL),
    "refused, rehearsing": lambda: Log().rehearsing().do("refuse", **REFUSAL),
    "abandoned": lambda: Log().submitting().lost().do("escalate", **ALARM).do("abandon"),
    "abandoned, never sent": lambda: Log().rehearsing().do("escalate", **ALARM).do("abandon"),
}
"""How an order comes to each stage. The first word is the stage."""

ONCE_IT_IS_ASKED = frozenset(Stage) - {Stage.DRAFTED}
POSSIBLE_AT: Mapping[str, frozenset[Stage]] = {
    # before the venue
    "validate": frozenset({Stage.DRAFTED}),
    "confirm": frozenset({Stage.VALIDATED}),
    "refuse": frozenset({Stage.DRAFTED, Stage.VALIDATED, Stage.REHEARSING, Stage.REHEARSED, Stage.APPROVED}),
    "withdraw": frozenset({Stage.DRAFTED, Stage.VALIDATED, Stage.REHEARSING, Stage.REHEARSED, Stage.APPROVED}),
    "queue": frozenset({Stage.VALIDATED, Stage.REHEARSING, Stage.REHEARSED, Stage.APPROVED}),
    "retry": frozenset({Stage.VALIDATED, Stage.REHEARSING, Stage.REHEARSED, Stage.APPROVED}),
    "wait": frozenset({Stage.VALIDATED, Stage.REHEARSING, Stage.REHEARSED, Stage.APPROVED, Stage.SUBMITTING}),
    "claim_sandbox": frozenset({Stage.VALIDATED, Stage.REHEARSING, Stage.REHEARSED, Stage.APPROVED}),
    "conclude_rehearsal": frozenset({Stage.REHEARSING}),
    "request_approval": frozenset({Stage.REHEARSED}),
    "approve": frozenset({Stage.REHEARSED}),
    "void_approval": frozenset({Stage.REHEARSED, Stage.APPROVED}),
    "claim_production": frozenset({Stage.APPROVED}),
    # what becomes of an attempt in production
    "adopt": ONCE_IT_IS_ASKED,  # nothing at the venue is without an owner
    "decline": frozenset({Stage.SUBMITTING, Stage.WORKING, Stage.ESCALATED, Stage.ABANDONED}),
    "not_sent": frozenset({Stage.SUBMITTING, Stage.WORKING, Stage.ESCALATED, Stage.ABANDONED}),
    "lose": frozenset({Stage.SUBMITTING, Stage.WORKING, Stage.ESCALATED, Stage.ABANDONED}),
    "not_found": frozenset({Stage.SUBMITTING, Stage.WORKING, Stage.ESCALATED, Stage.ABANDONED}),
    "go_live": frozenset(
        {Stage.SUBMITTING, Stage.WORKING, Stage.ESCALATED, Stage.CANCELLED, Stage.REJECTED, Stage.ABANDONED}
    ),
    "fill": frozenset({Stage.SUBMITTING, Stage.WORKING, Stage.ESCALATED, Stage.FILLED, Stage.CANCELLED})
    | {Stage.EXPIRED, Stage.REJECTED, Stage.ABANDONED},
    "finish": frozenset({Stage.SUBMITTING, Stage.WORKING, Stage.ESCALATED, Stage.CANCELLED})
    | {Stage.EXPIRED, Stage.REJECTED, Stage.ABANDONED},
    # changing what works
    "request_cancel": frozenset({Stage.SUBMITTING, Stage.WORKING, Stage.ESCALATED}),
    "deny_cancel": frozenset({Stage.SUBMITTING, Stage.WORKING, Stage.ESCALATED, Stage.FILLED, Stage.CANCELLED})
    | {Stage.EXPIRED, Stage.REJECTED, Stage.ABANDONED},
    "request_replace": frozenset({Stage.WORKING}),
    "replace": frozenset({Stage.WORKING, Stage.ESCALATED, Stage.CANCELLED}),
    "deny_replace": frozenset({Stage.WORKING, Stage.ESCALATED, Stage.FILLED, Stage.CANCELLED})
    | {Stage.EXPIRED, Stage.REJECTED, Stage.ABANDONED},
    # other hands
    "change_outside": frozenset({Stage.WORKING, Stage.ESCALATED, Stage.CANCELLED}),
    "find_unclaimed": frozenset(Stage) - {Stage.DRAFTED},
    # a person looks
    "escalate": frozenset(Stage) - {Stage.DRAFTED},
    "abandon": frozenset({Stage.ESCALATED}),
    "resubmit": frozenset({Stage.ESCALATED}),
}
"""Where each verb is possible, written down a second time and the other way round: what MENU is held against."""
