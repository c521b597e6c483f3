"""
Who a trader is on one platform: a stream of a few events, under the identity's own id.

    IdentityClaimed ─▶ IdentityReleased ─▶ IdentityClaimed ─▶ …

The id is derived from platform and user, so that an identity belongs to one trader at a time: two claims of it at once
collide in the log.
"""

import re
from abc import abstractmethod
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from attrs import frozen

from tastyflow.domain.changing import changed
from tastyflow.domain.events import Because, Event, born, derived_id, next_of, topic
from tastyflow.errors import Invalid

USERS: Final[Mapping[str, tuple[re.Pattern[str], str]]] = {
    "cli": (re.compile(r"[^\s/:%]{1,64}"), "the name of a user of the operating system"),
    "discord": (re.compile(r"\d{15,21}", re.ASCII), "Discord's own number of the user, 17 digits or so"),
    "signal": (re.compile(r"[A-Za-z0-9._-]{1,64}"), "the source's name: letters, digits, dots, hyphens"),
}
"""The platforms that there are, and what a user is there."""


def require_identity(platform: str, user: str) -> None:
    """
    Hold an identity against what its platform knows. Asked when it is linked, not when it is replayed.

    Raises:
        Invalid: code ``bad_identity``.
    """
    if platform not in USERS:
        known = ", ".join(USERS)
        raise Invalid(f"There is no platform {platform[:20]!r}.", code="bad_identity", hint=f"There are {known}.")
    shape, wanted = USERS[platform]
    if not shape.fullmatch(user) or not user.isprintable():
        raise Invalid(f"{user[:64]!r} is no user on {platform}.", code="bad_identity", hint=f"Give {wanted}.")


@frozen
class Identity:
    """The trader that *user* on *platform* is; None while the identity is free."""

    id: UUID
    version: int
    platform: str
    user: str
    trader: UUID | None

    @staticmethod
    def id_of(platform: str, user: str) -> UUID:
        return derived_id("identity", platform, user)

    @staticmethod
    def claim(platform: str, user: str, trader: UUID, *, why: Because) -> "IdentityClaimed":
        """Take an identity that was never taken; a second claim of it collides in the log."""
        common = born(Identity.id_of(platform, user), why)
        return IdentityClaimed(**common, platform=platform, user=user, trader=trader)

    def claim_again(self, trader: UUID, *, why: Because) -> "IdentityClaimed | None":
        """Take an identity that is free. `Traders` asks before whether it is."""
        if self.trader == trader:
            return None
        return IdentityClaimed(**next_of(self, why), platform=self.platform, user=self.user, trader=trader)

    def release(self, *, why: Because) -> "IdentityReleased | None":
        """Give the identity back: the next one to take it may be another trader."""
        if self.trader is None:
            return None
        return IdentityReleased(**next_of(self, why), platform=self.platform, user=self.user, trader=self.trader)

    @classmethod
    def born_of(cls, event: Event) -> "Identity":
        """The identity that its first event makes."""
        if isinstance(event, IdentityClaimed):
            return event.begin()
        raise TypeError(f"{type(event).__name__} begins no identity")

    def evolved(self, event: Event) -> "Identity":
        """The identity after *event*."""
        if isinstance(event, IdentityEvent):
            return event.change(self)
        raise TypeError(f"{type(event).__name__} follows on no identity")


@frozen(kw_only=True, repr=False)
class IdentityEvent(Event):
    """An event of an identity: *trader* is the one who takes it, or had it."""

    platform: str
    user: str
    trader: UUID

    @abstractmethod
    def change(self, identity: Identity) -> Identity:
        """*identity* after this event."""


@topic("tastyflow.identity.claimed@1")
@frozen(kw_only=True, repr=False)
class IdentityClaimed(IdentityEvent):
    """An identity was taken by a trader."""

    def begin(self) -> Identity:
        """The identity that this event makes, where it is its first."""
        return Identity(self.originator_id, self.originator_version, self.platform, self.user, self.trader)

    def change(self, identity: Identity) -> Identity:
        return changed(identity, version=self.originator_version, trader=self.trader)


@topic("tastyflow.identity.released@1")
@frozen(kw_only=True, repr=False)
class IdentityReleased(IdentityEvent):
    """An identity was given back by its trader."""

    def change(self, identity: Identity) -> Identity:
        return changed(identity, version=self.originator_version, trader=None)
