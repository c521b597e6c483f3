"""
Where the sandbox cannot hold what is closed, or is away: the mirrored rehearsal, and refusals that say what stands.
"""

from decimal import Decimal

import pytest

from tastyflow.domain.mirroring import mirrored
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.submission import AttemptOutcome
from tastyflow.domain.policy import Policy
from tastyflow.domain.setup import Purpose
from tastyflow.domain.testresult import CheckName, CheckOutcome, TestResult, Verdict
from tastyflow.domain.ticket import Action
from tastyflow.domain.venue import CLOSING_WITH_NO_POSITION, DryRun
from tastyflow.errors import NotSent, OutcomeUnknown, VenueRefused
from tastyflow_adapters.fake import FakeFaults, FaultyBroker, Plan, ScriptedModel
from tastyflow_adapters.fake.faults import NOT_SENT, REQUEST_LOST, refused
from tastyflow_adapters.fake.order_plan import live, reject, route
from tests.application.kit import SANDBOX
from tests.application.soundness import assert_sound
from tests.application.staging import ALL, BUY_2, CLOSE_10, REST_10, Hung, checks, endow, rests, setups

pytestmark = pytest.mark.anyio


# ── the sandbox cannot hold it ─────────────────────────────────────────────────────────────────────────────────


async def test_a_close_that_cannot_be_prepared_is_rehearsed_mirrored_and_proven_by_production(build):
    house = await build(models=(rests(), None))
    endow(house.live, calls=10)
    order = await house.once(REST_10)
    assert (order.stage, order.message) == (Stage.WORKING, "")
    (rehearsed,) = house.books()[0]
    assert rehearsed.ticket.digest == mirrored(order.ticket).digest
    assert [each.ticket.digest for each in house.books()[1]] == [order.digest]
    test = house.ledger.read(TestResult, order.test)
    assert (test.verdict, test.digest, test.rehearsed) == (Verdict.PASSED, order.digest, mirrored(order.ticket).digest)
    effect = checks(house, order)[CheckName.POSITION_EFFECT]
    assert (effect.evidence["by"], effect.evidence["digest"]) == ("production", order.digest)
    assert house.sandbox_holds() == {}
    assert_sound(house)


async def test_a_mirrored_rehearsal_that_filled_is_undone(build):
    opens_nothing = ScriptedModel(
        lambda ticket: Plan((live(),)) if ticket.legs[0].action.buys and ticket.opens else None
    )
    house = await build(models=(opens_nothing, None))
    endow(house.live, calls=10)
    order = await house.once(CLOSE_10)
    assert (order.stage, order.filled(SANDBOX)) == (Stage.FILLED, 10)
    assert setups(house, order)[-1] == (Purpose.RESTORE, Action.BUY_TO_CLOSE, 10)
    assert house.sandbox_holds() == {}
    assert_sound(house)


@pytest.mark.parametrize("fault", [refused("margin_check_failed"), refused("instrument_validation_failed"), NOT_SENT])
async def test_a_sandbox_that_refuses_the_setup_leads_to_the_mirror(house, fault):
    endow(house.live, calls=10)
    house.sandbox = FaultyBroker(house.rehearsals, FakeFaults({"place": [fault]}), house.clock)
    order = await house.once(REST_10)
    assert (order.stage, order.message) == (Stage.WORKING, "")
    assert order.attempt(SANDBOX).digest != order.digest
    assert_sound(house)


async def test_a_policy_without_mirrored_rehearsals_refuses_and_says_that_the_position_stands(build):
    house = await build(models=(rests(), None), policy=Policy(mirrored_rehearsal=False))
    endow(house.live, calls=10)
    order = await house.once(REST_10)
    assert (order.stage, order.code) == (Stage.REFUSED, "not_prepared")
    assert "the position stands" in order.hint
    assert "broker's own application" in order.hint
    assert "hange the order" not in order.hint
    assert house.books() == ([], [])
    assert house.trader().reserved == {}
    assert_sound(house)


async def test_a_roll_is_never_mirrored(build):
    house = await build(models=(rests(), None))
    endow(house.live, calls=2)
    order = await house.once(
        "sell to close 2 SPY 450 calls exp Dec 18 2026 / buy to open 2 SPY 460 calls exp Dec 18 2026 at natural"
    )
    assert (order.stage, order.code) == (Stage.REFUSED, "not_prepared")
    assert house.books() == ([], [])


class WarningProduction(FaultyBroker):
    """Production warns that the close would open a position: in the words of the warning, or by its code alone."""

    codes = frozenset()

    async def dry_run(self, ticket):
        warning = "closing_with_no_position: This order will be updated to a sell to open order when routed."
        said = "It will be updated." if self.codes else warning
        return DryRun(Decimal(0), Decimal(0), (said,), warning_codes=self.codes)


class CodingProduction(WarningProduction):
    codes = frozenset({CLOSING_WITH_NO_POSITION})


