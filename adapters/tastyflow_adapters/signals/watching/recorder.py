"""A watch, written to a file as it goes: every moment with all that its figures were worked out from."""

from pathlib import Path


class Recorder:
    """
    Given to `ChainWatch`, which writes to it.

    Args:
        path: A new file; by custom it ends in ``.tfrec``.

    Raises:
        StoreFailure: Code ``recording_exists`` or ``recording_file``: it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        raise NotImplementedError

    @property
    def moments(self) -> int:
        """How many are in it."""
        raise NotImplementedError

    def close(self) -> None:
        """Write the end, without which a recording is a torn one. Twice is once."""
        raise NotImplementedError
