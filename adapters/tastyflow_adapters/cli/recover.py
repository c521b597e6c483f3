"""
``tastyflow recover``: hold the accounts against the log, by hand.

Only its options and help stand here; the work is imported by the command that is run (`recovering`).
"""

import click

from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.options import as_json, as_trader


@click.command()
@click.option("--accept", is_flag=True, help="Accept the log as it is, where it is in doubt; with --reason.")
@click.option("--reason", metavar="TEXT", default="", help="Why the log is accepted; it stands in the log.")
@as_trader
@as_json
def recover(accept: bool, reason: str, trader: str | None, wants_json: bool) -> ExitCode:
    """
    Ask the venues what they have, take up what the log does not know of, and print what was found.

    Orders and positions of every account and trader are held against the log. Nothing is sent. A second time changes
    nothing. Commands that order, and the service, do the same by themselves.

    Where the log is shorter than it was, or another one, no order leaves for production until an operator accepts it.

    \b
    Examples:
      tastyflow recover
      tastyflow recover --accept --reason "restored from the backup of Monday; the venue was compared"

    Exit code 0: all was asked, and no person need look. 1: something could not be asked. 4: a person must look.
    """
    from tastyflow_adapters.cli import recovering

    if accept != bool(reason.strip()):
        raise click.UsageError("--accept and --reason go together: say why the log is accepted.")
    return recovering.recover(reason if accept else None, trader, wants_json=wants_json)
