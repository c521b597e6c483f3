"""The levels that a drawing marks, and the inks that tell its parts apart."""

from enum import StrEnum

from attrs import frozen


class Ink(StrEnum):
    """What a part of a drawing is: how it may be coloured."""

    PLAIN = "plain"
    DIM = "dim"
    NEGATIVE = "negative"
    POSITIVE = "positive"
    WALL = "wall"
    SPOT = "spot"
    FLIP = "flip"


@frozen
class LevelMark:
    """A level at a price: where *is_line* it is drawn across, else beside what stands there."""

    price: float
    words: str
    ink: Ink
    is_line: bool = False
