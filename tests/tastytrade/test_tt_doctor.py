"""Checks that depend on each other, and the looks at a venue that need another clock or another network."""

import asyncio

import pytest
from pydantic import SecretStr

from tastyflow.domain.venue import Venue
from tastyflow.errors import VenueRefused
from tastyflow_adapters.checkup import Probe, ProbeOutcome, ProbeResult, examine, fail, ok, warn
from tastyflow_adapters.cli import checkup_page
from tastyflow_adapters.cli import doctor as command
from tastyflow_adapters.clock import SystemClock
from tastyflow_adapters.tastytrade.doctor import VenueDoctor
from tastyflow_adapters.tastytrade.http.connection import Connection

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"


def look(finding):
    async def looked():
        if isinstance(finding, Exception):
            raise finding
        return finding

    return looked


async def results(*checks, known=()):
    begun = []
    found = await examine(checks, begun=lambda check: begun.append(check.name), known=known)
    return {each.name: (each.outcome, each.seen) for each in found}, begun


async def test_what_depends_on_something_broken_is_not_looked_at():
    found, begun = await results(
        Probe("a", look(ok("good"))),
        Probe("b", look(fail("bad")), needs=("a",)),
        Probe("c", look(ok("never")), needs=("b",)),
        Probe("d", look(ok("never")), needs=("a", "c")),
        Probe("e", look(ok("good"))),
    )
    assert begun == ["a", "b", "e"]
    assert found["c"] == (ProbeOutcome.SKIPPED, "not verified: 'b' is broken")
    assert found["d"] == (ProbeOutcome.SKIPPED, "not verified: 'c' was not verified either")


async def test_a_warning_holds_nobody_up():
    found, _ = await results(Probe("a", look(warn("odd"))), Probe("b", look(ok("good")), needs=("a",)))
    assert found["b"][0] is ProbeOutcome.OK


async def test_a_need_that_was_never_looked_at_is_no_pass():
    found, _ = await results(Probe("b", look(ok("good")), needs=("a",)))
    assert found["b"][0] is ProbeOutcome.SKIPPED


async def test_what_was_found_before_counts_for_its_venue_and_what_is_of_none_for_all():
    known = [ProbeResult("a", "sandbox", ProbeOutcome.FAIL, ""), ProbeResult("b", "", ProbeOutcome.OK, "")]
    checks = [Probe("x", look(ok("good")), venue, ("a", "b")) for venue in ("sandbox", "production")]
    known.append(ProbeResult("a", "production", ProbeOutcome.OK, ""))
    found = await examine(checks, begun=lambda _: None, known=known)
    assert [each.outcome for each in found] == [ProbeOutcome.SKIPPED, ProbeOutcome.OK]


async def test_a_check_that_does_not_end_is_ended():
    ended = asyncio.Event()

    async def endless():
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    found, _ = await results(Probe("slow", endless, patience_s=0.05))
    assert found["slow"] == (ProbeOutcome.FAIL, "no answer within 0.05 s")
    assert ended.is_set()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (VenueRefused("The venue said no.", hint="Mend it."), "The venue said no."),
        (RuntimeError("canary-secret"), "it failed in an unforeseen way (RuntimeError)"),
    ],
)
async def test_whatever_a_look_raises_is_a_finding(error, told):
    found, _ = await results(Probe("a", look(error)))
    assert found["a"] == (ProbeOutcome.FAIL, told)


async def test_what_a_venue_says_is_bounded():
    found, _ = await results(Probe("a", look(ok("x" * 10_000))))
    assert len(found["a"][1]) <= 300


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [("ok", 0), ("ok warn", 4), ("ok skipped", 4), ("ok warn skipped fail", 1), ("fail", 1), ("", 0)],
)
async def test_the_exit_code_is_that_of_the_worst(outcomes, code):
    assert checkup_page.code_of([ProbeResult("", "", ProbeOutcome(each), "") for each in outcomes.split()]) == code


# ── at a venue ───────────────────────────────────────────────────────────────────────────────────────────────────


def doctor(port=1, **chosen):
    connection = Connection.to(
        Venue.SANDBOX,
        account="5WT00001",
        client_secret=SecretStr("a" * 40),
        refresh_token=SecretStr("r" * 40),
        api_url=f"http://127.0.0.1:{port}",
        streamer_url=f"ws://127.0.0.1:{port}/streamer",
    )
    return VenueDoctor(connection, SystemClock(), **chosen)


async def answering(reader, writer):
    """A server that knows nothing but what time it is."""
    from email.utils import formatdate

    await reader.readuntil(b"\r\n\r\n")
    head = (
        f"HTTP/1.1 404 Not Found\r\nDate: {formatdate(usegmt=True)}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
    writer.write(head.encode())
    await writer.drain()
    writer.close()


async def clock_of(offset_s, handler=answering):
    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    async with server:
        there = doctor(server.sockets[0].getsockname()[1], offset_s=offset_s)
        checks = [check for check in there.checks() if check.name in ("api", "clock")]
        found = await examine(checks, begun=lambda _: None)
        await there._session._client.aclose()
    return found[1]


@pytest.mark.parametrize(
    ("offset_s", "outcome", "told"),
    [
        (0.0, ProbeOutcome.OK, "agrees"),
        (600.0, ProbeOutcome.FAIL, "fast"),
        (-600.0, ProbeOutcome.FAIL, "slow"),
        (2.5, ProbeOutcome.WARN, "fast"),
    ],
)
async def test_a_clock_that_is_off_is_told_with_its_direction(offset_s, outcome, told):
    result = await clock_of(offset_s)
    if offset_s == 2.5:
        assert result.outcome in (ProbeOutcome.WARN, ProbeOutcome.FAIL)  # whole seconds cannot tell which of the two
    else:
        assert result.outcome is outcome
    assert told in result.seen


async def test_a_venue_that_does_not_say_what_time_it_is_is_a_warning():
    async def silent(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    assert (await clock_of(0.0, silent)).outcome is ProbeOutcome.WARN


async def test_the_command_knows_the_names_of_all_looks_without_loading_them():
    there = doctor()
    assert tuple(check.name for check in there.checks()) == command.LOOKS
    await there._session._client.aclose()
