"""No access token in the locals of any frame of any failure: programs around us write those into reports."""

import asyncio
from traceback import TracebackException

import pytest
from tt_kit import AT, CANARIES, HTML, Reply

from tastyflow.errors import VenueFailure
from tastyflow_adapters.tastytrade.http.rate_limits import Kind
from tastyflow_adapters.tastytrade.streams.sockets import StreamRefused, VenueAlertStreamer

pytestmark = pytest.mark.anyio

REVOKED = Reply(400, {"error_code": "invalid_grant", "error_description": "Grant revoked"})
PLACES = {
    "a read": (Kind.OTHER, "GET", "/x"),
    "an order": (Kind.ORDER, "POST", f"{AT}/orders"),
    "a cancel": (Kind.ORDER, "DELETE", f"{AT}/orders/7"),
}


def told_by(error):
    """The whole traceback, as a report with locals would show it."""
    return "".join(TracebackException.from_exception(error, capture_locals=True).format())


def assert_silent(error):
    told = told_by(error)
    assert "self = " in told
    assert [canary for canary in CANARIES if canary in told] == []


def test_a_local_that_holds_a_token_would_be_seen():
    held = CANARIES[2]
    with pytest.raises(ValueError, match="x") as raised:
        raise ValueError("x" * len(held))
    with pytest.raises(AssertionError):
        assert_silent(raised.value)


@pytest.mark.parametrize("login", [HTML, REVOKED, Reply(429, b""), Reply(drops=True)], ids=str)
@pytest.mark.parametrize("answer", [Reply(401, b""), HTML, Reply(drops=True), Reply(422, b"")], ids=str)
@pytest.mark.parametrize("what", PLACES)
async def test_a_request_that_fails_shows_no_token(scripted, session, what, answer, login):
    await session.ready()
    kind, method, path = PLACES[what]
    scripted.on("POST", "/oauth/token", login)
    scripted.on(method, path, answer)
    with pytest.raises(VenueFailure) as raised:
        await session.request(kind, method, path)
    assert_silent(raised.value)


@pytest.mark.parametrize("login", [HTML, REVOKED, Reply(drops=True)], ids=str)
async def test_a_login_that_fails_shows_no_secret(scripted, session, login):
    scripted.on("POST", "/oauth/token", login)
    with pytest.raises(VenueFailure) as raised:
        await session.ready()
    assert_silent(raised.value)


async def test_a_login_that_dies_with_its_answer_in_hand_shows_no_secret(session, jumping, monkeypatch):
    def fails():
        raise RuntimeError

    await session.ready()
    monkeypatch.setattr(session.breaker, "succeeded", fails)
    jumping.jumped_s += 900
    with pytest.raises(VenueFailure) as raised:
        await session.ready()
    assert_silent(raised.value)


# ── the account's socket ───────────────────────────────────────────────────────────────────────────────────────────


class Socket:
    """Refuses what it is told, or breaks on it as the real one does: with the message in its frames."""

    def __init__(self, streamer, *, breaks=False, mute=False):
        self._streamer, self._breaks, self._mute = streamer, breaks, mute
        self.heard = []

    async def send_json(self, message):
        self.heard.append(message)
        if self._breaks:
            try:
                raise OSError
            except OSError as error:
                raise ConnectionError from error
        if not self._mute:
            self._streamer._take({"status": "error", "request-id": message["request-id"]})


def streamer_of(session, **how):
    streamer = VenueAlertStreamer(session, heard=list, unreadable=list, order=lambda _: None)
    streamer._websocket = Socket(streamer, **how)
    return streamer


@pytest.mark.parametrize("how", [{}, {"breaks": True}], ids=str)
@pytest.mark.parametrize("say", ["connect", "heartbeat"])
async def test_a_stream_that_fails_shows_no_token(scripted, session, say, how):
    await session.ready()
    streamer = streamer_of(session, **how)
    with pytest.raises((StreamRefused, ConnectionError)) as raised:
        await getattr(streamer, say)()
    assert streamer._websocket.heard[0]["auth-token"].endswith(CANARIES[2])
    assert_silent(raised.value)


async def test_a_stream_that_is_refused_while_no_login_works_shows_no_token(scripted, session):
    await session.ready()
    scripted.on("POST", "/oauth/token", HTML)
    with pytest.raises(VenueFailure) as raised:
        await streamer_of(session).connect()
    assert_silent(raised.value)


async def test_a_heartbeat_with_an_old_token_may_be_refused_and_the_stream_goes_on(scripted, session, jumping):
    await session.ready()
    scripted.on("POST", "/oauth/token", HTML)
    jumping.jumped_s += 900
    streamer = streamer_of(session)
    await streamer.heartbeat()
    assert streamer._websocket.heard[0]["action"] == "heartbeat"


async def test_a_heartbeat_with_a_fresh_token_may_not(session):
    with pytest.raises(StreamRefused):
        await streamer_of(session).heartbeat()


async def test_what_is_cancelled_while_it_is_said_stays_cancelled(session):
    await session.ready()
    streamer = streamer_of(session, mute=True)
    saying = asyncio.create_task(streamer._say("connect"))
    await asyncio.sleep(0)
    saying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await saying
    assert not streamer._pending
