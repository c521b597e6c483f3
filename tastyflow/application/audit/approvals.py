"""
The promises of an approval: asked for where a check wants one, given by another person, and held until the claim.

    validated, a check wants it ─▶ requested, with the market ─▶ approved by another trader who may ─▶ claimed
"""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from tastyflow.application.attribution import (
    Requester,
    are_two_persons,
    chat_user,
    chat_user_in,
    os_user_in,
    owner_by,
    trader_id_in,
)
from tastyflow.application.audit.promise import Promise, listed, promise
from tastyflow.application.audit.world import World
from tastyflow.domain.expirations import new_york_date
from tastyflow.domain.order import Order
from tastyflow.domain.order.approval import MarketSnapshot
from tastyflow.domain.order.events import (
    ApprovalRequested,
    ApprovalVoided,
    OrderApproved,
    OrderValidated,
    SubmissionClaimed,
)
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.risk.outcomes import RiskOutcome
from tastyflow.domain.rules import broken_rules
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.trader import Trader
from tastyflow.domain.trader.permissions import Permission, may
from tastyflow.domain.venue import Venue

AN_INSTANT: Final = timedelta(microseconds=1)


@promise(
    "approval_of_checks", "Each check that wants a person's approval is one that the order waits for.", OrderValidated
)
def _approval_of_checks(_world: World, event: OrderValidated) -> Iterable[str]:
    wanted = {check.code for check in event.risk if check.outcome == RiskOutcome.NEEDS_APPROVAL}
    left_out, made_up = sorted(wanted - {*event.approval}), sorted({*event.approval} - wanted)
    return broken_rules(
        (not left_out, f"Checks want approval, and the order does not: {listed(left_out)}."),
        (not made_up, f"The order wants approval for checks that do not: {listed(made_up)}."),
    )


@promise(
    "approval_requested",
    "An approval is asked for once, of a rehearsed order that wants one, at its market, within its trading day.",
    ApprovalRequested,
)
def _approval_requested(world: World, event: ApprovalRequested) -> Iterable[str]:
    order = world.get(Order, event.originator_id)
    if order is None:
        return ("There is no such order.",)
    sentences = tuple(sentence for _, sentence in order.approval_reasons)
    return broken_rules(
        (order.stage is Stage.REHEARSED, f"The order was {order.stage}."),
        (order.request is None, "It was asked for before."),
        (bool(sentences) and event.reasons == sentences, "Its reasons are not those of the order's checks."),
        (event.digest == order.digest, "It is asked for other content."),
        (event.at < event.until, "Its time was over before it was asked for."),
        (new_york_date(event.until - AN_INSTANT) == new_york_date(event.at), "It waits beyond its trading day."),
        *_of_its_legs(order.ticket, event.market),
    )


@promise(
    "approved_by_another",
    "Where a check wants it, another trader who may approves the order, in time; elsewhere the policy does.",
    OrderApproved,
)
def _approved_by_another(world: World, event: OrderApproved) -> Iterable[str]:
    order = world.get(Order, event.originator_id)
    if order is None or not order.approval_reasons:
        return broken_rules((event.approver is None and event.market is None, "It wanted no person's approval."))
    request, market = order.request, event.market
    if request is None or market is None or event.approver is None:
        return ("A person's approval was wanted, and none was asked for or given.",)
    return (
        *_by_another(world, order, event.approver),
        *broken_rules(
            (trader_id_in(event.actor) == event.approver, "Its approver is not who did it."),
            (_two_persons(world, order, event), "One person asked for it and approved it, as another trader."),
            (event.at < request.until, "Its time was over."),
            (event.digest == request.digest, "It was asked for other content."),
            (request.market.at <= market.at <= event.at, "Its market is not of the time between request and approval."),
            *_of_its_legs(order.ticket, market),
        ),
    )


@promise(
    "claimed_approval",
    "Production is claimed only with the approval of another trader, who may still, where a check wanted it.",
    SubmissionClaimed,
    where=lambda event: event.venue is Venue.PRODUCTION,
)
def _claimed_approval(world: World, event: SubmissionClaimed) -> Iterable[str]:
    order = world.get(Order, event.originator_id)
    if order is None or not order.approval_reasons:
        return ()
    if order.approval is None:
        return ("No person approved it.",)
    return (
        *_by_another(world, order, order.approval.approver),
        *broken_rules((order.approval.digest == event.digest, "Other content was approved.")),
    )


@promise("voided_market", "What is voided was held against the market that was asked for, or approved.", ApprovalVoided)
def _voided_market(world: World, event: ApprovalVoided) -> Iterable[str]:
    order = world.get(Order, event.originator_id)
    if order is None or order.approved_market is None:
        return ("Nothing was asked for or approved.",)
    return broken_rules(
        (event.then == order.approved_market, "It was held against another market."),
        (event.then.at <= event.now.at <= event.at, "Its markets are not one after the other."),
        *_of_its_legs(order.ticket, event.now),
    )


def _by_another(world: World, order: Order, approver: UUID) -> tuple[str, ...]:
    """Why *approver* could not approve *order* then."""
    person = world.get(Trader, approver)
    if person is None:
        return ("Its approver is no trader.",)
    return broken_rules(
        (person.id != order.asked.trader, "The trader who asked for it approved it."),
        (person.id != order.resubmitter, "Who let it be sent again approved it."),
        (may(person, Permission.APPROVE), f"{person.name} might not approve orders."),
        (not person.suspended, f"{person.name} was suspended."),
    )


def _two_persons(world: World, order: Order, event: OrderApproved) -> bool:
    """Whether the user behind the approval is not the one behind the request; anyone acts where nothing can be lost."""
    if chat_user_in(event.actor) == chat_user(order.asked.platform, order.asked.user):
        return event.approver == order.asked.trader
    anyone_acts = order.is_simulated or order.environment in ("", "fake")
    person = Requester(event.approver, os_user_in(event.actor))
    owner = owner_by(world.get)
    return event.approver == order.asked.trader or are_two_persons(
        order.asked, person, anyone_acts=anyone_acts, owner=owner
    )


def _of_its_legs(ticket: Ticket | None, market: MarketSnapshot) -> tuple[tuple[bool, str], ...]:
    """The net market follows from the quotes of the ticket's legs, weighed as a unit has them."""
    if ticket is None or [leg.symbol for leg in market.legs] != [leg.instrument.occ for leg in ticket.legs]:
        return ((False, "Its market is of other legs."),)
    shares = max(leg.instrument.multiplier for leg in ticket.legs) * ticket.units
    bid = ask = Decimal(0)
    for leg, quote in zip(ticket.legs, market.legs, strict=True):
        weight = Decimal(leg.quantity * leg.instrument.multiplier) / shares
        bid += weight * (quote.bid if leg.action.buys else -quote.ask)
        ask += weight * (quote.ask if leg.action.buys else -quote.bid)
    return (((bid, ask) == (market.bid, market.ask), "Its net market does not follow from the quotes of its legs."),)


OF_APPROVALS: Final[tuple[Promise, ...]] = (
    _approval_of_checks,
    _approval_requested,
    _approved_by_another,
    _claimed_approval,
    _voided_market,
)
