"""
``tastyflow doctor``: what works and what does not, in the order in which it depends on each other.

    settings ─▶ home ─▶ store
        └─▶ for each venue: secrets, account number ─▶ pin ─▶ side by side:
                                                          api ─▶ clock, token ─▶ account ─▶ streams, market data ...

What is broken is reported once; what depends on it is not verified. Nothing is placed, and nothing is changed.
"""

import asyncio
import math
import os
import stat
from collections.abc import Awaitable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Final

import click

from tastyflow.application.audit.sealing import check_chain, sealed_rows
from tastyflow.application.ledger.lookup import Lookup
from tastyflow.application.ledger.read_models import MOST, ReadModels
from tastyflow.application.reconciling.head import doubt_about
from tastyflow.application.reconciling.overdue import Overdue, overdue
from tastyflow.domain.chain import ChainHead
from tastyflow.domain.halt import Halt, Trading
from tastyflow.domain.trader.permissions import Permission, may
from tastyflow.domain.venue import Venue
from tastyflow.errors import Misconfigured
from tastyflow_adapters import exposure
from tastyflow_adapters.bootstrap import clock_of, head_file_of, open_ledger
from tastyflow_adapters.checkup import Observation, OnBegun, Probe, ProbeOutcome, ProbeResult, examine, fail, ok, warn
from tastyflow_adapters.cli import checkup_page
from tastyflow_adapters.cli.asking import run
from tastyflow_adapters.cli.options import as_json
from tastyflow_adapters.cli.safe_console import SafeConsole
from tastyflow_adapters.cli.safe_text import json_line
from tastyflow_adapters.cli.secrets import results_of
from tastyflow_adapters.config.choices import Environment
from tastyflow_adapters.config.connecting import connections_of, table_of, used, variable, venues_of
from tastyflow_adapters.config.log_address import LogKind
from tastyflow_adapters.config.settings import Settings, load
from tastyflow_adapters.store.log import log_exists, risks_of
from tastyflow_adapters.venues.tastytrade_venues import quieten

TOKEN_PATIENCE_S: Final = 35.0
"""A keyring may ask its owner for a password first (`secrets.ring.PATIENCE_S`)."""

CHAIN_LOOKED_AT: Final = 1_000
"""How many of the last events are held against the chain: a few milliseconds."""

MOST_TOLD: Final = 5
"""How many orders that stay open too long are named."""

OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
LOOKS: Final = (
    "api",
    "streamer",
    "clock",
    "token",
    "account",
    "trading status",
    "account stream",
    "chain",
    "market data",
    "other orders",
)
"""What is looked at at a venue (`tastyflow_adapters.tastytrade.doctor`), known without loading it."""


@click.command("doctor")
@click.option("--offline", is_flag=True, help="Ask no venue; what needs one is not verified.")
@as_json
def doctor(offline: bool, wants_json: bool) -> int:
    """
    Say what works and what does not, and what to do about it. Nothing is placed or changed; no secret is shown.

    \b
    Examples:
      tastyflow doctor
      TASTYFLOW_ENV=production tastyflow doctor --json

    Exit codes: 0 good, 1 something is broken, 4 something is doubtful or not verified.
    """
    results = run(_examined(offline=offline))
    if wants_json:
        click.echo(json_line(checkup_page.view(results)))
    else:
        SafeConsole().show(checkup_page.page(results))
    return checkup_page.code_of(results)


async def _examined(*, offline: bool) -> list[ProbeResult]:
    begun = checkup_page.Bedside().begun
    try:
        settings = load()
    except Misconfigured as error:
        return [ProbeResult("settings", "", ProbeOutcome.FAIL, error.message, error.hint)]
    known = [ProbeResult("settings", "", ProbeOutcome.OK, f"environment {settings.env}, home {settings.home}")]
    known += await examine(_local(settings), begun=begun, known=known)
    if settings.env is Environment.FAKE:
        return [
            *known,
            ProbeResult("venues", "", ProbeOutcome.OK, "this environment needs none: both of its venues are fake"),
        ]
    known += [each for each in results_of(settings) if not each.venue or each.venue in venues_of(settings)]
    known += [_account_number(settings, venue) for venue in venues_of(settings)]
    known += await examine([_pin(settings, venue) for venue in venues_of(settings)], begun=begun, known=known)
    return known + await _venues(settings, known, offline=offline, begun=begun)


