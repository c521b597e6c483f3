"""What the account streamer says, to a client that says anything at all, and on a bad day."""

import asyncio
import json
import struct
from contextlib import aclosing, asynccontextmanager
from decimal import Decimal

import aiohttp
import pytest
from anyio import fail_after
from hypothesis import given, settings
from hypothesis import strategies as st
from sim_kit import sdk
from sim_streams import HEAR_S, Elsewhere, alerts, raw
from tastytrade import Account
from tastytrade.account import AccountBalance, CurrentPosition
from tastytrade.instruments import Equity
from tastytrade.order import LimitOrder, OrderAction, OrderStatus, OrderTimeInForce, PlacedOrder

from tastyflow_simulator import ClockMode, FaultKind, Timings
from tastyflow_simulator.streams import outbox
from tastyflow_simulator.streams.account import Conversation
from tastyflow_simulator.streams.line import Unreadable, read

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture(scope="module")
def running():
    with Elsewhere() as running:
        yield running


@pytest.fixture
def sim(running):
    yield running
    running.tidy()


def bearer(sim, side=None):
    return f"Bearer {sim.call((side or sim.production).tokens.issue)}"


def connect(sim, **changes):
    said = {"action": "connect", "request-id": 1, "auth-token": bearer(sim), "value": [sim.production.login.account]}
    return said | changes


@asynccontextmanager
async def connected(sim):
    async with raw(sim.production.streamer_url) as client:
        assert (await client.ask(connect(sim)))["status"] == "ok"
        yield client


def is_order(status):
    return lambda heard: heard.get("type") == "Order" and heard["data"]["status"] == status


# --- what is said to whom ---


async def test_whoever_connects_hears_the_whole_life_of_an_order(sim):
    async with connected(sim) as client:
        placed = sim.place(external_identifier="ref-1")
        heard = await client.hear_until(is_order("Live"))
    orders = [each["data"] for each in heard if each.get("type") == "Order"]
    assert {order["external-identifier"] for order in orders} == {"ref-1"}
    assert {order["id"] for order in orders} == {placed["id"]}
    assert [order["status"] for order in orders][-2:] == ["In Flight", "Live"]
    assert all(set(each) == {"type", "data", "timestamp", "ws-sequence"} and each["timestamp"] > 1e12 for each in heard)
    assert [each["ws-sequence"] for each in heard] == list(range(len(heard)))


async def test_a_balance_and_a_position_come_with_a_fill(sim):
    async with connected(sim) as client:
        sim.place("2000.00")
        heard = await client.hear_until(lambda each: each.get("type") == "CurrentPosition")
        kinds = {each["type"] for each in heard}
        if "AccountBalance" not in kinds:
            kinds |= {each["type"] for each in await client.hear_until(lambda each: each["type"] == "AccountBalance")}
    assert kinds >= {"Order", "AccountBalance", "CurrentPosition"}


async def test_nobody_hears_anything_before_connecting_or_of_the_other_side(sim):
    async with raw(sim.production.streamer_url) as stranger, connected(sim) as client:
        sim.place(side=sim.sandbox)
        sim.place()
        first = await client.hear_until(is_order("Live"))
        assert {each["data"]["account-number"] for each in first} == {sim.production.login.account}
        assert await stranger.stays_silent()


async def test_two_clients_hear_the_same_and_leave_no_listener_behind(sim):
    async with connected(sim) as one:
        async with connected(sim) as other:
            sim.place()
            first, second = [await each.hear_until(is_order("Live")) for each in (one, other)]
            assert [heard["data"] for heard in first] == [heard["data"] for heard in second]
        sim.place()
        assert await one.hear_until(is_order("Live"))


@pytest.mark.parametrize("path", ["", "/", "/streamer"])
async def test_it_is_at_the_root_and_at_its_own_path(sim, path):
    async with raw(sim.production.api_url.replace("http", "ws") + path) as client:
        assert (await client.ask(connect(sim)))["action"] == "connect"


# --- how it answers ---


@pytest.mark.parametrize("request_id", [1, "7", 0])
async def test_a_request_id_comes_back_as_it_was(sim, request_id):
    async with raw(sim.production.streamer_url) as client:
        answer = await client.ask(connect(sim, **{"request-id": request_id}))
    assert answer["request-id"] == request_id
    assert answer["status"] == "ok"
    assert len(answer["web-socket-session-id"]) == 8


