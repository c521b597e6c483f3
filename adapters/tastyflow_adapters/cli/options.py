"""
The options that commands share. Light to import: a command is declared with these, and imports its work when it runs.
"""

from typing import Final

import click


def _not_empty(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and not value.strip():
        raise click.BadParameter("name a trader, or leave it out.", ctx=ctx, param=parameter)
    return value


as_trader: Final = click.option(
    "--as", "trader", metavar="TRADER", callback=_not_empty,
    help="Act for TRADER (else TASTYFLOW_TRADER, else yourself); where orders are real, that takes 'administer'.",
)  # fmt: skip
in_account: Final = click.option("--account", metavar="NAME", default="", help="In which account (else your first).")
as_json: Final = click.option("--json", "wants_json", is_flag=True, help="One JSON object on standard output.")
as_confirmed: Final = click.option("--yes", "is_confirmed", is_flag=True, help="Send it without asking.")
