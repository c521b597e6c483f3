"""The service as a process of its own, beside the commands, over fake venues and simulated ones."""

import asyncio
import json
import os
import re
import signal
import sqlite3
import subprocess
import threading
import time
from contextlib import ExitStack, closing, contextmanager
from decimal import Decimal
from http.client import HTTPConnection

import pytest

from tastyflow.application.ledger.lookup import Lookup
from tastyflow.application.service.leases import SERVICE
from tastyflow.domain.venue import Venue
from tastyflow_adapters.clock import SystemClock
from tastyflow_adapters.config.log_address import LogAddress
from tastyflow_adapters.fake import FakeBroker, FakeMarket, FileBookStore
from tastyflow_adapters.store.log import open_log
from tests.cli.conftest import PROGRAM, RESTING

pytestmark = pytest.mark.skipif(
    os.name != "posix", reason="the tests stop the service by signals, which are not sent there"
)

PATIENCE_S = 40.0
UNFOLLOWED = "No service follows it: start 'tastyflow run'"


class Running:
    """A service in a process of its own; what it has said."""

    def __init__(self, environment):
        self.process = subprocess.Popen(
            [*PROGRAM, "run"],
            env=environment | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        self.lines.extend(iter(self.process.stdout.readline, ""))

    def says(self, words, *, times=1):
        """Wait until it has said *words* so many times."""
        until(lambda: sum(words in line for line in self.lines) >= times, lambda: f"{words!r} in {self.lines}")

    @property
    def health(self):
        return next(re.search(r"127\.0\.0\.1:(\d+)", line)[1] for line in self.lines if "health at" in line)

    def send(self, number):
        self.process.send_signal(number)

    def ended(self):
        return self.process.wait(PATIENCE_S)

    def close(self):
        self.process.kill()  # also one that is stopped
        self.process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        self.process.stdout.close()


def until(holds, what=lambda: "it"):
    late = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < late, f"in vain: {what()}"
        time.sleep(0.05)


@pytest.fixture
def run(environment):
    with ExitStack() as stack:

        def start(**chosen):
            running = Running(environment | chosen)
            stack.callback(running.close)
            return running

        yield start


@contextmanager
def reading(folder):
    with closing(open_log(LogAddress.file(folder / "log.db"), read_only=True)) as ledger:
        yield ledger


def newest_stage(folder):
    with reading(folder) as ledger:
        return str(Lookup(ledger).newest_orders(1)[0].stage)


def cancelled_by_hand(folder):
    """Cancel everything at the fake venue, as its owner would on a page of the venue."""
    clock = SystemClock()
    with closing(FileBookStore(folder / "production.db")) as store:
        broker = FakeBroker(Venue.PRODUCTION, clock, FakeMarket(clock), store=store, seed=1)
        for order in broker.orders():
            if not order.status.is_terminal:
                asyncio.run(broker.cancel(order.broker_order))


def stop_between_two_writes(service, folder):
    """Stop it while it does not hold the log: one that does holds up all others until it goes on, or is killed."""
    for _ in range(50):
        service.send(signal.SIGSTOP)
        time.sleep(0.05)
        with closing(sqlite3.connect(folder / "log.db", timeout=0.2, isolation_level=None)) as log:
            try:
                log.execute("BEGIN IMMEDIATE")
                log.execute("ROLLBACK")
                return
            except sqlite3.OperationalError:
                service.send(signal.SIGCONT)
                time.sleep(0.2)
    raise AssertionError("it holds the log all the time")


def test_of_two_services_one_follows_and_the_other_takes_over_whatever_becomes_of_it(
    run, home, tastyflow, rests, inside
):
    folder, first = home / "fake", run()
    first.says("ready in")
    second = run()
    second.says("standing by: another service works on this home")

    placed = tastyflow("order", RESTING)
    assert placed.code == 0
    assert UNFOLLOWED not in placed.err
    assert inside("health").code == 0
    cancelled_by_hand(folder)
    until(lambda: newest_stage(folder) == "cancelled")  # no command has asked

    assert UNFOLLOWED not in inside("order", "buy 1 SPY 450C next month @ 1.90").err
    stop_between_two_writes(first, folder)
    second.says("ready in")
    first.send(signal.SIGCONT)
    first.says("another service has taken over; this one stands by")
    cancelled_by_hand(folder)
    until(lambda: newest_stage(folder) == "cancelled")

    second.send(signal.SIGKILL)
    second.ended()
    first.says("ready in", times=2)  # at once: the process is gone
    first.send(signal.SIGTERM)
    assert first.ended() == 0
    first.says("stopped")
    with reading(folder) as ledger:
        assert ledger.lease(SERVICE).holder == ""
    left = inside("order", "buy 1 SPY 450C next month @ 1.80")
    assert UNFOLLOWED in left.err
    health = inside("health", "--json")
    assert (health.code, health.json["role"], health.json["counts"]["fail"]) == (4, None, 0)
    assert inside("audit", "verify").code == 0


def test_the_health_page_answers_programs_on_this_machine_and_no_page_of_a_browser(run, home, inside):
    service = run()
    service.says("health at")
    port = int(service.health)

    def asked(path="/health", method="GET", **headers):
        with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read()

    status, body = asked()
    told = json.loads(body)
    assert (status, told["role"], told["environment"]) == (200, "working", "fake")
    assert {part["name"] for part in told["parts"]} == {
        "timers",
        "reconcile",
        "log chain",
        "read models",
        "follow main",
        "operators",
        "venue watch",
        "signals",
    }
    assert {check["name"] for check in told["checks"]} >= {"service", "store", "answers", "parts"}
    assert asked(Host=f"localhost:{port}")[0] == 200
    assert asked(Host="attacker.example")[0] == 403
    assert asked(Host=f"attacker.example:{port}")[0] == 403
    assert asked(Origin="http://attacker.example")[0] == 403
    assert asked(method="POST")[0] == 405
    assert asked("/secrets")[0] == 404

    service.send(signal.SIGSTOP)  # it hangs
    ended = inside("health", "--json")
    assert (ended.code, ended.json["checks"][0]["outcome"]) in ((1, "fail"), (4, "warn"))
    service.send(signal.SIGCONT)
    service.send(signal.SIGINT)
    assert service.ended() == 0


def test_an_order_before_simulated_venues_is_followed_to_its_last_fill_after_its_command_has_gone(
    run, home, tastyflow, inside, simulator, venues
):
    venues |= {"TASTYFLOW_POLICY__REST_WAIT_S": "0.2", "TASTYFLOW_POLICY__FOLLOW_S": "0.1"}
    folder, service = home / "production-simulated", run(**venues)
    service.says("ready in")
    placed = tastyflow("order", "buy 1 SPY 450C next month @ 0.05", "--json", **venues)
    assert placed.json["stage"] == "working"
    health = inside("health", "--json", **venues)
    assert health.code == 0, health.out
    assert {(stream["venue"], stream["up"]) for stream in health.json["streams"]} == {
        ("sandbox", True),
        ("production", True),
    }
    assert {token["venue"] for token in health.json["tokens"]} == {"sandbox", "production"}
    assert "clock_skew_s" in health.json
    secret = venues["TASTYFLOW_PRODUCTION__CLIENT_SECRET"]
    assert secret not in health.out

    (row,) = simulator.call(simulator.simulator.production.book.ledger)[-1:]
    symbol = row["body"]["legs"][0]["symbol"]
    simulator.call(simulator.simulator.market.pin, symbol, Decimal("0.03"), Decimal("0.04"))
    until(lambda: newest_stage(folder) == "filled")
    service.send(signal.SIGTERM)
    assert service.ended() == 0


def test_a_service_that_cannot_begin_says_why(tastyflow, home):
    ended = tastyflow("run", TASTYFLOW_ENV="production")
    assert ended.code == 3
    assert "Error:" in ended.err
