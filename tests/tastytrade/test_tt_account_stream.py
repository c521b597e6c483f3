"""The account's news, from a venue that says what the test wants."""

import asyncio
import logging

import pytest
from tt_kit import ACCESS, ACCOUNT, CANARIES, Reply
from tt_streams import left_running, nothing_more, notice, order, quick_reconnects, soon, streaming, until

from tastyflow.domain.venue import Status
from tastyflow.errors import OutcomeUnknown
from tastyflow_adapters.tastytrade.http.session import VenueSession
from tastyflow_adapters.tastytrade.streams.account_stream import AccountStream

pytestmark = pytest.mark.anyio


class Today:
    """What REST says of today's orders."""

    def __init__(self):
        self.orders = []
        self.asked = 0
        self.failures = 0

    async def __call__(self):
        self.asked += 1
        if self.failures:
            self.failures -= 1
            raise OutcomeUnknown("No answer in time.", code="no_answer")
        return list(self.orders)


@pytest.fixture
def today():
    return Today()


@pytest.fixture
async def subject(anyio_backend):
    async with streaming() as subject:
        yield subject


def stream_of(subject, today, **settings):
    settings = {"silence_s": 5.0, "backoff": quick_reconnects(), "ask_every_s": 0.0} | settings
    return AccountStream(subject.session, subject.clock, reconcile=today, **settings)


async def test_the_first_message_connects_to_our_account_and_no_other(subject, today):
    async with stream_of(subject, today).updates():
        (said,) = subject.venue.line.heard
    assert (said["action"], said["value"]) == ("connect", [ACCOUNT])
    assert said["auth-token"] == f"Bearer {ACCESS}"
    assert said["source"].startswith("tastyflow/")


async def test_every_order_message_is_a_snapshot_and_everything_else_a_sign_of_life(subject, today):
    stream = stream_of(subject, today)
    async with stream.updates() as updates:
        await subject.venue.line.tell(
            notice({"cash-balance": "1"}, "AccountBalance"),
            notice({"anything": 1}, "OrderChain"),
            notice({"anything": 1}, "SomethingNew"),
            notice(order(7, "Live", external_id="tf1-s-a-1")),
            notice(order(8, "Filled", external_id=None)),
        )
        ours, foreign = await soon(anext(updates)), await soon(anext(updates))
    assert (ours.broker_order, ours.status, ours.external_id) == ("7", Status.LIVE, "tf1-s-a-1")
    assert (foreign.broker_order, foreign.external_id) == ("8", None)
    assert stream.health.unreadable == 0
    assert today.asked == 0


async def test_duplicates_and_late_messages_are_passed_on_as_they_come(subject, today):
    async with stream_of(subject, today).updates() as updates:
        told = [order(7, status) for status in ("Filled", "Routed", "Filled", "Live")]
        await subject.venue.line.tell(*map(notice, told))
        heard = [(await soon(anext(updates))).status for _ in told]
    assert heard == [Status.FILLED, Status.ROUTED, Status.FILLED, Status.LIVE]


async def test_several_messages_in_one_are_read_one_by_one(subject, today):
    async with stream_of(subject, today).updates() as updates:
        await subject.venue.line.tell({"results": [notice(order(1)), notice({}, "CurrentPosition"), notice(order(2))]})
        assert [(await soon(anext(updates))).broker_order for _ in range(2)] == ["1", "2"]


async def test_all_followers_share_one_socket_that_closes_after_the_last(subject, today):
    stream = stream_of(subject, today)
    async with stream.updates() as one:
        async with stream.updates() as other:
            await subject.venue.line.tell(notice(order(7)))
            assert await soon(anext(one)) == await soon(anext(other))
        assert subject.venue.line.is_open
        await subject.venue.line.tell(notice(order(8)))
        assert (await soon(anext(one))).broker_order == "8"
    assert len(subject.venue.lines) == 1
    await until(lambda: not subject.venue.line.is_open)
    assert not stream.health.connected


