"""
``tastyflow run`` and ``tastyflow health`` at work.

    run      one line for each thing that happens: to the service, and to orders
    health   the lease ─▶ the port of its holder ─▶ its page, as `tastyflow doctor` prints checks

A thread of its own writes the lines: where the terminal is held, lines wait, and then are dropped; orders do not wait.
"""

from collections.abc import Callable
from contextlib import suppress
from importlib import metadata
from typing import Any

import click

from tastyflow.ports import Address, Notice, PlaceNotice
from tastyflow_adapters.bootstrap import clock_of, open_ledger
from tastyflow_adapters.checkup import ProbeOutcome, ProbeResult
from tastyflow_adapters.cli import asking, checkup_page
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.place import Place
from tastyflow_adapters.cli.printing import Printer
from tastyflow_adapters.cli.safe_console import SafeConsole, say
from tastyflow_adapters.cli.safe_text import json_line
from tastyflow_adapters.config.choices import Choices
from tastyflow_adapters.config.loading import load
from tastyflow_adapters.service.asking import health_at, holder_of, is_followed
from tastyflow_adapters.service.running import run_service
from tastyflow_adapters.store.log import log_exists


class OrderLines:
    """Says what is recorded of every order."""

    name = None

    def __init__(self, say_line: Callable[[str], None]) -> None:
        self._say_line = say_line

    def listens_to(self, address: Address) -> bool:
        """Always: this is the operator's page, with the orders of every trader."""
        return True

    async def tell(self, notice: Notice) -> None:
        """One line an event."""
        order = notice.order
        self._say_line(f"{order.reference} {order.asked.user} {order.stage:<11}{notice.sentence}")

    async def tell_place(self, notice: PlaceNotice) -> None:
        """One line for a place."""
        self._say_line(f"{notice.order.hex[:6]} {notice.to.user} {'':<11}{notice.sentence}")


def run() -> int:
    """Run the service until it is told to stop."""
    settings = load()
    printer = Printer(SafeConsole())

    def say_line(line: str) -> None:
        printer.say(say(line))

    try:
        say_line(f"{Place.of(settings).words}, {settings.home}")
        asking.run(run_service(settings, say_line, version=_version(), recipients=[OrderLines(say_line)]))
        say_line("stopped")
    finally:
        printer.close()
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
    if not log_exists(settings.log):
        return None
    with open_ledger(settings) as ledger:
        holder = holder_of(ledger)
        if holder is None or not is_followed(ledger, clock_of(settings)):
            return None
    if holder.port and (told := health_at(holder.port)) is not None:
        return told
    seen = f"process {holder.pid} holds the lease, and its health page does not answer"
    do = f"Read what it printed last. If it hangs, end it (kill -9 {holder.pid}) and start another: tastyflow run"
    return {"role": None, "checks": [{"name": "service", "venue": None, "outcome": "fail", "seen": seen, "do": do}]}


def _result(check: dict[str, Any]) -> ProbeResult:
    outcome = ProbeOutcome(check["outcome"])
    return ProbeResult(str(check["name"]), str(check["venue"] or ""), outcome, str(check["seen"]), str(check["do"]))


def _version() -> str:
    with suppress(metadata.PackageNotFoundError):
        return metadata.version("tastyflow")
    return ""
