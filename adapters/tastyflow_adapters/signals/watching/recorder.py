"""
A watch, written to a file as it goes: every moment with all that its figures were worked out from.

    begin ─▶ take… ─▶ moment ─▶ take… ─▶ moment ─▶ … ─▶ close        `recording_frames` has the bytes
"""

from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from tastyflow.domain.signal_rule.figures import Figures
from tastyflow.errors import StoreFailure
from tastyflow_adapters.signals.watching.chain_figures import FoundFlip, WatchChoices
from tastyflow_adapters.signals.watching.recording_frames import (
    MAGIC,
    BatchFrame,
    ChainFrame,
    EndFrame,
    Frame,
    MomentFrame,
    first_hash,
    frame_bytes,
)
from tastyflow_adapters.signals.watching.tick_columns import TickColumns, microseconds
from tastyflow_adapters.signals.watching.watched_chain import WatchedChain

MOST_BYTES: Final = 8 * 1024**3


class ChainRecorder:
    """
    Given to `ChainWatch`, which writes to it and closes it.

    Args:
        path: A new file; by custom it ends in ``.tfrec``.
        environment: Of whose market data it is: ``fake``, ``production``.
        made_by: The version of tastyflow.

    Raises:
        StoreFailure: Code ``recording_exists`` or ``recording_file``: it cannot be written.
    """

    def __init__(self, path: Path, *, environment: str = "", made_by: str = "", most_bytes: int = MOST_BYTES) -> None:
        self.path, self._environment, self._made_by = path, environment, made_by
        self._most_bytes, self._bytes = most_bytes, len(MAGIC)
        self._before = first_hash()
        self._batches: list[BatchFrame] = []
        self._moments = 0
        self._trouble = ""
        self._file: BinaryIO | None = _opened(path)
        self._write(MAGIC)

    @property
    def moments(self) -> int:
        """How many are in it."""
        return self._moments

    @property
    def trouble(self) -> str:
        """Why it ended early; empty where it did not."""
        return self._trouble

    def begin(self, chain: WatchedChain, choices: WatchChoices, at: datetime, *, believed: float | None = None) -> None:
        """From here on it is about *chain*; *believed* is the spot that was believed before."""
        self._batches.clear()
        self._put(
            ChainFrame(
                at=microseconds(at),
                made_by=self._made_by,
                environment=self._environment,
                symbol=chain.symbol,
                day=chain.day.toordinal(),
                has_shares=chain.has_shares,
                options="\n".join(option.occ for option in chain.options),
                settles=[(root, day.toordinal(), microseconds(at)) for (root, day), at in chain.settles_at.items()],
                scope={
                    "expirations": [day.isoformat() for day in sorted(choices.scope.expirations)],
                    "roots": sorted(choices.scope.roots),
                    "min_days": choices.scope.min_days,
                    "max_days": choices.scope.max_days,
                },
                sign_model=choices.sign_model.value,
                repricing=choices.repricing.as_json(),
                figures={
                    "fresh_s": choices.fresh_s,
                    "jump_percent": choices.jump_percent,
                    "jump_believed_after_s": choices.jump_believed_after_s,
                },
                believed=believed,
            )
        )

    def take(self, columns: TickColumns) -> None:
        """What was heard; it is written with the next moment."""
        if self._file is not None:
            self._batches.append(BatchFrame.of(columns))

    def moment(self, figures: Figures, flip: FoundFlip | None, rank_percent: float | None) -> None:
        """The *figures* of what was heard so far."""
        found = None if flip is None else (flip.spot, microseconds(flip.at))
        batches, self._batches = self._batches, []
        if self._put(MomentFrame(microseconds(figures.at), batches, found, rank_percent, figures.snapshot)):
            self._moments += 1

    def close(self) -> None:
        """Write the end, without which a recording is a torn one. Twice is once."""
        self._put(EndFrame(self._moments))
        if self._file is not None:
            self._file.close()
            self._file = None

    def _put(self, frame: Frame) -> bool:
        if self._file is None:
            return False
        content, told = frame_bytes(frame, self._before)
        if self._bytes + len(content) > self._most_bytes and not isinstance(frame, EndFrame):
            self._trouble = f"the recording {self.path} is as large as it may be, and ended"
            self.close()
            return False
        if self._write(content):
            self._before = told
            return True
        return False

    def _write(self, content: bytes) -> bool:
        if self._file is None:
            return False
        try:
            self._file.write(content)
            self._file.flush()
        except OSError as error:
            self._trouble = f"the recording {self.path} ended: {error.strerror or 'it cannot be written'}"
            file, self._file = self._file, None
            file.close()
            return False
        self._bytes += len(content)
        return True


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("xb")
    except FileExistsError:
        raise StoreFailure(
            f"{path} is there already.",
            code="recording_exists",
            hint="A recording is never written over: name another file, or move this one away.",
        ) from None
    except OSError as error:
        raise StoreFailure(
            f"{path} cannot be written: {error.strerror or error}.",
            code="recording_file",
            hint="Name a file in a folder that exists and may be written to.",
        ) from error