async def test_a_follower_who_comes_later_hears_nothing_of_before(subject, today):
    stream = stream_of(subject, today)
    today.orders = [order(1)]
    async with stream.updates() as early:
        await subject.venue.line.tell(notice(order(1)))
        await soon(anext(early))
        async with stream.updates() as late:
            await subject.venue.line.tell(notice(order(2)))
            assert (await soon(anext(late))).broker_order == "2"
            assert await nothing_more(late)
    assert today.asked == 0


async def test_who_leaves_ends_the_iteration_and_nothing_runs_on(subject, today):
    before = left_running()
    async with stream_of(subject, today).updates() as updates:
        waiting = asyncio.create_task(soon(anext(updates, None)))
        await asyncio.sleep(0.01)
        assert len(left_running()) > len(before)
    assert left_running() == before
    assert await soon(waiting) is None


async def test_a_stream_can_be_followed_again_after_all_have_left(subject, today):
    stream = stream_of(subject, today)
    for number in (1, 2):
        async with stream.updates() as updates:
            await subject.venue.line.tell(notice(order(number)))
            assert (await soon(anext(updates))).broker_order == str(number)
            assert await nothing_more(updates, for_s=0.05)
    assert len(subject.venue.lines) == 2
    assert today.asked == 0  # nobody was there to miss anything


# ── gaps ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("code", [1000, 1001, 1009, 1012])
async def test_a_socket_that_is_closed_is_opened_again_and_what_was_missed_is_asked_for(subject, today, code):
    stream = stream_of(subject, today)
    async with stream.updates() as updates:
        today.orders = [order(7, "Filled"), order(8, "Cancelled")]
        await subject.venue.line.socket.close(code=code)
        missed = [await soon(anext(updates)) for _ in range(2)]
        assert [each.status for each in missed] == [Status.FILLED, Status.CANCELLED]
        await subject.venue.line.tell(notice(order(9)))
        assert (await soon(anext(updates))).broker_order == "9"
    assert len(subject.venue.lines) == 2
    assert (stream.health.times_up, stream.health.gaps, today.asked) == (2, 1, 1)


async def test_a_connection_that_is_cut_is_a_gap_like_any_other(subject, today):
    async with stream_of(subject, today).updates() as updates:
        today.orders = [order(7, "Filled")]
        subject.venue.line.transport.abort()
        assert (await soon(anext(updates))).broker_order == "7"


async def test_a_socket_that_hangs_is_replaced_after_the_silence(subject, today):
    async with stream_of(subject, today, silence_s=0.4).updates() as updates:
        today.orders = [order(7, "Filled")]
        subject.venue.mute = True
        await until(lambda: not subject.venue.lines[0].is_open)
        subject.venue.mute = False
        assert (await soon(anext(updates))).broker_order == "7"


async def test_heartbeats_that_are_answered_keep_a_quiet_socket(subject, today):
    stream = stream_of(subject, today, silence_s=0.6)
    async with stream.updates():
        await asyncio.sleep(1.5)
        assert len(subject.venue.line.said("heartbeat")) >= 3
    assert len(subject.venue.lines) == 1
    assert stream.health.times_up == 1


async def test_one_gap_of_many_followers_is_asked_about_once(subject, today):
    stream = stream_of(subject, today, ask_every_s=30.0)
    async with stream.updates() as one, stream.updates() as two, stream.updates() as three:
        today.orders = [order(7, "Filled")]
        waiting = [asyncio.create_task(anext(each)) for each in (one, two, three)]
        await asyncio.sleep(0.01)
        await subject.venue.line.socket.close(code=1012)
        assert {(await soon(each)).broker_order for each in waiting} == {"7"}
    assert today.asked == 1


class Slow(Today):
    """What REST says, as it was when the question arrived there: the answers are on their way until they are let go."""

    def __init__(self):
        super().__init__()
        self.gate = asyncio.Event()

    async def __call__(self):
        self.asked += 1
        orders = list(self.orders)
        await self.gate.wait()
        if self.failures:
            self.failures -= 1
            raise OutcomeUnknown("No answer in time.", code="no_answer")
        return orders


