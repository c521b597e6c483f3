"""
The attacks in small: the decisive moments of each, in seconds. ``python -m tests.attacks`` visits all of them.

One nursery and few arenas serve all: what costs here is the start of processes.
"""

from pathlib import Path
from random import Random

import pytest

from tests.attacks import boundaries, disks, holding, killing, logs
from tests.attacks.arena import Arena, Nursery
from tests.attacks.ground import FILLING, RESTING, Ground, after_recovery
from tests.attacks.judge import judge

DECISIVE = (
    "committed order.submission_claimed@1 sandbox, test_result.planned@1",
    "send sandbox POST /accounts/*/orders, its body",
    "hear sandbox POST /accounts/*/orders",
    "commit order.submission_claimed@1 production",
    "committed order.submission_claimed@1 production",
    "send production POST /accounts/*/orders, its body",
    "hear production POST /accounts/*/orders",
)


@pytest.fixture(scope="module")
def nursery():
    running = Nursery()
    yield running
    running.close()


@pytest.fixture
def ground(nursery, tmp_path: Path):
    return Ground(nursery, tmp_path, Random(12), rounds=3)  # noqa: S311


@pytest.fixture
def arena(ground):
    with ground.arena() as arena:
        yield arena


def test_processes_that_are_killed_at_the_decisive_moments_lose_and_double_nothing(arena: Arena):
    for at in DECISIVE:
        for text in (RESTING, FILLING) if "hear" in at else (RESTING,):
            assert arena.run("order", text, at=at).code == killing.KILLED, at
    assert after_recovery(arena) == ()
    assert len(arena.ledger("production")) == 2  # before its answer is heard, an order of ours has left whole, or not


def test_every_boundary_of_a_process_has_a_name(arena: Arena):
    arena.run("order", RESTING, at="hear production POST /accounts/*/orders")
    runs = [arena.recover(), arena.run("order", FILLING), arena.run("cancel", "all", later_s=300.0)]
    passed = [name for run in runs for name, _ in run.passed]
    assert boundaries.unnamed(passed) == []
    assert len(set(passed)) > 50
    assert boundaries.unnamed(["commit order.dreamt_of@1", "dial elsewhere", "file open passwords"]) != []


def test_a_sender_that_was_held_up_sends_nothing_once_it_was_given_up(arena: Arena):
    arena.run("orders")
    assert holding.held(arena, "given up", holding.CLAIMED, gives_up=True).faults == ()
    assert holding.held(arena, "given up", holding.CLAIMED_IN_SANDBOX, gives_up=True).faults == ()


def test_what_a_sender_sent_that_was_held_up_after_its_last_look_has_an_owner(arena: Arena):
    arena.run("orders")
    assert holding.held(arena, "too late", holding.LEAVES, gives_up=True, may_leave=True).faults == ()


def test_the_judge_sees_an_order_without_an_owner_and_one_that_was_sent_twice(arena: Arena):
    arena.run("order", RESTING)
    assert judge(arena).faults == ()
    (row,) = arena.ledger("production")
    arena.place("production", row["body"])
    assert [fault.partition(":")[0] for fault in judge(arena).faults] == ["TWICE"]
    arena.place("production", row["body"] | {"external-identifier": "tf1-p-aaaaaaaaaaaaaaaaaaaa-1"})
    assert [fault.partition(":")[0] for fault in judge(arena).faults] == ["TWICE", "LOST"]


def test_an_order_is_found_that_was_claimed_by_a_clock_that_is_days_ahead(arena: Arena):
    arena.run("order", RESTING, at="hear production POST /accounts/*/orders", wall_s=8 * 86_400)
    assert after_recovery(arena) == ()
    assert [order.stage for order in judge(arena).orders] == ["working"]


def test_a_disk_that_is_full_behind_a_sending_names_the_order_and_loses_nothing(arena: Arena):
    assert list(disks.in_trouble(arena, RESTING, disks.BEHIND, disks.full)) == []


def test_a_log_that_has_forgotten_an_order_sends_nothing_until_an_operator_accepts_it(arena: Arena):
    assert list(logs.after_forgetting(arena, RESTING, logs.put_back_old_copy)) == []
