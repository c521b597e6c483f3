"""
What a person decides on an order of which production never told what became of it.

    resubmit   production is searched once more, to the end ─▶ nothing is there ─▶ it begins anew: rehearsal, checks,
               limits; where it is real, another person approves it ─▶ found: adopted, and not sent again
    abandon    given up, and watched on: what turns up is adopted all the same
    adopt      "it is order N": asked for there, compared with what was sent, adopted

Nothing is sent here. What is sent again goes the way of every order, from the first step on.
"""

import re
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from tastyflow.application.account_desks import AccountDesks
from tastyflow.application.context import Context
from tastyflow.application.incidents.handling import Handler, Incidents, in_a_line
from tastyflow.application.incidents.opening import GIVEN_UP
from tastyflow.application.ledger.lookup import Lookup
from tastyflow.application.ledger.read_models import ELSEWHERE, NUMBER, ReadModels
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.live.asking import Shown, Silent, ask_about
from tastyflow.application.live.recording import Recorder, record_snapshots
from tastyflow.application.sending import tagged
from tastyflow.domain.age import age_s
from tastyflow.domain.incident import Incident, IncidentKind
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import FoundBy, OrderChangedOutside, OrderFoundAtVenue, SubmissionAdopted
from tastyflow.domain.order.stages import MENU
from tastyflow.domain.order.submission import Attempt, AttemptOutcome, tag_prefix
from tastyflow.domain.venue import BrokerOrder, Venue
from tastyflow.errors import IllegalStep, Refused

SECOND_PERSON: Final = "It is sent again: what was sent before may still turn up."
"""Why another person must approve what is sent again, where it is real."""

_BROKER_ORDER: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_MOST_ATTEMPTS: Final = 10
_CANCEL: Final = "Cancel it first: what works there needs its capacity."


