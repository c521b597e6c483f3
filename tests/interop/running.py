"""What the programs need: a simulator of their own, and an environment that says where it is."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from attrs import frozen

HERE: Final = Path(__file__).parent
SIMULATOR: Final = (sys.executable, "-m", "tastyflow_adapters.cli", "simulator")
PATIENCE_S: Final = 30
PASSED_ON: Final = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SystemRoot")
"""The variables that programs get from ours; no setting of tastyflow and no credential is among them."""


@frozen
class Outcome:
    """What came of one program: how many of its cases passed, and what to say of the others, name by name."""

    program: str
    version: str
    passed: int
    failed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Incomplete(Exception):
    """A program could not be run at all, and why."""


@contextmanager
def simulator() -> Iterator[dict[str, Any]]:
    """Run ``tastyflow simulator`` on free ports; what it describes of itself."""
    port = free_ports(3)
    described = subprocess.run(
        [*SIMULATOR, "--port", str(port), "--describe"], capture_output=True, text=True, check=True, timeout=PATIENCE_S
    )
    with subprocess.Popen(
        [*SIMULATOR, "--port", str(port)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as running:
        try:
            assert running.stdout is not None
            if running.stdout.readline().strip() != "ready":
                raise Incomplete("the simulator did not start")
            yield json.loads(described.stdout)
        finally:
            running.send_signal(signal.SIGTERM)
            try:
                running.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                running.kill()


def free_ports(count: int) -> int:
    """The first of *count* ports in a row that nobody listens on."""
    for _ in range(100):
        with ExitStack() as held:
            first = held.enter_context(socket.socket())
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            try:
                for offset in range(1, count):
                    held.enter_context(socket.socket()).bind(("127.0.0.1", port + offset))
            except (OSError, OverflowError):
                continue
            return port
    raise Incomplete("there are no free ports in a row")


def environment(place: Mapping[str, str], **more: str) -> dict[str, str]:
    """The environment of a program that is to meet one side of a simulator."""
    ours = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {
        **ours,
        "TT_SECRET": place["client_secret"],
        "TT_REFRESH": place["refresh_token"],
        "TT_ACCOUNT": place["account"],
        "INTEROP_API_URL": place["api_url"],
        "INTEROP_STREAMER_URL": place["streamer_url"],
        "PYTHONPATH": str(HERE),
        "PYTHONDONTWRITEBYTECODE": "1",
        "NO_PROXY": "127.0.0.1",
        **more,
    }


def asked(address: str) -> Any:
    """What an admin address answers."""
    with urllib.request.urlopen(address, timeout=PATIENCE_S) as answer:  # noqa: S310  of our own simulator
        return json.load(answer)
