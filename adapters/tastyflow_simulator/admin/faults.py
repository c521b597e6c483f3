"""
What goes wrong, and when: a list of faults that the simulator asks at every step.

    on the way there     request_lost  delay
    instead of an answer unauthorized  too_many_requests  error_before  token_flap  market_data_502
    after the deed       response_lost  error_after  unparsable  schema_drift
    in the book          session_offline  position_lag  visibility_lag  stale_symbols
    on the streams       stream_duplicate  stream_reorder  stream_drop  stream_silent  stream_close
    in what quotes say   feed_withheld  feed_nan  feed_crossed  old_interest  switched_interest

A fault strikes the first ``times`` occasions that match it, after ``after`` that it lets pass. Without a ``path`` it
leaves logins and streams alone: name ``/oauth/token`` or ``/streamer`` to strike those. `faultfiles` reads them.
"""

import random
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from itertools import count
from typing import Any, Final

from attrs import Attribute, asdict, define, evolve, field, frozen, validators

from tastyflow_simulator.clock import SimulatorClock
from tastyflow_simulator.options import Side


class FaultKind(StrEnum):
    """What goes wrong. These words are what fault files and the admin API know."""

    REQUEST_LOST = "request_lost"
    RESPONSE_LOST = "response_lost"
    DELAY = "delay"
    UNAUTHORIZED = "unauthorized"
    TOO_MANY_REQUESTS = "too_many_requests"
    ERROR_BEFORE = "error_before"
    ERROR_AFTER = "error_after"
    UNPARSABLE = "unparsable"
    TOKEN_FLAP = "token_flap"  # noqa: S105  a word, not a secret
    SESSION_OFFLINE = "session_offline"
    POSITION_LAG = "position_lag"
    VISIBILITY_LAG = "visibility_lag"
    STREAM_DUPLICATE = "stream_duplicate"
    STREAM_REORDER = "stream_reorder"
    STREAM_DROP = "stream_drop"
    STREAM_SILENT = "stream_silent"
    STREAM_CLOSE = "stream_close"
    SCHEMA_DRIFT = "schema_drift"
    STALE_SYMBOLS = "stale_symbols"
    MARKET_DATA_502 = "market_data_502"
    FEED_WITHHELD = "feed_withheld"
    FEED_NAN = "feed_nan"
    FEED_CROSSED = "feed_crossed"
    OLD_INTEREST = "old_interest"
    SWITCHED_INTEREST = "switched_interest"


STANDING: Final = frozenset(
    {
        FaultKind.FEED_WITHHELD,
        FaultKind.FEED_NAN,
        FaultKind.FEED_CROSSED,
        FaultKind.OLD_INTEREST,
        FaultKind.SWITCHED_INTEREST,
    }
)
"""What is wrong with the market itself, as the quote stream tells it: it stands until it is cleared."""

ANY: Final = "*"
SPARED: Final = ("/oauth/token", "/sessions/validate", "/", "/streamer", "/realtime")
"""What a fault that names no path leaves alone: a failed login is another fault than the one asked for."""

SAMPLES: Final[Mapping[FaultKind, Mapping[str, float]]] = {
    FaultKind.DELAY: {"seconds": 1.0},
    FaultKind.POSITION_LAG: {"seconds": 2.0},
    FaultKind.VISIBILITY_LAG: {"seconds": 2.0},
}
"""What a fault lasts that was given no seconds, where none would be no fault."""


def _count(_fault: Any, attribute: "Attribute[Any]", value: int | None) -> None:
    if value is None and attribute.name != "after":
        return
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 10**9:
        raise ValueError(f"{attribute.name} is a whole number, not {value!r:.40}.")


def _moment(value: Any) -> datetime | None:
    if value is None:
        return None
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _side(value: Any) -> Side | None:
    return None if value in (None, "", ANY) else Side(value)


