"""
The lines of a conversation: typed at a prompt, or from a pipe.

    a terminal      prompt and history; Ctrl-C drops the line, which is then empty; Ctrl-D or "quit" ends
    anything else   a line after the other, without the empty ones, to the end of the input
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from threading import Thread
from typing import Final

from tastyflow_adapters.cli.safe_text import decoded

FAREWELLS: Final = frozenset({"quit", "exit", "bye"})


class Lines:
    """Lines, one after the other; what was read too early can be put back."""

    def __init__(self, source: AsyncIterator[str]) -> None:
        self._source = source
        self._again: list[str] = []

    def __aiter__(self) -> "Lines":
        return self

    async def __anext__(self) -> str:
        return self._again.pop() if self._again else await anext(self._source)

    def put_back(self, line: str) -> None:
        """*line* is the next one."""
        self._again.append(line)


def above_the_prompt() -> AbstractContextManager[None]:
    """What is printed meanwhile stands above the prompt."""
    from prompt_toolkit.patch_stdout import patch_stdout  # the terminal's own, and slow to import

    return patch_stdout(raw=True)


async def typed(history: Path, prompt: str) -> AsyncIterator[str]:
    """What is typed after *prompt*; *history* is the file of earlier lines."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import FileHistory

    session: PromptSession[str] = PromptSession(history=FileHistory(str(history)))
    while True:
        try:
            line = (await session.prompt_async(f"{prompt}> ")).strip()
        except KeyboardInterrupt:
            yield ""  # the line is dropped, as in a shell; at a question that is an answer: no
            continue
        except EOFError:
            return
        if line.lower() in FAREWELLS:
            return
        yield line  # an empty one is an answer: no


async def piped() -> AsyncIterator[str]:
    """Lines of standard input, read by a thread: the desk goes on while nothing comes."""
    loop, lines = asyncio.get_running_loop(), asyncio.Queue[str | None]()
    Thread(target=_read, args=(loop, lines), daemon=True).start()
    while (line := await lines.get()) is not None and line.strip().lower() not in FAREWELLS:
        if line.strip():
            yield line.strip()


def _read(loop: asyncio.AbstractEventLoop, lines: "asyncio.Queue[str | None]") -> None:
    # A file object of its own: at the end of the program, this thread may hold no lock of sys.stdin.
    with suppress(RuntimeError):  # the conversation has ended
        with suppress(OSError, ValueError, AttributeError), open(sys.stdin.fileno(), "rb", closefd=False) as typed:
            for line in typed:
                loop.call_soon_threadsafe(lines.put_nowait, decoded(line))
        loop.call_soon_threadsafe(lines.put_nowait, None)