@pytest.mark.parametrize("action", ["connect", "account-subscribe"])
async def test_one_account_may_come_as_a_bare_string(sim, action):
    async with raw(sim.production.streamer_url) as client:
        answer = await client.ask(connect(sim, action=action, value=sim.production.login.account))
    assert (answer["status"], answer["value"]) == ("ok", [sim.production.login.account])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"value": []}, "value missing or not valid"),
        ({"value": None}, "value missing or not valid"),
        ({"value": ["5WX99999"]}, "value missing or not valid"),
        ({"value": ["5WX00001", "5WX99999"]}, "value missing or not valid"),
        ({"value": [["5WX00001"]]}, "value missing or not valid"),
        ({"action": "quote-alerts-subscribe"}, "connect-not-completed"),
        ({"action": "public-watchlists-subscribe"}, "connect-not-completed"),
        ({"action": "user-message-subscribe"}, "connect-not-completed"),
        ({"action": "make-coffee"}, "not implemented"),
        ({"action": None}, "not implemented"),
        ({"action": ["connect"]}, "not implemented"),
        ({"auth-token": None}, "Unknown domain"),
        ({"auth-token": 17}, "Unknown domain"),
        ({"auth-token": "Bearer nonsense"}, "sim: the token is unknown or has lapsed"),
    ],
)
async def test_a_refusal_says_which_request_and_why(sim, changes, message):
    async with raw(sim.production.streamer_url) as client:
        answer = await client.ask(connect(sim, **changes))
        assert (answer["status"], answer["message"], answer["request-id"]) == ("error", message, 1)
        assert (await client.ask(connect(sim)))["status"] == "ok"  # a mistake can be put right


async def test_a_token_without_its_scheme_connects_nobody_but_keeps_heartbeats_going(sim):
    bare = bearer(sim).removeprefix("Bearer ")
    async with raw(sim.production.streamer_url) as client:
        assert (await client.ask(connect(sim, **{"auth-token": bare})))["message"] == "Unknown domain"
        assert (await client.ask({"action": "heartbeat", "auth-token": bare}))["status"] == "ok"


async def test_every_message_needs_a_token_that_is_good_now(sim):
    async with connected(sim) as client:
        lapsed = bearer(sim)
        assert (await client.ask({"action": "heartbeat", "auth-token": lapsed}))["status"] == "ok"
        sim.call(sim.production.tokens.expire)
        assert (await client.ask({"action": "heartbeat", "auth-token": lapsed}))["status"] == "error"
        assert (await client.ask({"action": "heartbeat", "auth-token": bearer(sim)}))["status"] == "ok"


async def test_a_token_of_the_sandbox_opens_nothing_in_production(sim):
    async with raw(sim.production.streamer_url) as client:
        assert (await client.ask(connect(sim, **{"auth-token": bearer(sim, sim.sandbox)})))["status"] == "error"


@pytest.mark.parametrize("said", ["", "{", "[1]", "17", "null", "[" * 50_000, '{"a": 1' + "0" * 5000 + "}"])
async def test_what_is_not_understood_is_answered_and_the_line_stays(sim, said):
    async with raw(sim.production.streamer_url) as client:
        assert (await client.ask(said))["status"] == "error"
        assert (await client.ask(connect(sim)))["status"] == "ok"


async def test_bytes_are_not_text(sim):
    async with raw(sim.production.streamer_url) as client:
        await client.socket.send_bytes(b"\x00\xff")
        assert (await client.hear())["status"] == "error"
        assert (await client.ask(connect(sim)))["status"] == "ok"


async def test_a_message_too_long_ends_the_line_with_1009(sim):
    async with raw(sim.production.streamer_url) as client:
        await client.say(json.dumps({"action": "x" * 100_000}))
        assert await client.ending() == 1009


async def test_a_ping_is_answered(sim):
    async with raw(sim.production.streamer_url) as client:
        await client.socket.ping(b"are you there")
        client.socket._autoping = False
        async with asyncio.timeout(HEAR_S):
            assert (await client.socket.receive()).data == b"are you there"


