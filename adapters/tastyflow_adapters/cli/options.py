"""
The options that commands share. Light to import: a command is declared with these, and imports its work when it runs.
"""

from typing import Final

import click

as_trader: Final = click.option("--as", "trader", metavar="TRADER", help="Who asks (else TASTYFLOW_TRADER).")
in_account: Final = click.option("--account", metavar="NAME", default="", help="In which account (else your first).")
as_json: Final = click.option("--json", "wants_json", is_flag=True, help="One JSON object on standard output.")
as_confirmed: Final = click.option("--yes", "is_confirmed", is_flag=True, help="Send it without asking.")
