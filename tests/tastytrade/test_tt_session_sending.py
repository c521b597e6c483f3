"""How long a request may take to leave and to be answered, what is sent again, and what its answer sets free."""

import asyncio
from time import monotonic

import pytest
from aiohttp import web
from tt_kit import AT, HTML, TOKEN, Reply, ScriptedVenue, data, items

from tastyflow.domain.policy import Policy
from tastyflow.errors import NotSent, OutcomeUnknown
from tastyflow_adapters.tastytrade.http.connection import Timeouts
from tastyflow_adapters.tastytrade.http.failures import NotTaken
from tastyflow_adapters.tastytrade.http.rate_limits import Kind, Limits
from tastyflow_adapters.tastytrade.http.session import VenueSession

pytestmark = pytest.mark.anyio

POSITIONS = f"{AT}/positions"
ORDERS = f"{AT}/orders"


def send(session, method="POST", path=ORDERS):
    return session.request(Kind.ORDER, method, path, body=b"{}", doing="place the order")


# ── until it leaves ────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_order_is_over_before_another_process_looks_for_it():
    timeouts = Timeouts()
    assert timeouts.send_s + timeouts.order_s + timeouts.connect_s < Policy().settle_s
    assert timeouts.queue_s <= timeouts.send_s


@pytest.mark.parametrize(("method", "path"), [("POST", ORDERS), ("PUT", f"{ORDERS}/7")])
async def test_an_order_whose_login_took_too_long_is_not_sent(scripted, session, jumping, method, path):
    def slow(_heard):
        jumping.jumped_s += 16
        return TOKEN

    scripted.on("POST", "/oauth/token", slow)
    scripted.on(method, path, data({"order": {"id": 1}}, 201))
    with pytest.raises(NotSent) as late:
        await send(session, method, path)
    assert late.value.code == "too_late"
    assert not scripted.asked(method, path)
    await send(session, method, path)  # the token is there now
    assert len(scripted.asked(method, path)) == 1


async def test_login_and_queue_count_together(scripted, jumping):
    def slow(_heard):
        jumping.jumped_s += 10
        return TOKEN

    scripted.on("POST", "/oauth/token", slow)
    scripted.on("POST", ORDERS, data({"order": {"id": 1}}, 201))
    limits = Limits(per_second={Kind.ORDER: 1 / 18})
    timeouts = Timeouts(connect_s=2, read_s=2, order_s=2, token_s=2, queue_s=10)
    async with VenueSession(scripted.connection(limits=limits, timeouts=timeouts), jumping).opened() as session:
        await send(session)
        jumping.jumped_s += 895
        session._limiter.answered(await session._limiter.turn(Kind.ORDER, within_s=10))
        with pytest.raises(NotSent) as late:
            await send(session)
    assert late.value.code == "too_late"
    assert len(scripted.asked("POST", ORDERS)) == 1


async def test_questions_and_cancels_are_asked_however_late(scripted, session, jumping):
    def slow(_heard):
        jumping.jumped_s += 30
        return TOKEN

    scripted.on("POST", "/oauth/token", slow)
    scripted.on("DELETE", f"{ORDERS}/7", data({"id": 7}))
    await send(session, "DELETE", f"{ORDERS}/7")
    assert len(scripted.asked("DELETE", f"{ORDERS}/7")) == 1


# ── until it is answered ───────────────────────────────────────────────────────────────────────────────────────────


class DrippingVenue(ScriptedVenue):
    """Answers orders a byte at a time: no single wait is ever long."""

    async def _answer(self, request):
        if request.path != ORDERS:
            return await super()._answer(request)
        answer = web.StreamResponse(status=201)
        await answer.prepare(request)
        for _ in range(80):
            await answer.write(b" ")
            await asyncio.sleep(0.05)
        return answer


async def test_an_answer_that_drips_in_is_given_up_in_the_end(jumping):
    async with DrippingVenue() as venue:
        timeouts = Timeouts(connect_s=0.3, read_s=0.3, order_s=0.3, token_s=2)
        async with VenueSession(venue.connection(timeouts=timeouts), jumping).opened() as session:
            began = monotonic()
            with pytest.raises(OutcomeUnknown) as lost:
                await send(session)
            assert lost.value.code == "no_answer"
            assert monotonic() - began < 2


