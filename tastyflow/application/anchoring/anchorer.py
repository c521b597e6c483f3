"""
The anchors of one home: the next one made and kept, and each place given what it has not yet.

    due ─▶ make, sign, keep (one at a time, across processes) ─▶ publish to each place, from its bookmark on

A place that is slow or away holds nothing up: it is tried again at the next turn, and catches up. Its trouble is told
once, until it works again.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Final, Protocol

from tastyflow.application.anchoring.making import Pace, next_anchor
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.domain.anchor import Anchor
from tastyflow.errors import TastyflowError
from tastyflow.ports import Clock

logger = logging.getLogger(__name__)

PLACE_S: Final = 10.0
"""How long one place may take for one turn."""
MOST_AT_ONCE: Final = 100
TURN_S: Final = 1.0


class Signer(Protocol):
    """Signs with the key of this installation."""

    @property
    def fingerprint(self) -> str: ...

    def sign(self, message: bytes) -> bytes:
        """The signature of *message*, 64 bytes."""
        ...


class KeptAnchors(Protocol):
    """The anchors of one log, kept on this machine."""

    def alone(self) -> AbstractContextManager[None]:
        """While entered, no other process keeps an anchor here."""
        ...

    def last(self) -> Anchor | None:
        """
        The anchor that was kept last; None where none was.

        Raises:
            StoreFailure: What is kept cannot be read.
        """
        ...

    def after(self, position: int) -> Sequence[Anchor]:
        """The anchors after *position*, in their order."""
        ...

    def keep(self, anchor: Anchor) -> None:
        """
        Keep *anchor* after the others; it is durable on return.

        Raises:
            OSError: It cannot be written.
        """
        ...


class AnchorPlace(Protocol):
    """
    Where anchors are published.

    Attributes:
        name: Names its bookmark, and it, in messages.
    """

    name: str

    async def publish(self, anchors: Sequence[Anchor]) -> None:
        """
        Take *anchors*, in their order; again, where this could not be recorded the last time.

        Raises:
            OSError, TastyflowError: It did not take them.
        """
        ...


class Anchorer:
    """Makes the anchors of one log, and publishes them."""

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        signer: Callable[[], Signer],
        kept: KeptAnchors,
        places: Sequence[AnchorPlace] = (),
        pace: Pace | None = None,
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._signer = signer
        self._kept = kept
        self._places = tuple(places)
        self._pace = pace or Pace()
        self._troubles: dict[str, str] = {}

    @property
    def troubles(self) -> dict[str, str]:
        """What is wrong now, by place; by ``anchors`` where none can be made."""
        return dict(self._troubles)

    def make(self, *, if_due: bool = True) -> Anchor | None:
        """
        Make and keep the next anchor; None where none is due. It blocks, and may be called from any thread.

        Args:
            if_due: False makes one of whatever was appended since the last.

        Raises:
            StoreFailure: The log is not one to sign, or its last anchor cannot be read.
            Misconfigured: There is no key.
            OSError: The anchor cannot be written.
        """
        with self._kept.alone():
            last, now = self._kept.last(), self._clock.now()
            if if_due and not self._pace.is_due(last, self._ledger.end(), now):
                return None
            signer = self._signer()
            found = next_anchor(self._ledger.log, last, key=signer.fingerprint, at=now.replace(microsecond=0))
            if found is None:
                return None
            signed = found.with_signature(signer.sign(found.signed))
            self._kept.keep(signed)
            return signed

    async def publish(self) -> None:
        """Give each place what it has not yet; what goes wrong there is kept, and said once."""
        for place in self._places:
            try:
                async with asyncio.timeout(PLACE_S):
                    await self._publish_to(place)
            except (OSError, TastyflowError, TimeoutError) as trouble:  # a place of any kind, which holds up no other
                self._trouble(place.name, str(trouble) or "it did not answer in time")
            else:
                self._well(place.name)

    async def run(self) -> None:
        """Make and publish for ever, a turn a second."""
        while True:
            await self.turn()
            await self._clock.sleep(TURN_S)

    async def turn(self) -> None:
        """One turn: make what is due, and publish what was made."""
        try:
            await asyncio.to_thread(self.make)
        except (OSError, TastyflowError) as trouble:
            self._trouble("anchors", str(trouble))
        else:
            self._well("anchors")
        await self.publish()

    async def _publish_to(self, place: AnchorPlace) -> None:
        bookmark = f"anchors:{place.name}"
        while left := self._kept.after(self._ledger.bookmark(bookmark) or 0)[:MOST_AT_ONCE]:
            await place.publish(left)
            await self._ledger.keep_bookmark(bookmark, left[-1].position)

    def _trouble(self, name: str, why: str) -> None:
        if self._troubles.get(name) != why:
            logger.warning("Anchors: %s: %s", name, why)
        self._troubles[name] = why

    def _well(self, name: str) -> None:
        if self._troubles.pop(name, None) is not None:
            logger.warning("Anchors: %s works again.", name)
