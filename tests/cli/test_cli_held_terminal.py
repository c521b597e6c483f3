"""A terminal that is held by Ctrl-S: what is printed waits, and orders do not."""

import os
import subprocess
import sys

import pytest

from tests.cli.conftest import EXAMPLE, PROGRAM

pty = pytest.importorskip("pty", reason="a terminal of Unix")

XOFF = b"\x13"
PATIENCE_S = 30.0

MORE_THAN_WAITS = """
from rich.text import Text
from tastyflow_adapters.cli.printing import MOST_WAITING, Printer
from tastyflow_adapters.cli.safe_console import SafeConsole

printer = Printer(SafeConsole())
for _ in range(2 * MOST_WAITING):
    printer.say(Text("a line of the service"))
printer.close()
"""


def test_an_order_goes_its_way_and_the_program_ends_while_nothing_can_be_printed(environment, tmp_path):
    """Its answer goes to a file, its lines to a terminal that is held, and that is never read."""
    keyboard, screen = pty.openpty()
    try:
        os.write(keyboard, XOFF)
        with (tmp_path / "out").open("wb") as out:
            done = subprocess.run(
                [*PROGRAM, "order", EXAMPLE, "--json"],
                env=environment, stdin=screen, stdout=out, stderr=screen, timeout=PATIENCE_S, check=False,
            )  # fmt: skip
        assert done.returncode == 0
        assert b'"filled"' in (tmp_path / "out").read_bytes()
        os.set_blocking(keyboard, False)
        with pytest.raises(BlockingIOError):
            os.read(keyboard, 1)
    finally:
        os.close(keyboard)
        os.close(screen)


def test_a_service_ends_in_order_while_its_lines_wait_for_a_terminal_that_is_held():
    keyboard, screen = pty.openpty()
    try:
        os.write(keyboard, XOFF)
        command = [sys.executable, "-c", MORE_THAN_WAITS]
        done = subprocess.run(command, stdout=screen, stderr=subprocess.PIPE, timeout=PATIENCE_S, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
    finally:
        os.close(keyboard)
        os.close(screen)
