"""
The levels of an exposure in words: a row each, with what it counts in, and what has to be known to believe it.

    levels_of(exposure) ─▶ net, calls and puts, call wall, put wall, flip, other roots, spot, scope, signs, coverage, …
    headline_of(exposure) ─▶ the same in one line, for a chat, a log and a pipe

What is not known is said to be so. Nothing here is advice.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from attrs import frozen

from tastyflow.domain.instruments import chat_symbol
from tastyflow.domain.new_york_time import moment_in_words
from tastyflow.domain.signal_rule.figures import DataFault
from tastyflow_adapters.signals.drawing.words import age, away, dollars, level, per_dollar, per_percent, share
from tastyflow_adapters.signals.gamma import GammaExposure, GammaRoot, GammaWall, closed_since

SOURCES: Final = {"trade": "last trade", "mid": "middle of bid and ask"}
"""Where a spot is from, by its name."""

FAULTS: Final = {
    DataFault.NO_SPOT: "there is no price of the underlying",
    DataFault.CROSSED_MARKET: "the bid of the underlying is above its ask",
    DataFault.SPOT_JUMPED: "the spot jumped further than a market moves",
    DataFault.OLD_INTEREST: "the open interest is of another day than the last close",
    DataFault.SWITCHED_INTEREST: "open interest of calls and puts seems to be switched",
    DataFault.FEED_GAP: "the feed was away, and has not said everything again",
    DataFault.CLOCK: "the clocks of this machine and of the feed lie apart",
}
"""Why figures are not to be traded on, in words."""

THIN: Final = 0.9
"""Below this coverage it is said that every figure may be far off: its sign, too."""


@frozen
class LevelRow:
    """
    One row.

    Attributes:
        value: What it is, with its unit.
        note: What has to be known beside it; may be empty.
    """

    name: str
    value: str
    note: str = ""


def title_of(exposure: GammaExposure) -> str:
    """``SPX gamma exposure, 0 to 45 days``"""
    return f"{chat_symbol(exposure.symbol)} gamma exposure, {exposure.scope.in_words()}"


def headline_of(exposure: GammaExposure) -> str:
    """Net, walls, flip, coverage and age in one line."""
    is_known = bool(exposure.coverage.covered)
    said = [f"net {per_percent(exposure.net.dollars_per_percent)}" if is_known else "net not known"]
    walls = ((exposure.call_wall, "call wall"), (exposure.put_wall, "put wall"))
    said += [f"{name} {level(float(wall.strike))}" if wall else f"no {name}" for wall, name in walls]
    said.append(_flip_in_short(exposure))
    said.append(f"coverage {share(exposure.coverage.share_of_open_interest)}")
    said.append(f"oldest input {age(exposure.oldest_age_s)}")
    return ", ".join(said)


def warnings_of(exposure: GammaExposure, faults: Sequence[DataFault] = ()) -> tuple[str, ...]:
    """Why these figures are not to be traded on, a sentence each; none in a sound market."""
    said = [f"Not to be traded on: {FAULTS[fault]}." for fault in faults]
    covered = exposure.coverage.share_of_open_interest
    if 0 < covered < THIN:
        said.append(f"Only {share(covered)} of the open interest is covered: net, walls and flip may be far off.")
        said.append("Fewer days are heard sooner.")
    if not exposure.coverage.covered:
        said.append("No contract in scope has gamma, volatility and open interest: there is no exposure to show.")
    return tuple(said)


def levels_of(exposure: GammaExposure) -> tuple[LevelRow, ...]:
    """Every row, in the order in which a trader reads them."""
    return (
        *_closed(exposure),
        _spot(exposure),
        *_amounts(exposure),
        _wall("call wall", exposure.call_wall, exposure.spot),
        _wall("put wall", exposure.put_wall, exposure.spot),
        _flip(exposure),
        *_other_roots(exposure),
        _scope(exposure),
        LevelRow("signs", exposure.sign_model.value, _assumed(exposure)),
        _coverage(exposure),
        *_bounds(exposure),
    )


def _closed(exposure: GammaExposure) -> Iterator[LevelRow]:
    """Where the market is closed, and some of what is shown is what its last session left."""
    since, oldest = closed_since(exposure.at), exposure.at - timedelta(seconds=exposure.oldest_age_s)
    if since is not None and exposure.coverage.covered and oldest <= since:
        yield LevelRow("market", "closed", f"since {moment_in_words(since)}: figures are as that session left them")


def _amounts(exposure: GammaExposure) -> Iterator[LevelRow]:
    if not exposure.coverage.covered:
        yield LevelRow("net", "not known", "no contract is covered")
        return
    net = exposure.net.dollars_per_percent
    effect = "hedging damps moves" if net > 0 else "hedging amplifies moves" if net < 0 else ""
    beside = filter(None, (per_dollar(exposure.net.dollars_per_dollar), effect))
    yield LevelRow("net", per_percent(net), "; ".join(beside))
    yield LevelRow("calls", per_percent(exposure.calls.dollars_per_percent))
    yield LevelRow("puts", per_percent(exposure.puts.dollars_per_percent))


def _assumed(exposure: GammaExposure) -> str:
    sentence = exposure.sign_model.sentence
    return f"an assumption: {sentence[0].lower()}{sentence[1:]}"


def _wall(name: str, wall: GammaWall | None, spot: float) -> LevelRow:
    if wall is None:
        return LevelRow(name, "none", "no such contract is covered")
    strike = float(wall.strike)
    return LevelRow(name, level(strike), f"{away(strike, spot)}, {per_percent(wall.amount.dollars_per_percent)}")


def _flip(exposure: GammaExposure) -> LevelRow:
    if exposure.repriced is None:
        return LevelRow("flip", "not known", "no contract is covered")
    if exposure.flip is None:
        low, high = _range(exposure)
        return LevelRow("flip", "none in range", f"net keeps its sign from {level(low)} to {level(high)}")
    return LevelRow("flip", level(exposure.flip.spot), _root(exposure.flip, exposure.spot))


def _flip_in_short(exposure: GammaExposure) -> str:
    if exposure.repriced is None:
        return "flip not known"
    if exposure.flip is None:
        return "no flip in range"
    return f"flip {level(exposure.flip.spot)}{' in a tail' if exposure.flip.is_tail else ''}"


def _other_roots(exposure: GammaExposure) -> Iterator[LevelRow]:
    for root in exposure.roots:
        if root is not exposure.flip:
            yield LevelRow("other root", level(root.spot), _root(root, exposure.spot))


def _root(root: GammaRoot, spot: float) -> str:
    slope = root.slope_dollars_per_percent_per_percent
    turns = "net positive above it" if slope > 0 else "net negative above it"
    said = [away(root.spot, spot), turns, f"changes by {dollars(abs(slope)).removeprefix('+')} for each 1 %"]
    return ", ".join(said) + ("; in a tail, where hardly any gamma is left: no level" if root.is_tail else "")


def _spot(exposure: GammaExposure) -> LevelRow:
    source = SOURCES.get(exposure.spot_source, exposure.spot_source)
    return LevelRow("spot", level(exposure.spot), f"{source}, {age(exposure.spot_age_s)} old")


def _scope(exposure: GammaExposure) -> LevelRow:
    days = {each.expiration for each in exposure.by_expiration}
    listed = f"{len(days):,} expiration{'' if len(days) == 1 else 's'}"
    return LevelRow("scope", exposure.scope.in_words(), f"{listed}, {exposure.coverage.contracts:,} contracts")


def _coverage(exposure: GammaExposure) -> LevelRow:
    seen = exposure.coverage
    said = [
        f"of open interest, {share(seen.share_of_contracts)} of contracts",
        f"oldest input {age(exposure.oldest_age_s)}",
    ]
    if exposure.newest_interest_day is not None:
        days = dict.fromkeys(
            f"{day:%b %d}" for day in (exposure.oldest_interest_day, exposure.newest_interest_day) if day is not None
        )
        said.append(f"open interest in the summary of {' to '.join(days)}")
    return LevelRow("coverage", share(seen.share_of_open_interest), ", ".join(said))


def _bounds(exposure: GammaExposure) -> Iterator[LevelRow]:
    """Where the least time, or the highest gamma, acted."""
    said = []
    if exposure.floored:
        said.append(f"{_contracts(exposure.floored)} counted as settling in {exposure.repricing.floor_min:g} minutes")
    if exposure.capped:
        said.append(f"the gamma of {_contracts(exposure.capped)} was lowered to the highest that counts")
    if said:
        yield LevelRow("bounds", "acted", "; ".join(said))


def _contracts(number: int) -> str:
    return f"{number:,} contract{'' if number == 1 else 's'}"


def _range(exposure: GammaExposure) -> tuple[float, float]:
    how = exposure.repricing
    return exposure.spot * (1 + how.low_percent / 100), exposure.spot * (1 + how.high_percent / 100)
