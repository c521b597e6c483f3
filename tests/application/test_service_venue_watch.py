"""The service looks at its venues while no order does: a login that is gone and a clock that lies apart are told."""

import pytest
from attrs import evolve

from tastyflow.application.incidents.handling import open_incidents
from tastyflow.domain.incident import IncidentKind
from tastyflow_adapters.service.venue_watch import SKEW_S, TIMES, VenueWatch
from tastyflow_adapters.tastytrade.venue_health import VenueHealth
from tests.application.kit import DeskUnderTest

pytestmark = pytest.mark.anyio

WELL = VenueHealth(True, None, None, "", 600.0, 0.1)
NO_LOGIN = evolve(WELL, token_left_s=0.0)


def reached(house: DeskUnderTest, *, sandbox: VenueHealth = WELL, live: VenueHealth = WELL) -> None:
    house.sandbox.health, house.production.health = lambda: sandbox, lambda: live


def told(house: DeskUnderTest) -> list[tuple[IncidentKind, str]]:
    return sorted((each.kind, each.subject) for each in open_incidents(house.ledger))


async def looked(house: DeskUnderTest, watch: VenueWatch, times: int) -> None:
    for _ in range(times):
        await house.until(watch.look())


async def test_a_login_that_stays_away_is_an_incident_until_there_is_one(house):
    async with house.desk() as desk:
        watch = VenueWatch(desk)
        reached(house, live=NO_LOGIN)
        await looked(house, watch, TIMES - 1)
        assert told(house) == []
        await looked(house, watch, 1)
        assert told(house) == [(IncidentKind.LOGIN, "production")]
        end = house.ledger.end()
        await looked(house, watch, 3)
        assert house.ledger.end() == end
        reached(house)
        await looked(house, watch, 1)
        assert told(house) == []


async def test_a_login_that_is_only_renewed_is_none(house):
    async with house.desk() as desk:
        watch = VenueWatch(desk)
        for _ in range(3):
            reached(house, sandbox=NO_LOGIN)
            await looked(house, watch, TIMES - 1)
            reached(house)
            await looked(house, watch, 1)
        assert told(house) == []


async def test_clocks_that_lie_apart_are_an_incident_on_either_side_and_by_more_than_the_limit(house):
    async with house.desk() as desk:
        for ahead_s, found in ((SKEW_S, 0), (-SKEW_S, 0), (SKEW_S + 0.1, 1), (-SKEW_S - 0.1, 1), (None, 0)):
            watch = VenueWatch(desk)
            reached(house, live=evolve(WELL, ahead_s=ahead_s))
            await looked(house, watch, TIMES)
            assert told(house) == [(IncidentKind.CLOCK, "production")] * found
            reached(house)
            await looked(house, watch, 1)


async def test_a_venue_that_is_seen_ill_again_is_told_again(house):
    async with house.desk() as desk:
        watch = VenueWatch(desk)
        for _ in range(2):
            reached(house, sandbox=NO_LOGIN)
            await looked(house, watch, TIMES)
            assert told(house) == [(IncidentKind.LOGIN, "sandbox")]
            reached(house)
            await looked(house, watch, 1)
            assert told(house) == []