class Decisions:
    """What persons decide on orders in doubt, for all accounts of one log."""

    def __init__(self, context: Context, lookup: Lookup, desks: AccountDesks, incidents: Incidents) -> None:
        self._context = context
        self._lookup = lookup
        self._desks = desks
        self._incidents = incidents

    async def resubmit(self, reference: str, reason: str, who: Handler) -> Order:
        """
        Let it be sent again, and take it on; the order as it stands then.

        Raises:
            Refused: code ``too_early`` while its answer may still come; ``found_there`` where production has it, which
                is recorded; ``no_order`` of an incident that is about none.
            VenueFailure: Production cannot be searched now.
            IllegalStep: Production has, or may have, something of it; or it is not in doubt.
        """
        order, said = self._order_of(reference), in_a_line(reason)
        desk = self._desks.of(order)
        order = await desk.refresh(order)
        if "resubmit" not in MENU[order.stage]:
            raise IllegalStep(order.stage, "resubmit", MENU[order.stage])
        self._require_old(desk.context, order)
        searched_at = desk.context.clock.now()
        if found := await self._searched(desk.context, order):
            order = await desk.refresh(order)
            raise Refused(
                f"Production has it as {', '.join(found)}: it is not sent again.",
                code="found_there",
                hint=f"Order {order.reference} is {order.stage} now.",
            )
        needs_second = not desk.context.anyone_acts

        def decide(tx: Transaction) -> None:
            current = tx.require(Order, order.id)
            tx.record(
                current.resubmit(
                    by=who.by,
                    searched_at=searched_at,
                    resubmitter=who.trader,
                    reason=said,
                    approval=SECOND_PERSON if needs_second else "",
                    why=who.why,
                )
            )
            known = tx.get(Incident, Incident.id_of(IncidentKind.ORDER, order.id.hex))
            if known is not None and known.is_open:
                tx.record(known.acknowledge(by=who.by, why=who.why))

        return await desk.go_on(await desk.context.change(order.id, decide))

    async def abandon(self, reference: str, reason: str, who: Handler) -> Order:
        """
        Give it up; it is watched on. What it held of its trader's limits is free.

        Raises:
            IllegalStep: It is not in doubt.
            Refused: code ``no_order`` of an incident that is about none; ``at_work`` where production works it: it
                needs its capacity until it is cancelled there.
            VenueFailure: Production has had it, and does not say how it stands.
        """
        order, said = self._order_of(reference), in_a_line(reason)
        if self._desks.has(order):
            await self._require_not_at_work(self._desks.of(order).context, order)

        def decide(tx: Transaction) -> None:
            current = tx.require(Order, order.id)
            if _there(current) - _there(order):
                raise Refused(
                    f"Order {order.reference} has just turned up in production.", code="at_work", hint=_CANCEL
                )
            tx.record(current.abandon(reason=said, why=who.why))
            self._close(tx, order, f"{GIVEN_UP} {said}".strip(), who)

        return await self._context_of(order).change(order.id, decide)

    async def adopt(self, reference: str, broker_order: str, who: Handler) -> Order:
        """
        A person says that it is *broker_order* there: that is asked for, and adopted where it can be true.

        Raises:
            Refused: code ``not_there``, ``other_content``, ``owned`` by another order, or ``known`` under another id.
            VenueFailure: Production does not say.
        """
        order = self._order_of(reference)
        desk = self._desks.of(order)
        attempt = self._attempt_of(order, broker_order)
        shown = await self._shown(desk.context, order, broker_order)
        self._require_ours(order, shown)

        def decide(tx: Transaction) -> None:
            current = tx.require(Order, order.id)
            number = attempt.number
            tx.record(
                current.adopt(
                    Venue.PRODUCTION,
                    number,
                    broker_order=shown.broker_order,
                    found_by=FoundBy.PERSON,
                    why=who.why,
                )
            )
            record_snapshots(tx, order.id, Venue.PRODUCTION, [shown], found_by=FoundBy.PERSON, why=who.why)
            self._close(tx, order, f"It is order {shown.broker_order} in production.", who)

        return await desk.refresh(await desk.context.change(order.id, decide))

    # ── what must be true ──────────────────────────────────────────────────────────────────────────────────────

    def _order_of(self, reference: str) -> Order:
        incident = self._incidents.find(reference)
        if incident.order is None:
            raise Refused(
                f"Incident {incident.reference} is about no order: {incident.message}",
                code="no_order",
                hint="Close it when it is over, and say what was done.",
            )
        return self._lookup.by_id(incident.order)

    def _context_of(self, order: Order) -> Context:
        """To give an order up takes no venue: the settings may name its account no more."""
        return self._desks.of(order).context if self._desks.has(order) else self._context

    @staticmethod
    def _require_old(context: Context, order: Order) -> None:
        now, now_mark = context.clock.now(), context.clock.mark()
        live = [attempt for attempt in order.attempts if attempt.venue is Venue.PRODUCTION]
        youngest_s = min((age_s(a.claimed_at, a.mark, now=now, now_mark=now_mark) for a in live), default=0.0)
        if live and youngest_s <= context.policy.settle_s:
            left_s = context.policy.settle_s - youngest_s
            raise Refused(
                f"Order {order.reference} was sent {youngest_s:.0f} s ago, and can still arrive.",
                code="too_early",
                hint=f"Try again in {left_s + 1:.0f} s.",
            )

    async def _searched(self, context: Context, order: Order) -> Sequence[str]:
        """The ids under which production has something of *order*, adopted; none where it has nothing."""
        recorder, found = Recorder(context), []
        for attempt in order.attempts:
            if attempt.venue is Venue.PRODUCTION:
                shown = await tagged(context, attempt)
                if shown:
                    await recorder.heard(order.id, Venue.PRODUCTION, shown, found_by=FoundBy.SEARCH)
                    found += [each.broker_order for each in shown]
        return found

    @staticmethod
    def _attempt_of(order: Order, broker_order: str) -> Attempt:
        """The attempt that a person may be right about: the last one that production is not known to have."""
        if "adopt" not in MENU[order.stage]:
            raise IllegalStep(order.stage, "adopt", MENU[order.stage])
        live = [attempt for attempt in order.attempts if attempt.venue is Venue.PRODUCTION]
        unknown = [attempt for attempt in live if attempt.outcome is not AttemptOutcome.ADOPTED]
        if not unknown:
            ids = ", ".join(attempt.broker_order or "" for attempt in live)
            known = f"is {ids} in production" if ids else "was never sent to production"
            raise Refused(f"Order {order.reference} {known}, and not {broker_order}.", code="known")
        return unknown[-1]

    @staticmethod
    async def _shown(context: Context, order: Order, broker_order: str) -> BrokerOrder:
        is_id = _BROKER_ORDER.fullmatch(broker_order) is not None
        shown = await context.broker(Venue.PRODUCTION).get(broker_order) if is_id else None
        if shown is None or shown.broker_order != broker_order:
            raise Refused(
                f"Production has no order {broker_order[:64]!r} in the account of order {order.reference}.",
                code="not_there",
                hint="Look at the number again; it is the one that the broker's own application shows.",
            )
        if shown.ticket is None or shown.ticket.digest != order.digest:
            raise Refused(
                f"Order {broker_order} in production is not of the same content as order {order.reference}.",
                code="other_content",
                hint=f"Order {order.reference} is: {order.words}.",
            )
        return shown

    @staticmethod
    async def _require_not_at_work(context: Context, order: Order) -> None:
        for attempt in order.attempts:
            if attempt.venue is not Venue.PRODUCTION or attempt.broker_order is None or not attempt.is_open:
                continue
            stands = await ask_about(context.broker(Venue.PRODUCTION), attempt.broker_order)
            if isinstance(stands, Silent):
                raise stands.failure
            if isinstance(stands, Shown) and not stands.order.status.is_terminal:
                raise Refused(
                    f"Order {order.reference} works in production as {attempt.broker_order}.",
                    code="at_work",
                    hint=_CANCEL,
                )

    def _require_ours(self, order: Order, shown: BrokerOrder) -> None:
        """No other order of ours has it, and its tag, where it is one of ours, is this order's."""
        tags = {attempt.external_id for attempt in order.attempts if attempt.venue is Venue.PRODUCTION}
        tag = shown.external_id or ""
        owner = self._owner_of(shown.broker_order)
        is_anothers = tag.startswith(tag_prefix(Venue.PRODUCTION)) and tag not in tags
        if is_anothers or (owner is not None and owner != order.id):
            whose = f"order {owner.hex[:6]}" if owner is not None else "another order"
            raise Refused(f"Order {shown.broker_order} in production belongs to {whose}.", code="owned")

    def _owner_of(self, broker_order: str) -> UUID | None:
        """The order that production's *broker_order* was adopted as, found as or became; None where it was not."""
        models = ReadModels(self._context.ledger)
        elsewhere = (OrderFoundAtVenue.TOPIC, OrderChangedOutside.TOPIC)
        text = f'"broker_order":"{broker_order}"'
        owner = models.first(ELSEWHERE, broker_order, or_of=elsewhere, holding=text)
        if owner is not None:
            return owner
        for number in range(1, _MOST_ATTEMPTS + 1):
            adopted = f'"venue":"production","attempt":{number},{text}'
            owner = models.first(NUMBER, broker_order, or_of=(SubmissionAdopted.TOPIC,), holding=adopted)
            if owner is not None:
                return owner
        return None

    @staticmethod
    def _close(tx: Transaction, order: Order, how: str, who: Handler) -> None:
        known = tx.get(Incident, Incident.id_of(IncidentKind.ORDER, order.id.hex))
        if known is not None and known.is_open:
            tx.record(known.close(by=who.by, how=how, why=who.why))


def _there(order: Order) -> set[str]:
    """The ids under which production is known to have attempts of *order* that are not over."""
    live = [attempt for attempt in order.attempts if attempt.venue is Venue.PRODUCTION and attempt.is_open]
    return {attempt.broker_order for attempt in live if attempt.broker_order}
