"""How one account at a venue is reached, for who asks how the program is doing."""

from datetime import datetime
from typing import Protocol, runtime_checkable

from attrs import frozen


@frozen
class VenueHealth:
    """
    Attributes:
        stream_up: Whether the stream of the account's orders is open, *stream_since* when.
        stream_heard_at: When something was heard there last.
        stream_trouble: Why it is not open, or what failed last; for people, free of secrets.
        token_left_s: For how many seconds the login is good.
        ahead_s: How far the venue's clock is ahead of this machine's, by its last answer; None before one.
    """

    stream_up: bool
    stream_since: datetime | None
    stream_heard_at: datetime | None
    stream_trouble: str
    token_left_s: float
    ahead_s: float | None


@runtime_checkable
class TellsHealth(Protocol):
    """A broker that can say how it is doing."""

    def health(self) -> VenueHealth: ...