async def test_a_gap_while_the_answer_about_another_is_on_its_way_is_asked_about_again(subject):
    today = Slow()
    stream = stream_of(subject, today)
    async with stream.updates() as updates:
        today.orders = [order(7, "Routed")]
        waiting = asyncio.create_task(anext(updates))
        for times in (1, 2):
            await subject.venue.line.socket.close(code=1012)
            await until(lambda: stream.health.gaps == times)  # noqa: B023
            await until(lambda: today.asked)
            await asyncio.sleep(0.02)
            today.orders = [order(7, "Filled")]
        today.gate.set()
        assert (await soon(waiting)).status is Status.ROUTED
        assert (await soon(anext(updates))).status is Status.FILLED
    assert today.asked == 2


async def test_who_leaves_before_an_asking_fails_is_not_asked_for_again(subject):
    today = Slow()
    today.failures = 1
    stream = stream_of(subject, today)
    async with stream.updates():
        async with stream.updates() as leaving:
            gone = asyncio.create_task(anext(leaving))
            await asyncio.sleep(0.01)
            await subject.venue.line.socket.close(code=1012)
            await until(lambda: today.asked)
            gone.cancel()
        today.gate.set()
        await until(lambda: "not known yet" in stream.health.trouble)
        assert stream._asking == set()


async def test_news_goes_on_while_what_was_missed_is_not_known(subject, today):
    stream = stream_of(subject, today)
    async with stream.updates() as updates:
        today.orders, today.failures = [order(7, "Filled")], 1
        waiting = asyncio.create_task(anext(updates))
        await subject.venue.line.socket.close(code=1012)
        await until(lambda: today.asked == 1)
        assert "not known yet" in stream.health.trouble
        await subject.venue.line.tell(notice(order(9)))
        assert (await soon(waiting)).broker_order == "9"
        assert (await soon(anext(updates))).broker_order == "7"
        await until(lambda: stream.health.trouble == "")


async def test_a_follower_let_in_before_the_stream_was_open_is_told_what_it_missed(subject, today):
    subject.venue.upgrades = False
    stream = stream_of(subject, today, opening_s=0.05)
    async with stream.updates() as updates:
        assert not stream.health.connected
        await until(lambda: "the upgrade was refused (502)" in stream.health.trouble)
        today.orders = [order(7, "Live")]
        subject.venue.upgrades = True
        assert (await soon(anext(updates))).broker_order == "7"


async def test_a_follower_that_reads_too_slowly_loses_the_oldest_and_is_told_all_again(subject, today):
    stream = stream_of(subject, today, unread=3)
    async with stream.updates() as updates:
        today.orders = [order(number, "Filled") for number in range(1, 7)]
        await subject.venue.line.tell(*(notice(order(number)) for number in range(1, 7)))
        await until(lambda: stream.health.dropped == 3)
        heard = [await soon(anext(updates)) for _ in range(9)]
        assert await nothing_more(updates)
    assert [each.broker_order for each in heard[:3]] == ["4", "5", "6"]
    assert [(each.broker_order, each.status) for each in heard[3:]] == [(str(n), Status.FILLED) for n in range(1, 7)]
    assert today.asked == 1


# ── what cannot be read ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "message",
    ["{", "", "[1, 2]", "7", '"x"', "null", "[" * 20_000, "{}", notice("x"), notice(None), notice([order()]),
     notice({}), notice(order(status="Dead")), notice(order(order_id=None)), {"results": [1, None, "x"]}],
)  # fmt: skip
async def test_a_message_that_makes_no_sense_is_counted_and_asked_about_and_ends_nothing(subject, today, message):
    stream = stream_of(subject, today)
    today.orders = [order(7, "Filled")]
    async with stream.updates() as updates:
        await subject.venue.line.tell(message)
        assert (await soon(anext(updates))).broker_order == "7"
        await subject.venue.line.tell(notice(order(9)))
        assert (await soon(anext(updates))).broker_order == "9"
    assert stream.health.unreadable >= 1
    assert len(subject.venue.lines) == 1