# ── on this machine ──────────────────────────────────────────────────────────────────────────────────────────────


def _local(settings: Settings) -> tuple[Probe, ...]:
    return (
        Probe("home", partial(_home, settings), needs=("settings",)),
        Probe("store", partial(_store, settings), needs=("home",)),
        Probe("log chain", partial(_chain, settings), needs=("store",)),
        Probe("read models", partial(_models, settings), needs=("store",)),
        Probe("trading", partial(_trading, settings), needs=("store",)),
        Probe("open orders", partial(_open_orders, settings), needs=("store",)),
        Probe("approval", partial(_approval, settings), needs=("store",)),
        Probe("program clock", partial(_clock, settings), needs=("settings",)),
        Probe("gamma exposure", partial(_gamma, settings), needs=("settings",)),
        Probe("discord", partial(_discord, settings), needs=("settings",), patience_s=TOKEN_PATIENCE_S),
    )


async def _home(settings: Settings) -> Observation:
    home = settings.home
    if not home.exists():
        return ok(f"{home} is not there yet: the first use makes it")
    for folder in filter(lambda each: each.exists(), (home, settings.folder)):
        if not folder.is_dir() or not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            return fail(f"{folder} cannot be used", "Set TASTYFLOW_HOME to a folder that you may write to.")
    if found := exposure.exposed(settings):
        say = fail if exposure.is_strict(settings) else warn
        told = "; ".join(f"{each.path} {each.why}" for each in found)
        return say(told, f"Run: {' && '.join(each.mend for each in found)}")
    for folder in filter(lambda each: each.exists(), (home, settings.folder)):
        mode = stat.S_IMODE(folder.stat().st_mode)
        if os.name == "posix" and mode & OTHERS:
            return warn(f"others may look into {folder} (mode {mode:04o})", f"Run: chmod 700 {folder}")
    return ok(f"{home} is yours alone" if os.name == "posix" else f"{home} can be used")


async def _store(settings: Settings) -> Observation:
    if not log_exists(settings.log):
        return ok("there is no log yet: the first use makes it")

    def open_it() -> None:
        with open_ledger(settings):  # refuses a file that is no log, cannot be written, or could lose an append
            pass

    await asyncio.to_thread(open_it)
    if settings.log.kind is not LogKind.POSTGRES:
        return ok(f"{settings.log} opens for writing, and keeps what it is told (synchronous=FULL)")
    if risks := await asyncio.to_thread(risks_of, settings.log):
        do = "Switch that on in the server's postgresql.conf, and restart the server."
        return warn(f"{settings.log} opens for writing, and its server can lose what it answered: {risks}", do)
    return ok(f"{settings.log} opens for writing, and its server keeps what it is told (fsync, synchronous_commit)")


async def _chain(settings: Settings) -> Observation:
    if not log_exists(settings.log):
        return ok("it begins with the log")

    def look() -> Observation:
        with open_ledger(settings) as ledger:
            heads, start, end = head_file_of(settings), ledger.chain_start(), ledger.chain_head()
            if start is None or end is None:
                return warn("the log is not chained yet", "The next order chains it.")
            at = ledger.chain_head(end.position - CHAIN_LOOKED_AT) if end.position > CHAIN_LOOKED_AT else None
            at = at or ChainHead(0, start.head)
            sealed = check_chain(sealed_rows(ledger.log, after=at.position, until=end.position), at, end=end)
            if sealed.seams:
                seam = sealed.seams[0]
                return fail(f"event {seam.position:,}: {seam.why}", "See 'tastyflow audit verify'; nothing is sent.")
            if (doubt := doubt_about(ledger, heads.read() if heads else None)) is not None:
                return fail(doubt, "Put the right log back, or: tastyflow recover --accept --reason TEXT")
        before = f", {start.until:,} of them written before that" if start.until else ""
        return ok(
            f"log {start.log.hex[:8]}: {end.position:,} events, chained since {start.at:%Y-%m-%d}{before}; the last "
            f"{sealed.events:,} fit, and 'tastyflow audit verify' looks at all"
        )

    return await asyncio.to_thread(look)


