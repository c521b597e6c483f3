"""
The whole log is held against its chain by the service: at its start, and every `AGAIN_S` from then on.

    page after page, in a thread, with a pause after each ─▶ every event fits ─▶ nothing
                                                           └▶ one does not ─▶ the log is in doubt: an incident, and no
                                                              production order until a person accepts it

An append looks at the last events alone, so that no order waits for the past. What was changed further back is found
here, and by an audit.
"""

import asyncio
from functools import partial
from typing import Final

from tastyflow.application.audit.log import steady
from tastyflow.application.audit.sealing import ChainChecker, Sealed
from tastyflow.application.context import Context
from tastyflow.application.ledger.ledger import PAGE_SIZE
from tastyflow.application.reconciling.head import doubt_of_broken_chain
from tastyflow.application.service.supervision import MayAct
from tastyflow.domain.chain import ChainHead

AGAIN_S: Final = 3600.0
PAUSE_S: Final = 0.01
"""After each page, which takes two milliseconds: orders come first. A million events take half a minute."""


class ChainWatch:
    """
    Holds the log of *context* against its chain.

    Attributes:
        last: What the last look came to; None before the first was over.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self.last: Sealed | None = None

    async def run(self, may_act: MayAct) -> None:
        """For ever."""
        while True:
            await self.now(may_act)
            await self._context.clock.sleep(AGAIN_S)

    async def now(self, may_act: MayAct) -> None:
        """
        Look once, and put the log in doubt where it does not fit.

        Raises:
            StoreFailure: The log cannot be read or written.
        """
        sealed = await self.look()
        if sealed is not None and sealed.seams and may_act():
            seam, others = sealed.seams[0], sealed.found - 1
            more = f" {others:,} more {'place does' if others == 1 else 'places do'} not fit." if others else ""
            about = f"Event {seam.position:,} of the log does not fit its chain: {seam.why}{more}"
            await doubt_of_broken_chain(self._context, about)

    async def look(self) -> Sealed | None:
        """
        Look at every event that the log has now; None without a chain.

        Raises:
            StoreFailure: The log cannot be read.
        """
        ledger = self._context.ledger
        start, end = ledger.chain_start(), ledger.chain_head()
        if start is None or end is None:
            return None
        checker, after = ChainChecker(ChainHead(0, start.head)), 0
        while after < end.position:
            page = partial(ledger.log.chained_rows, after=after, limit=PAGE_SIZE, until=end.position)
            rows = await asyncio.to_thread(steady, page)
            if not rows:
                break
            await asyncio.to_thread(checker.look_at_all, rows)
            after = rows[-1][0]
            await self._context.clock.sleep(PAUSE_S)
        checker.ends_with(end)
        self.last = checker.sealed()
        return self.last
