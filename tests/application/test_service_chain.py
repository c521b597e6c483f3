"""The service holds the whole log against its chain: what was changed long ago stops trading, too."""

import pytest
from eventsourcing.persistence import StoredEvent

from tastyflow.application.incidents.opening import close_incident
from tastyflow.application.reconciling.head import incident_of
from tastyflow.application.service.chain_watch import ChainWatch
from tastyflow.domain.incident import Incident, IncidentKind
from tastyflow.domain.order.stages import Stage
from tests.application.kit import MISSION

pytestmark = pytest.mark.anyio


def forge(house, nth):
    """Change an event of the log, as a hand with the file would."""
    events = house.ledger.recorder._stored_events
    was = events[nth - 1]
    events[nth - 1] = StoredEvent(was.originator_id, was.originator_version, was.topic, was.state + b" ")


async def watched(house):
    """Let the service's part look once."""
    watch = ChainWatch(house.context)
    await house.until(watch.now(lambda: True))
    return watch


def incident(house):
    return house.ledger.read(Incident, incident_of(house.context))


async def test_a_log_that_fits_its_chain_is_in_no_doubt(build):
    house = await build()
    await house.once(MISSION)
    watch = await watched(house)
    assert (watch.last.events, watch.last.seams) == (house.ledger.end(), ())
    assert incident(house) is None


async def test_an_event_that_was_changed_stops_trading_until_a_person_accepts_the_log(build):
    house = await build()
    await house.once(MISSION)
    forge(house, 4)
    watch = await watched(house)
    assert watch.last.seams[0].position == 4
    assert incident(house).message.startswith("Event 4 of the log does not fit its chain")

    house.clock.jump(3_600)
    refused = await house.once(MISSION)
    assert (refused.stage, refused.code) == (Stage.REFUSED, "log_in_doubt")

    why = house.context.because("operator:ann", refused)
    await house.until(
        house.ledger.change(
            lambda tx: close_incident(tx, IncidentKind.LOG, house.context.environment, how="a known edit", why=why)
        )
    )
    await watched(house)
    assert not incident(house).is_open  # accepted as it is
    assert (await house.once(MISSION)).stage is not Stage.REFUSED

    forge(house, 9)  # another one, behind it
    await watched(house)
    assert incident(house).is_open
    assert incident(house).message.startswith("Event 4 ")
    assert incident(house).message.endswith(" 1 more place does not fit.")


async def test_what_was_taken_away_at_the_end_is_found_too(build):
    house = await build()
    await house.once(MISSION)
    del house.ledger.recorder._stored_events[-1]
    watch = await watched(house)
    assert "taken away at the end" in watch.last.seams[0].why


async def test_a_service_that_may_not_act_only_looks(build):
    house = await build()
    await house.once(MISSION)
    forge(house, 4)
    watch = ChainWatch(house.context)
    await house.until(watch.now(lambda: False))
    assert watch.last.seams
    assert incident(house) is None
