"""
``tastyflow run`` and ``tastyflow health`` at work.

    run      one line for each thing that happens: to the service, and to orders
    health   the lease ─▶ the port of its holder ─▶ its page, as `tastyflow doctor` prints checks

A thread of its own writes the lines: where the terminal is held, lines wait, and then are dropped; orders do not wait.
"""

import queue
import threading
from contextlib import suppress
from importlib import metadata
from typing import Any, Final

import click

from tastyflow.ports import Address, Notice
from tastyflow_adapters.bootstrap import clock_of, open_ledger
from tastyflow_adapters.checkup import ProbeOutcome, ProbeResult
from tastyflow_adapters.cli import asking, checkup_page
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.place import Place
from tastyflow_adapters.cli.safe_console import SafeConsole
from tastyflow_adapters.cli.safe_text import json_line, shown
from tastyflow_adapters.config.choices import Choices
from tastyflow_adapters.config.loading import load
from tastyflow_adapters.service.asking import health_at, holder_of, is_followed
from tastyflow_adapters.service.running import run_service

MOST_LINES: Final = 1_000
LAST_LINES_S: Final = 1.0
NONE_RUNS: Final = "No service runs. Start one: tastyflow run"


class Lines:
    """Prints lines from a thread of its own, for as long as it is entered."""

    def __init__(self) -> None:
        self._waiting: queue.Queue[str | None] = queue.Queue(MOST_LINES)
        self._thread = threading.Thread(target=self._print, name="lines", daemon=True)

    def __enter__(self) -> "Lines":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(queue.Full):
            self._waiting.put_nowait(None)
        self._thread.join(LAST_LINES_S)

    def say(self, line: str) -> None:
        """Print *line* soon; never wait."""
        with suppress(queue.Full):
            self._waiting.put_nowait(line)

    def _print(self) -> None:
        while (line := self._waiting.get()) is not None:
            with suppress(OSError, ValueError):
                click.echo(shown(line))


class OrderLines:
    """Says what is recorded of every order."""

    name = None

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def listens_to(self, address: Address) -> bool:
        """Whoever asked for it: this is the operator's page."""
        return True

    async def tell(self, notice: Notice) -> None:
        """One line an event."""
        order = notice.order
        self._lines.say(f"{order.reference} {order.asked.user} {order.stage:<11}{notice.sentence}")


def run() -> int:
    """Run the service until it is told to stop."""
    settings = load()
    with Lines() as lines:
        lines.say(f"{Place.of(settings).words}, {settings.home}")
        asking.run(run_service(settings, lines.say, version=_version(), recipients=[OrderLines(lines)]))
        lines.say("stopped")
    return ExitCode.DONE


def health(*, wants_json: bool) -> int:
    """Print how the running service is."""
    settings = load()
    told = _told(settings)
    results = [] if told is None else [_result(each) for each in told["checks"]]
    results = results or [ProbeResult("service", "", ProbeOutcome.WARN, "none runs", "Run: tastyflow run")]
    if wants_json:
        click.echo(json_line((told or {"role": None}) | checkup_page.view(results)))
    else:
        SafeConsole().show(checkup_page.page(results))
    return checkup_page.code_of(results)


def _told(settings: Choices) -> dict[str, Any] | None:
    """What the service at work says of itself; one that holds the lease and does not answer is broken."""
    if not settings.log.exists:
        return None
    with open_ledger(settings) as ledger:
        holder = holder_of(ledger)
        if holder is None or not is_followed(ledger, clock_of(settings)):
            return None
    if holder.port and (told := health_at(holder.port)) is not None:
        return told
    seen = f"process {holder.pid} holds the lease, and its health page does not answer"
    do = "Look at its lines. Ended, it is taken over from within ten seconds: start another one."
    return {"role": None, "checks": [{"name": "service", "venue": None, "outcome": "fail", "seen": seen, "do": do}]}


def _result(check: dict[str, Any]) -> ProbeResult:
    outcome = ProbeOutcome(check["outcome"])
    return ProbeResult(str(check["name"]), str(check["venue"] or ""), outcome, str(check["seen"]), str(check["do"]))


def _version() -> str:
    with suppress(metadata.PackageNotFoundError):
        return metadata.version("tastyflow")
    return ""
