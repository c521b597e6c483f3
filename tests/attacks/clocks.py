"""
The wall clock is wrong when a claim is written, and right again when the next process looks; or the machine restarts.

    claimed by a clock that is ahead ─▶ killed ─▶ minutes later, by a clock that is right: found, within the same bound
"""

from collections.abc import Iterator
from typing import Final

from tests.attacks.ground import FILLING, RESTING, Ground, Result, after_recovery

WRONG_S: Final = {"an hour ahead": 3600.0, "eight days ahead": 8 * 86_400.0, "an hour behind": -3600.0}
MOMENTS: Final = (
    "committed order.submission_claimed@1 production",
    "hear production POST /accounts/*/orders",
    "hear sandbox POST /accounts/*/orders",
)


def turned(ground: Ground) -> Iterator[Result]:
    """Kill a process whose wall clock is wrong; recover with a right one, or after the machine was started again."""
    for wrong, wall_s in WRONG_S.items():
        for at in MOMENTS:
            for boot, text in (("", RESTING), ("another start of the machine", FILLING)):
                with ground.arena() as arena:
                    arena.run("orders")
                    arena.run("order", text, at=at, wall_s=wall_s)
                    faults = after_recovery(arena, boot=boot)
                    yield Result(f"{wrong}, killed at {at!r}{', restarted' if boot else ''}", faults)
