"""Three failed logins in ten minutes, then none until it has cooled down."""

import pytest
from tt_kit import FRIDAY

from tastyflow_adapters.clock import TurnableClock
from tastyflow_adapters.tastytrade.http.breaker import COOL_DOWN_S, FAILURES, WINDOW_S, Breaker, Cause

pytestmark = pytest.mark.anyio


@pytest.fixture
def clock():
    return TurnableClock(FRIDAY)


def fail(breaker, times=1, cause=Cause.LOGIN):
    for _ in range(times):
        breaker.failed("revoked", cause)


async def test_the_third_failure_opens_it_and_it_says_why(clock):
    breaker = Breaker(clock)
    fail(breaker, FAILURES - 1)
    assert not breaker.state.is_open
    fail(breaker)
    assert breaker.state.is_open
    assert (breaker.state.failures, breaker.state.reason) == (FAILURES, "revoked")
    assert breaker.state.closes_in_s == COOL_DOWN_S


async def test_failures_far_apart_are_forgotten(clock):
    breaker = Breaker(clock)
    for _ in range(5):
        fail(breaker)
        await clock.turn(WINDOW_S / 2)
    assert not breaker.state.is_open


async def test_after_the_cool_down_one_try_is_free_and_its_failure_opens_at_once(clock):
    breaker = Breaker(clock)
    fail(breaker, FAILURES)
    await clock.turn(COOL_DOWN_S)
    assert not breaker.state.is_open
    fail(breaker)
    assert breaker.state.is_open


async def test_a_success_forgets_and_closes(clock):
    breaker = Breaker(clock)
    fail(breaker, FAILURES)
    await clock.turn(COOL_DOWN_S)
    breaker.succeeded()
    fail(breaker, FAILURES - 1)
    assert not breaker.state.is_open


async def test_a_login_that_works_does_not_excuse_tokens_that_do_not(clock):
    breaker = Breaker(clock)
    for _ in range(FAILURES):
        breaker.succeeded()
        fail(breaker, cause=Cause.TOKEN)
    assert breaker.state.is_open


async def test_a_token_that_works_does_not_excuse_logins_that_do_not(clock):
    breaker = Breaker(clock)
    for _ in range(FAILURES):
        breaker.succeeded(Cause.TOKEN)
        fail(breaker)
    assert breaker.state.is_open
    breaker.succeeded(Cause.TOKEN)
    assert breaker.state.is_open
