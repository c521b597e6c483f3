"""``python -m tests.attacks [NAME…] [--seed N] [--rounds N] [--keep FOLDER]``: attack, judge, and say what broke."""

import tempfile
import time
from pathlib import Path
from random import Random
from typing import Final

import click

from tests.attacks import answers, clocks, disks, elsewhere, holding, hosts, killing, logs, servers, services
from tests.attacks.arena import Nursery
from tests.attacks.ground import Attack, Ground

ATTACKS: Final[dict[str, Attack]] = {
    "kill-everywhere": killing.everywhere,
    "kill-recovery": killing.recovery,
    "kill-at-random": killing.at_random,
    "kill-for-others": killing.by_others,
    "interrupt": killing.interrupted,
    "stop-and-continue": holding.stopped,
    "ctrl-s": holding.terminal_stopped,
    "log-forgets": logs.forgotten,
    "log-unwritable": disks.unwritable,
    "clock-turned": clocks.turned,
    "answer-lost": answers.lost,
    "gateway-refuses": answers.gateways,
    "arrives-late": answers.late,
    "legs-apart": answers.legs_apart,
    "absurd-figures": answers.absurd,
    "edited-elsewhere": elsewhere.edited,
    "vanished": elsewhere.vanished,
    "cancelled-elsewhere": elsewhere.cancelled,
    "services": services.attacked,
    "kill-service": services.everywhere,
    "hosts": hosts.attacked,
    "server-fails": servers.failing,
}
"""Every attack by its name; its docstring says what it does."""


def _list(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted:
        for name, attack in ATTACKS.items():
            click.echo(f"{name:18} {(attack.__doc__ or '').strip().splitlines()[0]}")
        context.exit()


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(ATTACKS)))
@click.option("--seed", default=0, show_default=True, help="Of what an attack chooses at random.")
@click.option("--rounds", default=20, show_default=True, help="How often an attack strikes that could do so for ever.")
@click.option("--seconds", default=60.0, show_default=True, help="How long an attack lasts that could for ever.")
@click.option("--keep", type=click.Path(path_type=Path), help="Where homes and outputs are kept.")
@click.option("--list", is_flag=True, is_eager=True, expose_value=False, callback=_list, help="Name every attack.")
def main(names: tuple[str, ...], seed: int, rounds: int, seconds: float, keep: Path | None) -> None:
    """Attack real processes of tastyflow, and judge what the venues hold against what the log says."""
    broken = 0
    with tempfile.TemporaryDirectory() as scratch:
        for name in names or ATTACKS:
            nursery = Nursery()
            ground = Ground(nursery, (keep or Path(scratch)) / name, Random(f"{seed}/{name}"), rounds, seconds)  # noqa: S311
            broken += _attack(name, ground)
    raise SystemExit(1 if broken else 0)


def _attack(name: str, ground: Ground) -> int:
    """Attack, and print what broke; how often something did."""
    began = time.monotonic()
    strikes = failed = 0
    try:
        for result in ATTACKS[name](ground):
            strikes += 1
            failed += bool(result.faults)
            if result.figures:
                click.echo(f"  {name}: {result.where}: {result.figures}")
            if result.faults:
                click.echo("\n".join((f"✗ {name}: {result.where}", *(f"    {each}" for each in result.faults))))
    except AssertionError as stopped:  # a process did not do what the attack needs: the attack ends here
        failed += 1
        click.echo(f"✗ {name} could not go on: {stopped}")
    finally:
        ground.nursery.close()
    took_s = time.monotonic() - began
    click.echo(f"{'✗' if failed else '✓'} {name}: {strikes} strikes, {failed} broke something, {took_s:.0f} s")
    return failed


if __name__ == "__main__":
    main()
