"""
Pages whose console blocks are played: each ``$ command`` is typed into a shell, and the page says what it prints.

    page ─▶ blocks ```console ─▶ a home of their own, one clock ─▶ the same page with what is printed now

References of orders differ each time. The page calls the first one 3f9c21, the second 7a10be, and so on; a command may
name them. ``python -m tests.house.console_pages PAGE…`` writes pages anew: read the difference before you commit it.
"""

import os
import pty
import re
import subprocess
import sys
import termios
from contextlib import closing, suppress
from pathlib import Path
from select import select
from tempfile import TemporaryDirectory
from typing import Final

from tastyflow.application.ledger.lookup import BIRTHS
from tastyflow_adapters.config.log_address import LogAddress
from tastyflow_adapters.store.log import open_log
from tests.house.forking import program_in

BLOCK: Final = re.compile(r"(?<=```console\n)(.*?)(?=```\n)", re.DOTALL)
COLUMNS: Final = 80
QUESTION: Final = b"[y/N]: "
PATIENCE_S: Final = 60.0
"""How long a command may say nothing."""

NAMES: Final = (
    *("3f9c21", "7a10be", "c2d94e", "91b7f0", "e58a3c", "0d6f12", "b4e7a9", "6c31d8", "a87f05", "58e2cb"),
    *("d03b96", "2fa4e1", "95c8d7", "f16e3a", "4b92e6", "8e5d0f", "17cfa2", "ba6084", "60d9f3", "cd25e7"),
)
"""What the page calls the orders, in the order in which they are first seen."""


class Shell:
    """Types commands in one home. What ``export`` sets holds for all that follow."""

    def __init__(self, program: Path) -> None:
        folder = program.parent
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TASTYFLOW_")}
        path = os.pathsep.join([str(folder), kept.get("PATH", "")])
        self._home = folder / "home"
        plain = {"TERM": "dumb", "LC_ALL": "C.UTF-8"}
        patient = {"TASTYFLOW_POLICY__FOLLOW_S": "2"}  # on a busy machine, too, what fills is seen to fill
        self._env = kept | plain | patient | {"PATH": path, "TASTYFLOW_HOME": str(self._home)}
        self._references: dict[str, str] = {}

    def type(self, command: str) -> str:
        """What *command* prints, on both outputs, as the page writes it."""
        for own, name in self._references.items():
            command = command.replace(name, own)
        if setting := re.fullmatch(r"export (\w+)=(\S+)", command):
            self._env[setting.group(1)] = setting.group(2)
            return ""
        told = in_terminal(["/bin/sh", "-c", command], self._env, self._home.parent)
        self._learn()
        for own, name in self._references.items():
            told = re.sub(rf"\b{own}\b", name, told)
        return told

    def _learn(self) -> None:
        """Name the orders that the log has by now, in the order in which they were asked for."""
        log = LogAddress.file(self._home / self._env.get("TASTYFLOW_ENV", "fake") / "log.db")
        if not log.exists:
            return
        with closing(open_log(log, read_only=True)) as ledger:
            for order in ledger.log.select(BIRTHS, newest_first=False):
                self._references.setdefault(order.hex[:6], NAMES[len(self._references) % len(NAMES)])


def in_terminal(command: list[str], env: dict[str, str], folder: Path) -> str:
    """What *command* shows in a terminal of 80 columns without colours, where every question is answered with "y"."""
    ours, its = pty.openpty()
    termios.tcsetwinsize(its, (50, COLUMNS))
    with os.fdopen(ours, "rb+", buffering=0) as screen:
        with os.fdopen(its, "rb+", buffering=0) as terminal:
            running = subprocess.Popen(command, env=env, cwd=folder, stdin=terminal, stdout=terminal, stderr=terminal)
        shown = bytearray()
        with suppress(OSError):  # the terminal's end, once no process has it open
            while select([screen], [], [], PATIENCE_S)[0] and (part := screen.read(4096)):
                shown += part
                if shown.endswith(QUESTION):
                    screen.write(b"y\n")
        running.kill()  # a process that still waits, for an answer that no page has
    running.wait()
    return "".join(f"{line.rstrip()}\n" for line in shown.decode("utf-8").splitlines())


def commands(block: str) -> list[str]:
    """The commands of one block; a line that ends in a backslash goes on."""
    return re.findall(r"^\$ ((?:.*\\\n)*.*)$", block, re.MULTILINE)


def played(page: str) -> str:
    """*page* with what its commands print now."""
    with TemporaryDirectory() as folder, program_in(Path(folder)) as program:
        shell = Shell(program)

        def play(block: re.Match[str]) -> str:
            lines = (f"$ {typed}\n{shell.type(typed)}" for typed in commands(block.group()))
            return "\n".join(line.rstrip("\n") + "\n" for line in lines)

        return BLOCK.sub(play, page)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        file = Path(name)
        file.write_text(played(file.read_text("utf-8")), "utf-8")
