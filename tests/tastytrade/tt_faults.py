"""
What the tests of faults share: a simulator whose logins are canaries, and a detector of leaks in everything told.

    async with faulty_venue() as faulty:    a simulator, a broker on one side of it, everything at DEBUG
        faulty.fault(FaultKind.RESPONSE_LOST, "place")
        await faulty.broker.place(…)
    leaving it: every fault has struck, no exception was left to the loop, and no secret was told anywhere
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
from tests.contract.desk_between_venues import POLICY, DeskBetweenVenues
from tests.contract.simulated_desk import SimulatedTime
from tests.contract.simulated_venue import ASKED, open_venue, options_of
from tests.contract.venue_under_test import VenueOptions

ACCOUNTS = ("5WT00001", "5WX00001")


class LeakDetector:
    """
    Everything that was logged, raised or shown, and every secret that there is.

    What is kept in files of the trader's own may name the account, and no secret all the same.
    """

    def __init__(self):
        self.told = []
        self.kept = []
        self.secrets = []

    def record(self, *texts):
        self.told.extend(str(text) for text in texts)

    def record_kept(self, *texts):
        self.kept.extend(texts)

    def record_error(self, error):
        self.record("".join(traceback.format_exception(error)), repr(error), error, getattr(error, "hint", ""))

    def assert_no_secret_told(self):
        for texts, secrets in ((self.told, (*self.secrets, *ACCOUNTS)), (self.kept, self.secrets)):
            everything = "\n".join(texts)
            for secret in secrets:
                assert secret not in everything, everything[max(0, everything.index(secret) - 200) :][:400]


class _Recording(logging.Handler):
    def __init__(self, leaks):
        super().__init__(logging.DEBUG)
        self._leaks = leaks
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))

    def emit(self, record):
        self._leaks.record(self.format(record))


@contextmanager
def all_logs_recorded():
    """Every logger of the process at DEBUG, cleaned as the program itself does it."""
    leaks, root = LeakDetector(), logging.getLogger()
    handler, level = _Recording(leaks), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    redaction.install(debug=True)
    try:
        yield leaks
    finally:
        redaction.uninstall()
        root.removeHandler(handler)
        root.setLevel(level)


def give_canary_logins(simulator, leaks):
    """Give both sides logins that nobody has seen before, and remember every token that they hand out."""
    for side in simulator.sides:
        secret, refresh = f"canary-secret-of-{side.side}-3f9a", f"canary-refresh-of-{side.side}-77b1"
        side.login = evolve(side.login, client_secret=secret, refresh_token=refresh)
        leaks.secrets += [secret, refresh]
        for name in ("issue", "issue_for_quotes"):
            setattr(side.tokens, name, _remembering(getattr(side.tokens, name), leaks))


def _remembering(issue, leaks):
    def issued():
        token = issue()
        leaks.secrets.append(token)
        return token

    return issued


@contextmanager
def no_unhandled_errors():
    """Nothing may be left to the loop to complain about."""
    loop, unhandled = asyncio.get_running_loop(), []
    before = loop.get_exception_handler()
    loop.set_exception_handler(lambda _loop, context: unhandled.append(context))
    yield
    loop.set_exception_handler(before)
    assert not unhandled


class FaultyVenue:
    """One broker on one side of a simulator, and what goes wrong between them."""

    def __init__(self, subject, leaks):
        self.subject, self.broker, self.market = subject, subject.broker, subject.market
        self.simulator, self.side, self.leaks = subject.simulator, subject.side, leaks

    def fault(self, kind, call=None, **how):
        method, path = ASKED.get(call, ("*", how.pop("path", "*")))
        return self.subject._fault(kind, method, path, **how)

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
        """It fails, in one of these ways, and tells no secret."""
        with pytest.raises(errors or VenueFailure) as raised:
            yield raised
        self.leaks.record_error(raised.value)


@asynccontextmanager
async def faulty_venue(venue=Venue.PRODUCTION, simulator_options=None, **connection):
    with all_logs_recorded() as leaks, no_unhandled_errors():
        async with AsyncExitStack() as stack:
            simulator = Simulator(options_of(VenueOptions(), **simulator_options or {}))
            give_canary_logins(simulator, leaks)
            await stack.enter_async_context(simulator)
            options = evolve(VenueOptions(), venue=venue)
            faulty = FaultyVenue(await open_venue(stack, simulator, options, **connection), leaks)
            yield faulty
            struck = {fault["kind"]: fault["struck"] for fault in simulator.faults.listed()}
            assert all(struck.values()), f"a fault that never struck proves nothing: {struck}"
            broker = faulty.broker
            leaks.record(
                *map(repr, (broker, broker._session, broker._session.connection, broker._stream, faulty.market))
            )
            leaks.record(broker._stream.health)
    leaks.assert_no_secret_told()


@asynccontextmanager
async def faulty_desk(policy=POLICY, **connection):
    """A desk in the shape of production: both sides of one simulator, a broker on each, time that runs."""
    with all_logs_recorded() as leaks, no_unhandled_errors():
        async with AsyncExitStack() as stack:
            simulator = Simulator(options_of(VenueOptions()))
            give_canary_logins(simulator, leaks)
            await stack.enter_async_context(simulator)
            both = SimulatedTime(simulator.clock)
            running = asyncio.create_task(both.run())
            stack.callback(running.cancel)
            subjects = [
                await open_venue(stack, simulator, evolve(VenueOptions(), venue=venue), runs=True, **connection)
                for venue in Venue
            ]
            venues = DeskBetweenVenues(*subjects, both, policy=policy)
            await venues.register_trader()
            yield venues, leaks
            leaks.record(*(stored.state.decode() for stored in venues.ledger.rows()))
            leaks.record(*(notice for _, notice in venues.told.heard))
            venues.ledger.close()
    leaks.assert_no_secret_told()
