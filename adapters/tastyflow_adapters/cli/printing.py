"""
Printing on a thread of its own: a terminal that is held (Ctrl-S) holds up what is printed, and nothing else.

    event loop ── print(page) ─▶ the thread ─▶ the terminal        its teller waits until it is printed
         ▲                           │
         └───────── printed ◀────────┘
    any code ── say(line) ──▶ the same, or dropped where `MOST_WAITING` pages wait

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
from typing import Final

from rich.console import RenderableType
from rich.text import Text

from tastyflow_adapters.cli.safe_console import SafeConsole

MOST_WAITING: Final = 1_000
"""Pages that wait for a terminal that is held; what is said beyond that is dropped."""

LAST_PAGES_S: Final = 1.0
"""How long `close` waits until everything is printed."""


class Printer:
    """Prints pages on *console*, one after the other."""

    def __init__(self, console: SafeConsole) -> None:
        self._console = console
        self._waiting: queue.SimpleQueue[tuple[RenderableType | None, Callable[[], None]]] = queue.SimpleQueue()
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

        self._put(page, say_so)
        await printed

    def say(self, line: Text) -> None:
        """Print *line* soon, and never wait: it is dropped where `MOST_WAITING` pages wait already."""
        if self._waiting.qsize() < MOST_WAITING:
            self._put(line, _nothing)

    def close(self) -> None:
        """Return once everything is printed, after `LAST_PAGES_S` at the latest: the terminal may be held."""
        all_printed = threading.Event()
        self._put(None, all_printed.set)
        all_printed.wait(LAST_PAGES_S)

    def _put(self, page: RenderableType | None, done: Callable[[], None]) -> None:
        self._waiting.put((page, done))
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="printer", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            page, done = self._waiting.get()
            with suppress(OSError, ValueError):
                if page is not None:
                    self._write(page)
            done()

    def _write(self, page: RenderableType) -> None:
        console = self._console
        soft_wrap = isinstance(page, Text) or not console.is_terminal
        if console.file not in (sys.__stdout__, sys.__stderr__):
            console.print(page, soft_wrap=soft_wrap)
            return
        with console.capture() as captured:
            console.print(page, soft_wrap=soft_wrap)
        console.file.flush()  # what the program itself wrote before stands before it
        left = captured.get().encode(console.encoding, errors="replace")
        while left:
            left = left[os.write(console.file.fileno(), left) :]


def _nothing() -> None:
    """Nothing waits for the line."""