@pytest.mark.parametrize(
    "message",
    [{"status": "error", "message": "x"}, {"status": "ok", "request-id": 99}, {"status": "ok", "request-id": [1]},
     {"status": "error", "action": "heartbeat", "request-id": "x"}, notice({}, "Unknown")],
)  # fmt: skip
async def test_an_answer_to_nothing_that_was_asked_changes_nothing(subject, today, message):
    stream = stream_of(subject, today)
    async with stream.updates() as updates:
        await subject.venue.line.tell(message, notice(order(9)))
        assert (await soon(anext(updates))).broker_order == "9"
    assert (stream.health.times_up, stream.health.unreadable) == (1, 0)


async def test_an_order_of_another_account_is_not_ours_to_tell(subject, today):
    async with stream_of(subject, today).updates() as updates:
        await subject.venue.line.tell(notice(order(7) | {"account-number": "5WT99999"}), notice(order(8)))
        assert (await soon(anext(updates))).broker_order == "8"


async def test_orders_of_today_that_cannot_be_read_do_not_hide_the_others(subject, today):
    async with stream_of(subject, today).updates() as updates:
        today.orders = [order(status="Dead"), "x", order(7, "Filled")]
        await subject.venue.line.socket.close(code=1012)
        assert (await soon(anext(updates))).broker_order == "7"


# ── logins ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_login_that_fails_for_a_while_ends_nothing(subject, today):
    down = Reply(503, b"<html></html>")
    token = subject.venue._script["POST", "/oauth/token"][0]
    subject.venue.on("POST", "/oauth/token", down)
    fresh = VenueSession(subject.venue.connection(), subject.clock)
    stream = AccountStream(fresh, subject.clock, reconcile=today, opening_s=0.05, backoff=quick_reconnects())
    async with fresh.opened(), stream.updates() as updates:
        assert not stream.health.connected
        subject.venue.on("POST", "/oauth/token", token)
        await until(lambda: stream.health.connected, within_s=15)
        await subject.venue.line.tell(notice(order(7)))
        assert (await soon(anext(updates))).broker_order == "7"


async def test_a_connect_that_is_refused_is_tried_again_and_said_so(subject, today):
    subject.venue.refuses = {"connect"}
    stream = stream_of(subject, today, opening_s=0.05)
    async with stream.updates() as updates:
        await until(lambda: len(subject.venue.lines) >= 3)
        assert "StreamRefused" in stream.health.trouble
        subject.venue.refuses = set()
        await until(lambda: stream.health.connected)
        await subject.venue.line.tell(notice(order(7)))
        assert (await soon(anext(updates))).broker_order == "7"


async def test_a_heartbeat_that_is_refused_means_that_we_are_not_known_any_more(subject, today):
    stream = stream_of(subject, today, silence_s=0.6)
    async with stream.updates():
        subject.venue.refuses = {"heartbeat"}
        await until(lambda: len(subject.venue.lines) == 2)
        subject.venue.refuses = set()
        await until(lambda: stream.health.times_up >= 2)


async def test_no_token_is_in_any_log_or_in_what_is_shown(subject, today, caplog):
    caplog.set_level(logging.DEBUG)
    stream = stream_of(subject, today, silence_s=0.3)
    async with stream.updates() as updates:
        await subject.venue.line.tell(notice(order(7)))
        await soon(anext(updates))
        subject.venue.refuses = {"heartbeat"}  # its answer says our token back
        await until(lambda: len(subject.venue.lines) >= 2)
        shown = repr(stream.health)
    assert len(caplog.records) > 5
    assert not any(canary in caplog.text + shown for canary in CANARIES)
