"""The access token: who may end it, how seldom it is asked for, and that every failure of a login is one of ours."""

import asyncio
from contextlib import suppress

import pytest
from tt_kit import ACCESS, AT, HTML, TOKEN, Reply, data, error, items, limit, placed

from tastyflow.domain.venue import Status
from tastyflow.errors import NotSent, OutcomeUnknown, VenueFailure, VenueRefused
from tastyflow_adapters.tastytrade.http.breaker import Cause
from tastyflow_adapters.tastytrade.http.rate_limits import Kind
from tastyflow_adapters.tastytrade.http.session import VenueSession
from tastyflow_adapters.tastytrade.http.tokens import DOUBT_S, MAX_PAUSE_S, REFUSED_S
from tastyflow_adapters.tastytrade.single_flight import SingleFlight, outcome_of

pytestmark = pytest.mark.anyio

REVOKED = Reply(400, {"error_code": "invalid_grant", "error_description": "Grant revoked"})
POSITIONS = f"{AT}/positions"
ORDERS = f"{AT}/orders"


def ask(session):
    return session.request(Kind.POSITIONS, "GET", POSITIONS)


def tokens(*names):
    """Logins that bring one token after the other."""
    return [Reply(200, {**TOKEN.body, "access_token": f"{ACCESS}-{name}"}) for name in names]


# ── a stream's doubt ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_refused_stream_does_not_take_the_token_from_orders(scripted, session, broker):
    scripted.on("POST", ORDERS, lambda heard: data({"order": placed(heard.body)}, 201))
    scripted.on("POST", "/oauth/token", HTML)
    with pytest.raises(NotSent):
        await session.refresh(force=True)
    assert (await broker.place(limit(), external_id="tf1-s-abcdefghij0123456789-1")).status is Status.ROUTED


async def test_streams_that_are_refused_again_and_again_ask_for_one_token_in_ten_minutes(scripted, session, jumping):
    scripted.on("POST", "/oauth/token", *tokens("a", "b", "c"))
    await session.ready()
    for _ in range(20):
        await session.refresh(force=True)
    assert scripted.logins == 2
    assert session.session_token == f"{ACCESS}-b"
    jumping.jumped_s += DOUBT_S - 60
    await session.refresh(force=True)
    assert scripted.logins == 2
    jumping.jumped_s += 60
    await session.refresh(force=True)
    assert scripted.logins == 3


async def test_two_requests_refused_for_one_token_bring_one_new_token(scripted, session):
    scripted.on("POST", "/oauth/token", *tokens("old", "new", "too many"))
    await session.ready()

    def answer(heard):
        late = 0.2 * len([each for each in scripted.heard if each.path == heard.path and each is not heard])
        return Reply(401, b"", after_s=late) if heard.headers["Authorization"].endswith("old") else items()

    scripted.on("GET", POSITIONS, answer)
    await asyncio.gather(ask(session), ask(session))
    assert scripted.logins == 2


async def test_a_login_never_carries_the_token_before_it(scripted, session, jumping):
    for _ in range(3):
        await session.ready()
        jumping.jumped_s += 900
    logins = scripted.asked("POST", "/oauth/token")
    assert len(logins) == 3
    assert not any("Authorization" in login.headers for login in logins)


# ── what is refused ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_refused_login_stands_for_a_minute_whoever_asks(scripted, session, jumping):
    scripted.on("POST", "/oauth/token", REVOKED)
    for _ in range(3):
        with pytest.raises(VenueRefused) as refused:
            await asyncio.gather(ask(session), session.ready(), session.refresh(force=True))
        assert refused.value.code == "auth"
        assert "Grant revoked" in refused.value.message
    assert scripted.logins == 1
    jumping.jumped_s += REFUSED_S
    scripted.on("POST", "/oauth/token", TOKEN)
    await session.ready()
    assert scripted.logins == 2


