"""
Text in columns of one width, for a code block; and a part of a long list, with the buttons that turn to the next.
"""

from collections.abc import Collection, Sequence
from typing import Final, Generic, TypeVar

from attrs import frozen

from tastyflow_adapters.discord.page import Act, Button

T = TypeVar("T")

GAP: Final = " "
"""Between two columns: a telephone has few."""


def in_columns(rows: Sequence[Sequence[str]], *, right: Collection[int] = ()) -> str:
    """*rows* with each column as wide as its widest cell; those of *right* end below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        GAP.join(
            cell.rjust(width) if number in right else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def in_groups(digest: str) -> str:
    """Eight figures at a time: in one piece it would look like a secret, and be hidden."""
    return " ".join(digest[start : start + 8] for start in range(0, len(digest), 8))


@frozen
class Part(Generic[T]):
    """
    One part of a long list.

    Attributes:
        number: From 1 on; *of* is how many parts there are.
    """

    items: tuple[T, ...]
    number: int
    of: int

    @property
    def words(self) -> str:
        """``Page 2 of 3.``; empty where there is one."""
        return f"Page {self.number} of {self.of}." if self.of > 1 else ""

    def turns(self, what: str, about: str = "", *, back: str = "Back", on: str = "More") -> tuple[Button, ...]:
        """
        The buttons to the parts beside it: what they are about says which list, which part, and of what.

        Args:
            what: The name of the list (`answers.looking.turning`).
        """

        def turn(label: str, number: int) -> Button:
            return Button(label, Act.TURN, "/".join((what, str(number), about)), is_enabled=1 <= number <= self.of)

        return (turn(back, self.number - 1), turn(on, self.number + 1)) if self.of > 1 else ()


def part_of(items: Sequence[T], number: int, size: int) -> Part[T]:
    """Part *number* of *items*, or the one nearest to it, of *size* items each."""
    parts = max(1, -(-len(items) // size))
    number = min(max(number, 1), parts)
    return Part(tuple(items[(number - 1) * size : number * size]), number, parts)
