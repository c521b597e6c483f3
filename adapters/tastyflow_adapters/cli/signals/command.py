"""
``tastyflow signals``: only its options and help stand here; the work is imported by the command that is run.
"""

from pathlib import Path
from typing import Final

import click

from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.options import as_json, as_trader

named: Final = click.argument("name", metavar="RULE")
reasoned: Final = click.option("--reason", metavar="TEXT", default="", help="Why; it stands in the log.")
as_agreed: Final = click.option("--yes", "is_agreed", is_flag=True, help="Do it without asking.")


@click.group()
def signals() -> None:
    """
    Rules that watch the market, and raise signals which become orders.

    A rule is a file in the folder "signals" of the home. Each begins in shadow: it records what it would have done. A
    person lets it do more, one step at a time, and back is always one command.

    \b
      tastyflow signals list
      tastyflow signals approve spx-flip
      tastyflow signals off spx-flip
    """


@signals.command("list")
@as_json
def list_rules(wants_json: bool) -> ExitCode:
    """Every rule: its version, what it may do, since when and by whom, its last signal, and its data."""
    from tastyflow_adapters.cli.signals import standing

    return standing.show_all(wants_json=wants_json)


@signals.command()
@named
@as_json
def show(name: str, wants_json: bool) -> ExitCode:
    """RULE in words, how its trigger and its data stand now, what it may do, and its newest signals."""
    from tastyflow_adapters.cli.signals import standing

    return standing.show(name, wants_json=wants_json)


@signals.command()
@named
@click.option(
    "--replay", "recording", metavar="FILE", type=click.Path(path_type=Path),
    help="Try it on a recording of 'tastyflow gex --record'.",
)  # fmt: skip
@as_json
def test(name: str, recording: Path | None, wants_json: bool) -> ExitCode:
    """
    Try RULE: how its conditions stand now; or, on a recording, every moment at which it would have fired.

    Nothing is recorded or placed. With --replay each signal is printed with the order that it asks for, each near miss
    with what was missing, and what the data held back with the reason. RULE can be a rule file, too.

    \b
    Examples:
      tastyflow signals test spx-flip
      tastyflow signals test spx-flip --replay monday.tfrec
      tastyflow signals test ./new-rule.toml --replay monday.tfrec --json

    Exit code 0: tried. 1: there is no such rule, no market data, or the recording cannot be read to its end.
    """
    from tastyflow_adapters.cli.signals import trying

    if recording is None:
        return trying.look(name, wants_json=wants_json)
    return trying.replay(name, recording, wants_json=wants_json)


@signals.command()
@named
@reasoned
@as_trader
@as_json
def shadow(name: str, reason: str, trader: str | None, wants_json: bool) -> ExitCode:
    """From now on RULE records what it would have done, and places nothing."""
    from tastyflow_adapters.cli.signals import moving

    return moving.move(name, "shadow", reason, trader, wants_json=wants_json)


@signals.command()
@named
@reasoned
@as_trader
@as_json
def approve(name: str, reason: str, trader: str | None, wants_json: bool) -> ExitCode:
    """From now on signals of RULE become orders, and a person approves each of them ('tastyflow approvals')."""
    from tastyflow_adapters.cli.signals import moving

    return moving.move(name, "approve", reason, trader, wants_json=wants_json)


@signals.command()
@named
@reasoned
@as_agreed
@as_trader
@as_json
def auto(name: str, reason: str, is_agreed: bool, trader: str | None, wants_json: bool) -> ExitCode:
    """
    From now on signals of RULE become orders by themselves. At a terminal you are asked first.

    Each is rehearsed and tested as any order is, within the limits of the trader that RULE acts as.
    """
    from tastyflow_adapters.cli.signals import moving

    return moving.move(name, "auto", reason, trader, is_agreed=is_agreed, wants_json=wants_json)


@signals.command()
@named
@reasoned
@as_trader
@as_json
def off(name: str, reason: str, trader: str | None, wants_json: bool) -> ExitCode:
    """
    From now on RULE raises no signals; nothing is asked. What waits of its orders is withdrawn.

    Orders that have left for production work on: each is listed, with the command that cancels it.
    """
    from tastyflow_adapters.cli.signals import moving

    return moving.move(name, "off", reason, trader, wants_json=wants_json)


@signals.command()
@named
@click.option("--newest", type=click.IntRange(1, 1000), default=50, show_default=True, help="So many signals.")
@as_json
def score(name: str, newest: int, wants_json: bool) -> ExitCode:
    """
    What became of RULE's signals: what they cost, against the market some minutes later, in dollars.

    An order counts at its fills, a shadow at what would have traded at once. A mark counts at the other side of the
    market: what closing it would bring. Fees are not in it. What is not known is said, and never taken for zero.
    """
    from tastyflow_adapters.cli.signals import scoring

    return scoring.score(name, newest, wants_json=wants_json)
