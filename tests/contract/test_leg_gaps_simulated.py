"""A desk over the simulator whose spreads fill leg by leg: every one passes its rehearsal, and fills in production."""

import pytest

from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.venue import Venue
from tastyflow_simulator import Timings
from tests.contract.simulated_desk import desk_between_simulated

pytestmark = pytest.mark.anyio

SPREAD = "buy 2 SPY 450/455 call vertical Dec 18 at natural"


@pytest.mark.parametrize("gap_s", [0.02, 0.5, 2.5])
async def test_a_spread_whose_legs_fill_one_after_the_other_passes_its_rehearsal_and_fills(gap_s):
    async with desk_between_simulated(timings=Timings(leg_gap_s=gap_s)) as venues:
        await venues.register_trader()
        async with venues.desk() as desk:
            order = await venues.place(desk, SPREAD)
            await venues.rest(2 * gap_s + 1)
            order = venues.ledger.read(Order, order.id)
            said = {check.name: check.outcome.value for check in desk.test_of(order).checks}
        assert set(said.values()) == {"passed"}, said
        assert (order.stage, order.message) == (Stage.FILLED, "")
        assert {order.filled(venue, leg.instrument.occ) for venue in Venue for leg in order.legs} == {2}
        await venues.assert_sound()
        venues.ledger.close()