async def _models(settings: Settings) -> Observation:
    if not log_exists(settings.log):
        return ok("they begin with the log")

    def look() -> int:
        with open_ledger(settings) as ledger:
            return ledger.end() - ReadModels(ledger).place()

    behind = await asyncio.to_thread(look)
    if behind < 0:
        return warn("they go on where the log has ended: it lost its end", "Run: tastyflow log rebuild")
    if behind > MOST:
        told = f"they are {behind:,} events behind: commands search the log"
        return warn(told, "Run: tastyflow log rebuild; a service does it by itself.")
    return ok("no command searches the log" + (f": they are {behind:,} events behind" if behind else ""))


async def _trading(settings: Settings) -> Observation:
    if not log_exists(settings.log):
        return ok("not halted: there is no log yet")

    def look() -> Halt:
        with open_ledger(settings) as ledger:
            return ledger.read(Halt, Halt.switch_id()) or Halt.never()

    halt = await asyncio.to_thread(look)
    if halt.trading is Trading.RUNNING:
        return ok("not halted")
    return warn(halt.in_words, "Once it may go on: tastyflow resume --reason TEXT")


async def _open_orders(settings: Settings) -> Observation:
    if not log_exists(settings.log):
        return ok("none: there is no log yet")

    def look() -> list[Overdue]:
        with open_ledger(settings) as ledger:
            return [*overdue(ledger, clock_of(settings), settings.rules, has_live_venue=settings.has_live_venue)]

    found = await asyncio.to_thread(look)
    if not found:
        return ok("none stays open too long")
    lost = [each for each in found if each.has_left]
    told = "; ".join(_overdue_words(each) for each in found[:MOST_TOLD])
    told += f"; and {len(found) - MOST_TOLD:,} more" if len(found) > MOST_TOLD else ""
    do = (
        "Run: tastyflow recover. It asks the venues, and takes them up or ends them; 'tastyflow run' does it by itself."
    )
    if lost:
        named = ", ".join(each.order.reference for each in lost[:MOST_TOLD])
        do += f" Do not order again what may be in production: {named}."
    return warn(told, do)


def _overdue_words(each: Overdue) -> str:
    since = "for a time that is not known" if math.isinf(each.since_s) else f"for {each.since_s / 60:,.0f} minutes"
    if each.has_left:
        return f"order {each.order.reference} is without an answer from production {since}: it may be there"
    return f"order {each.order.reference} was interrupted before production, and rests {since}"


async def _approval(settings: Settings) -> Observation:
    if not settings.has_live_venue or not settings.rules.wants_approvals:
        return ok("no order waits for another person")

    def look() -> list[str]:
        with open_ledger(settings) as ledger:
            return [each.name for each in Lookup(ledger).traders() if may(each, Permission.APPROVE)]

    names = await asyncio.to_thread(look) if log_exists(settings.log) else []
    if names:
        return ok(f"some orders wait for another person, which {' or '.join(names)} can be")
    return warn(
        "some orders wait for another person, and no trader may approve them",
        "Give one the permission: tastyflow trader grant NAME approve",
    )


async def _clock(settings: Settings) -> Observation:
    if settings.now is None:
        return ok("it is the machine's own")
    return warn(f"it was turned, and began at {settings.now:%Y-%m-%d %H:%M %Z}", "Unset TASTYFLOW_NOW for the present.")


