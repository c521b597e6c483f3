"""
What the bot's part shares with the rest of the service. It is made without discord.py, which takes a moment to import.

    status     how the bot is ─▶ the health page
    bulletin   what the service says of itself ─▶ the operators' channel
    operators  that channel, as one of those by which the alarms tell
    anchors    the channel that anchors of the log are posted in
"""

from typing import Self

from attrs import frozen

from tastyflow.ports import Clock
from tastyflow_adapters.discord.connection import ConnectionStatus
from tastyflow_adapters.discord.overseeing.anchor_posts import AnchorChannel
from tastyflow_adapters.discord.overseeing.bulletin import Bulletin
from tastyflow_adapters.discord.overseeing.channel import OperatorsChannel


@frozen
class DiscordTies:
    """All of them, for one process."""

    status: ConnectionStatus
    bulletin: Bulletin
    operators: OperatorsChannel
    anchors: AnchorChannel

    @classmethod
    def make(cls, clock: Clock) -> Self:
        """Nothing is connected yet."""
        return cls(ConnectionStatus(clock), Bulletin(clock), OperatorsChannel(), AnchorChannel())
