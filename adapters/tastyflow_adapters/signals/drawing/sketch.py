"""What a drawing shows of an exposure, in words and numbers: the terminal and the picture draw the same."""

from collections.abc import Iterator

from attrs import frozen

from tastyflow.domain.expirations import NEW_YORK
from tastyflow.domain.instruments import chat_symbol
from tastyflow_adapters.signals.drawing.levels import SOURCES, title_of
from tastyflow_adapters.signals.drawing.marks import Ink, LevelMark
from tastyflow_adapters.signals.drawing.window import StrikeBar
from tastyflow_adapters.signals.drawing.words import age, dollars, level, per_dollar, per_percent, share
from tastyflow_adapters.signals.gamma import GammaExposure


@frozen
class Sketch:
    """
    Attributes:
        title: Of which underlying, in which scope.
        moment: As of when, in New York.
        place: Whose market that is, as every page says it; empty where it is not known.
        headline: Net exposure with its units, and what no line of the drawing shows.
        notes: What has to be known to read it: sign model, coverage, ages.
        bars: By strike, in ascending order.
        profile: Spot and net exposure there in dollars per 1 % move, by spot, in ascending order.
        marks: Walls, flip and spot.
        roots: Every spot at which net exposure is zero.
        sides: What stands on the negative and on the positive side, in a word each.
    """

    symbol: str
    title: str
    moment: str
    place: str
    headline: str
    notes: tuple[str, ...]
    spot: float
    bars: tuple[StrikeBar, ...]
    profile: tuple[tuple[float, float], ...]
    marks: tuple[LevelMark, ...]
    roots: tuple[float, ...]
    sides: tuple[str, str]


def sketch_of(exposure: GammaExposure, place: str = "") -> Sketch:
    """What a drawing shows of *exposure*, in the market of *place*."""
    return Sketch(
        symbol=chat_symbol(exposure.symbol),
        title=title_of(exposure),
        moment=f"{exposure.at.astimezone(NEW_YORK):%a %b %d %Y, %H:%M:%S} New York",
        place=place,
        headline=_headline(exposure),
        notes=_notes(exposure),
        spot=exposure.spot,
        bars=_bars(exposure),
        profile=_profile(exposure),
        marks=tuple(_marks(exposure)),
        roots=tuple(root.spot for root in exposure.roots),
        sides=_sides(exposure),
    )


def _bars(exposure: GammaExposure) -> tuple[StrikeBar, ...]:
    strikes = exposure.by_strike
    columns = (strikes.calls_dollars_per_percent.tolist(), strikes.puts_dollars_per_percent.tolist())
    return tuple(
        StrikeBar(float(strike), calls, puts) for strike, calls, puts in zip(strikes.strikes, *columns, strict=True)
    )


def _profile(exposure: GammaExposure) -> tuple[tuple[float, float], ...]:
    if exposure.repriced is None:
        return ()
    profile = exposure.repriced.profile
    return tuple(zip(profile.spots.tolist(), profile.net_dollars_per_percent.tolist(), strict=True))


def _marks(exposure: GammaExposure) -> Iterator[LevelMark]:
    call, put = exposure.call_wall, exposure.put_wall
    if call is not None and put is not None and call.strike == put.strike:
        yield LevelMark(float(call.strike), "both walls", Ink.WALL)
        call = put = None
    for wall, name in ((call, "call wall"), (put, "put wall")):
        if wall is not None:
            yield LevelMark(float(wall.strike), name, Ink.WALL)
    if exposure.flip is not None:
        yield LevelMark(exposure.flip.spot, "flip (tail)" if exposure.flip.is_tail else "flip", Ink.FLIP, is_line=True)
    yield LevelMark(exposure.spot, "spot", Ink.SPOT, is_line=True)


def _sides(exposure: GammaExposure) -> tuple[str, str]:
    model = exposure.sign_model
    names = {"calls": model.calls, "puts": model.puts}
    negative, positive = ([name for name, sign in names.items() if sign == side] for side in (-1, 1))
    return " and ".join(negative), " and ".join(positive)


def _headline(exposure: GammaExposure) -> str:
    if not exposure.coverage.covered:
        return "net not known"
    said = [f"net {per_percent(exposure.net.dollars_per_percent)}", per_dollar(exposure.net.dollars_per_dollar)]
    said += [
        f"calls {dollars(exposure.calls.dollars_per_percent)}",
        f"puts {dollars(exposure.puts.dollars_per_percent)}",
    ]
    if exposure.repriced is not None and exposure.flip is None:
        said.append("no flip in range")
    return "  ·  ".join(said)


def _notes(exposure: GammaExposure) -> tuple[str, ...]:
    model, source = exposure.sign_model, SOURCES.get(exposure.spot_source, exposure.spot_source)
    signs = ", ".join(
        f"{name} {'+' if sign > 0 else '-'}" for name, sign in (("calls", model.calls), ("puts", model.puts))
    )
    return (
        (
            f"coverage {share(exposure.coverage.share_of_open_interest)} of open interest, oldest input "
            f"{age(exposure.oldest_age_s)}, spot {level(exposure.spot)} ({source})"
        ),
        f"signs: {model.value} ({signs}), an assumption; $ of hedging per 1 % move; volatility held for the lower part",
    )
