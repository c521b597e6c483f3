"""
The channels of direct messages, by user: Discord is asked for each once.
"""

from typing import Final

from tastyflow_adapters.discord.memory.file import MemoryFile

TABLE: Final = "CREATE TABLE IF NOT EXISTS directs (user TEXT PRIMARY KEY, channel TEXT NOT NULL);"


class Directs:
    """What is known of them, in *memory*."""

    def __init__(self, memory: MemoryFile) -> None:
        self._memory = memory
        memory.know(TABLE)

    def find(self, user: str) -> str:
        """The channel of direct messages with *user*; empty where it is not known."""
        found = self._memory.rows("SELECT channel FROM directs WHERE user = ?", (user,))
        return str(found[0][0]) if found else ""

    def keep(self, user: str, channel: str) -> None:
        """It is *channel*."""
        with self._memory.changing() as db:
            db.execute("INSERT OR REPLACE INTO directs (user, channel) VALUES (?, ?)", (user, channel))
