"""
What every answer works with: the desk, what the operator chose, and what the bot must not forget.
"""

from datetime import UTC, datetime

from attrs import field, frozen

from tastyflow.application.desk import Desk
from tastyflow_adapters.config.choices import Choices
from tastyflow_adapters.config.discord_choices import DiscordChoices
from tastyflow_adapters.config.gex_choices import GexChoices
from tastyflow_adapters.discord.kept_answers import KeptAnswers
from tastyflow_adapters.discord.memory.file import MemoryFile
from tastyflow_adapters.discord.page import ChatPage


@frozen
class Chat:
    """
    Attributes:
        choices: What was chosen for the whole installation; *here* for Discord.
        gamma_pages: Of gamma exposure, by underlying and by what was chosen: those of a moment ago are shown again.
        began: When this process began to hear, by the clock of the machine.
    """

    desk: Desk
    choices: Choices
    here: DiscordChoices
    memory: MemoryFile
    gamma_pages: KeptAnswers[tuple[str, GexChoices], ChatPage] = field(factory=KeptAnswers, eq=False)
    began: datetime = field(factory=lambda: datetime.now(UTC))
