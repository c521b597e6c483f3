"""The same attacks in small where the log is on a PostgreSQL server, by configuration alone; and the server's own."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from signal import SIGQUIT

import pytest

from tests.attacks import hosts, killing, servers
from tests.attacks.arena import Arena, Nursery
from tests.attacks.disks import BEFORE, BEHIND
from tests.attacks.ground import RESTING, Ground, after_recovery
from tests.attacks.judge import judge
from tests.attacks.test_attacks import DECISIVE
from tests.postgres_server import PostgresServer, binaries, running

MISSION = "buy 10 calls for SPY at strike 450 expiring next month"
LOOKS = (("doctor", "--json"), ("audit", "verify", "--json"), ("audit", "replay", "--json"), ("audit", "log", "--json"))


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    running = Nursery()
    yield running
    running.close()


@pytest.fixture
def ground(nursery: Nursery, tmp_path: Path) -> Ground:
    return Ground(nursery, tmp_path, Random(12), rounds=3)  # noqa: S311


@pytest.fixture
def arena(ground: Ground, postgres_server: PostgresServer) -> Iterator[Arena]:
    with ground.arena(log_url=servers.database_on(postgres_server)) as arena:
        yield arena


@pytest.fixture(scope="module")
def own_server() -> Iterator[PostgresServer]:
    """A server that a test may end."""
    if binaries() is None:
        pytest.skip("there is no PostgreSQL on this machine")
    with running(durable=True) as server:
        yield server


def test_two_hosts_place_the_mission_order_at_once_on_one_log(arena: Arena) -> None:
    homes = [{"TASTYFLOW_HOME": str(arena.folder / name)} for name in ("one", "two")]
    orders = [arena.start("order", MISSION, "--json", settings=home) for home in homes]
    assert [each.end() for each in orders] == [0, 0], [each.said for each in orders]
    assert after_recovery(arena) == ()  # a third host hears of what filled since
    assert len(arena.ledger("production")) == 2
    for home in homes:
        known = json.loads(arena.run("orders", "--json", settings=home).said)
        assert len(known["orders"]) == 2
        for look in LOOKS:
            seen = arena.run(*look, settings=home)
            assert seen.code in (0, 4), seen.said  # a warning of the doctor, where the server has no fsync
    assert not [*arena.folder.glob("*/production-simulated/log.db")]


def test_processes_that_are_killed_at_the_decisive_moments_lose_and_double_nothing(arena: Arena) -> None:
    for at in DECISIVE:
        assert arena.run("order", RESTING, at=at).code == killing.KILLED, at
    assert after_recovery(arena) == ()
    assert len(arena.ledger("production")) == 1


@pytest.mark.parametrize(("moment", "stays_away"), [(BEFORE, False), (BEHIND, False), (BEHIND, True)])
def test_a_server_that_crashes_amid_an_order_loses_and_doubles_nothing(
    ground: Ground, own_server: PostgresServer, moment: tuple[str, int], *, stays_away: bool
) -> None:
    with ground.arena(log_url=servers.database_on(own_server)) as arena:
        faults = servers.amid(arena, own_server, RESTING, moment, SIGQUIT, stays_away=stays_away)
        assert list(faults) == []


@pytest.mark.parametrize("moment", [BEFORE, BEHIND])
def test_a_full_disk_of_the_server_amid_an_order_loses_and_doubles_nothing(
    ground: Ground, moment: tuple[str, int]
) -> None:
    if binaries() is None:
        pytest.skip("there is no PostgreSQL on this machine")
    try:
        with (  # a server of its own: it cannot start again without the disk
            running() as server,
            servers.small_disk(server) as disk,
            ground.arena(log_url=disk.url) as arena,
        ):
            assert list(servers.disk_full(arena, disk, RESTING, moment)) == []
    except PermissionError as error:
        pytest.skip(f"this user may mount no small disk: {error}")


def test_three_hosts_that_are_killed_and_stopped_lose_and_double_nothing(
    ground: Ground, own_server: PostgresServer
) -> None:
    with ground.arena(log_url=servers.database_on(own_server)) as arena:
        battle = hosts.Battle(arena, own_server, ground.rng)
        battle.rages(5)
        assert list(battle.settles()) == []
        assert judge(arena).faults == ()


def test_the_judge_sees_an_order_that_was_sent_twice_on_a_server_too(arena: Arena) -> None:
    arena.run("order", RESTING)
    (row,) = arena.ledger("production")
    arena.place("production", row["body"])
    assert [fault.partition(":")[0] for fault in judge(arena).faults] == ["TWICE"]