@pytest.mark.parametrize("says", ["no", "warns", "codes", "nothing"])
async def test_without_productions_word_a_mirrored_rehearsal_proves_nothing(build, says):
    house = await build(models=(rests(), None))
    endow(house.live, calls=10)
    faults = {"no": [refused("closing_with_no_position", "There is none.")] * 3, "nothing": [REQUEST_LOST] * 3}
    kind = {"warns": WarningProduction, "codes": CodingProduction}.get(says, FaultyBroker)
    house.production = kind(house.live, FakeFaults({"dry_run": faults.get(says, [])}), house.clock)
    order = await house.once(REST_10)
    assert (order.stage, order.code) == (Stage.REFUSED, "not_proven")
    assert "position_effect" in order.message
    assert "the position stands" in order.hint
    outcome = checks(house, order)[CheckName.POSITION_EFFECT].outcome
    assert outcome is (CheckOutcome.COULD_NOT_RUN if says == "nothing" else CheckOutcome.FAILED)
    if says != "nothing":  # production said no: the sandbox was not asked, and the log says so
        assert [attempt.outcome for attempt in order.attempts] == [AttemptOutcome.NOT_SENT]
    assert house.books()[1] == []
    assert house.sandbox_holds() == {}
    assert_sound(house)


async def test_the_effect_is_required_of_a_mirrored_rehearsal_whatever_the_policy_says(build):
    house = await build(models=(rests(), None), policy=Policy(required_checks=ALL - {CheckName.POSITION_EFFECT}))
    endow(house.live, calls=10)
    house.production = FaultyBroker(house.live, FakeFaults({"dry_run": [REQUEST_LOST] * 3}), house.clock)
    order = await house.once(REST_10)
    assert (order.stage, order.code) == (Stage.REFUSED, "not_proven")
    assert house.books()[1] == []


# ── the sandbox is away ────────────────────────────────────────────────────────────────────────────────────────


class HungLater(Hung):
    """A sandbox whose login is fresh, and that answers nothing else."""

    async def ready(self):
        """At once."""


@pytest.mark.parametrize("kind", [Hung, HungLater])
@pytest.mark.parametrize("text", [CLOSE_10, BUY_2])
async def test_a_sandbox_that_hangs_ends_the_order_within_seconds(house, kind, text):
    endow(house.live, calls=10)
    house.sandbox = kind(house.rehearsals, FakeFaults(), house.clock)
    began_s = house.clock.monotonic()
    async with house.desk() as desk:
        order = await house.place(desk, text)
        assert house.clock.monotonic() - began_s < 10
    assert (order.stage, order.code) == (Stage.REFUSED, "sandbox_away")
    assert "sandbox" in order.message
    assert ("the position stands" in order.hint) is (text == CLOSE_10)
    assert house.trader().reserved == {}
    assert house.books()[1] == []


class HungOrders(FaultyBroker):
    """A sandbox that answers every question, and no order."""

    async def place(self, ticket, *, external_id, **how):
        await self.clock.sleep(20)
        raise OutcomeUnknown("There was no answer within 20 seconds.")


@pytest.mark.parametrize("text", [CLOSE_10, BUY_2])
async def test_a_sandbox_that_answers_no_order_is_away_and_is_not_asked_again_and_again(house, text):
    endow(house.live, calls=10)
    house.sandbox = HungOrders(house.rehearsals, FakeFaults(), house.clock)
    order = await house.once(text)
    assert (order.stage, order.code, len(order.attempts)) == (Stage.REFUSED, "sandbox_away", 1)
    assert "hange the order" not in order.hint
    assert ("the position stands" in order.hint) is (text == CLOSE_10)


class LeavesMidway(FaultyBroker):
    """A sandbox that fills the setup, shows no position, does not take it back, and then is away."""

    placed = 0

    async def positions(self):
        if self.placed > 1:
            raise NotSent("The connection was refused.")
        return []

    async def place(self, ticket, *, external_id, **how):
        self.placed += 1
        if self.placed > 1:
            raise VenueRefused("There is none.", code=CLOSING_WITH_NO_POSITION)
        return await super().place(ticket, external_id=external_id, **how)


async def test_a_sandbox_that_goes_away_midway_ends_the_order_too(house):
    endow(house.live, calls=10)
    house.sandbox = LeavesMidway(house.rehearsals, FakeFaults(), house.clock)
    order = await house.once(REST_10)
    assert (order.stage, order.code) == (Stage.REFUSED, "sandbox_away")
    assert house.trader().reserved == {}


async def test_a_sandbox_that_is_away_says_of_a_close_that_the_position_stands(house):
    endow(house.live, calls=10)
    house.sandbox = FaultyBroker(house.rehearsals, FakeFaults({"ready": [NOT_SENT] * 9}), house.clock)
    began_s = house.clock.monotonic()
    order = await house.once(CLOSE_10)
    assert (order.stage, order.code, order.attempts) == (Stage.REFUSED, "sandbox_away", ())
    assert "the position stands" in order.hint
    assert "broker's own application" in order.hint
    assert house.clock.monotonic() - began_s < 15


async def test_a_session_that_is_offline_is_a_sandbox_that_is_away(build):
    house = await build(models=(rests(route(), reject("Session offline")), None))
    endow(house.live, calls=10)
    order = await house.once(CLOSE_10)
    assert (order.stage, order.code) == (Stage.REFUSED, "sandbox_away")
    assert "the position stands" in order.hint
    assert house.books()[1] == []
