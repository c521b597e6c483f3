"""
The last look stands right before the wire: what it keeps here leaves no byte of the order at the venue.

    session ─▶ Line, which counts the bytes of each connection ─▶ the scripted venue
"""

import asyncio

import pytest
from tt_kit import AT, TAG, data, items, limit, placed

from tastyflow.errors import NotSent
from tastyflow_adapters.tastytrade.broker import TastytradeBroker
from tastyflow_adapters.tastytrade.http.session import VenueSession
from tastyflow_adapters.tastytrade.orders.order_body import order_body

pytestmark = pytest.mark.anyio

ORDERS, POSITIONS = f"{AT}/orders", f"{AT}/positions"


class Line:
    """What lies between the client and the venue; ``received`` has what came on each connection, ``ended`` its ends."""

    def __init__(self, to_port):
        self._to_port, self._writers = to_port, []
        self.received, self.ended = [], 0

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self.cut()
        self._server.close()

    def cut(self):
        """End every connection, so that the next request needs a new one."""
        for writer in self._writers:
            writer.close()
        self._writers.clear()

    async def _serve(self, reader, writer):
        at = len(self.received)
        self.received.append(b"")
        venue_reader, venue_writer = await asyncio.open_connection("127.0.0.1", self._to_port)
        self._writers += [writer, venue_writer]

        async def back():
            while some := await venue_reader.read(65_536):
                writer.write(some)
            writer.close()

        answering = asyncio.ensure_future(back())
        while some := await reader.read(65_536):
            self.received[at] += some
            venue_writer.write(some)
        self.ended += 1
        venue_writer.close()
        await asyncio.wait([answering])


class Look:
    """A last look that says no at its *no_at*-th asking; `seen` is what the venue's side had of the order by then."""

    def __init__(self, line, no_at=1, no=None):
        self._line, self._no_at = line, no_at
        self.no = no or NotSent("It was held up.", code="held_up")
        self.seen = []

    def __call__(self):
        self.seen.append((len(self._line.received), sum(map(len, self._line.received))))
        if len(self.seen) == self._no_at:
            raise self.no


@pytest.fixture
async def line(scripted):
    async with Line(scripted.port) as line:
        yield line


@pytest.fixture
async def broker(scripted, line, jumping):
    here = f"http://127.0.0.1:{line.port}"
    session = VenueSession(scripted.connection(api_url=here), jumping)
    async with TastytradeBroker(session, jumping) as broker:
        yield broker


async def settled(line, ends):
    """Wait until the venue's side has seen *ends* connections end."""
    for _ in range(200):
        if line.ended >= ends:
            return
        await asyncio.sleep(0.005)
    raise AssertionError("the connection was not closed")


async def prepared(broker, line, *, fresh):
    """A line with one connection that is kept alive; with *fresh*, one that is gone, so that a new one is made."""
    await broker.positions()
    if fresh:
        line.cut()
        await settled(line, len(line.received))
        await asyncio.sleep(0.05)
    return len(line.received), sum(map(len, line.received)), line.ended


@pytest.fixture(autouse=True)
def answers(scripted):
    scripted.on("GET", POSITIONS, items())
    scripted.on("POST", ORDERS, lambda heard: data({"order": placed(heard.body)}, 201))


@pytest.mark.parametrize("fresh", [True, False])
async def test_what_the_last_look_keeps_here_leaves_no_byte_and_its_connection_is_closed(broker, scripted, line, fresh):
    connections, before, ended = await prepared(broker, line, fresh=fresh)
    look = Look(line)
    with pytest.raises(NotSent) as kept:
        await broker.place(limit(), external_id=TAG, leave=look)
    assert kept.value is look.no
    await settled(line, ended + 1)
    assert sum(map(len, line.received)) == before
    assert len(line.received) == connections + fresh  # it was connected by then
    assert look.seen == [(connections + fresh, before)]
    assert not scripted.asked("POST", ORDERS)


async def test_what_is_kept_here_between_headers_and_body_is_no_order(broker, scripted, line):
    _, before, ended = await prepared(broker, line, fresh=False)
    look = Look(line, no_at=2)
    with pytest.raises(NotSent) as kept:
        await broker.place(limit(), external_id=TAG, leave=look)
    assert kept.value is look.no
    await settled(line, ended + 1)
    arrived = b"".join(line.received)[before:]
    assert b"order-type" not in arrived
    assert arrived == b"" or arrived.endswith(b"\r\n\r\n")
    assert not scripted.asked("POST", ORDERS)


async def test_what_the_last_look_lets_go_leaves_once(broker, scripted, line):
    await prepared(broker, line, fresh=False)
    look = Look(line, no_at=9)
    order = await broker.place(limit(), external_id=TAG, leave=look)
    assert order.broker_order == "1001"
    assert len(look.seen) == 2
    assert len(scripted.asked("POST", ORDERS)) == 1


async def test_after_one_that_was_kept_here_the_next_goes_its_way(broker, scripted, line):
    await prepared(broker, line, fresh=False)
    with pytest.raises(NotSent):
        await broker.place(limit(), external_id=TAG, leave=Look(line))
    assert (await broker.place(limit(), external_id=TAG, leave=Look(line, no_at=9))).broker_order == "1001"
    assert len(scripted.asked("POST", ORDERS)) == 1


async def test_a_last_look_that_fails_keeps_it_here_too(broker, scripted, line):
    with pytest.raises(NotSent) as kept:
        await broker.place(limit(), external_id=TAG, leave=Look(line, no=ZeroDivisionError()))
    assert kept.value.code == "kept_here"
    assert not scripted.asked("POST", ORDERS)


async def test_a_replacement_is_looked_at_as_an_order_is(broker, scripted, line):
    working = placed(order_body(limit(), external_id=TAG))
    scripted.on("GET", f"{ORDERS}/1001", data(working))
    with pytest.raises(NotSent) as kept:
        await broker.replace("1001", limit("2.60"), external_id=TAG, leave=Look(line))
    assert kept.value.code == "held_up"
    assert not scripted.asked("PUT", f"{ORDERS}/1001")
