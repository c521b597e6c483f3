"""The login and every request: guarded, limited, sorted by certainty; and silent about its secrets."""

import asyncio
import logging
import traceback

import pytest
from tastytrade import API_VERSION, Account
from tastytrade.order import LimitOrder
from tt_kit import ACCESS, ACCOUNT, ACCOUNTS, AT, CANARIES, HTML, TOKEN, JumpingClock, Reply, data, error, items

from tastyflow.domain.venue import Venue
from tastyflow.errors import NotSent, OutcomeUnknown, VenueFailure, VenueRefused
from tastyflow_adapters.config.urls import PRODUCTION_API
from tastyflow_adapters.tastytrade.http.connection import Timeouts
from tastyflow_adapters.tastytrade.http.rate_limits import Kind, Limits
from tastyflow_adapters.tastytrade.http.session import USER_AGENT, VenueSession
from tastyflow_adapters.tastytrade.http.tokens import REFUSED_S

pytestmark = pytest.mark.anyio

FLAP = Reply(400, {"error_code": "invalid_request", "error_description": "User is not a TastyTrade customer"})
REVOKED = Reply(400, {"error_code": "invalid_grant", "error_description": "Grant revoked"})
POSITIONS = f"{AT}/positions"
ORDERS = f"{AT}/orders"


def ask(session):
    return session.request(Kind.POSITIONS, "GET", POSITIONS)


def send(session):
    return session.request(Kind.ORDER, "POST", ORDERS, body=b"{}")


# ── what goes out ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_requests_name_us_and_carry_the_token(scripted, session):
    scripted.on("GET", POSITIONS, items())
    await ask(session)
    heard = scripted.asked("GET", POSITIONS)[0]
    assert heard.headers["User-Agent"] == USER_AGENT
    assert USER_AGENT.startswith("tastyflow/")
    assert heard.headers["Authorization"] == f"Bearer {ACCESS}"
    login = scripted.asked("POST", "/oauth/token")[0]
    assert login.headers["User-Agent"] == USER_AGENT
    assert "Authorization" not in login.headers


@pytest.mark.parametrize(("venue", "sent"), [(Venue.SANDBOX, None), (Venue.PRODUCTION, API_VERSION)])
async def test_the_api_version_is_named_where_it_is_taken(scripted, jumping, venue, sent):
    scripted.on("GET", POSITIONS, items())
    session = VenueSession(scripted.connection(venue), jumping)
    async with session.opened():
        await ask(session)
    assert scripted.asked("GET", POSITIONS)[0].headers.get("Accept-Version") == sent


async def test_credentials_of_the_environment_are_never_used(scripted, jumping, monkeypatch):
    monkeypatch.setenv("TT_SECRET", "poison-secret")
    monkeypatch.setenv("TT_REFRESH", "poison-refresh")
    async with VenueSession(scripted.connection(), jumping) as session:
        await session.ready()
    login = scripted.asked("POST", "/oauth/token")[0].json
    assert login == {"grant_type": "refresh_token", "client_secret": CANARIES[0], "refresh_token": CANARIES[1]}


