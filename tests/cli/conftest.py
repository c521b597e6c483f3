"""
The program in two ways: as a process of its own, and, faster, inside this one. Each test has a home of its own.

    tastyflow("order", ...)   a process        inside("order", ...)   the same, in this one
    at                        the settings of two simulated venues, which all tests of a worker share
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import keyring
import pytest
from attrs import frozen
from keyring.backends import null

from tastyflow_adapters import redaction
from tastyflow_adapters.cli import program
from tastyflow_simulator import ClockMode
from tests.simulator.sim_kit import Threaded

ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-m", "tastyflow_adapters.cli")
EXAMPLE = "buy 10 calls for SPY at strike 450 expiring next month"
VENUES = ("sandbox", "production")
OURS = ("TASTYFLOW_", "COLUMNS", "LINES")
"""Variables that a test chooses, or that are not set, whatever the person who runs the tests has chosen."""

RESTING = "buy 1 SPY 450C next month @ 2"


@frozen
class Ended:
    """How a run of the program ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one object on standard output."""
        assert self.out.count("\n") == 1, self.out
        return json.loads(self.out)


Run = Callable[..., Ended]


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """The program quietens its neighbours' logs for the rest of its process; here that is the tests' own."""
    yield
    redaction.uninstall()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    paths = [str(ROOT), str(ROOT / "grammar"), str(ROOT / "adapters"), kept.get("PYTHONPATH", "")]
    python = {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "LC_ALL": "C.UTF-8"}
    return kept | python | {"TASTYFLOW_HOME": str(home), "TASTYFLOW_POLICY__FOLLOW_S": "5"}


@pytest.fixture
def rests(environment: dict[str, str]) -> None:
    """An order of the test rests: the program watches it only for a moment. What fills is given its time."""
    environment["TASTYFLOW_POLICY__FOLLOW_S"] = "0.1"


@pytest.fixture
def tastyflow(environment: dict[str, str]) -> Run:
    """Run the program as a process."""

    def run(*args: str | bytes, typed: str | bytes = b"", **chosen: str) -> Ended:
        given = typed.encode() if isinstance(typed, str) else typed
        command = [*PROGRAM, *args]
        done = subprocess.run(
            command, input=given, capture_output=True, timeout=60, check=False, env=environment | chosen
        )
        ended = Ended(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback" not in ended.out + ended.err
        return ended

    return run


@pytest.fixture
def inside(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    environment: Mapping[str, str],
    tmp_path: Path,
) -> Run:
    """Run the program in this process: a tenth of the time, and all but the end of the process is the same."""
    for name in [name for name in os.environ if name.startswith(OURS)]:
        monkeypatch.delenv(name)
    for name in environment:
        if name.startswith("TASTYFLOW_"):
            monkeypatch.setenv(name, environment[name])

    def run(*args: str, typed: str | bytes = b"", **chosen: str) -> Ended:
        (tmp_path / "typed").write_bytes(typed.encode() if isinstance(typed, str) else typed)
        with monkeypatch.context() as patched, (tmp_path / "typed").open() as stdin:
            patched.setattr(sys, "stdin", stdin)
            for name, value in chosen.items():
                patched.setenv(name, value)
            capsys.readouterr()
            code = program.run(list(args))
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return Ended(code, said.out, said.err)

    return run


# ── two simulated venues ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """The keyring of the person who runs the tests is left alone."""
    monkeypatch.setattr(keyring.core, "_keyring_backend", null.Keyring())


@pytest.fixture(scope="session")
def running() -> Iterator[Threaded]:
    """A simulator, started once; `simulator` leaves it as it was found."""
    with Threaded(clock=ClockMode.REAL, starts_at=None) as threaded:
        yield threaded


@pytest.fixture
def simulator(running: Threaded) -> Iterator[Threaded]:
    yield running
    running.call(running.simulator.faults.clear)
    running.call(running.simulator.reset)


@pytest.fixture
def venues(simulator: Threaded) -> dict[str, str]:
    """The settings that point at the simulator."""
    described = simulator.simulator.describe()
    chosen = {"TASTYFLOW_SIMULATED": "true", "TASTYFLOW_ENV": "production"}
    for venue in VENUES:
        for key in ("api_url", "streamer_url", "client_secret", "refresh_token", "account"):
            chosen[f"TASTYFLOW_{venue.upper()}__{key.upper()}"] = described[venue][key]
    return chosen
