"""So many requests per second, endpoint by endpoint, and not one more."""

import pytest
from sim_kit import http_client, serving

from tastyflow_simulator.rest.rate_limits import RateLimits

pytestmark = pytest.mark.anyio

X = "/accounts/5WT00001"
ROWS = [
    ("GET", "/market-data/by-type", 2),
    ("GET", "/option-chains/SPY/nested", 2),
    ("GET", "/futures-option-chains/ES", 2),
    ("GET", "/instruments/equities/SPY", 3),
    ("GET", "/instruments/equities", 2),
    ("GET", "/instruments/futures", 1),
    ("GET", "/instruments/equity-options/SPY   261218C00450000", 3),
    ("GET", f"{X}/positions", 1),
    ("GET", f"{X}/balances", 1),
    ("GET", f"{X}/balances/USD", 1),
    ("GET", f"{X}/trading-status", 1),
    ("GET", "/customers/me/accounts", 1),
    ("POST", f"{X}/orders", 20),
    ("DELETE", f"{X}/orders/17", 20),
    ("POST", f"{X}/complex-orders", 20),
    ("GET", f"{X}/orders/live", 50),
    ("GET", "/customers/me", 50),
]


class Hand:
    """A clock that is moved by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(("method", "path", "rate"), ROWS, ids=lambda value: str(value))
def test_an_endpoint_takes_its_rate_each_second(method, path, rate):
    hand = Hand()
    limits = RateLimits(hand)
    for _ in range(2):
        assert [limits.allow(method, path) for _ in range(rate + 1)] == [True] * rate + [False]
        hand.now += 1.0


def test_a_second_is_any_second_and_a_refusal_does_not_count():
    hand = Hand()
    limits = RateLimits(hand)
    assert limits.allow("GET", "/market-data/by-type")
    hand.now += 0.6
    assert limits.allow("GET", "/market-data/by-type")
    assert not limits.allow("GET", "/market-data/by-type")
    hand.now += 0.5
    assert limits.allow("GET", "/market-data/by-type")
    assert not limits.allow("GET", "/market-data/by-type")


def test_all_endpoints_together_take_fifty():
    limits = RateLimits(Hand())
    assert sum(limits.allow("GET", f"/anything/{number}") for number in range(60)) == 50
    assert not limits.allow("POST", f"{X}/orders")


async def test_rates_are_not_limited_unless_it_is_asked_for(sandbox):
    assert [(await sandbox.get(f"{sandbox.account}/positions")).status for _ in range(5)] == [200] * 5


async def test_too_many_requests_are_answered_by_the_gateway():
    async with serving(limits_rates=True) as simulator, http_client(simulator.sandbox) as caller:
        answers = [await caller.get(f"{caller.account}/positions") for _ in range(4)]
        assert {answer.status for answer in answers} == {200, 429}
        (page, *_) = [answer for answer in answers if answer.status == 429]
        assert "<h1>429 Too Many Requests</h1>" in page.text
