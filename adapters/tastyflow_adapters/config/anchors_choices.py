"""What was chosen for anchors, as the rest of the program reads it; `config.anchors_settings` reads and checks it."""

from pathlib import Path
from typing import Final

from attrs import frozen


@frozen(kw_only=True)
class AnchorsChoices:
    """
    Attributes:
        folders: Where copies of the anchors are kept: folders on other disks, which are there already.
        discord_channel: The channel in Discord that anchors are posted in; 0 for none.
        standard_output: Whether the service prints each anchor, for a collector of logs.
        every_events, every_s: An anchor is made after so many events, and after so many seconds where any was recorded.
    """

    folders: tuple[Path, ...] = ()
    discord_channel: int = 0
    standard_output: bool = False
    every_events: int = 100
    every_s: float = 60.0


STANDARD: Final = AnchorsChoices()
"""What is built in."""
