"""The demo, run as a person runs it: what it claims is in its output, and nothing of it stays behind."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEMO = [sys.executable, "-m", "tastyflow_adapters.cli", "demo"]


def without_our_settings(folder):
    """An environment with nothing of the tests' own in it, and a folder of our own for temporary files."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("TASTYFLOW_")}
    paths = os.pathsep.join(str(ROOT / part) for part in ("", "grammar", "adapters"))
    return {**kept, "PYTHONPATH": paths, "TMPDIR": str(folder), "COLUMNS": "80"}


@pytest.fixture
def surroundings(tmp_path):
    return without_our_settings(tmp_path)


def run(surroundings, *arguments, **more):
    return subprocess.run(
        [*DEMO, *arguments], env={**surroundings, **more}, capture_output=True, text=True, encoding="utf-8", timeout=60
    )


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """The home of the person who watches, with settings that would stop any other command."""
    home = tmp_path_factory.mktemp("own")
    (home / "config.toml").write_text("nonsense = 1\n")
    return home


@pytest.fixture(scope="module")
def printed(tmp_path_factory, own):
    """What the demo printed, once, whatever the watcher has set; it ended well, and its home is gone."""
    folder = tmp_path_factory.mktemp("demo")
    settings = {"TASTYFLOW_HOME": str(own), "TASTYFLOW_ENV": "production", "TASTYFLOW_POLICY__FOLLOW_S": "9"}
    done = run(without_our_settings(folder), **settings)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(folder.iterdir()) == []
    return done.stdout


@pytest.fixture
def shown(printed):
    """What it printed, on one long line."""
    return " ".join(printed.split())


def test_it_shows_the_main_job_the_refusals_the_partial_fill_and_the_audit(shown):
    for said in (
        "demo ▸ buy 10 calls for SPY at strike 450 expiring next month",
        "Understood: buy to open 10 SPY 450 call",
        *(f"✓ {check}:" for check in ("dry_run", "acknowledged", "echo", "statuses", "fill", "fills_add_up", "tidy")),
        "The rehearsal passed.",
        "✓ Filled in production: 10 of 10.",
        "✓ Each venue holds one order, of the same content to the byte",
        "demo ▸ buy 10 SPY 450 refused",
        "did you mean: buy 10 SPY @ 450",
        "has no 450.37 strike",
        "✓ Nothing was placed, in neither venue.",
        "✓ Working: 4 filled, 6 still wanted.",
        "✓ Cancelled: the 4 stay, here and in production's own book.",
        "✗ fills_add_up:",
        "The test failed",
        "✓ Production never heard of it",
        "Not promoted: The test is too old.",
        "✓ verify: ",
        "✓ replay: ",
        "✓ verify finds it",
        "Sending it to production",
    ):
        assert said in shown


def test_everything_it_claims_was_true(shown):
    assert "NOT TRUE" not in shown


def test_it_ends_with_commands_that_exist(shown):
    _, _, after = shown.partition("Try next")
    from tastyflow_adapters.cli.program import COMMANDS

    called = re.findall(r"tastyflow(?:_adapters\.cli)? (\w+)", after)
    assert len(called) >= 5
    assert set(called) <= set(COMMANDS)


def test_piped_it_is_plain_text(printed):
    assert "\x1b" not in printed
    assert not any(line != line.rstrip() for line in printed.splitlines())


def test_kept_its_home_can_be_audited(surroundings, tmp_path):
    done = run(surroundings, "--keep")
    assert (done.returncode, done.stderr) == (0, "")
    (home,) = tmp_path.iterdir()
    assert f"TASTYFLOW_HOME={home}" in done.stdout
    audit = [*DEMO[:-1], "audit", "verify"]
    verified = subprocess.run(audit, env={**surroundings, "TASTYFLOW_HOME": str(home)}, capture_output=True, timeout=60)
    assert verified.returncode == 0


def test_the_watchers_own_settings_and_home_are_left_alone(printed, own):
    assert "NOT TRUE" not in printed
    assert [path.name for path in own.rglob("*")] == ["config.toml"]


def interruptible() -> None:
    """Whoever runs the tests in the background may have told their children to ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_interrupted_it_takes_its_home_with_it(surroundings, tmp_path):
    watched = subprocess.Popen(
        [*DEMO, "--pace", "5"],
        env=surroundings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=interruptible,
    )
    deadline = time.monotonic() + 20
    while not list(tmp_path.glob("*/fake/log.db")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    watched.send_signal(signal.SIGINT)
    watched.communicate(timeout=20)
    assert watched.returncode == 130
    assert list(tmp_path.iterdir()) == []


def test_a_claim_that_is_not_true_is_said_and_is_the_exit_code(monkeypatch, tmp_path):
    """A production venue that fills 5 where the scene is about 4."""
    from click.testing import CliRunner

    from tastyflow_adapters.cli.demo import scenes
    from tastyflow_adapters.cli.demo.command import demo
    from tastyflow_adapters.fake.order_plan import fill

    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr(scenes, "fill", lambda quantity, **how: fill(quantity + 1, **how))
    done = CliRunner().invoke(demo, standalone_mode=False)
    assert "NOT TRUE: Working: 4 filled" in done.output
    assert done.return_value == 1
