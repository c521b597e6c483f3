"""The account's news from the simulator, and everything that it can do to a stream."""

import asyncio
import logging
from contextlib import asynccontextmanager
from decimal import Decimal
from types import SimpleNamespace

import pytest
from tt_kit import BriskClock, limit
from tt_streams import left_running, quick_reconnects, session_with, soon, until

from tastyflow.domain.instruments import Equity
from tastyflow.domain.venue import Status
from tastyflow_adapters.clock import SystemClock
from tastyflow_adapters.tastytrade.broker import TastytradeBroker
from tastyflow_adapters.tastytrade.orders import order_search
from tastyflow_adapters.tastytrade.streams.account_stream import AccountStream
from tastyflow_simulator import FaultKind, Options, Side, Simulator, SimulatorFault

pytestmark = pytest.mark.anyio

PATH = "/streamer"
TAG = "tf1-s-aaaaaaaaaaaaaaaaaaaa-"


@pytest.fixture
async def subject(anyio_backend):
    async with simulated() as subject:
        yield subject
    assert left_running() == []


@pytest.fixture
async def patient(anyio_backend):
    """The same with a stream that outlasts a busy machine: only what it hears can end its connection."""
    async with simulated(silence_s=10.0) as subject:
        yield subject
    assert left_running() == []


@asynccontextmanager
async def simulated(*, silence_s=0.9, **options):
    """A simulator, a broker on its sandbox, and the broker's stream with little patience unless told otherwise."""
    async with Simulator(Options(port=0, **options)) as simulator:
        session, clock = session_with(simulator.sandbox, clock=BriskClock()), SystemClock()
        stream = AccountStream(
            session, clock, reconcile=lambda: order_search.live_orders(session, session.connection.account),
            silence_s=silence_s, opening_s=2.0, backoff=quick_reconnects(), ask_every_s=0.0,
        )  # fmt: skip
        async with TastytradeBroker(session, clock, stream=stream) as broker:
            yield SimpleNamespace(simulator=simulator, broker=broker, stream=stream, session=session)


def strike(subject, kind, **how):
    return subject.simulator.faults.add(SimulatorFault(kind=kind, side=Side.SANDBOX, path=PATH, **how))


def marketable(quantity=1):
    return limit("2000.00", quantity, instrument=Equity("SPY"))


def resting(quantity=1):
    return limit("1.00", quantity, instrument=Equity("SPY"))


async def statuses_of(updates, tag, last=Status.FILLED):
    """Every status that was told of the order tagged *tag*, until *last*."""
    heard = []
    async with asyncio.timeout(8):
        while last not in heard:
            snapshot = await anext(updates)
            if snapshot.external_id == tag:
                heard.append(snapshot.status)
    return heard


async def placed(subject, tag=f"{TAG}1", ticket=None):
    return await subject.broker.place(ticket or marketable(), external_id=tag)


async def test_an_order_is_followed_from_its_routing_to_its_fill(subject):
    async with subject.stream.updates() as updates:
        await placed(subject)
        heard = await statuses_of(updates, f"{TAG}1")
    assert heard[-1] is Status.FILLED
    assert [status.phase.rank for status in heard] == sorted(status.phase.rank for status in heard)
    assert (subject.stream.health.gaps, subject.stream.health.unreadable) == (0, 0)


async def test_everything_told_twice_is_passed_on_twice(subject):
    strike(subject, FaultKind.STREAM_DUPLICATE, times=None)
    async with subject.stream.updates() as updates:
        await placed(subject)
        heard = await statuses_of(updates, f"{TAG}1")
        assert (await soon(anext(updates))).status is Status.FILLED
    assert heard.count(Status.LIVE) == 2


async def test_what_comes_out_of_order_still_comes(subject):
    strike(subject, FaultKind.STREAM_DROP, method="AccountBalance", times=None)  # else it stands between the two
    strike(subject, FaultKind.STREAM_REORDER, method="Order", seconds=2.0)
    async with subject.stream.updates() as updates:
        await placed(subject)
        first, second, *_ = await statuses_of(updates, f"{TAG}1")
    assert (first, second) == (Status.IN_FLIGHT, Status.ROUTED)


async def test_messages_that_are_lost_are_no_error_here_and_the_next_ones_come(subject):
    strike(subject, FaultKind.STREAM_DROP, method="Order", times=3)
    async with subject.stream.updates() as updates:
        await placed(subject)
        assert await statuses_of(updates, f"{TAG}1") == [Status.FILLED]