async def test_too_many_logins_are_not_made_more_at_once(scripted, session, jumping):
    scripted.on("POST", "/oauth/token", Reply(429, b""))
    for _ in range(3):
        with pytest.raises(NotSent):
            await session.ready()
    assert scripted.logins == 1
    assert session.breaker.state.failures == 0
    jumping.jumped_s += MAX_PAUSE_S - 1
    with pytest.raises(NotSent):
        await session.ready()
    assert scripted.logins == 1
    jumping.jumped_s += 1
    scripted.on("POST", "/oauth/token", TOKEN)
    await session.ready()


@pytest.mark.parametrize(
    ("answer", "counted"),
    [
        (Reply(429, b""), 1), (Reply(302, b""), 1), (HTML, 1), (Reply(401, b""), 1),
        (items(), 0), (error(404, "not_found", "No"), 0), (error(422, "x", "No"), 0),
    ],
    ids=lambda answer: str(getattr(answer, "status", answer)),
)  # fmt: skip
async def test_only_an_answer_given_after_the_token_was_looked_at_clears_it(scripted, session, answer, counted):
    scripted.on("POST", ORDERS, answer)
    session.breaker.failed("the token of a new login was refused.", Cause.TOKEN)
    with suppress(VenueFailure):
        await session.request(Kind.ORDER, "POST", ORDERS, body=b"{}")
    assert session.breaker.state.failures == counted


# ── whatever else happens ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", [RuntimeError, OSError, ValueError, OutcomeUnknown])
async def test_whatever_a_login_dies_of_nothing_was_sent_and_the_keeper_lives(scripted, jumping, kind):
    async def dies():
        raise kind("closed")

    session = VenueSession(scripted.connection(), jumping)
    session._tokens._ask = dies
    async with session.opened():
        await asyncio.sleep(0.01)
        with pytest.raises(NotSent):
            await session.ready()
        assert not session._keeper.done()


async def test_a_token_that_cannot_be_put_to_use_means_not_sent(scripted, jumping):
    def fails(*_):
        raise RuntimeError

    session = VenueSession(scripted.connection(), jumping)
    session._tokens._changed = fails
    async with session.opened():
        with pytest.raises(NotSent):
            await session.ready()
        assert not session._keeper.done()


async def test_one_who_waits_for_a_login_that_is_given_up_is_told_so_and_not_cancelled(scripted, session):
    scripted.on("POST", "/oauth/token", Reply(200, TOKEN.body, after_s=1))
    waiting = asyncio.create_task(session.ready())
    await asyncio.sleep(0.05)
    await session._tokens.close()
    with pytest.raises(NotSent):
        await waiting
    assert not session._keeper.done()


@pytest.mark.parametrize("steps", range(4))
async def test_one_who_is_cancelled_while_what_they_wait_for_is_given_up_is_cancelled(steps):
    shared = asyncio.create_task(asyncio.sleep(60))
    waiting = asyncio.create_task(outcome_of(shared))
    await asyncio.sleep(0.01)
    shared.cancel()
    for _ in range(steps):
        await asyncio.sleep(0)
    was_waiting = waiting.cancel()
    with pytest.raises(asyncio.CancelledError if was_waiting else NotSent):
        await waiting


async def test_a_login_that_dies_once_is_tried_again(scripted, jumping):
    session = VenueSession(scripted.connection(), jumping)
    ask_venue, deaths = session._tokens._ask, [RuntimeError(), OSError()]

    async def dies_at_first():
        if deaths:
            raise deaths.pop()
        return await ask_venue()

    session._tokens._ask = dies_at_first
    async with session.opened():
        await session.ready()
    assert scripted.logins == 1


async def test_one_who_shares_a_question_that_is_given_up_is_told_so_and_not_cancelled():
    async def ask_for_ever():
        await asyncio.sleep(60)

    flights = SingleFlight()
    waiting = [asyncio.create_task(flights.get("x", ask_for_ever)) for _ in range(2)]
    await asyncio.sleep(0)
    await flights.aclose()
    ended = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(each) for each in ended] == [NotSent, NotSent]
