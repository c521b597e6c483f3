"""What traders write, to commands and back."""

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tastyflow.domain.commands import Command, CompletedLine


class Language(Protocol):
    def version(self) -> str:
        """Which language it is: another one where a text may mean something else (``1+3f2a91c4d0e8``)."""
        ...

    def parse(self, text: str, *, as_of: datetime) -> "Command":
        """
        Understand one chat line, read at *as_of*.

        Raises:
            NotUnderstood: With code, span and suggestions; nothing else, whatever the text.
        """
        ...

    def complete(self, text: str, *, answering: str, as_of: datetime) -> "CompletedLine":
        """
        The whole line that *text*, a short answer, makes out of *answering*: a line that was refused, a whole order,
        ``replace 3f2a11`` of an order at work, or nothing. The line is to be parsed like any other.

        Raises:
            NotUnderstood: ``not_a_command`` where *text* is no part of an order, and refers to none; else with what to
                write.
        """
        ...

    def render(self, command: "Command", *, as_of: datetime) -> str:
        """The canonical words, with the days to each expiration: parsing them on that day gives *command* again."""
        ...
