"""
The table ``[discord]`` of the settings: where orders are taken in chat, who is told where, and how loudly.

    guilds = ["803…"]            an id is Discord's number, 15 to 21 digits; a single one needs no list
    channels = ["803…"]
    operators_channel = "803…"

    [discord.notices]
    part_filled = "silent"       on │ silent │ edit │ off

The bot's token comes from a variable only, or is stored as a secret. No message repeats a value: a token may have been
pasted into the wrong line.
"""

from collections.abc import Iterator, Mapping
from datetime import time
from difflib import get_close_matches
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from tastyflow_adapters.config.discord_choices import DiscordChoices, Level, NoticeKind
from tastyflow_adapters.config.secret_names import Secret

NEVER: Final = "never"
MOST: Final = 100
"""Servers, channels or roles in one list."""

STANDARD: Final = DiscordChoices()


def _id(value: object) -> str:
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not (text.isascii() and text.isdigit() and 15 <= len(text) <= 21):
        raise ValueError("an id is Discord's own number, 15 to 21 digits: in Discord, 'Copy ID' of the menu")
    return text


def _id_or_none(value: object) -> str:
    return "" if value == "" else _id(value)


def _several(value: object) -> object:
    return (value,) if isinstance(value, str | int) and value != "" else value


def _once(value: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value))


def _kinds(value: Mapping[str, Level]) -> Mapping[NoticeKind, Level]:
    known = [kind.value for kind in NoticeKind]
    for kind in value:
        if kind not in known:
            close = get_close_matches(kind, known, n=1)
            meant = f"{close[0]} is one" if close else f"there are {', '.join(known)}"
            raise ValueError(f"it names a kind of notice that does not exist; {meant}")
    return {NoticeKind(kind): level for kind, level in value.items()}


def _hour(value: object) -> object:
    text = value.isoformat().removesuffix(":00") if isinstance(value, time) else value
    if text != NEVER:
        try:
            if not isinstance(text, str) or f"{time.fromisoformat(text):%H:%M}" != text:
                raise ValueError(text)
        except ValueError:
            raise ValueError("write it as 16:30, in New York's time, or never") from None
    return text


Id = Annotated[str, BeforeValidator(_id)]
IdOrNone = Annotated[str, BeforeValidator(_id_or_none)]
Ids = Annotated[tuple[Id, ...], BeforeValidator(_several), Field(max_length=MOST), AfterValidator(_once)]


class DiscordSettings(BaseModel):
    """What `DiscordChoices` says, as it is written, and the bot's token."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    token: Secret | None = None
    guilds: Ids = STANDARD.guilds
    channels: Ids = STANDARD.channels
    roles: Ids = STANDARD.roles
    direct_messages: bool = STANDARD.direct_messages
    plain_text: bool = STANDARD.plain_text
    approvals_channel: IdOrNone = STANDARD.approvals_channel
    operators_channel: IdOrNone = STANDARD.operators_channel
    oldest_s: Annotated[float, Field(ge=5, le=600, allow_inf_nan=False)] = STANDARD.oldest_s
    digest_at: Annotated[str, BeforeValidator(_hour)] = "16:30"
    notices: Annotated[dict[str, Level], AfterValidator(_kinds)] = {}

    @property
    def chosen(self) -> DiscordChoices:
        """The same, as the rest of the program reads it."""
        numbers = self.model_dump(exclude={"token", "digest_at"})
        digest_at = None if self.digest_at == NEVER else time.fromisoformat(self.digest_at)
        return DiscordChoices(**numbers, digest_at=digest_at)


def contradictions(settings: DiscordSettings) -> Iterator[str]:
    """What is chosen and can have no effect, as sentences."""
    if settings.direct_messages and settings.roles:
        yield "discord.direct_messages is on, and discord.roles is set: a direct message carries no role."
    if settings.guilds:
        if settings.plain_text and not settings.channels:
            yield "discord.plain_text is on, and discord.channels is empty: no line would be read."
        return
    for name in ("channels", "roles", "approvals_channel", "operators_channel"):
        if getattr(settings, name):
            yield f"discord.{name} is set, and discord.guilds is empty: the bot would look at no server."
