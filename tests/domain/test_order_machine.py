"""
Orders under fire: random verbs, and a venue whose messages come late, twice, out of order, or lying.

The order is driven beside a shadow of plain dicts, which says beforehand what each step must do. What the log may
never show (reliability reference, 3.6) is looked for after every step.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tastyflow.domain.events import Event
from tastyflow.domain.order import Order
from tastyflow.domain.order import events as happened
from tastyflow.domain.order.events import FoundBy
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.submission import AttemptOutcome
from tastyflow.domain.testresult import TestProof, TestResult
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import BrokerOrder, Status, Venue, VenueFill
from tastyflow.domain.venue.hearing import attempt_of, hear
from tastyflow.errors import ExcessFill, IllegalStep, NotProven
from tests.domain.makers import (
    CALLS,
    NOW,
    POSSIBLE_AT,
    PRODUCTION,
    SANDBOX,
    VALID_FOR,
    VERTICAL,
    Log,
    execution,
    snapshot,
    why,
)

ENDS = {
    Status.FILLED: "filled",
    Status.CANCELLED: "cancelled",
    Status.REMOVED: "cancelled",
    Status.PARTIALLY_REMOVED: "cancelled",
    Status.EXPIRED: "expired",
    Status.REJECTED: "rejected",
}
UNSETTLED = ("pending", "unknown", "adopted")
venues = st.sampled_from(Venue)
picks = st.integers(0, 1_000)


class Shadow:
    """
    What the order must be, in plain dicts.

    A step answers "ok", "nothing", "illegal", "unproven", "excess" or "duplicate", and changes the shadow only on "ok".
    """

    def __init__(self, ticket: Ticket) -> None:
        self.stage = "drafted"
        self.code = ""
        self.attempts: dict[tuple[str, int], dict[str, Any]] = {}
        self.fills: dict[tuple[str, str], dict[str, Any]] = {}
        self.ordered = {leg.instrument.occ: leg.quantity for leg in ticket.legs}
        self.proof: dict[str, Any] | None = None
        self.cancel_wanted = False
        self.replacement: int | None = None

    def possible(self, verb: str) -> bool:
        return Stage(self.stage) in POSSIBLE_AT[verb]

    def at(self, venue: str) -> list[dict[str, Any]]:
        return [attempt for (where, _), attempt in sorted(self.attempts.items()) if where == venue]

    def filled(self, venue: str, symbol: str, number: int | None = None) -> int:
        return sum(
            fill["quantity"]
            for (where, _), fill in self.fills.items()
            if (where, fill["symbol"]) == (venue, symbol) and number in (None, fill["attempt"])
        )

    def complete(self, venue: str, number: int) -> bool:
        return all(self.filled(venue, symbol, number) == wanted for symbol, wanted in self.ordered.items())

    @staticmethod
    def may_be_there(attempt: dict[str, Any]) -> bool:
        if attempt["status"] is not None:
            return attempt["status"] == "live"
        return attempt["outcome"] in UNSETTLED

    def settle(self, otherwise: str) -> None:
        """An attempt in production came to an end: so does the order, unless another one may be there."""
        live = self.at("production")
        if any(map(self.may_be_there, live)):
            return
        told = [attempt["status"] for attempt in live if attempt["status"]]
        self.stage = "filled" if "filled" in told else (told[0] if told else otherwise)

    # the order's own way

    def own(self, verb: str, becomes: str | None = None) -> str:
        if not self.possible(verb):
            return "illegal"
        self.stage = becomes or self.stage
        return "ok"

    def claim(self, venue: str, proof: dict[str, Any] | None, at: datetime) -> str:
        if not self.possible(f"claim_{venue}") or any(map(self.may_be_there, self.at(venue))):
            return "illegal"
        if venue == "production":
            if self.cancel_wanted:
                return "illegal"
            if proof is None or proof != self.proof or not proof["passed"] or at > proof["until"]:
                return "unproven"
            if any(a["proof"] == proof["test"] and a["outcome"] != "not_sent" for a in self.attempts.values()):
                return "unproven"
        number = len(self.at(venue)) + 1
        self.attempts[venue, number] = {"outcome": "pending", "broker": None, "status": None, "proof": None}
        if venue == "production":
            self.attempts[venue, number]["proof"] = proof and proof["test"]
            self.stage = "submitting"
        else:
            self.stage, self.proof = "rehearsing", None
        return "ok"

    def conclude(self, proof: dict[str, Any], *, ours: bool) -> str:
        if not self.possible("conclude_rehearsal"):
            return "illegal"
        if not ours or (proof["passed"] and not self.sandbox_has_it()):
            return "unproven"
        if proof["passed"]:
            self.stage, self.proof = "rehearsed", proof
        return "ok"

    def sandbox_has_it(self) -> bool:
        latest = max(number for venue, number in self.attempts if venue == "sandbox")
        return bool(self.attempts["sandbox", latest]["outcome"] == "adopted")

    def request_cancel(self) -> str:
        if self.cancel_wanted and not Stage(self.stage).is_over:
            return "nothing"
        if self.own("request_cancel") == "illegal":
            return "illegal"
        self.cancel_wanted = True
        return "ok"

    def deny_cancel(self) -> str:
        answer = self.own("deny_cancel")
        self.cancel_wanted = self.cancel_wanted and answer != "ok"
        return answer

    def escalate(self, reason: str) -> str:
        over = Stage(self.stage).is_over
        if self.code == reason and (over or self.stage == "escalated"):
            return "nothing"
        if not self.possible("escalate"):
            return "illegal"
        self.code = reason
        self.stage = self.stage if over else "escalated"
        return "ok"

    def request_replace(self, replacement: int) -> str:
        if not self.possible("request_replace") or self.replacement is not None:
            return "illegal"
        self.replacement = replacement
        return "ok"

    def replace(self, replacement: int) -> str:
        if not self.possible("replace") or self.replacement != replacement:
            return "illegal"
        self.stage = "cancelled"
        latest = self.at("production")[-1:]
        for attempt in latest:
            if attempt["status"] in (None, "live"):
                attempt["status"] = "cancelled"
        return "ok"

    def deny_replace(self) -> str:
        answer = self.own("deny_replace")
        self.replacement = None if answer == "ok" else self.replacement
        return answer

    # news of an attempt

    def outcome(self, verb: str, venue: str, number: int) -> str:
        attempt = self.attempts.get((venue, number))
        if attempt is None:
            return "illegal"
        if verb == "lose" and attempt["outcome"] in ("unknown", "adopted"):
            return "nothing"
        wanted = {"decline": ("pending", "unknown"), "not_found": ("unknown",)}.get(verb, ("pending",))
        if attempt["outcome"] not in wanted or (venue == "production" and not self.possible(verb)):
            return "illegal"
        names = {"decline": "declined", "not_sent": "not_sent", "not_found": "not_found", "lose": "unknown"}
        attempt["outcome"] = names[verb]
        if venue == "production" and verb == "decline":
            self.code = "no"
        if venue == "production" and verb != "lose":
            back = "approved" if (verb, self.stage) == ("not_sent", "submitting") else self.stage
            self.settle("rejected" if verb == "decline" else back)
        return "ok"

    def adopt(self, venue: str, number: int, broker: str) -> str:
        attempt = self.attempts[venue, number]
        if attempt["broker"] == broker:
            return "nothing"
        if attempt["broker"] is not None:
            return "duplicate"
        if venue == "production" and not self.possible("adopt"):
            return "illegal"
        attempt |= {"outcome": "adopted", "broker": broker}
        if venue == "production" and attempt["status"] in (None, "live"):
            self.stage = "working"
        return "ok"

    def go_live(self, venue: str, number: int) -> str:
        if self.attempts[venue, number]["status"] is not None:
            return "nothing"
        if venue == "production" and not self.possible("go_live"):
            return "illegal"
        self.attempts[venue, number]["status"] = "live"
        return "ok"

    def fill(self, venue: str, number: int, fill: VenueFill) -> str:
        figures = {"symbol": fill.symbol, "quantity": fill.quantity, "price": fill.price}
        known = self.fills.get((venue, fill.fill_id))
        if known is not None:
            return "nothing" if figures.items() <= known.items() else "excess"
        if venue == "production" and not self.possible("fill"):
            return "illegal"
        before = self.filled(venue, fill.symbol, number if venue == "sandbox" else None)
        if fill.quantity < 1 or before + fill.quantity > self.ordered.get(fill.symbol, 0):
            return "excess"
        self.fills[venue, fill.fill_id] = figures | {"attempt": number}
        return "ok"

    def finish(self, venue: str, number: int, status: Status) -> str:
        attempt, end = self.attempts[venue, number], ENDS[status]
        if end == "filled" and not self.complete(venue, number):
            return "nothing"
        if attempt["status"] == end or (attempt["status"] in ENDS.values() and end != "filled"):
            return "nothing"
        if venue == "production" and not self.possible("finish"):
            return "illegal"
        attempt["status"] = end
        if venue == "production":
            self.settle(end)
        return "ok"

    def hear(self, venue: str, seen: BrokerOrder, number: int) -> None:
        """A snapshot of an attempt, step by step; what cannot be true stops it, and is shown to a person."""
        adopted = self.adopt(venue, number, seen.broker_order)
        assert adopted != "illegal", "nothing at the venue is without an owner"
        if adopted == "duplicate":
            self.escalate("duplicate_order")
            return
        others = [a for key, a in self.attempts.items() if key[0] == venue and key[1] != number and a["broker"]]
        if adopted == "ok" and venue == "production" and others:
            self.escalate("duplicate_order")
        if seen.status in (Status.LIVE, Status.CANCEL_REQUESTED, Status.REPLACE_REQUESTED):
            assert self.go_live(venue, number) != "illegal"
        for fill in seen.fills:
            heard = self.fill(venue, number, fill)
            assert heard != "illegal"
            if heard == "excess":
                self.escalate("excess_fill")
                return
        if self.complete(venue, number):
            assert self.finish(venue, number, Status.FILLED) != "illegal"
        elif seen.status in ENDS:
            assert self.finish(venue, number, seen.status) != "illegal"


class World:
    """What is really there: at most one order per attempt, and everything the venue ever said of it."""

    def __init__(self, ticket: Ticket) -> None:
        self.ticket = ticket
        self.orders: dict[tuple[Venue, int], BrokerOrder] = {}
        self.said: list[tuple[Venue, BrokerOrder]] = []

    def say(self, key: tuple[Venue, int], seen: BrokerOrder) -> None:
        self.orders[key] = seen
        self.said.append((key[0], seen))

    def works(self, key: tuple[Venue, int]) -> bool:
        return key in self.orders and not self.orders[key].status.is_terminal

    def open_of(self, seen: BrokerOrder, symbol: str) -> int:
        wanted = next(leg.quantity for leg in self.ticket.legs if leg.instrument.occ == symbol)
        return wanted - seen.filled(symbol)


class OrderMachine(RuleBasedStateMachine):
    """One order, one world, one shadow."""

    @initialize(
        ticket=st.sampled_from([CALLS, VERTICAL]),
        usual=st.sampled_from([0, 7, 7, 8]),
        again=st.booleans(),
    )
    def begin(self, ticket: Ticket, usual: int, again: bool) -> None:
        self.now = NOW
        self.log = Log(ticket)
        self.shadow = Shadow(ticket)
        self.world = World(ticket)
        self.proofs: list[TestProof] = []
        for _ in range(usual):  # most of what can go wrong does so late
            self.goes_on()
        if again and usual == 7:
            self.answer(PRODUCTION, 1, "not_sent")
            self.goes_on()

    @property
    def order(self) -> Order:
        return self.log.order

    def check(self, expected: str, verb: str, *args: Any, **details: Any) -> None:
        """Take a verb, and see that the order answers as the shadow did."""
        before = self.order
        event: Event | None = None
        try:
            event = getattr(before, verb)(*args, **details, why=why(self.now))
            answer = "ok" if event else "nothing"
        except IllegalStep:
            answer = "illegal"
        except NotProven:
            answer = "unproven"
        except ExcessFill as excess:
            answer = "duplicate" if excess.code == "duplicate_order" else "excess"
        assert answer == expected, (verb, args, details)
        self.log.take(event)

    # the order's own way

    @rule()
    def goes_on(self) -> None:
        """What usually comes next."""
        match self.shadow.stage:
            case "drafted":
                self.own_step("validate")
            case "validated":
                self.claim(SANDBOX, 0)
            case "rehearsing" if (SANDBOX, len(self.shadow.at("sandbox"))) not in self.world.orders:
                self.placed(-1, True)
            case "rehearsing" if self.world.works((SANDBOX, len(self.shadow.at("sandbox")))):
                self.ended(-1, Status.CANCELLED)
                self.delivered_the_latest()
            case "rehearsing":
                self.tested(True, 0)
            case "rehearsed":
                self.own_step("approve")
            case "approved":
                self.claim(PRODUCTION, 0)
            case "submitting":
                self.placed(-1, True)

    def own_step(self, verb: str) -> None:
        details: dict[str, Any] = {
            "validate": {"notional_usd": Decimal(2500), "contracts": 10, "checks": ()},
            "approve": {"approved_by": "policy"},
            "refuse": {"code": "x", "message": "No."},
            "deny_cancel": {"message": "no"},
        }.get(verb, {})
        becomes = {
            "validate": "validated",
            "approve": "approved",
            "refuse": "refused",
            "withdraw": "cancelled",
            "abandon": "abandoned",
        }
        expected = getattr(self.shadow, verb)() if verb.endswith("_cancel") else self.shadow.own(verb, becomes[verb])
        if (verb, expected) == ("refuse", "ok"):
            self.shadow.code = "x"
        self.check(expected, verb, **details)

    @rule(
        verb=st.sampled_from(["validate", "approve", "refuse", "withdraw", "abandon", "deny_cancel"]),
        really=st.integers(0, 4),
    )
    def goes_astray(self, verb: str, really: int) -> None:
        """Any verb at any stage; where it would be the end, seldom, or nothing would ever be traded."""
        if really == 3 or verb in ("validate", "approve", "deny_cancel") or not self.shadow.possible(verb):
            self.own_step(verb)

    @rule()
    def cancel_wanted(self) -> None:
        self.own_step("request_cancel")

    @rule(venue=venues, pick=picks)
    def claim(self, venue: Venue, pick: int) -> None:
        given = [*self.proofs[::-1], None][pick % (len(self.proofs) + 1)]
        told = given and {"test": given.test, "passed": given.passed, "until": given.valid_until}
        self.check(self.shadow.claim(venue.value, told, self.now), "claim", venue, nonce="n", proof=given)

    @precondition(lambda self: self.shadow.at("sandbox"))
    @rule(passed=st.sampled_from([True, True, False]), back=st.sampled_from([0, 0, 1]))
    def tested(self, passed: bool, back: int) -> None:
        """The test of the latest rehearsal, or of the one before."""
        attempts = [a for a in self.order.attempts if a.venue is SANDBOX]
        attempt = attempts[-1 - back % len(attempts)]
        test = TestResult.id_of(self.order.id, attempt.external_id)
        until = self.now + VALID_FOR
        proof = TestProof(
            test, self.order.id, self.order.digest, passed=passed, concluded_at=self.now, valid_until=until
        )
        told = {"test": test, "passed": passed, "until": until}
        self.check(self.shadow.conclude(told, ours=attempt is attempts[-1]), "conclude_rehearsal", proof)
        self.proofs.append(proof)

    @rule(replacement=st.integers(7, 8), verb=st.sampled_from(["request_replace", "replace", "deny_replace"]))
    def replaced(self, replacement: int, verb: str) -> None:
        if verb == "deny_replace":
            self.check(self.shadow.deny_replace(), verb, message="no")
            return
        details = {"digest": "d"} if verb == "request_replace" else {"broker_order": "P-r"}
        self.check(getattr(self.shadow, verb)(replacement), verb, UUID(int=replacement), **details)

    @rule(reason=st.sampled_from(["strange", "excess_fill"]), really=st.integers(0, 4))
    def person_called(self, reason: str, really: int) -> None:
        if really == 3:
            self.check(self.shadow.escalate(reason), "escalate", reason=reason, message="Look.")

    @rule(minutes=st.sampled_from([0, 1, 14, 16]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes, microseconds=1)

    # what became of an attempt, as far as we know

    @precondition(lambda self: self.shadow.attempts)
    @rule(pick=picks, verb=st.sampled_from(["decline", "not_sent", "not_sent", "lose", "lose", "not_found"]))
    def answered(self, pick: int, verb: str) -> None:
        self.answer(*self.picked([(a.venue, a.number) for a in self.order.attempts], pick), verb)

    @rule(venue=venues, verb=st.sampled_from(["decline", "not_sent", "lose", "not_found"]))
    def answered_of_nothing(self, venue: Venue, verb: str) -> None:
        self.answer(venue, 9, verb)

    def answer(self, venue: Venue, number: int, verb: str) -> None:
        details = {
            "decline": {"code": "no", "message": "No."},
            "not_found": {"searches": 3},
        }.get(verb, {"message": "m"})
        self.check(self.shadow.outcome(verb, venue.value, number), verb, venue, number, **details)

    # what is really there

    @staticmethod
    def picked(among: list[Any], pick: int) -> Any:
        """One of them; the latest every other time."""
        return among[-1] if pick % 2 else among[pick // 2 % len(among)]

    @precondition(lambda self: self.shadow.attempts)
    @rule(pick=picks, at_once=st.booleans())
    def placed(self, pick: int, at_once: bool) -> None:
        """The venue has it, whatever we were told."""
        claim = self.picked(list(self.order.attempts), pick)
        key = (claim.venue, claim.number)
        if key not in self.world.orders:
            name = f"{claim.venue.value[0].upper()}-{claim.number}"
            self.world.say(key, snapshot(name, Status.ROUTED, external_id=claim.external_id))
            if at_once:
                self.delivered_the_latest()

    @precondition(lambda self: self.world.orders)
    @rule(pick=picks, status=st.sampled_from([Status.LIVE, Status.IN_FLIGHT, Status.CANCEL_REQUESTED]))
    def worked(self, pick: int, status: Status) -> None:
        key = self.picked(list(self.world.orders), pick)
        if self.world.works(key):
            self.world.say(key, evolve(self.world.orders[key], status=status))

    @precondition(lambda self: self.world.orders)
    @rule(pick=picks, leg=st.integers(0, 1), quantity=st.sampled_from([1, 4, 10, 10]), at_once=st.booleans())
    def executed(self, pick: int, leg: int, quantity: int, at_once: bool) -> None:
        """A fill; also one that crosses a cancel."""
        key = self.picked(list(self.world.orders), pick)
        seen = self.world.orders[key]
        symbol = self.world.ticket.legs[leg % len(self.world.ticket.legs)].instrument.occ
        quantity = min(quantity, self.world.open_of(seen, symbol))
        if quantity < 1 or seen.status in (Status.REJECTED, Status.FILLED):
            return
        fill = execution(f"{key[0]}-{key[1]}-{len(seen.fills)}", quantity, symbol)
        seen = evolve(seen, fills=(*seen.fills, fill))
        left = sum(self.world.open_of(seen, one.instrument.occ) for one in self.world.ticket.legs)
        done = left == 0 and not seen.status.is_terminal
        self.world.say(key, evolve(seen, status=Status.FILLED) if done else seen)
        if at_once:
            self.delivered_the_latest()

    @precondition(lambda self: self.world.orders)
    @rule(pick=picks, status=st.sampled_from([s for s in Status if s.is_terminal and s is not Status.FILLED]))
    def ended(self, pick: int, status: Status) -> None:
        key = self.picked(list(self.world.orders), pick)
        if self.world.works(key):
            self.world.say(key, evolve(self.world.orders[key], status=status, reason="because"))

    # what we hear

    def listen(self, venue: Venue, seen: BrokerOrder) -> None:
        known = attempt_of(self.order, venue, seen)
        assert known is not None
        self.shadow.hear(venue.value, seen, known.number)
        self.log.take(*hear(self.order, venue, seen, found_by=FoundBy.STREAM, why=why(self.now)).events)

    @precondition(lambda self: self.world.said)
    @rule(pick=picks)
    def delivered(self, pick: int) -> None:
        """Anything the venue ever said: late, again, or before what came before it."""
        self.listen(*self.world.said[pick % len(self.world.said)])

    @precondition(lambda self: self.world.said)
    @rule()
    def delivered_the_latest(self) -> None:
        self.listen(*self.world.said[-1])

    @precondition(lambda self: any(seen.fills for _, seen in self.world.said))
    @rule(pick=picks, price=st.sampled_from(["2.50", "2.45"]), more=st.sampled_from([0, 0, 1]))
    def told_otherwise(self, pick: int, price: str, more: int) -> None:
        """A fill that we know, with figures that are perhaps not those that we know."""
        venue, seen = self.picked([said for said in self.world.said if said[1].fills], pick)
        last = seen.fills[-1]
        lie = evolve(last, price=Decimal(price), quantity=last.quantity + more)
        self.listen(venue, evolve(seen, fills=(*seen.fills[:-1], lie)))

    @precondition(lambda self: self.world.said)
    @rule(pick=picks, really=st.integers(0, 4))
    def there_twice(self, pick: int, really: int) -> None:
        """The tag of one attempt on two orders."""
        venue, seen = self.picked(self.world.said, pick)
        if really == 3:
            self.listen(venue, evolve(seen, broker_order=seen.broker_order + "-twin"))

    @precondition(lambda self: self.world.said)
    @rule(pick=picks)
    def of_somebody_else(self, pick: int) -> None:
        venue, seen = self.picked(self.world.said, pick)
        stranger = evolve(seen, broker_order="other", external_id="theirs")
        assert hear(self.order, venue, stranger, found_by=FoundBy.STREAM, why=why(self.now)).events == []

    # what must always hold

    @invariant()
    def order_is_as_its_shadow_says(self) -> None:
        order, shadow = self.order, self.shadow
        assert order.stage.value == shadow.stage
        assert order.code == shadow.code
        assert order.cancel_requested == shadow.cancel_wanted
        assert order.replacement == (shadow.replacement and UUID(int=shadow.replacement))
        assert {
            (a.venue.value, a.number): {
                "outcome": a.outcome.value,
                "broker": a.broker_order,
                "status": a.status and a.status.value,
                "proof": a.proof,
            }
            for a in order.attempts
        } == shadow.attempts
        assert {
            (f.venue.value, f.fill_id): {
                "symbol": f.symbol,
                "quantity": f.quantity,
                "price": f.price,
                "attempt": f.attempt,
            }
            for f in order.fills
        } == shadow.fills

    @invariant()
    def replay_gives_the_same_order(self) -> None:
        assert self.log.replayed() == self.order

    @invariant()
    def every_production_claim_has_its_own_passed_fresh_test_of_the_same_content(self) -> None:  # I1, I5
        proven: dict[UUID, happened.RehearsalConcluded] = {}
        spent: dict[int, UUID] = {}
        for event in self.log.events:
            match event:
                case happened.RehearsalConcluded(passed=True):
                    proven = {event.test: event}
                case happened.SubmissionClaimed(venue=Venue.SANDBOX):
                    assert event.digest == self.order.digest
                    proven = {}
                case happened.SubmissionNotSent(venue=Venue.PRODUCTION):
                    spent.pop(event.attempt)  # nothing left: the proof is as good as before
                case happened.OrderApproved():
                    assert event.digest == self.order.digest
                case happened.SubmissionClaimed():
                    assert event.proof is not None
                    test = proven[event.proof]
                    assert event.at <= test.valid_until
                    assert event.digest == test.digest == self.order.digest
                    assert event.proof not in spent.values()
                    spent[event.attempt] = event.proof

    @invariant()
    def two_orders_in_production_are_an_incident(self) -> None:  # I3
        there = [a for a in self.order.attempts if a.venue is PRODUCTION and a.broker_order]
        alarms = [e for e in self.log.events if isinstance(e, happened.OrderEscalated)]
        assert len(there) <= 1 or any(alarm.reason == "duplicate_order" for alarm in alarms)

    @invariant()
    def the_next_attempt_waits_for_the_one_before(self) -> None:  # I6
        over: set[tuple[Venue, int]] = set()
        for event in self.log.events:
            match event:
                case happened.SubmissionClaimed():
                    assert {(event.venue, number) for number in range(1, event.attempt)} <= over
                case happened.SubmissionAdopted() | happened.OrderWentLive():
                    over.discard((event.venue, event.attempt))
                case (
                    happened.SubmissionDeclined()
                    | happened.SubmissionNotSent()
                    | happened.SubmissionNotFound()
                    | happened.OrderFilled()
                    | happened.OrderCancelled()
                    | happened.OrderExpired()
                    | happened.OrderRejected()
                ):
                    over.add((event.venue, event.attempt))

    @invariant()
    def an_order_is_not_over_while_one_of_its_attempts_may_be_there(self) -> None:  # I7
        if any(a.is_open for a in self.order.attempts if a.venue is PRODUCTION):
            given_up = self.order.stage is Stage.ABANDONED
            replaced = any(isinstance(e, happened.OrderReplaced) for e in self.log.events)
            assert given_up or replaced or not self.order.stage.is_over
            assert self.order.stage is not Stage.APPROVED

    @invariant()
    def an_attempt_has_one_outcome_and_can_only_turn_up_later(self) -> None:  # I8
        outcomes: dict[tuple[Venue, int], list[AttemptOutcome]] = {}
        kinds = {
            happened.SubmissionAdopted: AttemptOutcome.ADOPTED,
            happened.SubmissionDeclined: AttemptOutcome.DECLINED,
            happened.SubmissionNotSent: AttemptOutcome.NOT_SENT,
            happened.SubmissionNotFound: AttemptOutcome.NOT_FOUND,
        }
        for event in self.log.events:
            if type(event) in kinds:
                outcomes.setdefault((event.venue, event.attempt), []).append(kinds[type(event)])
        for told in outcomes.values():
            assert len(told) == 1 or (
                len(told) == 2 and told[1] is AttemptOutcome.ADOPTED and told[0] is not AttemptOutcome.ADOPTED
            )

    @invariant()
    def fills_are_counted_once_and_never_beyond_the_order(self) -> None:  # I11
        recorded = [e for e in self.log.events if isinstance(e, happened.FillRecorded)]
        assert len({(e.venue, e.fill_id) for e in recorded}) == len(recorded)
        for leg in self.log.order.legs:
            symbol = leg.instrument.occ
            in_production = [e.quantity for e in recorded if (e.venue, e.symbol) == (PRODUCTION, symbol)]
            assert min(in_production, default=1) > 0
            assert self.order.filled(PRODUCTION, symbol) == sum(in_production) <= leg.quantity

    @invariant()
    def statuses_only_move_forward(self) -> None:  # I12
        status: dict[tuple[Venue, int], str] = {}
        for event in self.log.events:
            match event:
                case happened.OrderWentLive():
                    assert (event.venue, event.attempt) not in status
                    status[event.venue, event.attempt] = "live"
                case happened.OrderCancelled() | happened.OrderExpired() | happened.OrderRejected():
                    assert status.get((event.venue, event.attempt)) in (None, "live")
                    status[event.venue, event.attempt] = "over"
                case happened.OrderFilled():
                    assert status.get((event.venue, event.attempt)) != "filled"  # a last fill corrects any other end
                    status[event.venue, event.attempt] = "filled"


OrderMachine.TestCase.settings = settings(
    max_examples=120, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
)
TestOrderUnderFire = OrderMachine.TestCase


# Every order of hearing


def heard(trace: tuple[BrokerOrder, ...]) -> tuple[Order, list[Event]]:
    log = Log().submitting()
    for seen in trace:
        log.shown(PRODUCTION, seen)
    return evolve(log.order, version=0), log.events


FOUR, SIX = execution("f-1", 4), execution("f-2", 6)
FILLING = (
    snapshot("P-1", Status.ROUTED),
    snapshot("P-1", Status.LIVE),
    snapshot("P-1", Status.LIVE, FOUR),
    snapshot("P-1", Status.LIVE, FOUR, SIX),
    snapshot("P-1", Status.FILLED, FOUR, SIX),
    snapshot("P-1", Status.LIVE, FOUR),
)
CROSSING = (
    snapshot("P-1", Status.ROUTED),
    snapshot("P-1", Status.LIVE, FOUR),
    snapshot("P-1", Status.LIVE, FOUR),
    snapshot("P-1", Status.CANCEL_REQUESTED, FOUR),
    snapshot("P-1", Status.CANCELLED, FOUR),
    snapshot("P-1", Status.CANCELLED, FOUR, SIX),
)
PARTIAL = (*CROSSING[:5], snapshot("P-1", Status.LIVE))


@pytest.mark.parametrize(
    ("trace", "stage", "filled"),
    [(FILLING, Stage.FILLED, 10), (CROSSING, Stage.FILLED, 10), (PARTIAL, Stage.CANCELLED, 4)],
    ids=["filling", "a fill crosses the cancel", "partly filled, then cancelled"],
)
def test_six_messages_in_any_of_720_orders_end_in_the_same_state(trace, stage, filled):
    ends = [heard(order) for order in permutations(trace)]
    assert len(ends) == 720
    first = ends[0][0]
    assert [end for end, _ in ends if end != first] == []
    assert (first.stage, first.filled(PRODUCTION)) == (stage, filled)


def test_any_message_can_be_dropped_but_the_last():
    whole, _ = heard(FILLING)
    for dropped in range(len(FILLING)):
        rest = FILLING[:dropped] + FILLING[dropped + 1 :]
        assert heard(rest)[0] == whole


def test_fills_of_two_legs_may_come_leg_by_leg_and_the_order_is_filled_with_the_last():
    first, second = (leg.instrument.occ for leg in VERTICAL.legs)
    log = Log(VERTICAL).submitting()
    long, short = execution("a", 5, first), execution("b", 5, second)
    log.shown(PRODUCTION, snapshot("P-1", Status.FILLED, long))
    assert log.order.stage is Stage.WORKING  # Filled was told before the second leg's fill
    log.shown(PRODUCTION, snapshot("P-1", Status.FILLED, long, short))
    assert log.order.stage is Stage.FILLED
