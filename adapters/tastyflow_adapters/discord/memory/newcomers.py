"""
Who was told what the bot is for: once.
"""

from typing import Final

from tastyflow_adapters.discord.memory.file import MemoryFile

TABLE: Final = "CREATE TABLE IF NOT EXISTS newcomers (user TEXT PRIMARY KEY) WITHOUT ROWID;"


def is_newcomer(memory: MemoryFile, user: str) -> bool:
    """Whether *user* was not told before; from now on they were."""
    memory.know(TABLE)
    with memory.changing() as db:
        return db.execute("INSERT OR IGNORE INTO newcomers VALUES (?)", (user,)).rowcount == 1
