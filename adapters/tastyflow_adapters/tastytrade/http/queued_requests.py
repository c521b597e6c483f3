"""
What waits in the queue before a venue: one request, its turn, and what is told of its place.

    QueuedRequest ─▶ in_order: by rank, then accounts by turns ─▶ QueueTurn
               └─▶ news: its place, within a second, and again when that has changed a good deal

The queue itself is `venue_queue.Limiter`.
"""

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from attrs import define, field

from tastyflow.ports import OnQueued, QueuePlace
from tastyflow_adapters.tastytrade.http.rate_limits import OTHERS, RANKS, Kind
from tastyflow_adapters.tastytrade.http.shared_rates import Share

TOLD_FROM_S: Final = 0.5
"""A shorter wait is not worth telling, unless it lasts."""

TOLD_BY_S: Final = 0.8
TOLD_AGAIN_S: Final = 1.0
"""How soon a place is told at the latest, and how soon again at the earliest."""


@define(eq=False)
class QueueTurn:
    """
    Permission to send one request.

    Attributes:
        arrives_by: When it is taken to have arrived at the latest.
        held_until: When it is given back, where it was not used by then; None once it is used.
    """

    kind: Kind
    owner: str
    taken_s: float
    arrives_by: float
    held_until: float | None
    _give_back: "Callable[[QueueTurn], None]" = field(repr=False)

    def release(self) -> None:
        """Give it back unused; after its use that does nothing."""
        self._give_back(self)


@define(eq=False)
class QueuedRequest:
    """
    One request in the queue.

    Attributes:
        owner: The account of a process that it is of.
        asked_s, deadline, told_s, expected_at: By the clock that the processes of this machine agree on.
        turn: Resolves with its turn; None where another process waits.
        holds_s: How long its turn is kept until it is used; None where it is used at once.
        told: The place that was told last, at *told_s*.
        ahead: How many requests leave before it.
    """

    kind: Kind
    rank: int
    owner: str
    asked_s: float
    deadline: float = math.inf
    turn: asyncio.Future[QueueTurn] | None = None
    holds_s: float | None = None
    queued: OnQueued | None = None
    told: QueuePlace | None = None
    told_s: float = -math.inf
    ahead: int = 0
    expected_at: float = math.inf

    @property
    def is_placed(self) -> bool:
        """Whether its place in the queue was looked at."""
        return not math.isinf(self.expected_at)

    @property
    def begins(self) -> bool:
        """Whether it begins a rehearsal, which is more than one request."""
        return self.kind is Kind.DRY_RUN and self.holds_s is not None

    @property
    def is_over(self) -> bool:
        return self.turn is not None and self.turn.done()

    def news(self, now: float) -> tuple[QueuePlace | None, float]:
        """Its place in the queue, where that is to be told now, else None; and when to look again."""
        if self.queued is None:
            return None, math.inf
        seen = QueuePlace(self.ahead, self.expected_at - now)
        if self.told is None:
            if seen.expected_s < TOLD_FROM_S and now < self.asked_s + TOLD_BY_S:
                return None, self.asked_s + TOLD_BY_S
        elif now < self.told_s + TOLD_AGAIN_S or not _is_news(self.told, seen, now - self.told_s):
            return None, math.inf
        self.told, self.told_s = seen, now
        return seen, math.inf


def in_order(
    mine: Iterable[QueuedRequest], others: Sequence[Share], served_s: Mapping[str, float]
) -> list[QueuedRequest]:
    """
    All that wait, here and elsewhere: by rank; within it each account's first, each one's second, and so on.

    Args:
        served_s: When each account of this process had its last turn; who waited longest goes first.
    """
    theirs = [
        QueuedRequest(each.kind, RANKS.get(each.kind, OTHERS), each.owner, each.asked_s, holds_s=each.holds_s)
        for share in others
        for each in share.waiting
    ]
    places = sorted([*mine, *theirs], key=lambda place: (place.rank, place.asked_s))
    served_s = {owner: at for share in others for owner, at in share.served_s.items()} | dict(served_s)
    before: Counter[tuple[int, str]] = Counter()
    keys = []
    for place in places:
        whose = (place.rank, place.owner)
        keys.append((place.rank, before[whose], served_s.get(place.owner, -math.inf)))
        before[whose] += 1
    return [places[each] for each in sorted(range(len(places)), key=keys.__getitem__)]


def _is_news(told: QueuePlace, seen: QueuePlace, since_s: float) -> bool:
    """Whether what was told *since_s* seconds ago is wrong by now, or has come much nearer."""
    is_late = seen.expected_s > 2 * max(0.0, told.expected_s - since_s) + TOLD_AGAIN_S
    return is_late or (seen.expected_s < told.expected_s / 2 and seen.expected_s >= TOLD_FROM_S)
