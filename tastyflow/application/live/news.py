"""
What production shows of an order, heard whole: with what other hands made of it there.

    shown ─▶ the chain of its ids, as far as it is not known here ─▶ recorded, the oldest first
                                                     └─▶ changed outside: its limits are checked again

    1 cancelled, replaced by 2 ─▶ 2 cancelled, replaced by 3 ─▶ 3 works

A change cancels the old order before the new one can be seen, and the stream tells of that cancel alone. So an end that
was not asked for here is looked into before it is recorded: the venue is asked again, then its list. Where the venue
does not answer, the end waits: the order is asked about again.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from attrs import evolve

from tastyflow.application.context import Context
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.live.asking import Gone, Shown, Silent, ask_about
from tastyflow.application.live.recording import Heard, Recorder
from tastyflow.application.live.second_look import checks_again, second_look
from tastyflow.application.sending import tagged
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import EscalationReason, FoundBy
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.submission import Attempt
from tastyflow.domain.risk.checks import OF_SIZE
from tastyflow.domain.risk.outcomes import RiskOutcome
from tastyflow.domain.trader import Trader
from tastyflow.domain.venue import BrokerOrder, Status, Venue
from tastyflow.domain.venue.hearing import attempt_of
from tastyflow.errors import VenueFailure

MAX_LINKS: Final = 20
"""How many changes in a row are followed at once; the rest is followed the next time."""

GONE_AFTER_S: Final = 10.0
"""How old a claim is before the venue is believed that it knows the order no more: a new one can be shown late."""

EARLIER: Final = timedelta(minutes=5)
"""How long before its cancel was told the new order may have been made."""


class _Missing(Exception):
    """The venue names an order that it does not show."""


class ProductionNews:
    """Hears what production shows."""

    def __init__(self, context: Context, recorder: Recorder) -> None:
        self._context = context
        self._recorder = recorder

    async def hear(self, order: Order, shown: BrokerOrder, *, found_by: FoundBy) -> Heard:
        """Record what *shown* adds to *order*, as the log has it, and what other hands made of it."""
        try:
            chain = await self._chain(order, shown)
        except VenueFailure:
            waits = evolve(shown, status=Status.REPLACE_REQUESTED)  # whether that is its end is not known yet
            return await self._recorder.heard(order.id, Venue.PRODUCTION, [waits], found_by=found_by)
        except _Missing as missing:
            await self._recorder.heard(order.id, Venue.PRODUCTION, [shown], found_by=found_by)
            message = f"Production says that {shown.broker_order} became {missing}, and shows no such order."
            return Heard(await self._recorder.vanished(order.id, message), adopted=False)
        heard = await self._recorder.heard(order.id, Venue.PRODUCTION, chain, found_by=found_by)
        if not heard.is_changed_outside:
            return heard
        return evolve(heard, order=await self._within_limits(heard.order), adopted=True)  # a cancel may be wanted there

    async def ask(self, order: Order, attempt: Attempt, *, found_by: FoundBy = FoundBy.SEARCH) -> Heard | None:
        """Ask production how *attempt*, whose id there is known, stands; None where it gives no answer."""
        match await ask_about(self._context.broker(Venue.PRODUCTION), attempt.broker_order or ""):
            case Shown(shown):
                return await self.hear(order, shown, found_by=found_by)
            case Gone():
                return await self.gone(order, attempt)
        return None

    async def gone(self, order: Order, attempt: Attempt) -> Heard | None:
        """
        Production knows the id of *attempt* no more: what is there under its tag instead, else a person must look.

        None where that is not known for sure.
        """
        if order.code == EscalationReason.VANISHED and order.stage is Stage.ESCALATED:
            return Heard(order, adopted=False)
        if self._context.age_s(attempt.claimed_at, attempt.mark) < GONE_AFTER_S:
            return None
        try:
            found = await tagged(self._context, attempt)
        except VenueFailure:
            return None
        if any(each.broker_order == attempt.broker_order for each in found):
            return None  # it contradicts itself: it is asked again
        for shown in found:
            return await self.hear(order, shown, found_by=FoundBy.SEARCH)
        message = f"Production knows no order {attempt.broker_order} any more, and not whether it filled."
        return Heard(await self._recorder.vanished(order.id, message), adopted=False)

    # ── the chain ──────────────────────────────────────────────────────────────────────────────────────────────

    async def _chain(self, order: Order, shown: BrokerOrder) -> Sequence[BrokerOrder]:
        attempt = attempt_of(order, Venue.PRODUCTION, shown)
        if attempt is None or order.replacement is not None:
            return (shown,)
        chain = [*await self._before(attempt, shown), shown]
        while len(chain) <= MAX_LINKS and (following := await self._after(order, attempt, chain[-1])) is not None:
            chain += following
        return chain

    async def _before(self, attempt: Attempt, shown: BrokerOrder) -> Sequence[BrokerOrder]:
        """What *shown* took the place of, as far as that is not known here; the oldest first."""
        links: list[BrokerOrder] = []
        earliest = shown
        while earliest.replaces and earliest.broker_order not in _ids(attempt) and len(links) < MAX_LINKS:
            earliest = await self._shown(earliest.replaces)
            links.insert(0, earliest)
        return links

    async def _after(self, order: Order, attempt: Attempt, last: BrokerOrder) -> Sequence[BrokerOrder] | None:
        """What took the place of *last*, after how that stands now; None where nothing did, or it is known."""
        if last.status is not Status.CANCELLED:
            return None
        if last.replaced_by is not None:
            is_known = last.replaced_by in _ids(attempt) and last.broker_order in attempt.earlier
            return None if is_known else (await self._shown(last.replaced_by),)
        is_over = attempt.status is not None and attempt.status.is_terminal
        if order.cancel_requested or is_over or last.broker_order in attempt.earlier:
            return None
        again = await self._shown(last.broker_order)
        if again.replaced_by is not None:
            return (again, await self._shown(again.replaced_by))
        listed = await self._context.broker(Venue.PRODUCTION).listed(last.updated_at - EARLIER)
        new = next((each for each in listed if each.replaces == last.broker_order), None)
        return (evolve(again, replaced_by=new.broker_order), new) if new else None

    async def _shown(self, broker_order: str) -> BrokerOrder:
        match await ask_about(self._context.broker(Venue.PRODUCTION), broker_order):
            case Shown(found):
                return found
            case Gone():
                raise _Missing(broker_order)
            case Silent(failure):
                raise failure

    # ── the limits ─────────────────────────────────────────────────────────────────────────────────────────────

    async def _within_limits(self, order: Order) -> Order:
        """*order*, escalated where a limit does not allow what other hands made of it."""
        seen = await second_look(self._context, order)

        def decide(tx: Transaction) -> None:
            now = tx.require(Order, order.id)
            trader = tx.get(Trader, now.asked.trader) if now.asked.trader else None
            checks, _ = checks_again(self._context, tx, now, trader, seen)
            sizes = (
                check for check in checks if check.code in OF_SIZE
            )  # it has left: hours and halts do not undo that
            against = [check.detail for check in sizes if check.outcome is RiskOutcome.REFUSED]
            if against and not now.stage.is_over:
                message = f"It was changed at the venue beyond its limits: {' '.join(against)}"
                why = self._context.because("desk", now)
                tx.record(now.escalate(reason=EscalationReason.OUTSIDE_LIMITS, message=message, why=why))

        return await self._context.change(order.id, decide)


def _ids(attempt: Attempt) -> tuple[str | None, ...]:
    return (attempt.broker_order, *attempt.earlier)
