"""
Programs on terminals of their own: what is typed into them, and what they show.

    Terminal     ── a program, its keyboard, its screen
    TerminalPage ── what was seen, written down as a person would read it
"""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Final, Self, TextIO

from attrs import define, field

from tests.attacks.arena import ROOT

PROGRAM: Final = (sys.executable, "-m", "tastyflow_adapters.cli")
ESCAPES: Final = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")
ROWS, COLUMNS = 24, 80


@define
class Terminal:
    """A run of tastyflow on a terminal of its own; *shown* is all that the terminal has shown."""

    keyboard: int
    process: subprocess.Popen[bytes]
    shown: str = ""
    _reader: threading.Thread | None = field(default=None)

    @classmethod
    def of(cls, args: Sequence[str], env: Mapping[str, str]) -> Self:
        keyboard, screen = pty.openpty()
        fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        process = subprocess.Popen(
            [*PROGRAM, *args], stdin=screen, stdout=screen, stderr=screen, env=env, cwd=ROOT, start_new_session=True
        )
        os.close(screen)
        terminal = cls(keyboard, process)
        terminal._reader = threading.Thread(target=terminal._read, daemon=True)
        terminal._reader.start()
        return terminal

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self.keyboard, 4096)
            except OSError:
                return  # its process has ended
            self.shown += ESCAPES.sub("", data.decode("utf-8", "replace"))

    def types(self, keys: bytes) -> None:
        os.write(self.keyboard, keys)

    def until(self, word: str, within_s: float = 60.0) -> None:
        """
        Wait until it shows *word*.

        Raises:
            AssertionError: It did not.
        """
        deadline = time.monotonic() + within_s
        while word not in self.shown:
            goes_on = time.monotonic() < deadline and self.process.poll() is None
            assert goes_on, f"{word!r} was not shown:\n{self.shown}"
            time.sleep(0.02)

    def end(self, within_s: float = 120.0) -> int:
        """Wait for its end; its exit code."""
        self.process.wait(within_s)
        assert self._reader is not None
        self._reader.join(5)
        return self.process.returncode


@define
class TerminalPage:
    """
    Writes down what was seen.

    Args:
        env: The settings of what the operator types.
    """

    page: TextIO
    env: Mapping[str, str]
    _began_s: float = field(factory=time.monotonic)

    def says(self, text: str) -> None:
        """What is done beside the terminals."""
        self.page.write(f"\n[{time.monotonic() - self._began_s:5.1f} s] {text}\n")

    def opens(self, *args: str) -> Terminal:
        return Terminal.of(args, self.env)

    def runs(self, *args: str, last: int = 0) -> str:
        """A command of the operator, typed and shown to its end, or only its *last* lines; what it showed."""
        terminal = self.opens(*args)
        code = terminal.end()
        typed = " ".join(f'"{each}"' if " " in each else each for each in args)
        lines = [line.rstrip() for line in terminal.shown.rstrip().splitlines()]
        shown = ["…", *lines[-last:]] if last and len(lines) > last else lines
        self.page.write("\n".join((f"\n$ tastyflow {typed}", *shown, *([f"[exit code {code}]"] if code else []), "")))
        return terminal.shown

    def shows(self, name: str, terminal: Terminal, *, after: int = 0, last: int = 0) -> None:
        """What *terminal* shows, from the character *after* on; only its *last* lines, where that is not 0."""
        lines = [line.rstrip() for line in terminal.shown[after:].strip().splitlines()]
        shown = ["…", *lines[-last:]] if last and len(lines) > last else lines
        self.page.write("\n".join((f"\n── {name} ──", *shown, "")))