async def test_a_close_1012_is_followed_by_a_new_connection_and_by_what_was_missed(subject):
    async with subject.stream.updates() as updates:
        order = await placed(subject, ticket=resting())
        await statuses_of(updates, f"{TAG}1", Status.LIVE)
        strike(subject, FaultKind.STREAM_CLOSE)
        await until(lambda: not subject.stream.health.connected)
        await subject.broker.cancel(order.broker_order)
        assert (await statuses_of(updates, f"{TAG}1", Status.CANCELLED))[-1] is Status.CANCELLED
    assert subject.stream.health.times_up == 2


async def test_a_socket_that_falls_silent_is_replaced_and_what_was_missed_is_asked_for(subject):
    async with subject.stream.updates() as updates:
        strike(subject, FaultKind.STREAM_SILENT)
        await asyncio.sleep(0.3)
        await placed(subject)
        assert Status.FILLED in await statuses_of(updates, f"{TAG}1")
    assert subject.stream.health.times_up >= 2
    assert subject.stream.health.gaps >= 1


@pytest.mark.parametrize("field", ["missing", "status", "id", "legs", "account-number", "external-identifier", ""])
async def test_a_message_of_a_later_version_loses_nothing_for_good(patient, field):
    subject = patient
    strike(subject, FaultKind.SCHEMA_DRIFT, method="Order", times=None, reason=field)
    async with subject.stream.updates() as updates:
        await placed(subject)
        async with asyncio.timeout(8):
            async for snapshot in updates:
                if snapshot.status is Status.FILLED and snapshot.fills and snapshot.external_id == f"{TAG}1":
                    break
                if snapshot.status is Status.FILLED and field in ("legs", "external-identifier"):
                    break  # told as it came: who needs the fills or the tag asks
    assert subject.stream.health.times_up == 1


async def test_logins_that_flap_do_not_end_the_stream(subject):
    async with subject.stream.updates() as updates:
        subject.simulator.faults.add(SimulatorFault(kind=FaultKind.TOKEN_FLAP, path="/oauth/token", times=3))
        subject.simulator.sandbox.tokens.expire()
        strike(subject, FaultKind.STREAM_CLOSE)
        await until(lambda: subject.stream.health.times_up == 2, within_s=15)
        await placed(subject)
        assert Status.FILLED in await statuses_of(updates, f"{TAG}1")


async def test_orders_of_other_programs_are_told_with_their_own_tag_or_none(subject):
    async with subject.stream.updates() as updates:
        other = session_with(subject.simulator.sandbox)
        async with TastytradeBroker(other, SystemClock()) as somebody:
            await somebody.place(marketable(), external_id="by-hand")
        assert Status.FILLED in await statuses_of(updates, "by-hand")


async def test_partial_fills_are_told_with_all_fills_so_far(subject):
    async with subject.stream.updates() as updates:
        await placed(subject, ticket=marketable(4))
        async with asyncio.timeout(8):
            async for snapshot in updates:
                if snapshot.status is Status.FILLED:
                    break
    assert sum(fill.quantity for fill in snapshot.fills) == 4
    assert all(fill.price > Decimal(0) for fill in snapshot.fills)


async def test_many_followers_and_many_orders_lose_nothing_over_a_reconnect(subject):
    tags = [f"{TAG}{number}" for number in range(1, 31)]

    async def follow():
        over = set()
        async with subject.stream.updates() as updates:
            ready.release()
            while not over >= set(tags):
                snapshot = await anext(updates)
                if snapshot.status is Status.FILLED:
                    over.add(snapshot.external_id)
        return over

    ready = asyncio.Semaphore(0)
    followers = [asyncio.create_task(follow()) for _ in range(4)]
    for _ in followers:
        await soon(ready.acquire())
    strike(subject, FaultKind.STREAM_CLOSE, method="Order", after=20)
    await asyncio.gather(*(placed(subject, tag) for tag in tags))
    heard = await soon(asyncio.gather(*followers))
    assert all(set(tags) <= each for each in heard)
    assert subject.stream.health.times_up == 2


async def test_no_secret_is_in_any_log(subject, caplog):
    caplog.set_level(logging.DEBUG)
    login = subject.simulator.sandbox.login
    async with subject.stream.updates() as updates:
        await placed(subject)
        await statuses_of(updates, f"{TAG}1")
        strike(subject, FaultKind.STREAM_CLOSE)
        await until(lambda: subject.stream.health.times_up == 2)
    secrets = (login.client_secret, login.refresh_token, subject.session.session_token)
    assert len(caplog.records) > 10
    assert not any(secret in caplog.text for secret in secrets)
