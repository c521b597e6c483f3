"""
Who a trader is on one platform: a stream of one event, under the identity's own id.

The id is derived from platform and user, so that an identity belongs to one trader: a second claim of it collides in
the log.
"""

from uuid import UUID

from attrs import frozen

from tastyflow.domain.events import Because, Event, born, derived_id, topic


@frozen
class Identity:
    """The trader that *user* on *platform* is."""

    id: UUID
    version: int
    platform: str
    user: str
    trader: UUID

    @staticmethod
    def id_of(platform: str, user: str) -> UUID:
        return derived_id("identity", platform, user)

    @staticmethod
    def claim(platform: str, user: str, trader: UUID, *, why: Because) -> "IdentityClaimed":
        """Take the identity for *trader*; a second claim of it collides in the log."""
        common = born(Identity.id_of(platform, user), why)
        return IdentityClaimed(**common, platform=platform, user=user, trader=trader)

    @classmethod
    def born_of(cls, event: Event) -> "Identity":
        """The identity that its one event makes."""
        if isinstance(event, IdentityClaimed):
            return event.begin()
        raise TypeError(f"{type(event).__name__} begins no identity")

    def evolved(self, event: Event) -> "Identity":
        """An identity has one event only; no event follows it."""
        raise TypeError(f"{type(event).__name__} follows no identity")


@topic("tastyflow.identity.claimed@1")
@frozen(kw_only=True, repr=False)
class IdentityClaimed(Event):
    """An identity was taken by a trader, for good."""

    platform: str
    user: str
    trader: UUID

    def begin(self) -> Identity:
        """The identity that this event makes."""
        return Identity(self.originator_id, self.originator_version, self.platform, self.user, self.trader)