async def test_who_asks_without_an_upgrade_is_told_to(sim):
    async with aiohttp.ClientSession() as client, client.get(f"{sim.production.api_url}/streamer") as answer:
        assert answer.status >= 400


# --- on a bad day ---


async def test_a_doubled_notice_comes_twice_and_a_dropped_one_never(sim):
    sim.expect(FaultKind.STREAM_DUPLICATE, method="Order", after=1)
    sim.expect(FaultKind.STREAM_DROP, method="AccountBalance", times=None)
    async with connected(sim) as client:
        sim.place()
        heard = await client.hear_until(is_order("Live"))
    statuses = [each["data"]["status"] for each in heard if each["type"] == "Order"]
    assert len(statuses) == len(set(statuses)) + 1
    assert {each["type"] for each in heard} == {"Order"}


async def test_a_reordered_notice_comes_after_the_next_one(sim):
    sim.expect(FaultKind.STREAM_DROP, method="AccountBalance", times=None)
    async with connected(sim) as client:
        sim.place(external_identifier="in-order")
        usual = [each["data"]["status"] for each in await client.hear_until(is_order("Live"))]
        sim.expect(FaultKind.STREAM_REORDER, order="mixed-up")
        sim.place(external_identifier="mixed-up")
        mixed = [(await client.hear())["data"]["status"] for _ in usual]
    assert mixed == [usual[1], usual[0], *usual[2:]]


async def test_a_notice_held_back_with_none_after_it_comes_alone(sim):
    sim.expect(FaultKind.STREAM_DROP, method="AccountBalance", times=None)
    async with connected(sim) as client:
        sim.place(external_identifier="a")
        last = len(await client.hear_until(is_order("Live")))
        sim.expect(FaultKind.STREAM_REORDER, order="b", after=last - 1, seconds=0.1)
        sim.place(external_identifier="b")
        assert is_order("Live")((await client.hear_until(is_order("Live")))[-1])


@pytest.mark.parametrize(
    ("reason", "shows"),
    [
        ("", lambda heard: "sim-new-field" in heard["data"]),
        ("type", lambda heard: heard["type"] == "OrderV2"),
        ("missing", lambda heard: "updated-at" not in heard["data"]),
        ("legs", lambda heard: "legs" not in heard["data"]),
    ],
)
async def test_a_drifted_notice_is_not_what_it_was(sim, reason, shows):
    sim.expect(FaultKind.SCHEMA_DRIFT, path="/streamer", method="Order", reason=reason)
    async with connected(sim) as client:
        sim.place()
        assert shows((await client.hear_until(lambda heard: heard["type"].startswith("Order")))[-1])


async def test_a_silenced_line_stays_open_and_says_nothing_not_even_to_heartbeats(sim):
    async with connected(sim) as client:
        sim.expect(FaultKind.STREAM_SILENT, method="heartbeat")
        await client.say({"action": "heartbeat", "auth-token": bearer(sim)})
        sim.place()
        await client.socket.ping()
        assert await client.stays_silent()
        assert not client.socket.closed


async def test_a_line_on_which_nothing_happens_can_be_closed_with_1012(sim):
    async with connected(sim) as client:
        sim.expect(FaultKind.STREAM_CLOSE)
        ended = await client.socket.receive(HEAR_S)
        assert (ended.data, ended.extra) == (1012, "Reconnection is required")


async def test_a_line_may_close_in_the_middle_of_an_order_and_nothing_is_said_again(sim):
    async with connected(sim) as client:
        sim.expect(FaultKind.STREAM_CLOSE, method="Order", order="mine", after=1, status=1001)
        placed = sim.place(external_identifier="mine")
        assert await client.ending() == 1001
    await asyncio.sleep(0.2)  # the rest of it happens unheard
    assert sim.status_of(placed["id"]) == "Live"
    async with connected(sim) as again:
        assert await again.stays_silent()


