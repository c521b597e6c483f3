"""
What the operator chose for Discord, as the rest of the program reads it; `config.discord_settings` reads and checks it.
"""

from collections.abc import Mapping
from datetime import time
from enum import StrEnum
from typing import Final

from attrs import field, frozen

TOKEN: Final = "discord.token"  # noqa: S105  the name of the secret
"""The bot's token, by its name among the secrets."""


class NoticeKind(StrEnum):
    """
    A kind of news whose level can be chosen: those of an order, in the order of its life, and those for the operators.

    `tastyflow_adapters.discord.telling.kinds` says what each is. The values stand in settings: they never change.
    """

    REHEARSAL = "rehearsal"
    WAITING = "waiting"
    APPROVAL = "approval"
    APPROVED = "approved"
    SUBMITTED = "submitted"
    IN_DOUBT = "in_doubt"
    PART_FILLED = "part_filled"
    FILLED = "filled"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REFUSED = "refused"
    REPLACED = "replaced"
    DENIED = "denied"
    OUTSIDE = "outside"
    ESCALATED = "escalated"
    DECIDED = "decided"

    INCIDENT = "incident"
    HALT = "halt"
    OUTAGE = "outage"
    SIGNAL = "signal"
    SERVICE = "service"
    DIGEST = "digest"


class Level(StrEnum):
    """How one kind of news is told."""

    ON = "on"  # a message of its own, which notifies
    SILENT = "silent"  # a message of its own, without a sound
    EDIT = "edit"  # the live message of the order is edited, and nothing more
    OFF = "off"


@frozen(kw_only=True)
class DiscordChoices:
    """
    Attributes:
        guilds, channels: Where orders are taken; a thread counts as its channel. Empty: nowhere.
        roles: One of these roles is needed, where any is named.
        direct_messages: Whether linked traders may write to the bot directly.
        plain_text: Whether a line without a mention is read; needs the message-content intent.
        approvals_channel, operators_channel: Where approvers and operators are told; empty for nowhere.
        oldest_s: How old an event may be, by Discord's clock, to be acted upon.
        digest_at: When the daily digest is told, in New York; None for never.
        notices: The level of each kind of news that is not at its built-in one (docs/discord.md).
    """

    guilds: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    direct_messages: bool = False
    plain_text: bool = False
    approvals_channel: str = ""
    operators_channel: str = ""
    oldest_s: float = 60.0
    digest_at: time | None = time(16, 30)
    notices: Mapping[NoticeKind, Level] = field(factory=dict)

    @property
    def is_on(self) -> bool:
        """Whether there is any place where the bot takes an order or tells something."""
        return bool(self.guilds) or self.direct_messages


OFF: Final = DiscordChoices()