async def test_a_request_that_was_answered_makes_room_for_the_next_at_once(scripted, jumping):
    scripted.on("GET", POSITIONS, items())
    limits = Limits(per_second={Kind.POSITIONS: 1})
    async with VenueSession(scripted.connection(limits=limits), jumping).opened() as session:
        await session.ready()
        for _ in range(2):
            await session.request(Kind.POSITIONS, "GET", POSITIONS)
    short = [pause for pause in jumping.pauses if pause < 60]
    assert 0.5 < sum(short) < 1.5  # not another second for an arrival that might have been late


# ── cancels ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("answer", [HTML, Reply(500, b""), Reply(503, b""), Reply(drops=True)], ids=str)
async def test_a_cancel_that_may_have_been_taken_is_not_sent_again(scripted, session, answer):
    scripted.on("DELETE", f"{ORDERS}/7", answer)
    with pytest.raises(OutcomeUnknown):
        await send(session, "DELETE", f"{ORDERS}/7")
    assert len(scripted.asked("DELETE", f"{ORDERS}/7")) == 1


async def test_a_cancel_that_was_surely_not_taken_is_sent_again(scripted, session):
    scripted.on("DELETE", f"{ORDERS}/7", Reply(429, b""), Reply(401, b""), data({"id": 7}))
    await send(session, "DELETE", f"{ORDERS}/7")
    assert len(scripted.asked("DELETE", f"{ORDERS}/7")) == 3
    scripted.on("DELETE", f"{ORDERS}/7", Reply(429, b""))
    with pytest.raises(NotTaken):
        await send(session, "DELETE", f"{ORDERS}/7")
    assert len(scripted.asked("DELETE", f"{ORDERS}/7")) == 6


# ── with a turn that was taken before ──────────────────────────────────────────────────────────────────────────────


async def test_an_order_with_a_turn_leaves_at_once_past_all_that_wait(scripted, jumping):
    scripted.on("POST", ORDERS, data({"order": {"id": 1}}, 201))
    limits = Limits(per_second={Kind.ORDER: 1 / 18})
    async with VenueSession(scripted.connection(limits=limits), jumping).opened() as session:
        turn = await session.turn(Kind.ORDER, AT)
        before_s = jumping.jumped_s
        await session.request(Kind.ORDER, "POST", ORDERS, body=b"{}", turn=turn)
        assert jumping.jumped_s == before_s
        with pytest.raises(NotSent) as late:  # the same turn again is none: it waits, and for too long
            await session.request(Kind.ORDER, "POST", ORDERS, body=b"{}", turn=turn)
    assert late.value.code == "too_busy"
    assert len(scripted.asked("POST", ORDERS)) == 1


async def test_an_order_whose_turn_was_given_back_waits_for_another(scripted, jumping):
    scripted.on("POST", ORDERS, data({"order": {"id": 1}}, 201))
    async with VenueSession(scripted.connection(limits=Limits()), jumping).opened() as session:
        turn = await session.turn(Kind.ORDER, AT)
        jumping.jumped_s += 3
        await session.request(Kind.ORDER, "POST", ORDERS, body=b"{}", turn=turn)
    assert len(scripted.asked("POST", ORDERS)) == 1


async def test_a_turn_that_is_too_far_away_is_refused_unsent(scripted, jumping):
    scripted.on("POST", ORDERS, data({"order": {"id": 1}}, 201))
    limits = Limits(per_second={Kind.ORDER: 1 / 200})
    async with VenueSession(scripted.connection(limits=limits), jumping).opened() as session:
        turn = await session.turn(Kind.ORDER, AT)
        await session.request(Kind.ORDER, "POST", ORDERS, body=b"{}", turn=turn)
        with pytest.raises(NotSent) as busy:
            await session.turn(Kind.ORDER, AT)
    assert busy.value.code == "too_busy"
