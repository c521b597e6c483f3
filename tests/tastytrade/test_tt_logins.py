"""Refused logins count across processes, for the credentials that were refused, and for no others."""

import json
import stat
from datetime import timedelta

import pytest
from pydantic import SecretStr
from tt_kit import FRIDAY

from tastyflow.domain.venue import Venue
from tastyflow_adapters.clock import TurnableClock
from tastyflow_adapters.tastytrade.http.breaker import COOL_DOWN_S, FAILURES, WINDOW_S, Breaker
from tastyflow_adapters.tastytrade.http.connection import Connection
from tastyflow_adapters.tastytrade.http.failed_logins import FILE, FORGOTTEN_S, KEPT, FailedLogins

pytestmark = pytest.mark.anyio


@pytest.fixture
def clock():
    return TurnableClock(FRIDAY)


def connection(venue=Venue.SANDBOX, credential="canary-secret"):
    return Connection.to(
        venue, account="5WT00001", client_secret=SecretStr(credential), refresh_token=SecretStr("canary-token")
    )


def process(folder, clock, **to):
    """What a process that starts now knows."""
    return Breaker(clock, memory=FailedLogins(folder, connection(**to), clock))


async def test_the_third_process_that_is_refused_is_the_last_that_tries(tmp_path, clock):
    for _ in range(FAILURES):
        breaker = process(tmp_path, clock)
        assert not breaker.state.is_open
        breaker.failed("revoked")
        await clock.turn(60)
    later = process(tmp_path, clock).state
    assert later.is_open
    assert later.closes_in_s == COOL_DOWN_S - 60
    await clock.turn(COOL_DOWN_S - 60)
    assert not process(tmp_path, clock).state.is_open


async def test_refusals_far_apart_do_not_add_up(tmp_path, clock):
    for _ in range(FAILURES + 2):
        breaker = process(tmp_path, clock)
        assert not breaker.state.is_open
        breaker.failed("revoked")
        await clock.turn(WINDOW_S)


async def test_a_login_that_works_is_forgotten_for_the_next_process_too(tmp_path, clock):
    for _ in range(FAILURES - 1):
        process(tmp_path, clock).failed("revoked")
    process(tmp_path, clock).succeeded()
    process(tmp_path, clock).failed("revoked")
    assert not process(tmp_path, clock).state.is_open


async def test_mended_credentials_and_the_other_venue_begin_anew(tmp_path, clock):
    for _ in range(FAILURES):
        process(tmp_path, clock).failed("revoked")
    assert process(tmp_path, clock).state.is_open
    assert not process(tmp_path, clock, credential="another").state.is_open
    assert not process(tmp_path, clock, venue=Venue.PRODUCTION).state.is_open


async def test_the_file_is_the_owners_holds_no_secret_and_stays_small(tmp_path, clock):
    for _ in range(KEPT * 2):
        process(tmp_path, clock).failed("revoked")
    file = tmp_path / FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "canary" not in file.read_text()
    assert len(json.loads(file.read_text())["sandbox"]["refused"]) == KEPT
    assert [each.name for each in tmp_path.iterdir()] == [FILE]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{",
        '{"sandbox": 1}',
        '{"sandbox": {"login": "x", "refused": 7}}',
        '{"sandbox": {"refused": ["x", 3, null]}}',
    ],
)
async def test_a_damaged_file_is_as_good_as_none(tmp_path, clock, content):
    (tmp_path / FILE).write_text(content)
    assert not process(tmp_path, clock).state.is_open
    process(tmp_path, clock).failed("revoked")
    assert process(tmp_path, clock).state.failures == 1


async def test_where_nothing_can_be_written_each_process_counts_for_itself(tmp_path, clock):
    nowhere = tmp_path / "missing"
    breaker = process(nowhere, clock)
    for _ in range(FAILURES):
        breaker.failed("revoked")
    assert breaker.state.is_open
    assert not process(nowhere, clock).state.is_open


async def test_what_is_long_ago_says_nothing_and_a_clock_that_was_set_back_is_no_excuse(tmp_path, clock):
    for _ in range(FAILURES):
        process(tmp_path, clock).failed("revoked")
    earlier = TurnableClock(FRIDAY - timedelta(hours=1))
    assert process(tmp_path, earlier).state.is_open
    await clock.turn(FORGOTTEN_S)
    forgotten = process(tmp_path, clock)
    forgotten.failed("revoked")
    assert not forgotten.state.is_open
