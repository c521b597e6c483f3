"""
What goes wrong on the way, where a test wants it to.

    Fault(method, path)     status + code     an answer of that kind instead of the real one
                            apply_first       the real thing is done, and the answer is lost behind *status*
                            delay_s           first, nothing for a while
                            status 0          the connection is cut
"""

import re
import time
from typing import Any

from attrs import define, field

from tests.discord.double.errors import ApiError


@define(eq=False)
class Fault:
    """
    One fault, for the next *times* requests that it fits; None for all of them.

    Attributes:
        path: A pattern, searched for in the path below ``/api/v10``.
        retry_after_s, via: Of a 429; without *via* it looks like a ban.
        document, charset: What is said with a status that is no error; the charset that its type names.
        met: How often it has struck.
    """

    method: str
    path: "re.Pattern[str]" = field(converter=re.compile)
    status: int | None = None
    code: int = 0
    apply_first: bool = False
    delay_s: float = 0.0
    times: int | None = 1
    retry_after_s: float | None = None
    via: bool = True
    document: Any = None
    charset: str | None = None
    met: int = 0

    def fits(self, method: str, path: str) -> bool:
        is_left = self.times is None or self.met < self.times
        return is_left and self.method in ("*", method) and self.path.search(path) is not None

    @property
    def body(self) -> Any:
        """The document that is answered."""
        assert self.status
        if self.status < 300:
            return self.document
        wait_s = 0.3 if self.retry_after_s is None else self.retry_after_s
        return ApiError(self.status, self.code, retry_after_s=wait_s if self.status == 429 else None).body


@define(eq=False)
class RateLimit:
    """No more than *count* requests in *per_s* seconds."""

    method: str
    path: "re.Pattern[str]" = field(converter=re.compile)
    count: int
    per_s: float
    _taken_s: list[float] = field(factory=list)

    def wait_s(self, method: str, path: str, now_s: float) -> float:
        """How long this request has to wait; 0 where it is let through, and counts."""
        if self.method not in ("*", method) or self.path.search(path) is None:
            return 0.0
        self._taken_s = [each for each in self._taken_s if now_s - each < self.per_s]
        if len(self._taken_s) >= self.count:
            return self.per_s - (now_s - self._taken_s[0])
        self._taken_s.append(now_s)
        return 0.0


class Faults:
    """Those that are still to come, and the limits that hold."""

    def __init__(self) -> None:
        self.limits: list[RateLimit] = []
        self._all: list[Fault] = []

    def add(self, *what: Any, **how: Any) -> Fault:
        fault = Fault(*what, **how)
        self._all.append(fault)
        return fault

    def next(self, method: str, path: str) -> Fault | None:
        """The fault that strikes this request, where one does."""
        for limit in self.limits:
            if wait_s := limit.wait_s(method, path, time.monotonic()):
                return Fault(method, re.escape(path), 429, retry_after_s=wait_s)
        for fault in self._all:
            if fault.fits(method, path):
                fault.met += 1
                return fault
        return None

    def clear(self) -> None:
        """No more of them."""
        self._all.clear()
        self.limits.clear()
