"""
What must hold of every log and its venues, whatever happened: the promises of the design, held against log and books.
"""

from uuid import UUID

from tastyflow.domain.events import Event
from tastyflow.domain.order.events import (
    OrderDrafted,
    OrderResubmitted,
    SubmissionAdopted,
    SubmissionClaimed,
    SubmissionNotSent,
)
from tastyflow.domain.setup import SetupConcluded
from tastyflow.domain.testresult import TestConcluded, TestPlanned, Verdict
from tastyflow.domain.venue import BrokerOrder, Venue
from tests.application.kit import PRODUCTION, SANDBOX, DeskUnderTest, log, replayed, setup_claims


def assert_sound(house: DeskUnderTest) -> None:
    """The promises of DESIGN.md, held against the log and both books."""
    events = log(house.ledger)
    states = replayed(events)
    for aggregate_id, state in states.items():
        assert house.ledger.read(type(state), aggregate_id) == state  # type: ignore[type-var]
    assert_books_match(events, list(house.rehearsals.orders()), list(house.live.orders()))
    assert_promotions_were_earned(events)


def assert_books_match(events: list[Event], sandbox: list[BrokerOrder], production: list[BrokerOrder]) -> None:
    """Every order at a venue has one claim, every claim at most one order; what was adopted is there."""
    for venue, book in ((SANDBOX, sandbox), (PRODUCTION, production)):
        tags = [order.external_id for order in book]
        claims = [e for e in events if isinstance(e, SubmissionClaimed) and e.venue is venue]
        setups = setup_claims(events) if venue is SANDBOX else []
        assert len(tags) == len(set(tags)), f"{venue} has an order twice"
        owned = {claim.external_id for claim in (*claims, *setups)}
        assert set(tags) <= owned, f"{venue} has an order without an owner"
        ids = {(claim.originator_id, claim.attempt): claim.external_id for claim in claims}
        known = {order.broker_order: order.external_id for order in book}
        for event in events:
            if isinstance(event, SubmissionAdopted) and event.venue is venue:
                assert known[event.broker_order] == ids[event.originator_id, event.attempt]
    placed = {(claim.originator_id, claim.number): claim.external_id for claim in setup_claims(events)}
    there = {order.broker_order: order.external_id for order in sandbox}
    for event in events:
        if isinstance(event, SetupConcluded) and event.broker_order:
            assert there[event.broker_order] == placed[event.originator_id, event.number]


def assert_promotions_were_earned(events: list[Event]) -> None:
    """Each claim of production has, before it, a passed test of the same content; and one live attempt at most."""
    digests: dict[UUID, str] = {}
    tested: dict[UUID, str] = {}
    passed: set[UUID] = set()
    sendings: dict[UUID, int] = {}
    for event in events:
        match event:
            case OrderDrafted():
                digests[event.originator_id] = event.ticket.digest
                assert event.digest == event.ticket.digest
            case TestPlanned():
                tested[event.originator_id] = event.digest
                assert event.digest == digests[event.order]
            case TestConcluded(verdict=Verdict.PASSED):
                passed.add(event.originator_id)
            case SubmissionClaimed(venue=Venue.PRODUCTION):
                assert event.proof in passed
                assert tested[event.proof] == event.digest == digests[event.originator_id]
                sendings[event.originator_id] = sendings.get(event.originator_id, 0) + 1
                assert sendings[event.originator_id] == 1, "a second sending while the first may be there"
            case OrderResubmitted():
                sendings[event.originator_id] = 0  # a person took it on themselves, after a search
            case SubmissionNotSent(venue=Venue.PRODUCTION):
                sendings[event.originator_id] -= 1
            case _:
                pass
