"""
``tastyflow demo``: the main job and what can stop it, on a throw-away home. It checks everything that it claims.

    a temporary home ─▶ scenes 1–4 on one desk ─▶ scene 5 on a stricter one ─▶ scene 6: the audit ─▶ removed
"""

import asyncio
import shlex
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Final

import click

from tastyflow.application.desk import Desk
from tastyflow.domain.venue import Venue
from tastyflow_adapters.bootstrap import clock_of, open_desk
from tastyflow_adapters.cli.audit.pages import PIPED
from tastyflow_adapters.cli.demo import scenes
from tastyflow_adapters.cli.demo.scenes import DemoRun
from tastyflow_adapters.cli.demo.screen import Screen
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.safe_console import SafeConsole
from tastyflow_adapters.config.choices import Environment
from tastyflow_adapters.config.policy_settings import PolicySettings
from tastyflow_adapters.config.settings import Settings
from tastyflow_adapters.fake import FakeBroker, FakeMarket, FileBookStore
from tastyflow_adapters.home import make_home
from tastyflow_adapters.venues.account_venues import Venues

PACE_S: Final = 0.25
USUAL: Final = PolicySettings.model_construct(follow_s=0.4)
STRICT: Final = PolicySettings.model_construct(proof_valid_s=1e-6)


@click.command("demo")
@click.option(
    "--pace", "pace_s", type=click.FloatRange(0, 10), help="Seconds between lines; 0.25 on a terminal, else 0."
)
@click.option("--keep", is_flag=True, help="Keep the home that it makes, and say where it is.")
def demo(pace_s: float | None, keep: bool) -> int:
    """
    Watch the main job run, and what can stop it: on fake venues, in a home of its own.

    It checks everything that it claims; the exit code is 0 only when all of it was true.
    """
    out = SafeConsole(piped_width=PIPED)
    screen = Screen(out, pace_s if pace_s is not None else PACE_S if out.is_terminal else 0.0)
    with _throw_away(keep=keep) as home:
        # Not Settings(): the variables of the person who watches are for another home, and another log.
        asyncio.run(play(screen, Settings.model_construct(home=home, env=Environment.FAKE, policy=USUAL)))
        _what_next(home if keep else None)
    for sentence in screen.broken:
        click.echo(f"Not true: {sentence}", err=True)
    return ExitCode.of(succeeds=not screen.broken)


async def play(screen: Screen, settings: Settings) -> None:
    """All scenes, at the home and on the log of *settings*; both are new."""
    make_home(settings)
    async with screen:
        run = DemoRun(screen, settings)
        async with _desk(run, settings) as desk:
            await scenes.the_main_job(run, desk)
            await scenes.no_guesses(run, desk)
            await scenes.half_a_fill(run, desk)
            await scenes.a_sandbox_that_lies(run, desk)
        async with _desk(run, settings.model_copy(update={"policy": STRICT})) as desk:
            await scenes.a_proof_too_old(run, desk)
        await scenes.the_audit(run)


@asynccontextmanager
async def _desk(run: DemoRun, settings: Settings) -> AsyncIterator[Desk]:
    """A desk of the usual parts; only how its venues behave is the demo's."""
    clock = clock_of(settings)
    market = FakeMarket(clock)
    with ExitStack() as stack:

        def broker(venue: Venue, script: scenes.Script) -> FakeBroker:
            store = stack.enter_context(closing(FileBookStore(settings.folder / f"{venue.value}.db")))
            return FakeBroker(venue, clock, market, store=store, model=script.model, cash_usd=settings.fake_cash_usd)

        venues = Venues(market, broker(Venue.SANDBOX, run.sandbox), broker(Venue.PRODUCTION, run.production))
        async with open_desk(settings, recipients=[run.screen], clock=clock, venues=venues) as desk:
            yield desk


@contextmanager
def _throw_away(*, keep: bool) -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="tastyflow-demo-"))
    try:
        yield home
    finally:
        if not keep:
            shutil.rmtree(home, ignore_errors=True)


def _called() -> str:
    """How this program can be called again from the folder in which it was called."""
    if shutil.which("tastyflow"):
        return "tastyflow"
    called = Path(sys.argv[0])
    if called.suffix == ".py":
        return "python -m tastyflow_adapters.cli"
    here = Path.cwd()
    return shlex.quote(str(called.relative_to(here) if called.is_relative_to(here) else called))


def _what_next(kept: Path | None) -> None:
    program = _called()
    click.echo("\nTry next, in a home of your own:\n")
    for command in (
        f'order "{scenes.MISSION}"',
        f'order "{scenes.AMBIGUOUS}"',
        "chat",
        "positions",
        "audit show last",
        "audit verify",
    ):
        click.echo(f"  {program} {command}")
    if kept:
        click.echo(f"\nKept: {kept}\n  TASTYFLOW_HOME={kept} {program} audit log")
