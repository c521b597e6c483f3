"""The service takes alerts and runs criteria: the program as people run it, in fake, on a Monday morning."""

import hmac
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from datetime import datetime
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tastyflow.domain.expirations import NEW_YORK
from tests.cli.test_cli_service import PATIENCE_S, run, until  # noqa: F401  the fixture is used by its name

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the tests stop the service by signals")

EXAMPLES = Path(__file__).parents[2] / "examples"
SECRET = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"  # noqa: S105  made for this test
MORNING = datetime(2026, 11, 30, 10, 30, tzinfo=NEW_YORK)
RULE = """
name = "chart-alert"
version = 1
symbol = "SPY"
trader = "demo"
source = "webhook"
brings = ["level"]

[limits]
cool_down_min = 30

[action]
line = "buy 1 {symbol} {level} call {expiration 2..40 dte} @ mid"
"""
FAILING = """
def opening_range(looks):
    raise ValueError("no such level")
    yield
"""
SEEING = """
from tastyflow import Alert
def opening_range(looks):
    for look in looks:
        if (spot := look.figures.get("spot")) is not None:
            yield Alert("The spot is there.", {"range_high": round(spot)}, "monday")
"""


@pytest.fixture
def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def rules(home):
    folder = home / "signals"
    folder.mkdir(mode=0o700, parents=True)
    return folder


class Sender:
    """Signs alerts by the clock of the service, which began at `MORNING` with it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.began = time.monotonic()

    def send(self, figures, *, rule="chart-alert", key="", secret=SECRET):
        body = json.dumps({"reason": "a breakout", "figures": figures}).encode()
        now = str(int(MORNING.timestamp() + time.monotonic() - self.began))
        message = b"\n".join([b"v1", now.encode(), rule.encode(), key.encode(), body])
        signature = hmac.new(secret.encode(), message, "sha256").hexdigest()
        headers = {"Content-Type": "application/json", "Tastyflow-Timestamp": now, "Tastyflow-Signature": signature}
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request("POST", f"/signals/{rule}", body, headers | ({"Idempotency-Key": key} if key else {}))
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except OSError:
            return 0, {}
        finally:
            connection.close()


def chosen(port: int) -> dict[str, str]:
    return {
        "TASTYFLOW_NOW": MORNING.isoformat(),
        "TASTYFLOW_SIGNALS__WEBHOOK_PORT": str(port),
        "TASTYFLOW_SIGNALS__WEBHOOK_OLDEST_S": "600",
        "TASTYFLOW_SIGNALS__WEBHOOK_AHEAD_S": "60",
    }


def shown(inside, rule="chart-alert"):
    return inside("signals", "show", rule, "--json", TASTYFLOW_NOW=MORNING.isoformat()).json


def test_a_signed_alert_is_a_signal_in_shadow_once_also_after_a_restart(run, rules, home, port, inside):  # noqa: F811
    (rules / "chart-alert.toml").write_text(RULE)
    assert inside("secrets", "set", "signals.chart-alert", typed=SECRET).code == 0
    assert inside("trader", "link", "demo", "signal", "chart-alert").code == 0
    service, sender = run(**chosen(port)), Sender(port)
    answers = []

    def taken():
        answers.append(sender.send({"level": 600}, key="monday"))
        return answers[-1][0] == 200

    until(taken, lambda: str(answers))
    signal = answers[-1][1]["signal"]
    assert signal
    assert sender.send({"level": 600}, key="monday") == (200, {"signal": signal, "why": []})
    status, held = sender.send({"level": 601}, key="tuesday")
    assert (status, held["signal"]) == (200, None)
    assert "cools down" in held["why"][0]
    assert sender.send({"level": 600}, secret="0" * 32)[0] == 401
    assert sender.send({"vix": 20})[0] == 400

    health = HTTPConnection("127.0.0.1", int(service.health), timeout=PATIENCE_S)
    health.request("GET", "/health")
    webhook = json.loads(health.getresponse().read())["signals"]["webhook"]
    health.close()
    assert (webhook["port"], webhook["without_secret"]) == (port, [])
    assert webhook["accepted"] == {"raised": 1, "repeated": 1, "held": 1}
    assert webhook["refused"]["body"] == 1

    until(lambda: "shadowed" in json.dumps(shown(inside)), lambda: json.dumps(shown(inside)))
    service.close()
    again, sender = run(**chosen(port)), Sender(port)
    until(lambda: sender.send({"level": 600}, key="monday") == (200, {"signal": signal, "why": []}), again.lines)
    assert SECRET not in "".join([*service.lines, *again.lines])


@pytest.fixture
def install(tmp_path, rules, inside):
    """Installs a criterion in the place of the example's, whose rule is at work; gives where it was installed."""

    def installed(source):
        package, site = tmp_path / "package", tmp_path / "site"
        shutil.copytree(EXAMPLES / "own_criterion", package)
        (package / "opening_range.py").write_text(source)
        pip = [sys.executable, "-m", "pip", "install", "-qq", "--no-index", "--no-deps", "--no-build-isolation"]
        subprocess.run([*pip, "--target", site, package], check=True, timeout=120)
        text = (EXAMPLES / "own_criterion" / "opening-range.toml").read_text().replace("gex-bot", "demo")
        (rules / "opening-range.toml").write_text(text)
        assert inside("trader", "link", "demo", "signal", "opening-range").code == 0
        return os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")])

    return installed


def test_a_criterion_sees_the_market_and_its_alert_is_a_signal(run, install, port, inside):  # noqa: F811
    run(PYTHONPATH=install(SEEING), **chosen(port))
    until(lambda: "shadowed" in json.dumps(shown(inside, "opening-range")), lambda: str(shown(inside, "opening-range")))
    assert "buy to open 1 SPY " in json.dumps(shown(inside, "opening-range"))


def test_a_criterion_that_fails_turns_its_rule_off_and_nothing_else(run, install, rules, port, inside):  # noqa: F811
    path = install(FAILING)
    (rules / "chart-alert.toml").write_text(RULE)
    assert inside("trader", "link", "demo", "signal", "chart-alert").code == 0
    assert inside("secrets", "set", "signals.chart-alert", typed=SECRET).code == 0
    service, sender = run(PYTHONPATH=path, **chosen(port)), Sender(port)
    service.says("the rule opening-range turned itself off: The criterion opening-range raised an error (ValueError")
    until(lambda: shown(inside, "opening-range")["rule"]["mode"] == "off", lambda: str(shown(inside, "opening-range")))
    incidents = inside("incident", "list", "--json", TASTYFLOW_NOW=MORNING.isoformat()).json
    assert "opening-range" in json.dumps(incidents)
    until(lambda: sender.send({"level": 600})[0] == 200)
