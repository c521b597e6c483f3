"""
The terminal that untrusted text is printed on: nothing in it is markup, a link or a number to colour.

    say(text)              text from outside, without anything that a terminal would obey
    SafeConsole.show(page) a page; where it is piped, without the blanks that fill its lines
"""

from typing import Final

from rich.console import Console, RenderableType
from rich.text import Text

from tastyflow_adapters.cli.safe_text import shown

PIPED: Final = 160
"""Columns of a page that is not on a terminal."""


class SafeConsole(Console):
    """A terminal for untrusted text. A closed pipe is an error here; Rich would end the process."""

    def __init__(self, *, stderr: bool = False, piped_width: int = PIPED) -> None:
        super().__init__(stderr=stderr, markup=False, highlight=False, emoji=False)
        if not self.is_terminal:
            self.width = piped_width

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError

    def show(self, page: RenderableType) -> None:
        """Print *page*; where it is piped, without the blanks that fill its lines."""
        if self.is_terminal:
            self.print(page)
            return
        with self.capture() as captured:
            self.print(page)
        for line in captured.get().splitlines():
            self.file.write(f"{line.rstrip()}\n")
        self.file.flush()


def say(text: str, style: str = "") -> Text:
    """Text from anywhere, as it may be shown."""
    return Text(shown(text), style)