async def test_a_client_that_never_reads_is_let_go_and_holds_up_nobody(sim, monkeypatch):
    monkeypatch.setattr(outbox, "CLOSE_S", 0.2)
    host, port = sim.production.api_url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
    key = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
    writer.write(f"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{key}\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    asked = json.dumps({"action": "x" * 100, "request-id": "y" * 100, "auth-token": bearer(sim)}).encode()
    frame = b"\x81\xfe" + struct.pack("!H", len(asked)) + bytes(4) + asked
    writer.writelines([frame] * 40_000)
    async with connected(sim) as other:
        sim.place()
        await other.hear_until(is_order("Live"))
    try:
        async with asyncio.timeout(2 * HEAR_S):
            while not writer.transport.is_closing():  # it never reads, and asks until the line breaks
                writer.write(frame)
                await asyncio.sleep(0.01)
    finally:
        writer.transport.abort()


async def test_notices_take_the_time_they_are_given_by_the_clock_of_the_simulator():
    with Elsewhere(clock=ClockMode.VIRTUAL, timings=Timings(notice_s=2.0)) as sim:
        async with connected(sim) as client:
            sim.place()
            assert (await client.ask({"action": "heartbeat", "auth-token": bearer(sim)}))["action"] == "heartbeat"
            sim.call(lambda: sim.simulator.clock.advance(2.0))
            assert (await client.hear())["type"] in {"Order", "AccountBalance"}


async def test_the_end_of_the_simulator_ends_the_lines_at_once():
    with Elsewhere() as sim:
        async with connected(sim) as client:
            sim.stop()
            assert await client.ending() == 1001


# --- with the SDK, on both of its event loops ---


@pytest.mark.filterwarnings("ignore:Use 'content:DeprecationWarning")  # of the HTTP client, to the SDK
@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
async def test_the_sdk_follows_an_order_to_its_fill(sim, anyio_backend):
    async with sdk(sim.production, timeout=20.0) as session, alerts(session, sim.production) as streamer:
        account = await Account.get(session, sim.production.login.account)
        await streamer.subscribe_accounts([account])
        await streamer.subscribe_public_watchlists()
        await streamer.subscribe_quote_alerts()
        share = await Equity.get(session, "AAPL")
        order = LimitOrder(
            time_in_force=OrderTimeInForce.DAY,
            legs=[share.build_leg(1, OrderAction.BUY_TO_OPEN)],
            price=Decimal(-2000),
            external_identifier="by-the-sdk",
        )
        placed = (await account.place_order(session, order, dry_run=False)).order
        statuses = []
        with fail_after(HEAR_S):
            async with aclosing(streamer.listen(PlacedOrder)) as orders:
                async for heard in orders:
                    assert (heard.id, heard.external_identifier) == (placed.id, "by-the-sdk")
                    statuses.append(heard.status)
                    if heard.status is OrderStatus.FILLED:
                        break
            async with aclosing(streamer.listen(CurrentPosition)) as positions:
                position = await anext(positions)
            async with aclosing(streamer.listen(AccountBalance)) as balances:
                balance = await anext(balances)
        assert (position.symbol, position.quantity) == ("AAPL", 1)
        assert balance.account_number == account.account_number
    assert statuses[-1] is OrderStatus.FILLED
    assert OrderStatus.IN_FLIGHT in statuses


# --- anything at all ---

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
ACTIONS = st.sampled_from(["connect", "heartbeat", "quote-alerts-subscribe", "account-subscribe"]) | JSON
MESSAGES = st.fixed_dictionaries(
    {},
    optional={"action": ACTIONS, "value": st.just("A") | JSON, "auth-token": st.just("Bearer t") | JSON}
    | {"request-id": JSON},
)


@settings(max_examples=60, deadline=None)
@given(said=st.lists(MESSAGES | st.builds(Unreadable, st.text(max_size=9)), max_size=4))
def test_any_conversation_is_answered_line_by_line_and_needs_a_token(said):
    conversation = Conversation(["A"], lambda token: token == "t")  # noqa: S105
    for message in said:
        answer = conversation.answer(message)
        assert json.loads(json.dumps(answer))["status"] in {"ok", "error"}
        if answer["status"] == "ok" and answer["action"] != "heartbeat":
            assert message["auth-token"] == "Bearer t"
    connects = [each for each in said if isinstance(each, dict) and each.get("value") in ("A", ["A"])]
    assert not conversation.is_connected or connects


@settings(max_examples=60, deadline=None)
@given(text=st.text() | st.builds(json.dumps, JSON))
def test_any_text_is_an_object_or_unreadable(text):
    assert isinstance(read(text), dict | Unreadable)
