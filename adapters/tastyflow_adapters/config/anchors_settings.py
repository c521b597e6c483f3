"""
The table ``[anchors]`` of the settings: how often the head of the log is signed, and where it is published.

    [anchors]
    folders = ["/mnt/other-disk/anchors"]
    discord_channel = 1234567890123456789
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from tastyflow_adapters.config.anchors_choices import STANDARD, AnchorsChoices


class AnchorsSettings(BaseModel):
    """What `AnchorsChoices` says, as it is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    folders: Annotated[tuple[Path, ...], Field(max_length=10)] = STANDARD.folders
    discord_channel: Annotated[int, Field(ge=0, lt=2**64)] = STANDARD.discord_channel
    standard_output: bool = STANDARD.standard_output
    every_events: Annotated[int, Field(ge=1, le=1_000_000)] = STANDARD.every_events
    every_s: Annotated[float, Field(ge=1, le=86_400, allow_inf_nan=False)] = STANDARD.every_s

    @field_validator("folders")
    @classmethod
    def _absolute(cls, value: tuple[Path, ...]) -> tuple[Path, ...]:
        folders = tuple(each.expanduser() for each in value)
        if wrong := [each for each in folders if not each.is_absolute()]:
            raise ValueError(f"a folder is written from the root on, and {wrong[0]} is not")
        return folders

    @property
    def chosen(self) -> AnchorsChoices:
        """The same, as the rest of the program reads it."""
        return AnchorsChoices(**self.model_dump())


def contradictions(settings: AnchorsSettings, *, has_discord: bool) -> Iterator[str]:
    """What is chosen and cannot be done, as sentences."""
    if settings.discord_channel and not has_discord:
        yield "anchors.discord_channel is set, and Discord is not: name the server in the table [discord]."
