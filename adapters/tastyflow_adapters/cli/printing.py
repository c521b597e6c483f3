"""
Printing on a thread of its own: a terminal that is held (Ctrl-S) holds up what is printed, and nothing else.

    event loop ── print(page) ─▶ the thread ─▶ the terminal
         ▲                           │
         └───────── printed ◀────────┘      whoever awaits it waits; orders do not

What is for a terminal is written past Python's own buffers: a thread that hangs in one of those would hold its lock,
and the program could not end.
"""

import asyncio
import os
import queue
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

from rich.console import RenderableType

from tastyflow_adapters.cli.safe_console import SafeConsole


class Printer:
    """Prints pages on *console*, one after the other."""

    def __init__(self, console: SafeConsole) -> None:
        self._console = console
        self._waiting: queue.SimpleQueue[tuple[RenderableType, Callable[[], None]]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    async def print(self, page: RenderableType) -> None:
        """Return once *page* is printed; where the terminal is closed, it is dropped."""
        loop = asyncio.get_running_loop()
        printed: asyncio.Future[None] = loop.create_future()

        def done() -> None:
            if not printed.done():
                printed.set_result(None)

        def say_so() -> None:
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(done)

        self._waiting.put((page, say_so))
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="printer", daemon=True)
            self._thread.start()
        await printed

    def _run(self) -> None:
        while True:
            page, say_so = self._waiting.get()
            with suppress(OSError, ValueError):
                self._write(page)
            say_so()

    def _write(self, page: RenderableType) -> None:
        console = self._console
        if console.file not in (sys.__stdout__, sys.__stderr__):
            console.print(page, soft_wrap=not console.is_terminal)
            return
        with console.capture() as captured:
            console.print(page, soft_wrap=not console.is_terminal)
        console.file.flush()  # what the program itself wrote before stands before it
        left = captured.get().encode(console.encoding, errors="replace")
        while left:
            left = left[os.write(console.file.fileno(), left) :]
