"""
What every attack is given, and what it hands back.

    Ground ──▶ attack ──▶ Result, Result …     one for each place where it struck: what was wrong after it
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from attrs import field, frozen

from tests.attacks.arena import Arena, Nursery
from tests.attacks.judge import events_in, judge

RESTING = "buy 1 SPY 450C next month @ 0.05"
FILLING = "buy 1 SPY 450C next month @ natural"


@frozen
class Result:
    """
    Where an attack struck, and what was wrong afterwards; nothing where *faults* is empty.

    Attributes:
        figures: What happened meanwhile, for people to read.
    """

    where: str
    faults: tuple[str, ...] = ()
    figures: str = ""


@frozen
class Ground:
    """
    Attributes:
        rng: Chooses what an attack leaves open; of the seed.
        rounds: How often an attack strikes that could strike for ever.
        seconds: How long one lasts that could last for ever.
    """

    nursery: Nursery
    folder: Path
    rng: Random
    rounds: int = 20
    seconds: float = 60.0
    _numbers: Iterator[int] = field(factory=lambda: count(1))

    @contextmanager
    def arena(self, **options: Any) -> Iterator[Arena]:
        """An arena of its own; *options* are the simulator's."""
        with Arena(self.folder / f"arena-{next(self._numbers)}", self.nursery, **options) as arena:
            yield arena


Attack = Callable[[Ground], Iterable[Result]]


def after_recovery(arena: Arena, *, later_s: float = 300.0, boot: str = "", **judged: Any) -> tuple[str, ...]:
    """Recover three times, minutes later; what is wrong then, and whether the third time still said something new."""
    first = arena.recover(later_s=later_s, boot=boot)
    faults = [f"FAILED: the recovery ended with {first.code}: {first.said[-300:]}"] if first.code else []
    arena.recover(later_s=later_s, boot=boot)  # hears what became of the cancels that the first one asked for
    known = events_in(arena)
    arena.recover(later_s=later_s, boot=boot)
    if (more := events_in(arena) - known) > 0:
        faults.append(f"AGAIN: recovering once more recorded {more} more events.")
    return (*faults, *judge(arena, **judged).faults)


def tidy(arena: Arena) -> None:
    """Cancel what works, so that the next strike meets an account as the first one did."""
    arena.run("cancel", "all", later_s=300.0)