@frozen(kw_only=True)
class SimulatorFault:
    """
    One thing that goes wrong, and on which occasions.

    Attributes:
        method: Of the request; ``*`` is any.
        path: Of the request, without its query: a pattern with ``*`` and ``?``.
        order: The order's external identifier, or its id where it has none: a pattern. Of what stands: the symbol.
        times: How often it strikes; None is until it is cleared, as it always is of what stands.
        after: How many occasions it lets pass first.
        since: Before this moment it sleeps; from *until* on it is over. The simulator's clock counts.
        probability: That it strikes, at each occasion that is left. Of what stands: the share of the symbols.
        seconds: How long a delay or a lag lasts, or a lost request hangs before the line is cut.
        status: Of an error: its HTTP status (500 or 502 by default); of a closed stream: the code.
        reason: Of an error: its message; of an unparsable answer: its body; of drift: what drifts.
        id: Given to it when it is added.
    """

    kind: FaultKind = field(converter=FaultKind)
    side: Side | None = field(default=None, converter=_side)
    method: str = field(default=ANY, converter=str)
    path: str = field(default=ANY, converter=str)
    order: str = field(default=ANY, converter=str)
    times: int | None = field(default=1, validator=_count)
    after: int = field(default=0, validator=_count)
    since: datetime | None = field(default=None, converter=_moment)
    until: datetime | None = field(default=None, converter=_moment)
    probability: float = field(default=1.0, converter=float, validator=(validators.ge(0), validators.le(1)))
    seconds: float = field(default=0.0, converter=float, validator=(validators.ge(0), validators.le(86_400)))
    status: int | None = field(default=None, validator=_count)
    reason: str = field(default="", converter=str)
    id: str = ""

    def __attrs_post_init__(self) -> None:
        if self.kind in STANDING:
            object.__setattr__(self, "times", None)
        if not self.seconds:
            object.__setattr__(self, "seconds", SAMPLES.get(self.kind, {}).get("seconds", 0.0))

    def meets(self, *, side: Side, method: str, path: str, order: str) -> bool:
        """Whether this is an occasion for it."""
        if self.side not in (None, side) or self.method.upper() not in (ANY, method.upper()):
            return False
        if self.path == ANY and path in SPARED and self.kind is not FaultKind.TOKEN_FLAP:
            return False
        return fnmatchcase(path, self.path) and (self.order == ANY or fnmatchcase(order, self.order))


@define
class _Listed:
    fault: SimulatorFault
    met: int = 0
    struck: int = 0

    @property
    def is_spent(self) -> bool:
        return self.fault.times is not None and self.struck >= self.fault.times


class Faults:
    """
    The faults of a whole simulator. The same seed and the same occasions bring the same faults.

    Attributes:
        changes: How often one was added or cleared.
    """

    def __init__(self, clock: SimulatorClock, *, seed: int = 0) -> None:
        self._clock = clock
        self._luck = random.Random(f"faults/{seed}")  # noqa: S311  repeatable from the seed
        self._listed: dict[str, _Listed] = {}
        self._numbers = count(1)
        self.changes = 0

    def add(self, fault: SimulatorFault) -> str:
        """Expect *fault*; its id."""
        fault_id = f"fault-{next(self._numbers)}"
        self._listed[fault_id] = _Listed(evolve(fault, id=fault_id))
        self.changes += 1
        return fault_id

    def clear(self, fault_id: str | None = None) -> int:
        """Forget one fault, or all; how many that were."""
        self.changes += 1
        if fault_id is not None:
            return int(self._listed.pop(fault_id, None) is not None)
        count_before = len(self._listed)
        self._listed.clear()
        return count_before

    def listed(self) -> list[dict[str, Any]]:
        """Every fault with how often it was met and how often it struck, spent ones too."""
        return [
            asdict(listed.fault) | {"met": listed.met, "struck": listed.struck, "spent": listed.is_spent}
            for listed in self._listed.values()
        ]

    @property
    def are_by_order(self) -> bool:
        """Whether some fault waits for certain orders."""
        return any(listed.fault.order != ANY and not listed.is_spent for listed in self._listed.values())

    def standing(self, side: Side) -> tuple[SimulatorFault, ...]:
        """What is wrong with the market as *side* tells it, at this moment."""
        if not self._listed:
            return ()
        now = self._clock.now()
        found = [each for each in self._listed.values() if each.fault.kind in STANDING and _is_awake(each.fault, now)]
        for listed in found:
            listed.met += 1
        return tuple(each.fault for each in found if each.fault.side in (None, side))

    def take(
        self,
        kinds: Collection[FaultKind] | FaultKind,
        *,
        side: Side,
        method: str = "",
        path: str = "",
        order: str = "",
    ) -> SimulatorFault | None:
        """The first fault of these *kinds* that strikes here and now; it counts as struck."""
        if not self._listed:
            return None
        wanted = (kinds,) if isinstance(kinds, FaultKind) else kinds
        now = self._clock.now()
        for listed in self._listed.values():
            fault = listed.fault
            if fault.kind not in wanted or listed.is_spent or not _is_awake(fault, now):
                continue
            if not fault.meets(side=side, method=method, path=path, order=order):
                continue
            listed.met += 1
            if listed.met > fault.after and self._luck.random() < fault.probability:
                listed.struck += 1
                return fault
        return None


def _is_awake(fault: SimulatorFault, now: datetime) -> bool:
    return (fault.since is None or fault.since <= now) and (fault.until is None or now < fault.until)