async def test_a_proxy_of_the_environment_is_never_used(scripted, jumping, monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with VenueSession(scripted.connection(), jumping) as session:
        await session.ready()
    assert scripted.logins == 1


# ── the guard ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_no_request_leaves_for_another_host(session):
    await session.ready()
    with pytest.raises(NotSent) as refused:
        await session.request(Kind.ORDER, "POST", f"{PRODUCTION_API}{ORDERS}", body=b"{}")
    assert refused.value.code == "egress_refused"


async def test_the_sandbox_session_does_not_reach_another_port_of_this_machine(session, scripted):
    session._client.base_url = "http://127.0.0.1:9"
    with pytest.raises(NotSent) as refused:
        await send(session)
    assert refused.value.code == "egress_refused"


async def test_no_socket_opens_to_another_host(session):
    import httpx2

    async with httpx2.AsyncClient(**session.client_kwargs) as client:
        with pytest.raises(httpx2.ConnectError, match="does not dial"):
            async with client.websocket("wss://streamer.tastyworks.com"):
                pytest.fail("it opened")


# ── the token ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_hundred_who_wait_share_one_login(scripted, session):
    scripted.on("POST", "/oauth/token", Reply(200, TOKEN.body, after_s=0.05))
    await asyncio.gather(*(session.ready() for _ in range(100)))
    assert scripted.logins == 1


async def test_a_token_is_renewed_two_minutes_before_its_end(scripted, session, jumping):
    await session.ready()
    jumping.jumped_s += 900 - 120 - 5
    await session.ready()
    assert scripted.logins == 1
    jumping.jumped_s += 10
    await session.ready()
    assert scripted.logins == 2


async def test_one_who_gives_up_does_not_take_the_login_from_the_others(scripted, session):
    scripted.on("POST", "/oauth/token", Reply(200, TOKEN.body, after_s=0.1))
    first, other = asyncio.create_task(session.ready()), asyncio.create_task(session.ready())
    await asyncio.sleep(0.02)
    first.cancel()
    await other
    assert scripted.logins == 1


@pytest.mark.parametrize("trouble", [FLAP, HTML, Reply(drops=True), Reply(200, {})], ids=str)
async def test_a_login_service_that_is_away_for_a_moment_is_asked_again(scripted, session, trouble, jumping):
    scripted.on("POST", "/oauth/token", trouble, trouble, TOKEN)
    await session.ready()
    assert scripted.logins == 3
    assert jumping.pauses == sorted(jumping.pauses)
    assert session.breaker.state.failures == 0


async def test_a_login_service_that_stays_away_means_not_sent_and_is_not_hammered(scripted, session):
    scripted.on("POST", "/oauth/token", FLAP)
    scripted.on("POST", ORDERS, Reply(201))
    for _ in range(3):
        with pytest.raises(NotSent):
            await send(session)
    assert scripted.logins <= 4 * 2  # a round of four, and not a new one before its pause is over
    assert not scripted.asked("POST", ORDERS)


async def test_a_good_token_outlives_a_login_service_that_is_away(scripted, session, jumping):
    await session.ready()
    scripted.on("POST", "/oauth/token", HTML)
    jumping.jumped_s += 900 - 60
    await session.ready()
    jumping.jumped_s += 45
    with pytest.raises(NotSent):
        await session.ready()


@pytest.mark.parametrize("answer", [REVOKED, error(401, "invalid_credentials", "No"), Reply(403, b"<html>")], ids=str)
async def test_a_revoked_grant_is_tried_once_a_minute_and_three_times_in_all(scripted, session, answer, jumping):
    scripted.on("POST", "/oauth/token", answer)
    for logins in (1, 2, 3, 3, 3):
        for _ in range(4):
            with pytest.raises(VenueRefused) as refused:
                await send(session)
            assert refused.value.code == "auth"
            assert refused.value.hint
        assert scripted.logins == logins
        jumping.jumped_s += REFUSED_S
    assert session.breaker.state.is_open
    assert not scripted.asked("POST", ORDERS)


async def test_the_keeper_renews_before_anybody_waits(scripted):
    class Quick(JumpingClock):
        async def sleep(self, seconds):
            self.pauses.append(seconds)
            await asyncio.sleep(0.01)
            self.jumped_s += seconds

    async with VenueSession(scripted.connection(), Quick()).opened() as session:
        await asyncio.sleep(0.2)
        assert session._tokens.left_s > 200
    assert scripted.logins >= 2


# ── certainty ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (Reply(drops=True), OutcomeUnknown),
        (Reply(201, after_s=5), OutcomeUnknown),
        (HTML, OutcomeUnknown),
        (error(500, "internal_server_error", "Oh"), OutcomeUnknown),
        (Reply(409, b""), OutcomeUnknown),
        (Reply(408, b""), OutcomeUnknown),
        (Reply(302, b""), OutcomeUnknown),
        (Reply(429, b""), OutcomeUnknown),
        (Reply(401, b"<html>"), OutcomeUnknown),
        (error(422, "x", "No"), VenueRefused),
        (error(400, "x", "No"), VenueRefused),
        (error(403, "x", "No"), VenueRefused),
    ],
    ids=str,
)
async def test_an_order_is_sent_once_whatever_is_answered(scripted, jumping, answer, failure):
    scripted.on("POST", ORDERS, answer)
    timeouts = Timeouts(connect_s=0.2, read_s=0.2, order_s=0.2, token_s=2)
    async with VenueSession(scripted.connection(timeouts=timeouts), jumping).opened() as session:
        with pytest.raises(failure) as raised:
            await send(session)
    assert type(raised.value).__mro__[1] is failure or type(raised.value) is failure
    assert len(scripted.asked("POST", ORDERS)) == 1


async def test_without_a_connection_nothing_was_sent(scripted, jumping):
    await scripted._runner.cleanup()
    async with VenueSession(scripted.connection(), jumping).opened() as session:
        with pytest.raises(NotSent):
            await send(session)


async def test_a_closed_session_sends_nothing(scripted, jumping):
    async with VenueSession(scripted.connection(), jumping).opened() as session:
        await session.ready()
    with pytest.raises(VenueFailure):
        await send(session)
    assert not scripted.asked("POST", ORDERS)


async def test_an_order_that_would_wait_too_long_for_its_turn_was_not_sent(scripted, jumping):
    limits = Limits(per_second={Kind.ORDER: 0.01})
    scripted.on("POST", ORDERS, data({"order": {"id": 1}}, 201))
    async with VenueSession(scripted.connection(limits=limits), jumping).opened() as session:
        await send(session)
        with pytest.raises(NotSent) as busy:
            await send(session)
    assert busy.value.code == "too_busy"
    assert len(scripted.asked("POST", ORDERS)) == 1


