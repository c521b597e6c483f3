"""
Three hosts on one log on a PostgreSQL server, each with a home and a service of its own.

    host 1   service, orders ──┐
    host 2   service, orders ──┼──▶ one log, one simulator        kill -9 │ SIGSTOP … SIGCONT, at any moment
    host 3   service, orders ──┘                                  and the server of the log crashes now and then

In the end the hosts start anew, minutes later; then everything is settled, and the judge compares.
"""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from signal import SIGCONT, SIGKILL, SIGQUIT, SIGSTOP
from typing import Final

from attrs import define, field

from tastyflow.domain.order.stages import Stage
from tests.attacks.arena import Arena, Runner
from tests.attacks.ground import FILLING, RESTING, Ground, Result
from tests.attacks.judge import Judgement, judge
from tests.attacks.servers import database_on
from tests.attacks.services import fill, service, until
from tests.postgres_server import PostgresServer, running

HOSTS: Final = 3
AT_ONCE: Final = 6
"""How many commands are on their way."""

SETTLED_S: Final = 120.0
TEXTS: Final = (RESTING, RESTING, FILLING, "sell 1 SPY 450C next month @ natural")


def attacked(ground: Ground) -> Iterator[Result]:
    """Kill and stop three services on one log on a PostgreSQL server, and their orders, for --seconds."""
    with running(durable=True) as server, ground.arena(log_url=database_on(server)) as arena:
        battle = Battle(arena, server, ground.rng)
        battle.rages(ground.seconds)
        faults = tuple(battle.settles())
        judgement = judge(arena)
        yield Result(f"{HOSTS} hosts", (*faults, *judgement.faults), battle.figures(judgement))


@define
class Battle:
    """Hosts that are struck, and what was done to them."""

    arena: Arena
    server: PostgresServer
    rng: Random
    services: list[Runner] = field(factory=list)
    commands: list[Runner] = field(factory=list)
    held: list[tuple[float, Runner]] = field(factory=list)
    done: Counter[str] = field(factory=Counter)

    def rages(self, seconds: float) -> None:
        """Orders from all hosts, and strikes at all of them, for so long."""
        self.services = [self._serve(host) for host in range(HOSTS)]
        for fault in until(lambda: any("ready in" in each.said for each in self.services), "a service works", 30.0):
            raise AssertionError(fault)  # whichever of them it is
        ends = time.monotonic() + seconds
        crash, filling = time.monotonic() + seconds / 4, time.monotonic() + 10
        while (now := time.monotonic()) < ends:
            self._continue(now)
            self._begin_commands()
            self._strike()
            self._serve_again()
            if now > crash:
                self._crash()
                crash = now + seconds / 4
            if now > filling:
                fill(self.arena)
                self.arena.unpin()
                filling = now + 10
            time.sleep(self.rng.uniform(0.05, 0.4))

    def settles(self) -> Iterator[str]:
        """End all that runs, start a service later, and wait until it has settled everything."""
        self._continue(float("inf"))
        for runner in (*self.services, *self.commands):
            runner.signal(SIGKILL)
            runner.end()
        self.arena.unpin()
        with service(self.arena, later_s=300.0, settings=self._home(0)):
            yield from until(lambda: not judge(self.arena).faults, "everything is settled", SETTLED_S)

    def figures(self, judgement: Judgement) -> str:
        """What was done, what came of it, and how often the judge said what."""
        kinds = Counter(each.partition(":")[0] for each in judgement.faults)
        stages = Counter(str(order.stage) for order in judgement.orders)
        there = len(judgement.seen["production"])
        told = [f"{number} {what}" for what, number in sorted(self.done.items())]
        told.append(f"{len(judgement.orders)} orders in the log ({_listed(stages)}), {there} in production")
        told.append(
            f"duplicates {kinds['TWICE']}, lost {kinds['LOST']}, untested {kinds['AUDIT']}, chain {kinds['CHAIN']}, "
            f"escalated {stages[str(Stage.ESCALATED)]}"
        )
        return "; ".join(told)

    # ── what happens ─────────────────────────────────────────────────────────────────────────────────────────────

    def _home(self, host: int) -> dict[str, str]:
        return {"TASTYFLOW_HOME": str(Path(self.arena.folder) / f"host-{host + 1}")}

    def _serve(self, host: int) -> Runner:
        return self.arena.start("run", settings=self._home(host))

    def _serve_again(self) -> None:
        for host, each in enumerate(self.services):
            if each.state() == "ended":
                self.done["services ended"] += 1
                self.services[host] = self._serve(host)

    def _begin_commands(self) -> None:
        self.commands = [each for each in self.commands if each.state() != "ended"]
        if len(self.commands) < AT_ONCE and self.rng.random() < 0.6:
            asked = ("order", self.rng.choice(TEXTS)) if self.rng.random() < 0.95 else ("cancel", "all")
            self.commands.append(self.arena.start(*asked, settings=self._home(self.rng.randrange(HOSTS))))
            self.done[f"{asked[0]} commands"] += 1

    def _strike(self) -> None:
        chance = self.rng.random()
        is_service = chance < 0.05
        victims = self.services if is_service else self.commands if chance < 0.25 else []
        free = [each for each in victims if all(each is not other for _, other in self.held)]
        if not free:
            return
        victim, what = self.rng.choice(free), "service" if is_service else "command"
        if self.rng.random() < 0.5:
            victim.signal(SIGKILL)
            self.done[f"kill -9 of a {what}"] += 1
        else:
            victim.signal(SIGSTOP)
            self.held.append((time.monotonic() + self.rng.uniform(0.5, 20.0), victim))
            self.done[f"SIGSTOP of a {what}"] += 1

    def _continue(self, now: float) -> None:
        for when, runner in [*self.held]:
            if when <= now:
                runner.signal(SIGCONT)
                self.held.remove((when, runner))

    def _crash(self) -> None:
        self.server.restart(SIGQUIT)
        self.done["crashes of the server"] += 1


def _listed(numbers: Counter[str]) -> str:
    return ", ".join(f"{number} {what}" for what, number in numbers.most_common())
