"""
A recorded watch, read again: the same moments, figures and exposures, with the same hashes.

    recorded(path).moments() ─▶ RecordedMoment: figures, exposure()

Each moment is worked out anew from what was heard; that it has the hash of then is checked.
"""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

from attrs import field, frozen

from tastyflow.domain.instruments import EquityOption, from_occ
from tastyflow.domain.signal_rule.action import Listed
from tastyflow.domain.signal_rule.figures import Figures
from tastyflow.errors import Invalid, StoreFailure
from tastyflow_adapters.signals.gamma import GammaExposure, Repricing, Scope, SignModel
from tastyflow_adapters.signals.watching.chain_figures import ChainFigures, FoundFlip, WatchChoices
from tastyflow_adapters.signals.watching.recording_frames import (
    ChainFrame,
    EndFrame,
    MomentFrame,
    changed,
    frames_of,
    unreadable,
)
from tastyflow_adapters.signals.watching.tick_columns import moment_of
from tastyflow_adapters.signals.watching.watched_chain import WatchedChain


@frozen
class RecordingHeader:
    """
    What a recording begins with.

    Attributes:
        contracts: How many are watched.
        made_by: The version of tastyflow that wrote it.
        environment: Of whose market data it is: ``fake``, ``production``.
    """

    symbol: str
    contracts: int
    scope: Scope
    sign_model: SignModel
    repricing: Repricing
    began_at: datetime
    made_by: str
    environment: str = ""


@frozen
class RecordedMoment:
    """One moment of a recording."""

    figures: Figures
    _chain: ChainFigures = field(repr=False, eq=False)

    def exposure(self) -> GammaExposure:
        """
        The exposure of this moment, repriced; to be asked for before the next moment is.

        Raises:
            Invalid: ``no_spot``.
        """
        return self._chain.exposure(self.figures.at)


class Recording:
    """A recording that was opened; it may be read again and again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with _opened(path) as file:
            first, begun = self._beginning(file)
        self.header = _header(first, begun)
        self._options = begun.chain.options

    @property
    def listed(self) -> Listed:
        """The strikes of each expiration that it begins with: what a rule that is tried on it may ask for."""
        strikes: dict[date, set[Decimal]] = {}
        for option in self._options:
            strikes.setdefault(option.expiration, set()).add(option.strike)
        return {day: tuple(sorted(found)) for day, found in sorted(strikes.items())}

    def moments(self) -> Iterator[RecordedMoment]:
        """
        Every moment, in order. Where the file is torn or was changed the moments before it are given, and then it is
        raised.

        Raises:
            Invalid: Code ``recording_truncated``, ``recording_changed``, ``recording_unreadable`` or
                ``recording_differs``: this version of tastyflow reads other figures out of it.
        """
        name, chain, count = self.path.name, None, 0
        with _opened(self.path) as file:
            for frame in frames_of(file, name):
                if isinstance(frame, ChainFrame):
                    chain = _begun(frame, name)
                elif isinstance(frame, EndFrame):
                    if frame.moments != count:
                        raise changed(name, f"it says that it has {frame.moments:,} moments, and has {count:,}")
                elif chain is None:
                    raise unreadable(name, "a moment before its chain")
                else:
                    count += 1
                    yield RecordedMoment(_figures(chain, frame, name, count), chain)

    def _beginning(self, file: BinaryIO) -> tuple[ChainFrame, ChainFigures]:
        first = next(frames_of(file, self.path.name))
        if not isinstance(first, ChainFrame):
            raise unreadable(self.path.name, "it does not begin with a chain")
        return first, _begun(first, self.path.name)


def recorded(path: Path) -> Recording:
    """
    Open the recording in *path*. A hostile file costs bounded time and memory.

    Raises:
        Invalid: Code ``recording_unreadable``: it is none, ``recording_version``: of a later tastyflow, or
            ``recording_truncated`` or ``recording_changed``: not even its beginning is whole.
        StoreFailure: Code ``recording_file``: it cannot be read.
    """
    return Recording(path)


def _header(first: ChainFrame, begun: ChainFigures) -> RecordingHeader:
    choices = begun.choices
    return RecordingHeader(
        symbol=first.symbol,
        contracts=len(begun.chain.options),
        scope=choices.scope,
        sign_model=choices.sign_model,
        repricing=choices.repricing,
        began_at=moment_of(first.at),
        made_by=first.made_by[:40],
        environment=first.environment[:40],
    )


def _begun(frame: ChainFrame, name: str) -> ChainFigures:
    try:
        options = tuple(from_occ(symbol) for symbol in frame.options.split("\n"))
        if not all(isinstance(option, EquityOption) for option in options):
            raise ValueError("shares in a chain")
        chain = WatchedChain(
            frame.symbol,
            date.fromordinal(frame.day),
            tuple(option for option in options if isinstance(option, EquityOption)),
            {(root, date.fromordinal(day)): moment_of(at) for root, day, at in frame.settles},
            frame.has_shares,
        )
        choices = WatchChoices(
            scope=_scope(frame),
            sign_model=SignModel(frame.sign_model),
            repricing=Repricing(**frame.repricing),
            **frame.figures,
        )
        return ChainFigures(chain, choices, believed=frame.believed)
    except (Invalid, ValueError, OverflowError, TypeError, LookupError) as error:
        raise unreadable(name, "its chain makes no sense") from error


def _scope(frame: ChainFrame) -> Scope:
    said = frame.scope
    days, roots = said.get("expirations"), said.get("roots")
    least, most = said.get("min_days"), said.get("max_days")
    if (
        not isinstance(days, list)
        or not isinstance(roots, list)
        or not isinstance(least, int)
        or isinstance(most, list)
    ):
        raise ValueError("no scope")
    return Scope(
        expirations=frozenset(date.fromisoformat(day) for day in days),
        roots=frozenset(roots),
        min_days=least,
        max_days=most,
    )


def _figures(chain: ChainFigures, frame: MomentFrame, name: str, number: int) -> Figures:
    try:
        for batch in frame.batches:
            chain.take(batch.columns(len(chain.chain.options)))
        chain.flip = None if frame.flip is None else FoundFlip(frame.flip[0], moment_of(frame.flip[1]))
        chain.rank_percent = frame.rank
        figures = chain.figures(moment_of(frame.at))
    except (Invalid, ValueError, OverflowError, TypeError, LookupError) as error:
        raise unreadable(name, f"moment {number:,} makes no sense") from error
    if figures.snapshot != frame.snapshot:
        raise Invalid(
            f"{name}: moment {number:,} is worked out otherwise than when it was recorded.",
            code="recording_differs",
            hint="It was recorded by another version of tastyflow: read it with that one.",
        )
    return figures


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise StoreFailure(
            f"{path} cannot be read: {error.strerror or error}.", code="recording_file", hint="Name a recording."
        ) from error
