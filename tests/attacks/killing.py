"""
Kill -9: at every boundary that a run has, at random moments, and while what a dead process left is looked after.

    reference run ─▶ its boundaries, each with a name ─▶ for each: run, die there, recover twice, judge
                       └ a kind without a name, or a name at which no run died, is a fault of the sweep itself

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
from tests.attacks.boundaries import kind_of, parts, unnamed
from tests.attacks.ground import FILLING, RESTING, Ground, Result, after_recovery, tidy
from tests.attacks.judge import judge

TRIES: Final = 4
KILLED: Final = -SIGKILL
MOMENTS: Final = (
    "committed order.submission_claimed@1 sandbox, test_result.planned@1",
    "send sandbox POST /accounts/*/orders, its body",
    "hear sandbox POST /accounts/*/orders",
    "committed order.submission_claimed@1 production",
    "send production POST /accounts/*/orders, its body",
    "hear production POST /accounts/*/orders",
)
"""Where a death leaves most in doubt: around the two sendings."""

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

    def reference(self) -> list[Boundary]:
        """Where to die: the boundaries of a run that is left alone. The one before it makes the home."""
        self.run()
        tidy(self.arena)
        passed = self.run().passed
        tidy(self.arena)
        return worth_dying_at(passed)

    def die_at(self, boundary: Boundary, prepare: Callable[[], None] = lambda: None) -> bool:
        """
        Whether a run died at *boundary*: no two runs are the same, and one may end without it.

        Args:
            prepare: Done before each try.
        """
        for _ in range(TRIES):
            prepare()
            if self.run(at=boundary[0], nth=boundary[1]).code == KILLED:
                return True
            tidy(self.arena)
        return False

    def run(self, **how: object) -> Runner:
        for args in self.scenario.before:
            self.arena.run(*args)
        return self.arena.run(*self.scenario.args, later_s=self.scenario.later_s, **how)


def worth_dying_at(passed: Sequence[Boundary]) -> list[Boundary]:
    """Those of *passed* that stand for all of them."""
    often = Counter(name for name, _ in passed)

    def stands_for_others(name: str, number: int) -> bool:
        kind = kind_of(name)
        return not (kind and kind.varies) or number in (1, (often[name] + 1) // 2, often[name])

    return [boundary for boundary in passed if stands_for_others(*boundary)]


@frozen
class Count:
    """What several sweeps met, and where a run died, by name: no two runs are the same, but each name is visited."""

    met: set[str] = field(factory=set)
    visited: set[str] = field(factory=set)

    def gaps(self) -> Iterator[str]:
        """The names that were never visited, and those of no known kind."""
        for name in unnamed(self.met):
            yield f"UNNAMED: the boundary {name!r} has no row in tests/attacks/boundaries.py."
        for name in sorted(self.met - self.visited):
            yield f"UNVISITED: no run died at {name!r}."


def everywhere(ground: Ground) -> Iterator[Result]:
    """Die at every boundary of every scenario."""
    count = Count()
    for name, scenario in SCENARIOS.items():
        with ground.arena() as arena:
            yield from sweep(arena, name, scenario, count)
    yield Result(f"{len(count.visited)} of {len(count.met)} names", tuple(count.gaps()))


def sweep(arena: Arena, name: str, scenario: Scenario, count: Count) -> Iterator[Result]:
    """Die at every boundary of *scenario*; recover and judge after each."""
    sweeping = Sweep(arena, scenario)
    for boundary in sweeping.reference():
        count.met.update(parts(boundary[0]))
        if sweeping.die_at(boundary):
            count.visited.update(parts(boundary[0]))
            yield Result(f"{name}, killed at {boundary[0]!r}, time {boundary[1]}", after_recovery(arena))
            tidy(arena)


def recovery(ground: Ground) -> Iterator[Result]:
    """Die in the middle of an order, and then at every boundary of the recovery."""
    struck: Boundary = ("hear production POST /accounts/*/orders", 1)
    with ground.arena() as arena:
        arena.run("orders")
        scenario = Scenario(("orders",), later_s=300.0)
        sweeping = Sweep(arena, scenario)
        arena.run("order", RESTING, at=struck[0], nth=struck[1])
        reference = worth_dying_at(sweeping.run().passed)
        count = Count(met={part for name, _ in reference for part in parts(name)})

        def leave_an_order() -> None:
            tidy(arena)
            arena.run("order", RESTING, at=struck[0], nth=struck[1])

        for boundary in reference:
            if sweeping.die_at(boundary, leave_an_order):
                count.visited.update(parts(boundary[0]))
                yield Result(f"recovery, killed at {boundary[0]!r}, time {boundary[1]}", after_recovery(arena))
        yield Result(f"{len(count.visited)} of {len(count.met)} names of a recovery", tuple(count.gaps()))


def by_others(ground: Ground) -> Iterator[Result]:
    """Die as one trader; the command of another one, and a cancel in the next second, look after it all the same."""
    for at in MOMENTS:
        with ground.arena() as arena:
            arena.run("trader", "add", "bob")
            arena.run("order", RESTING, at=at)
            for later_s in (300.0, 600.0):
                arena.run("orders", "--as", "bob", later_s=later_s)
            yield Result(f"killed at {at!r}, recovered by another trader", judge(arena).faults)
        with ground.arena() as arena:
            arena.run("order", RESTING, at=at)
            arena.run("cancel", "last")
            yield Result(f"killed at {at!r}, cancelled at once", after_recovery(arena))


def interrupted(ground: Ground) -> Iterator[Result]:
    """Ctrl-C, and SIGTERM, at the decisive moments."""
    for strikes in ("interrupt", "end"):
        for at in MOMENTS:
            with ground.arena() as arena:
                arena.run("order", RESTING, at=at, strikes=strikes)
                yield Result(f"{strikes} at {at!r}", after_recovery(arena))


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