@pytest.mark.parametrize("trouble", [HTML, Reply(drops=True), Reply(503, b""), Reply(429, b"")], ids=str)
async def test_a_question_is_asked_again_and_only_so_often(scripted, session, trouble):
    scripted.on("GET", POSITIONS, trouble, trouble, items())
    assert (await ask(session)).items == []
    scripted.on("GET", POSITIONS, trouble)
    scripted.heard.clear()
    with pytest.raises(OutcomeUnknown):
        await ask(session)
    assert len(scripted.asked("GET", POSITIONS)) == 3


async def test_a_question_that_the_venue_says_no_to_is_not_asked_again(scripted, session):
    scripted.on("GET", POSITIONS, error(403, "not_permitted", "User not permitted access"))
    with pytest.raises(VenueRefused) as refused:
        await ask(session)
    assert refused.value.code == "not_permitted"
    assert len(scripted.asked("GET", POSITIONS)) == 1


async def test_an_answer_that_cannot_be_read_answers_no_question(scripted, session):
    for body in (b"{", b"", b"[]", b'{"data": 7}', b"<html>"):
        scripted.on("GET", POSITIONS, Reply(200, body))
        with pytest.raises(OutcomeUnknown):
            await ask(session)


async def test_an_answer_without_an_end_is_given_up(scripted, session, monkeypatch):
    monkeypatch.setattr("tastyflow_adapters.tastytrade.http.requests.MAX_BODY", 1000)
    scripted.on("POST", ORDERS, Reply(201, b"x" * 2000))
    with pytest.raises(OutcomeUnknown):
        await send(session)


async def test_an_expired_token_is_renewed_once_for_a_question(scripted, session):
    scripted.on("GET", POSITIONS, Reply(401, b"<html>"), items())
    await ask(session)
    assert scripted.logins == 2


async def test_a_new_token_that_is_not_taken_either_opens_the_breaker_in_the_end(scripted, session):
    scripted.on("GET", POSITIONS, Reply(401, b""))
    for _ in range(8):
        with pytest.raises(VenueFailure):
            await ask(session)
    assert session.breaker.state.is_open
    assert scripted.logins <= 4


# ── the client library, through the same door ──────────────────────────────────────────────────────────────────────


async def test_the_library_reads_through_the_same_door(scripted, session):
    scripted.on("GET", f"{AT}/orders/live", error(403, "not_permitted", "No"))
    account = Account.model_construct(account_number=ACCOUNT)
    with pytest.raises(VenueRefused):
        await account.get_live_orders(session)


async def test_the_library_cannot_write(scripted, session):
    account = Account.model_construct(account_number=ACCOUNT)
    with pytest.raises(NotSent):
        await account.place_order(session, LimitOrder(legs=[], price=1), dry_run=False)
    with pytest.raises(NotSent):
        await account.delete_order(session, 7)
    with pytest.raises(NotSent):
        await account.replace_order(session, 7, LimitOrder(legs=[], price=1))
    assert {heard.method for heard in scripted.heard} <= {"GET"}


async def test_a_session_is_not_written_down(session):
    with pytest.raises(TypeError):
        session.serialize()


async def test_two_users_share_a_session_and_the_last_one_closes_it(scripted, jumping):
    scripted.on("GET", POSITIONS, items())
    session = VenueSession(scripted.connection(), jumping)
    async with session.opened():
        async with session.opened():
            pass
        await ask(session)
    before = len(scripted.heard)
    with pytest.raises(VenueFailure):
        await ask(session)
    assert len(scripted.heard) == before


async def test_an_open_session_that_is_closed_leaves_nothing_running(scripted, jumping):
    before = asyncio.all_tasks()
    async with VenueSession(scripted.connection(), jumping).opened() as session:
        await session.ready()
    assert {task for task in asyncio.all_tasks() - before if task.get_name().startswith(("token", "login"))} == set()


# ── secrets ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_no_secret_is_in_a_log_an_exception_or_a_repr(scripted, caplog):
    caplog.set_level(logging.DEBUG)
    shown = []
    session = VenueSession(scripted.connection(), JumpingClock())
    echoes = error(422, "x", "No")
    async with session.opened():
        for answer in (HTML, Reply(drops=True), echoes, Reply(401, b""), REVOKED, ACCOUNTS, Reply(201, b"{")):
            for path in ("/oauth/token", ORDERS, POSITIONS):
                scripted.on("GET" if path == POSITIONS else "POST", path, answer)
                for call in (ask, send):
                    for until in ("_ends_at", "_not_before", "_refused_until"):
                        setattr(session._tokens, until, float("-inf"))
                    try:
                        shown.append(repr(await call(session)))
                    except VenueFailure as failure:
                        shown += [repr(failure), failure.message, failure.hint]
                        shown += traceback.format_exception(failure)
            scripted.on("POST", "/oauth/token", TOKEN)
        shown += [repr(session), str(session), repr(session.connection), repr(session.client_kwargs)]
    everything = "\n".join([caplog.text, *shown])
    assert "positions" in everything
    assert not [canary for canary in CANARIES if canary in everything]
    held = {name: str(value) for name, value in vars(session).items() if name != "session_token"}
    assert not any(secret in value for secret in CANARIES[:2] for value in held.values())
