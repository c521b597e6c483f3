"""
``tastyflow simulator`` and ``python -m tastyflow_simulator``: a tastytrade on this machine, until it is interrupted.

    options ─▶ --print-env · --describe   computed from the port alone; nothing starts
            └▶ three sites ─▶ a panel on stderr, "ready" on stdout ─▶ Ctrl-C or SIGTERM ─▶ 0

The server is imported only when one is started. A plain install has no server library; the command then says what to
install.
"""

import asyncio
import json
import signal
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import attrs
import click

from tastyflow.errors import Misconfigured, TastyflowError
from tastyflow_simulator.addresses import LAST_PORT, OFFSETS, Place
from tastyflow_simulator.options import ClockMode, Fills, Hours, Options, from_words

if TYPE_CHECKING:
    from tastyflow_simulator.admin.faults import SimulatorFault
    from tastyflow_simulator.server import Simulator

DEFAULTS: Final = Options()
NEW_YORK: Final = ZoneInfo("America/New_York")
SERVER_LIBRARY: Final = "aiohttp"
HIGHEST_PORT: Final = LAST_PORT - max(OFFSETS.values())


class Moment(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions of click only
    """A moment in ISO 8601; without an offset it is New York's, as everywhere in tastyflow."""

    name = "ISO"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(str(value))
            return (moment if moment.tzinfo else moment.replace(tzinfo=NEW_YORK)).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is not a moment such as 2026-11-20T15:00:00Z.", param, ctx)


@click.command("simulator")
@click.option(
    "--port", type=click.IntRange(0, HIGHEST_PORT), default=DEFAULTS.port, show_default=True,
    help="The admin API; the sandbox is the next port, production the one after. 0 takes any that are free.",
)  # fmt: skip
@click.option("--seed", type=int, default=DEFAULTS.seed, show_default=True, help="The same seed, the same market.")
@click.option(
    "--fills", type=click.Choice([each.value for each in Fills]), default=DEFAULTS.fills.value, show_default=True,
    help="Orders fill against the quotes, or by the sandbox's old table.",
)  # fmt: skip
@click.option(
    "--hours", type=click.Choice([each.value for each in Hours]), default=DEFAULTS.hours.value, show_default=True,
    help="The market is always open, or as the exchange is.",
)  # fmt: skip
@click.option("--now", "starts_at", type=Moment(), help="What the clock reads at the start; it runs on from there.")
@click.option(
    "--clock", type=click.Choice([ClockMode.REAL.value, ClockMode.VIRTUAL.value]), default=ClockMode.REAL.value,
    show_default=True, help="A virtual clock moves only when the admin API turns it.",
)  # fmt: skip
@click.option(
    "--faults", "fault_file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What goes wrong: a TOML or JSON file.",
)  # fmt: skip
@click.option(
    "--latency-ms", type=click.FloatRange(0, 600_000), default=DEFAULTS.latency_s * 1000, show_default=True,
    help="How long each request takes.",
)  # fmt: skip
@click.option(
    "--set", "more", metavar="NAME=VALUE", multiple=True,
    help="Any other option by its name, such as token_life_s=60 or limits_rates=true. Once for each.",
)  # fmt: skip
@click.option("--print-env", "wants_env", is_flag=True, help="Start nothing; print tastyflow's settings for it.")
@click.option("--describe", "wants_description", is_flag=True, help="Start nothing; print where and who, as JSON.")
def simulator(
    port: int,
    seed: int,
    fills: str,
    hours: str,
    starts_at: datetime | None,
    clock: str,
    fault_file: Path | None,
    latency_ms: float,
    more: Sequence[str],
    wants_env: bool,
    wants_description: bool,
) -> int:
    """
    Run a tastytrade of your own on this machine: sandbox and production, with faults to order.

    \b
    Examples:
      tastyflow simulator
      tastyflow simulator --clock virtual --now 2026-11-20T15:00:00Z --faults bad-day.toml
      export $(tastyflow simulator --print-env)
    """
    if wants_env or wants_description:
        return _print_place(port, wants_env=wants_env)
    mode = ClockMode.ANCHORED if starts_at and clock == ClockMode.REAL else ClockMode(clock)
    try:
        options = attrs.evolve(
            from_words(more),
            port=port,
            seed=seed,
            clock=mode,
            starts_at=starts_at,
            hours=Hours(hours),
            fills=Fills(fills),
            latency_s=latency_ms / 1000,
        )
    except ValueError as wrong:
        raise click.BadParameter(str(wrong), param_hint="--set") from wrong
    asyncio.run(_serve(_server(), options, _faults_in(fault_file)))
    return 0


def _print_place(port: int, *, wants_env: bool) -> int:
    if port == 0:
        raise click.BadParameter("Only a running simulator knows which ports were free.", param_hint="--port")
    place = Place.from_port(DEFAULTS.host, port)
    if wants_env:
        for name, value in place.environment():
            click.echo(f"{name}={value}")
    else:
        click.echo(json.dumps(place.describe()))
    return 0


def _faults_in(path: Path | None) -> "list[SimulatorFault]":
    if path is None:
        return []
    from tastyflow_simulator.admin.fault_files import load

    try:
        return load(path)
    except (OSError, ValueError) as wrong:
        raise click.BadParameter(_printable(f"{path.name}: {wrong}"), param_hint="--faults") from wrong


def _printable(text: str) -> str:
    """*text* on one line, with every character that a terminal would obey written as an escape."""
    return "".join(c if c.isprintable() else " " if c.isspace() else ascii(c)[1:-1] for c in text)


def _server() -> "type[Simulator]":
    """
    Import the server.

    Raises:
        Misconfigured: Its library is not installed.
    """
    try:
        from tastyflow_simulator.server import Simulator
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] != SERVER_LIBRARY:
            raise
        raise Misconfigured(
            f"The simulator needs {SERVER_LIBRARY}, which is not installed: pip install 'tastyflow[simulator]'",
            code="not_installed",
        ) from missing
    return Simulator


