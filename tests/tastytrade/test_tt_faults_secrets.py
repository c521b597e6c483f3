"""
No secret in anything that comes out, on a bad day and with everything at DEBUG: of the library, and of the program.

What is searched: every log record of every logger, the text of every failure, tracebacks and reprs, the events of the
log, what each command writes to both its outputs, and every byte that it leaves in its home.
"""

import asyncio
import json
import os
import sys
from decimal import Decimal

import pytest
from tt_faults import ACCOUNTS, LeakDetector, faulty_desk, faulty_venue, give_canary_logins

from tastyflow.domain.venue import Venue
from tastyflow.errors import VenueFailure
from tastyflow_simulator import FaultKind, Options, Simulator, SimulatorFault
from tests.contract.desk_between_venues import BUY
from tests.contract.tickets import CALL, marketable, resting

pytestmark = pytest.mark.anyio

LINE = "buy to open 1 SPY 450 call exp Dec 18 2026 at 0.50"
OTHERS = (["orders"], ["doctor", "--json"], ["audit", "show", "last"])


# ── the leaks hears ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_secret_that_is_told_is_detected():
    leaks = LeakDetector()
    leaks.secrets.append("canary")
    leaks.record("all is well")
    leaks.assert_no_secret_told()
    leaks.record("Bearer canary")
    with pytest.raises(AssertionError):
        leaks.assert_no_secret_told()


@pytest.mark.parametrize("account", ACCOUNTS)
def test_an_account_number_in_full_is_detected_too(account):
    leaks = LeakDetector()
    leaks.record(f"GET /accounts/{account}/orders")
    with pytest.raises(AssertionError):
        leaks.assert_no_secret_told()


# ── the library ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_whole_order_at_debug_tells_no_secret():
    async with faulty_desk() as (venues, leaks):
        async with venues.desk() as desk:
            await venues.place(desk, BUY)
        assert len(leaks.secrets) >= 6  # two secrets and two refresh tokens, and an access token of each side
        assert any("HTTP Request" in text for text in leaks.told)  # the neighbours did speak
        assert any("/accounts/***0001/" in text for text in leaks.told)


async def test_quotes_over_a_line_that_is_cut_tell_no_secret():
    async with faulty_venue(Venue.SANDBOX) as faulty:
        faulty.fault(FaultKind.STREAM_CLOSE, path="/realtime")
        assert (await faulty.market.quotes([CALL]))[CALL].ask == Decimal("10.10")
        assert any(secret.startswith("sim-quotes.") for secret in faulty.leaks.secrets)


@pytest.mark.parametrize("status", [400, 403, 422, 500])
async def test_a_venue_that_quotes_our_secrets_is_not_quoted(status):
    async with faulty_venue() as faulty:
        login = faulty.side.login
        quoting = f"bad secret {login.client_secret}, bad token {login.refresh_token}"
        faulty.fault(FaultKind.ERROR_BEFORE, "place", status=status, reason=quoting)
        with faulty.fails(VenueFailure):
            await faulty.broker.place(marketable(), external_id="t")


async def test_a_venue_that_quotes_our_access_token_is_not_quoted():
    async with faulty_venue() as faulty:
        quoting = f"unknown token {faulty.broker._session.session_token}"
        faulty.fault(FaultKind.ERROR_BEFORE, "place", status=422, reason=quoting)
        with faulty.fails(VenueFailure):
            await faulty.broker.place(resting(), external_id="t")


async def test_a_venue_that_quotes_our_secrets_is_not_quoted_in_the_log_either():
    async with faulty_desk() as (venues, _leaks):
        side = venues.production.side
        words = f"refused for {side.login.refresh_token} {side.login.client_secret} of {side.login.account}"
        fault = SimulatorFault(
            kind=FaultKind.ERROR_BEFORE, side=side.side, method="POST", path="*/orders", status=422, reason=words
        )
        venues.production.simulator.faults.add(fault)
        async with venues.desk() as desk:
            order = await venues.place(desk, BUY)
        assert "refused for" in order.message


# ── the program ────────────────────────────────────────────────────────────────────────────────────────────────


async def run(environment, *arguments, text=""):
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tastyflow_adapters.cli", *arguments,
        env=environment, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(60):
        out, err = await program.communicate(text.encode())
    return program.returncode, out.decode(), err.decode()


def environment_of(simulator, home):
    """What points the program at *simulator*, as production and at DEBUG; TT_* are poison that nobody may take."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TASTYFLOW_")}
    told = dict(simulator.environment())
    for side in simulator.sides:
        prefix = f"TASTYFLOW_{side.side.upper()}__"
        told |= {f"{prefix}CLIENT_SECRET": side.login.client_secret, f"{prefix}REFRESH_TOKEN": side.login.refresh_token}
    poison = {"TT_SECRET": "poisoned-secret", "TT_REFRESH": "poisoned-refresh"}
    more = {"TASTYFLOW_HOME": str(home), "TASTYFLOW_ENV": "production", "TASTYFLOW_VERBOSITY": "debug"}
    brief = {"TASTYFLOW_POLICY__REST_WAIT_S": "0.3", "TASTYFLOW_POLICY__FOLLOW_S": "0.3"}  # the simulator is near
    return {**kept, **told, **poison, **more, **brief}


def everything_in(home):
    return [file.read_bytes().decode("latin-1") for file in home.rglob("*") if file.is_file()]


async def test_the_program_at_debug_tells_no_secret_on_a_bad_day(tmp_path):
    leaks = LeakDetector()
    async with Simulator(Options(port=0)) as simulator:
        give_canary_logins(simulator, leaks)
        leaks.secrets += ["poisoned-secret", "poisoned-refresh"]
        post = {"method": "POST", "path": "*/orders"}
        simulator.faults.add(SimulatorFault(kind=FaultKind.RESPONSE_LOST, side="sandbox", **post))
        simulator.faults.add(SimulatorFault(kind=FaultKind.ERROR_AFTER, side="production", **post))
        environment = environment_of(simulator, tmp_path)
        code, out, err = await run(environment, "order", LINE, "--json")
        assert code == 0, err[-2000:]
        assert "DEBUG" in err  # it did speak
        told = [
            (out, err),
            *((o, e) for _, o, e in await asyncio.gather(*(run(environment, *each) for each in OTHERS))),
        ]
        leaks.record(*(text for pair in told for text in pair))
        leaks.record_kept(*everything_in(tmp_path))
        for side, venue in zip(simulator.sides, Venue, strict=True):
            tags = [row["external-identifier"] for row in side.book.ledger()]
            assert len(tags) == 1
            assert tags == [each["external_id"] for each in json.loads(out)["attempts"] if each["venue"] == venue]
    leaks.assert_no_secret_told()


async def test_a_login_that_is_refused_names_no_secret(tmp_path):
    leaks = LeakDetector()
    async with Simulator(Options(port=0)) as simulator:
        give_canary_logins(simulator, leaks)
        wrong = {"TASTYFLOW_SANDBOX__CLIENT_SECRET": "canary-that-nobody-knows"}
        leaks.secrets += wrong.values()
        environment = environment_of(simulator, tmp_path) | wrong
        for code, out, err in await asyncio.gather(
            run(environment, "order", LINE), run(environment, "doctor"), run(environment, "secrets", "check")
        ):
            leaks.record(out, err)
            assert "Traceback" not in out + err
            assert code in (1, 4)  # refused; or a venue was not verified
        assert [row for side in simulator.sides for row in side.book.ledger()] == []
        leaks.record_kept(*everything_in(tmp_path))
    leaks.assert_no_secret_told()
