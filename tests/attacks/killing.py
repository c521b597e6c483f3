"""
Kill -9: at every boundary that a run has, at random moments, and while what a dead process left is looked after.

    reference run ─▶ its boundaries, each with a name ─▶ for each: run, die there, recover twice, judge
                       └ a kind without a name, or a boundary at which no run died, is a fault of the sweep itself

Of what a run reaches more or less often (a piece of a stream, a line on the terminal) the first time, the last one and
one between stand for all.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from signal import SIGKILL
from typing import Final

from attrs import field, frozen

from tests.attacks.arena import Arena, Runner
from tests.attacks.boundaries import kind_of, unnamed
from tests.attacks.ground import FILLING, RESTING, Ground, Result, after_recovery, tidy

TRIES: Final = 4
KILLED: Final = -SIGKILL
Boundary = tuple[str, int]


@frozen
class Scenario:
    """
    What is run and killed.

    Attributes:
        args: The command that dies.
        before: What is done first, each time.
        later_s: How much later the command runs: long enough for it to recover what an earlier one left.
    """

    args: tuple[str, ...]
    before: tuple[tuple[str, ...], ...] = ()
    later_s: float = 0.0


SCENARIOS: Final = {
    "an order that rests": Scenario(("order", RESTING)),
    "an order that fills": Scenario(("order", FILLING)),
    "an order that closes": Scenario(
        ("order", "sell to close 1 SPY 450C next month @ natural"), before=(("order", FILLING),)
    ),
    "a cancel": Scenario(("cancel", "last"), before=(("order", RESTING),)),
}


@frozen
class Sweep:
    """One scenario, died at boundary by boundary."""

    arena: Arena
    scenario: Scenario
    visited: set[Boundary] = field(factory=set)

    def reference(self) -> list[Boundary]:
        """Where to die: the boundaries of a run that is left alone. The one before it makes the home."""
        self.run()
        tidy(self.arena)
        passed = self.run().passed
        tidy(self.arena)
        return _worth_dying_at(passed)

    def die_at(self, boundary: Boundary) -> bool:
        """Whether a run died at *boundary*: no two runs are the same, and one may end without it."""
        for _ in range(TRIES):
            if self.run(at=boundary[0], nth=boundary[1]).code == KILLED:
                self.visited.add(boundary)
                return True
            tidy(self.arena)
        return False

    def run(self, **how: object) -> Runner:
        for args in self.scenario.before:
            self.arena.run(*args)
        return self.arena.run(*self.scenario.args, later_s=self.scenario.later_s, **how)

    def gaps(self, reference: Sequence[Boundary]) -> Iterator[str]:
        """What this sweep left out, and has no name for."""
        for name in unnamed(name for name, _ in reference):
            yield f"UNNAMED: the boundary {name!r} has no row in tests/attacks/boundaries.py."
        for boundary in reference:
            kind = kind_of(boundary[0])
            if boundary not in self.visited and not (kind and kind.varies and boundary[1] > 1):
                yield f"UNVISITED: no run died at {boundary[0]!r}, time {boundary[1]}."


def _worth_dying_at(passed: Sequence[Boundary]) -> list[Boundary]:
    often = Counter(name for name, _ in passed)

    def stands_for_others(name: str, number: int) -> bool:
        kind = kind_of(name)
        return not (kind and kind.varies) or number in (1, (often[name] + 1) // 2, often[name])

    return [boundary for boundary in passed if stands_for_others(*boundary)]


def everywhere(ground: Ground, chosen: Callable[[Boundary], bool] = lambda _: True) -> Iterator[Result]:
    """Die at every boundary of every scenario."""
    for name, scenario in SCENARIOS.items():
        with ground.arena() as arena:
            yield from sweep(arena, name, scenario, chosen)


def sweep(
    arena: Arena, name: str, scenario: Scenario, chosen: Callable[[Boundary], bool] = lambda _: True
) -> Iterator[Result]:
    """Die at every boundary of *scenario* that is *chosen*; recover and judge after each."""
    sweeping = Sweep(arena, scenario)
    reference = [boundary for boundary in sweeping.reference() if chosen(boundary)]
    for boundary in reference:
        if sweeping.die_at(boundary):
            yield Result(f"{name}, killed at {boundary[0]!r}, time {boundary[1]}", after_recovery(arena))
            tidy(arena)
    yield Result(f"{name}: {len(sweeping.visited)} of {len(reference)} boundaries", tuple(sweeping.gaps(reference)))


def recovery(ground: Ground) -> Iterator[Result]:
    """Die in the middle of an order, and then at every boundary of the recovery."""
    struck: Boundary = ("hear production POST /accounts/*/orders", 1)
    with ground.arena() as arena:
        arena.run("orders")
        scenario = Scenario(("orders",), later_s=300.0)
        sweeping = Sweep(arena, scenario)
        arena.run("order", RESTING, at=struck[0], nth=struck[1])
        reference = _worth_dying_at(sweeping.run().passed)
        for boundary in reference:
            tidy(arena)
            arena.run("order", RESTING, at=struck[0], nth=struck[1])
            if sweeping.die_at(boundary):
                yield Result(f"recovery, killed at {boundary[0]!r}, time {boundary[1]}", after_recovery(arena))
        yield Result("recovery", tuple(sweeping.gaps(reference)))


def at_random(ground: Ground) -> Iterator[Result]:
    """Die at any moment, with up to three commands at once."""
    with ground.arena() as arena:
        arena.run("orders")
        for number in range(ground.rounds):
            runners = [
                arena.start("order", ground.rng.choice((RESTING, FILLING))) for _ in range(ground.rng.choice((1, 1, 3)))
            ]
            delays_s = [ground.rng.uniform(0.05, 1.3) for _ in runners]
            _kill_after(runners, delays_s)
            moments = ", ".join(f"{delay:.3f} s" for delay in delays_s)
            yield Result(f"round {number}: {len(runners)} killed after {moments}", after_recovery(arena))
            tidy(arena)


def _kill_after(runners: Sequence[Runner], delays_s: Sequence[float]) -> None:
    began = time.monotonic()
    for delay_s, runner in sorted(zip(delays_s, runners, strict=True), key=lambda pair: pair[0]):
        time.sleep(max(0.0, began + delay_s - time.monotonic()))
        if runner.state() != "ended":
            runner.signal(SIGKILL)
    for runner in runners:
        runner.end()
