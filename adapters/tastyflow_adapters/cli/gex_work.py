"""
``tastyflow gex`` at work.

    the market    desk ─▶ its feed ─▶ a chain that is watched ─┐
                                                               ├─▶ shown once, or again and again (`gex_showing`)
    a recording   ─▶ its moments ──────────────────────────────┘

It asks and shows, and changes nothing but the files that are named.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, closing, nullcontext, suppress
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Final

from attrs import evolve, frozen

from tastyflow.application.intake.identify import permitted
from tastyflow.domain.commands import Command, ListExpirations
from tastyflow.domain.instruments import chat_symbol
from tastyflow.domain.signal_rule.figures import Figures
from tastyflow.errors import Invalid, Misconfigured, NotUnderstood, Refused, TastyflowError
from tastyflow_adapters.bootstrap import open_desk
from tastyflow_adapters.cli.asking import message_of, run
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.gex_showing import Listening, Showing, showing
from tastyflow_adapters.cli.picture_file import PictureFile
from tastyflow_adapters.cli.safe_console import SafeConsole
from tastyflow_adapters.cli.safe_text import readable
from tastyflow_adapters.clock import clock_from
from tastyflow_adapters.config.choices import Choices, Environment
from tastyflow_adapters.config.gex_choices import GexChoices, SignModelName, days_of
from tastyflow_adapters.config.loading import load
from tastyflow_adapters.language import Grammar
from tastyflow_adapters.signals.gamma import GammaExposure
from tastyflow_adapters.signals.watching import ChainRecorder, ChainWatch, Recording, recorded
from tastyflow_adapters.signals.watching.choosing import watch_choices
from tastyflow_adapters.signals.watching.first_look import first_look

NO_FEED: Final = (
    "Set TASTYFLOW_ENV=production: looking orders nothing. Or show a recording: tastyflow gex --replay FILE."
)

TORN: Final = "recording_truncated"
"""The code of a recording without its end: the process that wrote it was ended."""

Moment = tuple[GammaExposure, Figures]


@frozen(kw_only=True)
class GexAsk:
    """The options of the command, as they were typed."""

    symbol: str
    dte: str | None
    expirations: str | None
    sign_model: SignModelName | None
    png: Path | None
    watches: bool
    every_s: float
    wait_s: float
    record: Path | None
    replay: Path | None
    trader: str | None
    wants_json: bool


def gex(asked: GexAsk) -> ExitCode:
    """
    Show what was asked for.

    Raises:
        TastyflowError: It cannot be had, or a file cannot be read or written.
    """
    settings = load()
    picture = PictureFile.at(asked.png) if asked.png else None
    if asked.replay is not None:
        return run(_replayed(settings, asked, asked.replay, picture))
    if settings.env is Environment.SANDBOX:
        raise _no_feed()
    shown = showing(settings, picture, watches=asked.watches, wants_json=asked.wants_json)
    return run(_from_the_market(settings, asked, shown))


async def _shown(moments: AsyncGenerator[Moment, None], shown: Showing, *, watches: bool) -> ExitCode:
    """Show each of *moments*; Ctrl-C is how a watch ends."""
    is_any = False
    with shown:
        try:
            async for exposure, figures in moments:
                shown.show(exposure, figures)
                is_any = is_any or exposure.coverage.covered > 0
        except asyncio.CancelledError:
            if not watches:
                raise
    return ExitCode.of(succeeds=is_any)


# ── from the market ──────────────────────────────────────────────────────────────────────────────────────────────


async def _from_the_market(settings: Choices, asked: GexAsk, shown: Showing) -> ExitCode:
    symbol = _underlying(settings, asked.symbol)
    choices = watch_choices(_chosen(settings.gex, asked), expirations=_days(asked.expirations))
    message = message_of(f"gex {asked.symbol}", asked.trader, settings)
    async with open_desk(settings) as desk:
        context = desk.context
        permitted(context, message, "gex")
        if context.feed is None:
            raise _no_feed()
        with closing(_recorder(settings, asked.record)) if asked.record else nullcontext() as recorder:
            watch = ChainWatch(context.market, context.feed, context.clock, symbol, choices=choices, recorder=recorder)
            async with watch, aclosing(_moments(watch, symbol, asked)) as moments:
                return await _shown(moments, shown, watches=asked.watches)


async def _moments(watch: ChainWatch, symbol: str, asked: GexAsk) -> AsyncGenerator[Moment, None]:
    """The first look; and where it is watched, the newest figures every so often."""
    with Listening(chat_symbol(symbol), SafeConsole(stderr=True)) as listening:
        first = await first_look(watch.updates(), asked.wait_s, heard=listening.heard)
    if first is None or first.get("spot") is None:
        raise Refused(
            f"No price of {chat_symbol(symbol)} was heard within {asked.wait_s:g} s.",
            code="no_spot",
            hint="See 'tastyflow doctor', or wait longer with --wait.",
        )
    yield watch.exposure(), first
    while asked.watches:
        await asyncio.sleep(asked.every_s)
        figures = watch.figures()
        if figures.get("spot") is not None:
            yield watch.exposure(), figures


def _recorder(settings: Choices, path: Path) -> ChainRecorder:
    made_by = ""
    with suppress(metadata.PackageNotFoundError):
        made_by = metadata.version("tastyflow")
    return ChainRecorder(path, environment=settings.folder.name, made_by=made_by)


def _underlying(settings: Choices, symbol: str) -> str:
    """What *symbol* names, by the words of the language."""
    try:
        command: Command | None = Grammar().parse(
            readable(f"expirations {symbol}"), as_of=clock_from(settings.now).now()
        )
    except NotUnderstood:
        command = None
    if not isinstance(command, ListExpirations):
        raise Refused(
            f"{readable(symbol)[:40]!r} is no symbol that is known here.",
            code="unknown_symbol",
            hint="Name an underlying with options, such as SPY or SPX.",
        )
    return command.underlying


def _chosen(choices: GexChoices, asked: GexAsk) -> GexChoices:
    """What the settings say, and for this once the options."""
    try:
        dte = choices.dte if asked.dte is None else days_of(asked.dte)
    except ValueError as wrong:
        raise Invalid(f"--dte {asked.dte}: {wrong}.", code="bad_scope") from None
    return evolve(choices, dte=dte, sign_model=asked.sign_model or choices.sign_model)


def _days(text: str | None) -> Iterator[date]:
    """The days of --expirations."""
    for part in (text or "").split(",") if text else ():
        try:
            yield date.fromisoformat(part.strip())
        except ValueError:
            hint = "Write days as 2026-12-18, with commas between them."
            raise Invalid(f"--expirations: {part.strip()!r} is no day.", code="bad_scope", hint=hint) from None


def _no_feed() -> TastyflowError:
    return Misconfigured(
        "Gamma exposure is worked out from production's market data, and this environment has none.",
        code="no_option_feed",
        hint=NO_FEED,
    )


# ── from a recording ─────────────────────────────────────────────────────────────────────────────────────────────


async def _replayed(settings: Choices, asked: GexAsk, path: Path, picture: PictureFile | None) -> ExitCode:
    recording = recorded(path)
    header = recording.header
    if asked.symbol and chat_symbol(_underlying(settings, asked.symbol)) != chat_symbol(header.symbol):
        raise Refused(
            f"{path} is a recording of {chat_symbol(header.symbol)}.", code="other_symbol", hint="Leave the symbol out."
        )
    place = f"{header.environment.upper()} RECORDING".strip()
    shown = showing(settings, picture, watches=asked.watches, wants_json=asked.wants_json, place=place)
    async with aclosing(_recorded_moments(recording, asked, shown.frame_s)) as moments:
        return await _shown(moments, shown, watches=asked.watches)


async def _recorded_moments(recording: Recording, asked: GexAsk, frame_s: float) -> AsyncGenerator[Moment, None]:
    """
    The last moment; and where it is watched, one for every so much recorded time, so fast as a person can follow.

    Raises:
        Invalid: The recording is torn, which is said after what is whole of it has been shown to a person; or changed.
        Refused: code ``no_spot``.
    """
    last, shown_at, torn = None, None, None
    try:
        for moment in recording.moments():
            last = moment
            if not asked.watches or moment.figures.get("spot") is None:
                continue
            if shown_at is None or (moment.figures.at - shown_at).total_seconds() >= asked.every_s:
                shown_at = moment.figures.at
                yield moment.exposure(), moment.figures
                await asyncio.sleep(frame_s)
    except Invalid as error:
        if error.code != TORN or asked.wants_json:
            raise
        torn = error
    if last is None or last.figures.get("spot") is None:
        raise torn or Refused("The recording ends without a price of the underlying.", code="no_spot")
    if not asked.watches:
        yield last.exposure(), last.figures
    if torn is not None:
        raise torn