async def _gamma(settings: Settings) -> Observation:
    from tastyflow_adapters.signals.drawing import can_draw

    if settings.env is Environment.SANDBOX:
        return ok("there is none here: the sandbox has no market data for it")
    pictures = "pictures too" if can_draw() else "no pictures: the extra 'pictures' is not installed"
    return ok(f"tastyflow gex works it out by the sign model {settings.gex.sign_model}; {pictures}")


async def _discord(settings: Settings) -> Observation:
    here = settings.discord
    if not here.is_on:
        return ok("it is off")
    from tastyflow_adapters.discord.token import token_of

    await asyncio.to_thread(token_of, settings)
    where = "1 server" if len(here.guilds) == 1 else f"{len(here.guilds)} servers"
    where += ", and direct messages" if here.direct_messages else ""
    return ok(f"it is on for {where}, and has its token; 'tastyflow discord check' asks Discord")


def _account_number(settings: Settings, venue: Venue) -> ProbeResult:
    named = used(settings, venue)
    if not named:
        do = f"Set {variable(f'{venue}.account')}, as tastytrade shows it."
        return ProbeResult("account number", str(venue), ProbeOutcome.FAIL, "it is not set", do)
    names = "it is set" if len(named) == 1 else f"{' and '.join(named)} are set"
    return ProbeResult("account number", str(venue), ProbeOutcome.OK, names)


def _pin(settings: Settings, venue: Venue) -> Probe:
    async def pinned() -> Observation:
        from tastyflow_adapters.tastytrade.http import pinning

        pinning.check(settings.folder, *connections_of(settings, (venue,)))
        if trusted := table_of(settings, venue).trusted_host:
            return warn(
                f"the secrets go to {trusted}, which is not tastytrade's, because {venue}.trusted_host says so",
                f"Take {venue}.trusted_host out, with the URLs, to speak to tastytrade itself.",
            )
        if venue in pinning.read(settings.folder):
            return ok("hosts and accounts are those of the first use")
        return ok("the first use writes down hosts and accounts")

    return Probe("pin", pinned, str(venue), ("client_secret", "refresh_token", "account number"))


# ── at the venues ────────────────────────────────────────────────────────────────────────────────────────────────


async def _venues(
    settings: Settings, known: Sequence[ProbeResult], *, offline: bool, begun: OnBegun
) -> list[ProbeResult]:
    clock = clock_of(settings)
    lanes: list[Awaitable[list[ProbeResult]]] = []
    async with AsyncExitStack() as stack:
        for venue in venues_of(settings):
            why = "--offline" if offline else _why_not(str(venue), known)
            if why:
                lanes.append(_skip(str(venue), why))
                continue
            (connection,) = connections_of(settings, (venue,))
            quieten(settings, connection)
            from tastyflow_adapters.tastytrade.doctor import VenueDoctor
            from tastyflow_adapters.tastytrade.http.failed_logins import FailedLogins
            from tastyflow_adapters.tastytrade.http.shared_rates import RatesFile

            memory = FailedLogins(settings.folder, connection, clock)
            register = RatesFile(settings.folder, venue) if settings.folder.is_dir() else None
            visit = VenueDoctor(connection, clock, memory=memory, register=register)
            checks = (await stack.enter_async_context(visit)).checks()
            lanes.append(examine(checks, begun=begun, known=known))
        return [result for lane in await asyncio.gather(*lanes) for result in lane]


def _why_not(venue: str, known: Sequence[ProbeResult]) -> str:
    """What is broken on this side of *venue*, if anything is: each login that cannot work counts against us there."""
    broken = [
        each for each in known if each.outcome is ProbeOutcome.FAIL and (each.venue == venue or each.name == "secrets")
    ]
    return f"'{f'{broken[0].venue} {broken[0].name}'.strip()}' is broken" if broken else ""


async def _skip(venue: str, why: str) -> list[ProbeResult]:
    return [ProbeResult(name, venue, ProbeOutcome.SKIPPED, f"not verified: {why}") for name in LOOKS]
