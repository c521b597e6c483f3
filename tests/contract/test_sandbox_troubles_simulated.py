"""A desk over the simulator whose sandbox is in trouble: each by its name, never a pass, nothing in production."""

import pytest
from attrs import evolve

from tastyflow.domain.order.stages import Stage
from tastyflow.domain.testresult import TestConcluded, Trouble, Verdict
from tastyflow.domain.venue import Venue
from tastyflow_simulator import FaultKind
from tests.application.kit import log
from tests.contract.desk_between_venues import BID, BUY
from tests.contract.simulated_desk import desk_between_simulated
from tests.contract.simulated_venue import ASKED, SPEED

pytestmark = pytest.mark.anyio

PLACE, DRY_RUN = ASKED["place"], ("POST", "*/orders/dry-run")
ANSWERED_S = 10 * SPEED
"""How long an answer is waited for by the simulated clock: so long that a socket of a busy machine has answered."""


def verdicts(venues):
    return [(event.verdict, event.trouble) for event in log(venues.ledger) if isinstance(event, TestConcluded)]


TROUBLED = {
    "session offline": ((FaultKind.SESSION_OFFLINE, "*", "*", {}), Trouble.SESSION_OFFLINE, "sandbox_away"),
    "502 on the dry run": ((FaultKind.ERROR_BEFORE, *DRY_RUN, {"status": 502}), Trouble.FAILING, "sandbox_away"),
    "502 on the order": ((FaultKind.ERROR_BEFORE, *PLACE, {"status": 502}), Trouble.FAILING, "sandbox_away"),
    "stale symbols": ((FaultKind.STALE_SYMBOLS, "*", "*", {}), Trouble.STALE_SYMBOLS, "stale_symbols"),
}


@pytest.mark.parametrize("name", TROUBLED)
async def test_a_sandbox_in_trouble_says_nothing_about_the_order(name):
    (kind, method, path, how), trouble, code = TROUBLED[name]
    async with desk_between_simulated() as venues:
        await venues.register_trader()
        venues.sandbox._fault(kind, method, path, times=None, **how)
        async with venues.desk() as desk:
            order = await venues.place(desk, BUY)
        assert (order.stage, order.code) == (Stage.REFUSED, code), order.message
        assert set(verdicts(venues)) == {(Verdict.INCONCLUSIVE, trouble)}
        assert len(verdicts(venues)) == (venues.policy.max_attempts if trouble.about.again else 1)
        assert venues.production.ledger() == []
        venues.ledger.close()


async def test_a_login_that_is_away_claims_nothing_and_is_named():
    async with desk_between_simulated() as venues:
        await venues.register_trader()
        venues.policy = evolve(venues.policy, answer_s=ANSWERED_S)
        await venues.sandbox.unreachable()
        async with venues.desk() as desk:
            order = await venues.place(desk, BUY)
        assert (order.stage, order.code) == (Stage.REFUSED, "sandbox_away"), order.message
        assert "login" in order.message
        assert (order.attempts, verdicts(venues)) == ((), [])
        assert venues.production.ledger() == []
        venues.ledger.close()


async def test_a_night_in_the_middle_of_a_rehearsal_is_rehearsed_again_and_the_order_goes_on():
    async with desk_between_simulated() as venues:
        await venues.register_trader()
        broker, nights = venues.sandbox.broker, iter([True])

        class Nightly:
            def __getattr__(self, name):
                return getattr(broker, name)

            async def place(self, ticket, **how):
                answer = await broker.place(ticket, **how)
                if next(nights, False):
                    venues.sandbox.reset_by_night()
                return answer

        venues.rehearsing = Nightly()
        async with venues.desk() as desk:
            order = await venues.place(desk, BID)
        assert (order.stage, order.message) == (Stage.WORKING, "")
        assert verdicts(venues) == [(Verdict.INCONCLUSIVE, Trouble.WAS_RESET), (Verdict.PASSED, "")]
        assert not any(attempt.is_open for attempt in order.attempts if attempt.venue is Venue.SANDBOX)
        venues.ledger.close()
