"""
The service takes the read models along with the log, so that no command has much to read beside them.

    every `LOOK_S` ─▶ they lag behind by `WORTH_KEEPING` events ─▶ page by page, orders in between ─▶ at the end

After an upgrade, or once they were dropped, that is all of the log. Commands search the log meanwhile.
"""

import asyncio
from typing import Final

from eventsourcing.domain import EventSourcingError
from eventsourcing.persistence import IntegrityError

from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.ledger.read_models import PLACE, WORTH_KEEPING, ReadModels
from tastyflow.application.service.supervision import MayAct
from tastyflow.ports import Clock

LOOK_S: Final = 2.0
BETWEEN_S: Final = 0.02
"""How long others work between two pages: a page takes as long."""


class ModelKeeper:
    """Keeps the read models of *ledger* near the end of the log."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._models = ReadModels(ledger)
        self._clock = clock

    async def run(self, may_act: MayAct) -> None:
        """
        For ever.

        Raises:
            StoreFailure: The log cannot be read or written now.
        """
        while True:
            await self._clock.sleep(LOOK_S)
            while may_act() and self._lag() >= WORTH_KEEPING:
                await self._step()
                await self._clock.sleep(BETWEEN_S)

    def _lag(self) -> int:
        return self._ledger.end() - (self._ledger.bookmark(PLACE) or 0)

    async def _step(self) -> None:
        try:
            await asyncio.wrap_future(self._models.next_step())
        except IntegrityError:
            return  # another process was first
        except EventSourcingError as error:
            raise self._ledger.explained(error) from error
