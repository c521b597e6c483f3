"""
``tastyflow gex``: the gamma exposure of an underlying, with its levels and a profile.

Only its options and help stand here; the work, and numpy with it, is imported when it runs (`gex_work`).
"""

from pathlib import Path
from typing import Final

import click

from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.options import as_json, as_trader
from tastyflow_adapters.config.gex_choices import SIGN_MODELS, SignModelName

_FILE: Final = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("symbol", required=False, default="")
@click.option("--dte", metavar="DAYS", help="Days to expiration in scope: 0, 0-45, all (else gex.dte).")
@click.option("--expirations", metavar="DATES", help="These days alone: 2026-12-18,2026-12-31.")
@click.option("--sign-model", type=click.Choice(SIGN_MODELS), help="Who holds what (else gex.sign_model).")
@click.option("--png", type=_FILE, metavar="FILE", help="Draw a picture into FILE.")
@click.option("--watch", "watches", is_flag=True, help="Show it anew, again and again, until Ctrl-C.")
@click.option(
    "--every", "every_s", type=click.FloatRange(min=0.2, max=3600), default=2.0, show_default=True, metavar="SECONDS",
    help="With --watch: how often.",
)  # fmt: skip
@click.option(
    "--wait", "wait_s", type=click.FloatRange(min=0, max=600), default=20.0, show_default=True, metavar="SECONDS",
    help="How long to wait for contracts that say nothing.",
)  # fmt: skip
@click.option("--record", type=_FILE, metavar="FILE", help="Write what is heard into FILE, a new one.")
@click.option("--replay", type=_FILE, metavar="FILE", help="Show a recording instead of the market.")
@as_trader
@as_json
def gex(
    symbol: str,
    dte: str | None,
    expirations: str | None,
    sign_model: SignModelName | None,
    png: Path | None,
    watches: bool,
    every_s: float,
    wait_s: float,
    record: Path | None,
    replay: Path | None,
    trader: str | None,
    wants_json: bool,
) -> ExitCode:
    """
    The gamma exposure of SYMBOL: net, walls, flip, coverage, and a profile by strike. Nothing is traded.

    It is an estimate under a stated model of who holds what. docs/signals.md says how to read it.

    \b
    Examples:
      tastyflow gex SPY
      tastyflow gex SPX --dte 0-7 --png spx.png
      tastyflow gex SPX --watch --record today.tfrec
      tastyflow gex --replay today.tfrec --json

    Exit code 0: shown. 1: there is nothing to show, or the data cannot be had. 3: a setting is wrong.
    """
    if not symbol and replay is None:
        raise click.UsageError("Name a symbol, or a recording with --replay.")
    if replay is not None and (dte or expirations or sign_model or record):
        raise click.UsageError(
            "A recording has its own scope and sign model: --dte, --expirations, --sign-model and --record do not go "
            "with --replay."
        )
    if dte and expirations:
        raise click.UsageError("--dte and --expirations do not go together: name days, or how far away they are.")
    from tastyflow_adapters.cli import gex_work

    return gex_work.gex(
        gex_work.GexAsk(
            symbol=symbol, dte=dte, expirations=expirations, sign_model=sign_model, png=png, watches=watches,
            every_s=every_s, wait_s=wait_s, record=record, replay=replay, trader=trader, wants_json=wants_json,
        )
    )  # fmt: skip
