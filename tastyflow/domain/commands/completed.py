"""
A whole line that a short answer made of what it answers, with what the answer changed.

    buy 10 SPY 450C 12/18 @ 2.50    make it 5         buy 5 SPY 450C 12/18 @ 2.50      CHANGE
                                                          ^
                                    same but 455      buy 10 SPY 455C 12/18 @ 2.50     ANOTHER
                                                                 ^^^
"""

from collections.abc import Iterator
from enum import StrEnum

from attrs import frozen


class Follows(StrEnum):
    """What an answer makes of what it answers. Where that is an order at work, the caller treats each differently."""

    ANSWER = "answer"  # what a refused line lacked, or said wrongly
    CHANGE = "change"  # the same order with another part: "make it 5"
    ANOTHER = "another"  # an order like it: "again", "same but 455", "double it"
    CLOSE = "close"  # the opposite of what it opened
    ROLL = "roll"  # the same, with a later expiration: closed and opened in one order
    CANCEL = "cancel"


@frozen
class CompletedLine:
    """
    A whole line, to be parsed and shown like any other.

    Attributes:
        line: The words.
        changed: Where the words stand that the answered line did not say, as spans of *line*.
        follows: What it is to the line that was answered.
    """

    line: str
    changed: tuple[tuple[int, int], ...] = ()
    follows: Follows = Follows.ANSWER

    def pieces(self) -> Iterator[tuple[str, bool]]:
        """The line in pieces, each with whether it is new."""
        at = 0
        for start, end in self.changed:
            yield from ((self.line[at:start], False), (self.line[start:end], True))
            at = end
        yield self.line[at:], False
