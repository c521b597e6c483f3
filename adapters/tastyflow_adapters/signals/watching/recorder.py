"""A watch, written to a file as it goes: every moment with all that its figures were worked out from."""

from datetime import datetime
from pathlib import Path

from tastyflow.domain.signal_rule.figures import Figures
from tastyflow_adapters.signals.watching.chain_figures import FoundFlip, WatchChoices
from tastyflow_adapters.signals.watching.tick_columns import TickColumns
from tastyflow_adapters.signals.watching.watched_chain import WatchedChain


class Recorder:
    """
    Given to `ChainWatch`, which writes to it.

    Args:
        path: A new file; by custom it ends in ``.tfrec``.

    Raises:
        StoreFailure: Code ``recording_exists`` or ``recording_file``: it cannot be written.
    """

    def __init__(self, path: Path, *, environment: str = "") -> None:
        raise NotImplementedError

    @property
    def trouble(self) -> str:
        raise NotImplementedError

    @property
    def moments(self) -> int:
        """How many are in it."""
        raise NotImplementedError

    def begin(self, chain: WatchedChain, choices: WatchChoices, at: datetime) -> None:
        raise NotImplementedError

    def take(self, columns: TickColumns) -> None:
        raise NotImplementedError

    def moment(self, figures: Figures, flip: FoundFlip | None, rank: float | None) -> None:
        raise NotImplementedError

    def close(self) -> None:
        """Write the end, without which a recording is a torn one. Twice is once."""
        raise NotImplementedError
