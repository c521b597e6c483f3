"""
``tastyflow halt`` and ``tastyflow resume``: stop what may leave for production, and let it go on.

Only their options and help stand here; the work is imported by the command that is run (`switching`).
"""

import click

from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.options import as_json, as_trader


@click.command()
@click.option("--reducing", is_flag=True, help="Let orders pass that only take risk away.")
@click.option("--reason", metavar="TEXT", default="", help="Why; it stands in the log, and in every refusal.")
@click.option("--status", "only_looks", is_flag=True, help="Only say whether trading is halted.")
@as_trader
@as_json
def halt(reducing: bool, reason: str, only_looks: bool, trader: str | None, wants_json: bool) -> ExitCode:
    """
    Stop trading: no order leaves for production any more, of any trader, and what works is cancelled.

    What waits before production is withdrawn. Each order is listed with what became of it, and what could not be
    cancelled stays listed: type the command again to ask again. Cancels always pass.

    \b
    Examples:
      tastyflow halt --reason "wrong feed"
      tastyflow halt --reducing --reason "only out from here"
      tastyflow halt --status

    Exit code 0: each order is over, or its cancel is asked for. 1: one could not be cancelled.
    """
    from tastyflow_adapters.cli import switching

    if only_looks:
        if reducing or reason or trader:
            raise click.UsageError("--status changes nothing: it goes with --json only.")
        return switching.show(wants_json=wants_json)
    return switching.halt(reason, trader, reducing=reducing, wants_json=wants_json)


@click.command()
@click.option("--reason", metavar="TEXT", required=True, help="Why trading can go on; it stands in the log.")
@as_trader
@as_json
def resume(reason: str, trader: str | None, wants_json: bool) -> ExitCode:
    """
    Let orders leave for production again. What was cancelled stays cancelled.

    \b
    Example:
      tastyflow resume --reason "the feed is right again"
    """
    from tastyflow_adapters.cli import switching

    return switching.resume(reason, trader, wants_json=wants_json)
