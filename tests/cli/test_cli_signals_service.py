"""The service with a rule, as a process: over the fake market, and in production before a simulator."""

# ruff: noqa: F811  the fixture that starts a service is that of another module

import os
import signal
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tastyflow_simulator import ClockMode
from tests.cli.conftest import VENUES
from tests.cli.test_cli_service import run, until  # noqa: F401  the fixture that starts a service
from tests.signals.running.running_kit import rule_text
from tests.simulator.sim_kit import Threaded

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the tests stop the service by signals")
OPEN = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)  # ten in the morning in New York


def minutes_rule(minutes: float, **changes) -> str:
    """A rule that is met so many minutes after the session opened."""
    return rule_text(
        trigger=f'figure = "minutes_since_open"\nabove = {minutes}\nhysteresis = 0',
        line="buy 1 {symbol} {call_wall} call {expiration 10..40 dte} @ natural",
        top='[scope]\ndte = "0-45"',
        expires_after_s=120,
        greatest_age_s=120,
        **changes,
    )


def with_rule(home, tastyflow, mode: str, text: str, **chosen: str) -> None:
    """The rule in its folder, its trader, and what it may do."""
    folder = home / "signals"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "flip.toml").write_text(text)
    for command in (
        ("trader", "add", "robot", "--permission", "long_options"),
        ("trader", "link", "robot", "signal", "flip"),
        ("signals", "approve", "flip"),
        *([("signals", "auto", "flip")] if mode == "auto" else []),
    ):
        ended = tastyflow(*command, **chosen)
        assert ended.code == 0, ended.err


def test_a_rule_in_auto_places_one_order_and_a_second_service_places_no_other(run, home, tastyflow):
    now = {"TASTYFLOW_NOW": (OPEN + timedelta(seconds=45)).isoformat()}
    with_rule(home, tastyflow, "auto", minutes_rule(31), **now)
    service = run(**now)
    service.says("the rule flip, version 1, stands in auto")
    second = run(**now)
    second.says("standing by")
    service.says("of the rule flip acted")
    later = {"TASTYFLOW_NOW": (OPEN + timedelta(seconds=90)).isoformat()}
    shown = tastyflow("signals", "show", "flip", "--json", **later).json
    (became,) = shown["signals"]
    assert (became["stage"], became["order"]["stage"]) == ("acted", "filled")
    assert shown["rule"]["live"]["data"]["coverage"] > 0.9
    health = tastyflow("health", "--json", **later).json
    assert {"signals", "rule flip"} <= {check["name"] for check in health["checks"]}

    service.send(signal.SIGKILL)
    service.ended()
    second.says("ready in")
    second.says("the rule flip, version 1, stands in auto")
    time.sleep(3)  # it is met there from the first look on, and was never seen unmet
    assert len(tastyflow("signals", "show", "flip", "--json", **later).json["signals"]) == 1
    second.send(signal.SIGTERM)
    assert second.ended() == 0
    assert tastyflow("audit", "verify", **later).code == 0


def test_in_production_before_a_simulator_a_moved_market_becomes_one_order_at_each_venue(run, home, tastyflow):
    with Threaded(clock=ClockMode.ANCHORED, starts_at=OPEN) as threaded:
        described = settings_of(threaded)

        def now() -> dict[str, str]:
            at = threaded.simulator.clock.now() + timedelta(seconds=1)  # the program takes as long to start
            return described | {"TASTYFLOW_NOW": at.isoformat()}

        def told() -> dict:
            return tastyflow("signals", "show", "flip", "--json", **now()).json

        def stands(price: int) -> None:
            threaded.call(lambda: threaded.simulator.market.pin_spot("SPY", Decimal(price)))
            threaded.call(threaded.simulator.clock.wake)

        stands(448)
        with_rule(home, tastyflow, "auto", SPOT_RULE, **now())
        service = run(**now())
        service.says("the rule flip, version 1, stands in auto")
        until(lambda: (told()["rule"]["live"]["trigger"] or {}).get("holds") is False, told)
        until(lambda: told()["rule"]["live"]["data"]["held"] == [], told)
        stands(452)
        service.says("of the rule flip acted")
        (became,) = told()["signals"]
        assert (became["stage"], became["mode"]) == ("acted", "auto")
        assert became["order"]["stage"] in ("working", "filled")
        ended = tastyflow("signals", "off", "flip", "--json", **now())
        assert (ended.code, ended.json["rule"]["mode"]) == (0, "off")
        service.send(signal.SIGTERM)
        assert service.ended() == 0
        assert tastyflow("audit", "verify", **now()).code == 0


SPOT_RULE = rule_text(
    line="buy 1 {symbol} 450 call {expiration 10..40 dte monthly} @ natural",
    top="[scope]\nexpirations = [2026-12-18]",
    expires_after_s=300,
    greatest_age_s=300,
)


def settings_of(threaded: Threaded) -> dict[str, str]:
    """The settings that point at a simulator."""
    described = threaded.simulator.describe()
    chosen = {"TASTYFLOW_SIMULATED": "true", "TASTYFLOW_ENV": "production"}
    for venue in VENUES:
        for key in ("api_url", "streamer_url", "client_secret", "refresh_token", "account"):
            chosen[f"TASTYFLOW_{venue.upper()}__{key.upper()}"] = described[venue][key]
    return chosen
