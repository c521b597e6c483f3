"""
``tastyflow recover`` at work: each account held against the log, and a line for each thing that was found.

    --accept   the incident about the log is closed with the reason, and its head is kept as it is now
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import click

from tastyflow.application.incidents.handling import Handler, Incidents
from tastyflow.application.reconciling.head import head_of
from tastyflow.application.reconciling.report import AccountReport, Finding, ReportLine
from tastyflow.domain.incident import Incident, IncidentKind
from tastyflow.errors import Refused
from tastyflow_adapters.bootstrap import head_file_of, open_desk, open_ledger
from tastyflow_adapters.cli.asking import run
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.incident_work import handled
from tastyflow_adapters.cli.place_shapes import environment_json
from tastyflow_adapters.cli.safe_text import json_line, readable, shown
from tastyflow_adapters.config.choices import Choices
from tastyflow_adapters.config.loading import load

LAST: Final[Mapping[ExitCode, str]] = {
    ExitCode.UNVERIFIED: "A person must look: tastyflow incident list",
    ExitCode.FAILED: "Not everything could be asked: run it again once the venue answers.",
}
"""What to do next, by what it came to."""


def recover(reason: str | None, trader: str | None, *, wants_json: bool) -> ExitCode:
    """Reconcile every account, and print what was found; *reason* accepts the log first."""
    choices = load()
    if reason is not None:
        said = readable(reason)
        run(handled(choices, trader, lambda incidents, who: _accepted(choices, incidents, who, said)))
        _keep_head(choices)
    reports = run(_reconciled(choices))
    if wants_json:
        listed = {"accounts": [report_json(each) for each in reports], "error": None}
        click.echo(json_line(environment_json(choices) | listed))
    else:
        for line in page(reports):
            click.echo(shown(line))
        if last := LAST.get(code_of(reports)):
            click.echo(last)
    return code_of(reports)


async def _reconciled(choices: Choices) -> Sequence[AccountReport]:
    async with open_desk(choices) as desk:
        return await desk.reconcile()


async def _accepted(choices: Choices, incidents: Incidents, who: Handler, reason: str) -> list[Incident]:
    about = Incident.id_of(IncidentKind.LOG, choices.env.value)
    found = next((each for each in incidents.open_ones() if each.id == about), None)
    if found is None:
        raise Refused("The log is in no doubt: there is nothing to accept.", code="nothing_to_accept")
    return [await incidents.close(found.reference, f"The log was accepted: {reason}", who)]


def _keep_head(choices: Choices) -> None:
    heads = head_file_of(choices)
    with open_ledger(choices) as ledger:
        head = head_of(ledger)
    if heads is not None and head is not None:
        heads.keep(head)


def page(reports: Sequence[AccountReport]) -> Iterable[str]:
    """What was found, in lines."""
    for report in reports:
        about = f"Account {report.account}: " if len(reports) > 1 else ""
        orders = f"{report.orders} open order{'s' * (report.orders != 1)}"
        held = "held" if report.is_complete else "to be held"
        yield f"{about}{orders} {held} against the venue."
        yield from (f"  {_mark(line)} {line.text}" for line in report.lines)
        yield from (f"  ! {each}" for each in report.missing)
        if report.is_complete and not report.lines:
            yield "  Nothing is missing here, and nothing is in doubt."


def _mark(line: ReportLine) -> str:
    return "+" if line.is_news else "·"


def report_json(report: AccountReport) -> dict[str, Any]:
    """One report, for programs."""
    return {
        "account": report.account,
        "at": report.at.isoformat(),
        "orders": report.orders,
        "complete": report.is_complete,
        "found": [
            {
                "finding": line.finding.value,
                "text": line.text,
                "order": line.order.hex if line.order else None,
                "recorded": line.is_news,
            }
            for line in report.lines
        ],
        "missing": list(report.missing),
    }


def code_of(reports: Sequence[AccountReport]) -> ExitCode:
    """1 where something could not be asked, 4 where a person must look."""
    if not all(report.is_complete for report in reports):
        return ExitCode.FAILED
    looks = any(line.finding is not Finding.NEWS for report in reports for line in report.lines)
    return ExitCode.UNVERIFIED if looks else ExitCode.DONE
