"""
Orders under fire: random verbs, and a venue whose messages come late, twice, out of order, or lying.

The order is driven beside a shadow of plain dicts, which says beforehand what each step must do. What the log may
never show (reliability reference, 3.6) is looked for after every step.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

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
from tastyflow.domain.venue import BrokerOrder, Status, Venue
from tastyflow.domain.venue.hearing import attempt_of, hear
from tastyflow.errors import ExcessFill, IllegalStep, NotProven
from tests.domain.makers import (
    CALLS,
    NOW,
    PRODUCTION,
    SANDBOX,
    VALID_FOR,
    VERTICAL,
    Log,
    execution,
    snapshot,
    why,
)
from tests.domain.order_shadow import Shadow, World

venues = st.sampled_from(Venue)
picks = st.integers(0, 1_000)


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

    @rule(reason=st.sampled_from(["strange", "excess_fill", "outcome_unknown"]), really=st.integers(0, 4))
    def person_called(self, reason: str, really: int) -> None:
        if really == 3:
            self.check(self.shadow.escalate(reason), "escalate", reason=reason, message="Look.")

    @rule(ago=st.sampled_from([0, 0, 0, 5]))
    def sent_again(self, ago: int) -> None:
        """A person lets it be sent again, after a search of so many minutes ago."""
        searched = self.now - timedelta(minutes=ago)
        claimed = {a.number: a.claimed_at for a in self.order.attempts if a.venue is PRODUCTION}
        self.check(self.shadow.resubmit(searched, claimed), "resubmit", by="ann", searched_at=searched)

    @precondition(lambda self: self.shadow.stage == "submitting")
    @rule()
    def left_to_a_person(self) -> None:
        """Its answer is lost, and a search is in vain."""
        number = len(self.shadow.at("production"))
        self.answer(PRODUCTION, number, "lose")
        self.answer(PRODUCTION, number, "not_found")
        self.check(self.shadow.escalate("outcome_unknown"), "escalate", reason="outcome_unknown", message="Look.")
        self.time_passes(1)
        self.sent_again(0)

    @rule(minutes=st.sampled_from([0, 1, 14, 16]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes, microseconds=1)

    # what became of an attempt, as far as we know

    @precondition(lambda self: self.shadow.attempts)
    @rule(pick=picks, verb=st.sampled_from(["decline", "not_sent", "not_sent", "lose", "lose", "not_found"]))
    def answered(self, pick: int, verb: str) -> None:
        self.answer(*self.picked([(a.venue, a.number) for a in self.order.attempts], pick), verb)

    @rule(pick=picks)
    def sandbox_was_reset(self, pick: int) -> None:
        numbers = [a.number for a in self.order.attempts if a.venue is SANDBOX] or [9]
        number = self.picked(numbers, pick)
        self.check(self.shadow.forget(number), "forget", number)

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
                    | happened.AttemptForgotten()
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
            is_known = len(told) > 1 and told[0] is AttemptOutcome.NOT_FOUND  # its sender knew better than the search
            known = told[1:] if is_known else told
            assert len(known) == 1 or (
                len(known) == 2 and known[1] is AttemptOutcome.ADOPTED and known[0] is not AttemptOutcome.ADOPTED
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
