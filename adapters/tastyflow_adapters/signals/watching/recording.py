"""A recorded watch, read again: the same moments, figures and exposures, with the same hashes."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from attrs import frozen

from tastyflow.domain.signal_rule.figures import Figures
from tastyflow_adapters.signals.gamma import GammaExposure, Scope, SignModel


@frozen
class RecordingHeader:
    """
    What a recording begins with.

    Attributes:
        began_at: Of its first moment's day and time.
        made_by: The version of tastyflow that wrote it.
        environment: Of whose market data it is: ``fake``, ``production``.
    """

    symbol: str
    contracts: int
    scope: Scope
    sign_model: SignModel
    began_at: datetime
    made_by: str
    environment: str = ""


@frozen
class RecordedMoment:
    """One moment of a recording."""

    figures: Figures

    def exposure(self) -> GammaExposure:
        """The exposure of this moment; to be asked for before the next moment is."""
        raise NotImplementedError


class Recording:
    """A recording that is open."""

    @property
    def header(self) -> RecordingHeader:
        raise NotImplementedError

    def moments(self) -> Iterator[RecordedMoment]:
        """
        Every moment, in order. Where the file is torn the moments before it are yielded, and then it is raised.

        Raises:
            Invalid: Code ``recording_truncated``, ``recording_changed``, ``recording_unreadable`` or
                ``recording_differs`` (this version of tastyflow reads other figures out of it).
        """
        raise NotImplementedError


def recorded(path: Path) -> Recording:
    """
    Open the recording in *path*. A hostile file costs bounded time and memory.

    Raises:
        Invalid: Code ``recording_unreadable``: it is none, or ``recording_version``: of a later tastyflow.
        StoreFailure: Code ``recording_file``: it cannot be read.
    """
    raise NotImplementedError
