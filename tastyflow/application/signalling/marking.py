"""
The market of what a signal asked for, some minutes later: what a rule is scored by.

    settled ─▶ after 5, 30, 120 minutes (its rule's limits) ─▶ due for a short while ─▶ SignalMarked

A mark that was missed is left out: the market of another moment is no answer.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from attrs import frozen

from tastyflow.application.account.facts import spot_in
from tastyflow.application.account_desks import AccountDesks
from tastyflow.application.context import Context
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.signalling.looking import SignalLookup
from tastyflow.application.signalling.standings import Standings
from tastyflow.domain.events import Because
from tastyflow.domain.instruments import Equity
from tastyflow.domain.order import Order
from tastyflow.domain.risk.approval import snapshot_of
from tastyflow.domain.signal import Signal, SignalMark, SignalStage
from tastyflow.domain.ticket import Ticket
from tastyflow.errors import VenueFailure

DUE_FOR: Final = timedelta(seconds=60)
"""For how long a mark can be made: later, it would be the market of another moment."""


@frozen
class DueMark:
    """A mark that is to be made now: of *signal*, the one after *after_min* minutes."""

    signal: Signal
    after_min: int


class Marking:
    """Looks at the market of signals, some time after them."""

    def __init__(self, context: Context, desks: AccountDesks, standings: Standings, lookup: SignalLookup) -> None:
        self._context = context
        self._desks = desks
        self._standings = standings
        self._lookup = lookup

    def due(self) -> tuple[DueMark, ...]:
        """The marks that are to be made now."""
        now = self._context.clock.now()
        return tuple(due for standing in self._standings.all() for due in self._due_of(standing.name, now))

    def _due_of(self, name: str, now: datetime) -> Iterator[DueMark]:
        standing = self._standings.of(name)
        for signal in self._lookup.backwards(standing) if standing is not None else ():
            after = [timedelta(minutes=each) for each in signal.marked_after_min]
            if signal.raised_at + max(after, default=timedelta(0)) + LONGEST < now:
                return  # so are all that were before it
            if signal.is_open or signal.stage is SignalStage.EXPIRED or self._ticket(signal) is None:
                continue
            made = {mark.after_min for mark in signal.marks}
            for after_min, each in zip(signal.marked_after_min, after, strict=True):
                at = signal.raised_at + each
                if after_min not in made and at <= now < at + DUE_FOR:
                    yield DueMark(signal, after_min)

    async def mark(self, due: DueMark) -> Signal | None:
        """
        Make one mark; the signal as recorded. None where the market is not to be had now: it stays due for a while.

        Raises:
            StoreFailure: It cannot be recorded.
        """
        ticket = self._ticket(due.signal)
        if ticket is None:
            return None
        underlying = Equity(ticket.underlying)
        try:
            quotes = await self._context.market.quotes([*(leg.instrument for leg in ticket.legs), underlying])
        except VenueFailure:
            return None
        clock = self._context.clock
        net, spot = snapshot_of(ticket, quotes, clock.now()), spot_in(quotes, ticket.underlying)

        def decide(tx: Transaction) -> None:
            now = clock.now()
            signal = tx.require(Signal, due.signal.id)
            cause = f"signal:{signal.id.hex}"
            why = Because(actor="desk", cause=cause, command_id=f"{cause}+{due.after_min}", at=now, mark=clock.mark())
            seen = SignalMark(
                due.after_min,
                now,
                net.bid if net else None,
                net.ask if net else None,
                float(spot) if spot is not None else None,
            )
            tx.record(signal.mark(seen, why=why))

        return (await self._context.ledger.change(decide)).require(Signal, due.signal.id)

    def _ticket(self, signal: Signal) -> Ticket | None:
        """What it asked for, as it was completed; None where it came to none."""
        if signal.ticket is not None or signal.order is None:
            return signal.ticket
        order = self._context.ledger.read(Order, signal.order)
        return (order.before_change or order.ticket) if order is not None else None


LONGEST: Final = timedelta(days=1)
"""A signal whose last mark lies further back than this has none that is due, and neither have those before it."""
