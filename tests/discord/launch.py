"""
The real program as a process, whose discord.py talks with a double: nothing else of it is changed.

    RealBot(double, environment)  ─▶ start ─▶ says(…) ─▶ terminate │ kill ─▶ ended

    python -m tests.discord.launch run      what the process runs: two addresses of discord.py are set, then `main`
"""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Mapping
from typing import Final

from tests.discord.double import Double

BASE, GATEWAY = "DOUBLE_BASE", "DOUBLE_GATEWAY"
PATIENCE_S: Final = 40.0


class RealBot:
    """
    ``tastyflow *words*`` in a process of its own.

    Attributes:
        lines: What it has said so far, on both channels.
    """

    def __init__(self, double: Double, environment: Mapping[str, str], *words: str) -> None:
        self._environment = dict(environment) | {BASE: double.server.base, GATEWAY: double.server.gateway_url}
        self._words = words or ("run",)
        self._process: Process | None = None
        self._changed = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None
        self.lines: list[str] = []

    @property
    def process(self) -> Process:
        assert self._process is not None, "it was not started"
        return self._process

    @property
    def has_ended(self) -> bool:
        return self._process is not None and self._process.returncode is not None

    @property
    def said(self) -> str:
        return "".join(self.lines)

    async def start(self) -> None:
        """Start it, and wait for nothing."""
        command = (sys.executable, "-m", "tests.discord.launch", *self._words)
        self._process = await asyncio.create_subprocess_exec(
            *command, env=self._environment, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, limit=2**20
        )
        self._reading = asyncio.create_task(self._read())

    async def says(self, words: str, *, times: int = 1) -> str:
        """The line in which it says *words*, once it has said them so many times."""
        async with asyncio.timeout(PATIENCE_S):
            while len(found := [line for line in self.lines if words in line]) < times:
                assert self.process.returncode is None, f"{words!r} in vain; it ended:\n{self.said}"
                self._changed.clear()
                await self._changed.wait()
        return found[times - 1]

    def terminate(self) -> None:
        """Ask it to stop."""
        self.process.send_signal(signal.SIGTERM)

    async def kill(self) -> None:
        """End it at once, where it still runs."""
        if self.process.returncode is None:
            self.process.kill()
        await self.ended()

    async def ended(self) -> int:
        """Its exit code, once it has ended."""
        async with asyncio.timeout(PATIENCE_S):
            code = await self.process.wait()
            assert self._reading is not None
            await self._reading
        return code

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.lines.append(line.decode("utf-8", "replace"))
            self._changed.set()
        self._changed.set()


def main(words: list[str]) -> None:
    """Point discord.py at the double that the environment names, and be ``tastyflow *words*``."""
    import discord
    import yarl

    discord.http.Route.BASE = os.environ.pop(BASE)
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ.pop(GATEWAY))
    from tastyflow_adapters.cli.program import main as tastyflow

    tastyflow(words)


if __name__ == "__main__":
    main(sys.argv[1:])