async def _serve(server: "type[Simulator]", options: Options, faults: "list[SimulatorFault]") -> None:
    told_to_end = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # where there are no signals, Ctrl-C is a KeyboardInterrupt
            asyncio.get_running_loop().add_signal_handler(each, told_to_end.set)
    running = server(options)
    for fault in faults:
        running.faults.add(fault)
    try:
        await running.__aenter__()
    except OSError as taken:
        raise TastyflowError(
            f"The simulator cannot serve at {options.host}, ports {options.port} to {options.port + 2}: "
            f"{taken.strerror or taken}.",
            code="port_in_use",
            hint="Another one may be running. Choose other ports with --port.",
        ) from taken
    try:
        for line in _panel(running.describe(), running.options, faults):
            click.echo(line, err=True)
        click.echo("ready")
        await told_to_end.wait()
    finally:
        await running.__aexit__(None, None, None)


def _panel(described: dict[str, Any], options: Options, faults: "Sequence[SimulatorFault]") -> list[str]:
    """What runs, where, and how to use it, for the person who started it."""
    way_in = f"export $(tastyflow simulator --port {options.port} --print-env)    points tastyflow here"
    if options.port == 0:
        way_in = f"curl {described['admin']}/describe    says how a program gets in"
    count = f", {len(faults)} {'fault' if len(faults) == 1 else 'faults'}" if faults else ""
    chosen = f"fills by {options.fills}, hours {options.hours}, clock {options.clock}, seed {options.seed}{count}"
    return [
        f"tastyflow simulator: {chosen}",
        *(
            f"  {side:11} {described[side]['api_url']}  account {described[side]['account']}"
            for side in ("sandbox", "production")
        ),
        f"  {'admin':11} {described['admin']}",
        f"  {way_in}",
        "  Ctrl-C ends it.",
    ]
