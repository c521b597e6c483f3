"""
What runs for the events of one bot: each handler is followed to its end, since closing discord.py cuts it off.

    handlers.follow()                        the task at hand handles an event, from its first line on
    await handlers.finished(within_s=…)      before the connection under them is closed
"""

import asyncio


class Handlers:
    """The handlers at work."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[object]] = set()

    def follow(self) -> None:
        """The task at hand handles an event."""
        task = asyncio.current_task()
        if task is not None and task not in self._tasks:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    @property
    def count(self) -> int:
        """How many are at work."""
        return len(self._tasks)

    async def finished(self, *, within_s: float) -> bool:
        """Whether all that are at work now have ended, after *within_s* at most."""
        tasks = self._tasks - {asyncio.current_task()}
        if tasks:
            await asyncio.wait(tasks, timeout=within_s)
        return all(task.done() for task in tasks)
