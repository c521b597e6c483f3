"""
What the tests of bad days share: a simulator whose logins are canaries, and an ear on everything that is said.

    async with bad_day() as day:            a simulator, a broker on one side of it, everything at DEBUG
        day.fault(FaultKind.RESPONSE_LOST, "place")
        await day.broker.place(…)
    leaving it: every fault has struck, no exception was left to the loop, and no secret was said anywhere
"""

import asyncio
import logging
import traceback
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

import pytest
from attrs import evolve

from tastyflow.domain.venue import Venue
from tastyflow.errors import VenueFailure
from tastyflow_adapters import redaction
from tastyflow_simulator import Simulator
from tests.contract.bench import Setup
from tests.contract.firm import POLICY, Firm
from tests.contract.wire_bench import ASKED, open_bench, options_of
from tests.contract.wire_firm import WireTime

ACCOUNTS = ("5WT00001", "5WX00001")


class Ear:
    """
    Everything that was logged, raised or shown, and every secret that there is.

    What is kept in files of the trader's own may name the account, and no secret all the same.
    """

    def __init__(self):
        self.said = []
        self.kept = []
        self.secrets = []

    def hear(self, *texts):
        self.said.extend(str(text) for text in texts)

    def hear_kept(self, *texts):
        self.kept.extend(texts)

    def hear_error(self, error):
        self.hear("".join(traceback.format_exception(error)), repr(error), error, getattr(error, "hint", ""))

    def assert_nothing_told(self):
        for texts, secrets in ((self.said, (*self.secrets, *ACCOUNTS)), (self.kept, self.secrets)):
            everything = "\n".join(texts)
            for secret in secrets:
                assert secret not in everything, everything[max(0, everything.index(secret) - 200) :][:400]


class _Listening(logging.Handler):
    def __init__(self, ear):
        super().__init__(logging.DEBUG)
        self._ear = ear
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))

    def emit(self, record):
        self._ear.hear(self.format(record))


@contextmanager
def listening_to_all():
    """Every logger of the process at DEBUG, cleaned as the program itself does it."""
    ear, root = Ear(), logging.getLogger()
    handler, level = _Listening(ear), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    redaction.install(debug=True)
    try:
        yield ear
    finally:
        redaction.uninstall()
        root.removeHandler(handler)
        root.setLevel(level)


def plant_canaries(simulator, ear):
    """Give both sides logins that nobody has seen before, and remember every token that they hand out."""
    for side in simulator.sides:
        secret, refresh = f"canary-secret-of-{side.side}-3f9a", f"canary-refresh-of-{side.side}-77b1"
        side.login = evolve(side.login, client_secret=secret, refresh_token=refresh)
        ear.secrets += [secret, refresh]
        for name in ("issue", "issue_for_quotes"):
            setattr(side.tokens, name, _remembering(getattr(side.tokens, name), ear))


def _remembering(issue, ear):
    def issued():
        token = issue()
        ear.secrets.append(token)
        return token

    return issued


@contextmanager
def calm_loop():
    """Nothing may be left to the loop to complain about."""
    loop, unhandled = asyncio.get_running_loop(), []
    before = loop.get_exception_handler()
    loop.set_exception_handler(lambda _loop, context: unhandled.append(context))
    yield
    loop.set_exception_handler(before)
    assert not unhandled


class Day:
    """One broker on one side of a simulator, and what goes wrong between them."""

    def __init__(self, bench, ear):
        self.bench, self.broker, self.market = bench, bench.broker, bench.market
        self.simulator, self.side, self.ear = bench.simulator, bench.side, ear

    def fault(self, kind, call=None, **how):
        method, path = ASKED.get(call, ("*", how.pop("path", "*")))
        return self.bench._fault(kind, method, path, **how)

    def clear(self):
        self.simulator.faults.clear()

    def asked(self, call):
        """How often that request was made, answered or not."""
        return self.requests()[ASKED[call]]

    def requests(self):
        """All requests so far, by call."""
        counted = Counter()
        account = f"/accounts/{self.side.login.account}"
        for entry in self.simulator.journal.entries(self.side.side):
            path = entry.path.removeprefix(account)
            for method, pattern in ASKED.values():
                tail = pattern.removeprefix("*")
                matches = path == tail if not tail.endswith("*") else path.startswith(tail.rstrip("*"))
                counted[method, pattern] += entry.method == method and matches
            counted["login"] += entry.path == "/oauth/token"
        return counted

    @contextmanager
    def fails(self, *errors):
        """It fails, in one of these ways, and tells nobody's secret."""
        with pytest.raises(errors or VenueFailure) as raised:
            yield raised
        self.ear.hear_error(raised.value)


@asynccontextmanager
async def bad_day(venue=Venue.PRODUCTION, options=None, **connection):
    with listening_to_all() as ear, calm_loop():
        async with AsyncExitStack() as stack:
            simulator = Simulator(options_of(Setup(), **options or {}))
            plant_canaries(simulator, ear)
            await stack.enter_async_context(simulator)
            setup = evolve(Setup(), venue=venue)
            day = Day(await open_bench(stack, simulator, setup, **connection), ear)
            yield day
            struck = {fault["kind"]: fault["struck"] for fault in simulator.faults.listed()}
            assert all(struck.values()), f"a fault that never struck proves nothing: {struck}"
            broker = day.broker
            ear.hear(*map(repr, (broker, broker._session, broker._session.connection, broker._stream, day.market)))
            ear.hear(broker._stream.health)
    ear.assert_nothing_told()


@asynccontextmanager
async def bad_day_at_the_desk(policy=POLICY, **connection):
    """A desk in the shape of production: both sides of one simulator, a broker on each, time that runs."""
    with listening_to_all() as ear, calm_loop():
        async with AsyncExitStack() as stack:
            simulator = Simulator(options_of(Setup()))
            plant_canaries(simulator, ear)
            await stack.enter_async_context(simulator)
            both = WireTime(simulator.clock)
            running = asyncio.create_task(both.run())
            stack.callback(running.cancel)
            benches = [
                await open_bench(stack, simulator, evolve(Setup(), venue=venue), runs=True, **connection)
                for venue in Venue
            ]
            firm = Firm(*benches, both, policy=policy)
            await firm.hire()
            yield firm, ear
            ear.hear(*(stored.state.decode() for stored in firm.ledger.notifications()))
            ear.hear(*(notice for _, notice in firm.told.heard))
            firm.ledger.close()
    ear.assert_nothing_told()
