"""
Making a card: what is recorded or judged of an order, with what is seen of its market and account at this moment.

    Surroundings ◀─ chain · session · quotes · account · dry run, asked at once; what cannot be had is None
    card_of_judged(…)   of an order that was only judged: a preview
    card_of_order(…)    of an order in the log: its checks are those of its validation

Making a card asks and records nothing.
"""

import asyncio
from collections.abc import Awaitable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TypedDict, TypeVar, Unpack
from uuid import UUID

from attrs import frozen

from tastyflow.application.account.facts import Sight
from tastyflow.application.card.model import (
    Card,
    CardChecks,
    CardCosts,
    CardLeg,
    CardMarket,
    Expires,
    expires,
    signed_limit,
)
from tastyflow.application.context import Context
from tastyflow.application.intake.completion import Completed
from tastyflow.application.intake.judging import Judgement
from tastyflow.application.intake.net_market import net_market
from tastyflow.domain.book import Standing
from tastyflow.domain.expirations import last_trade_day, new_york_date
from tastyflow.domain.instruments import EquityOption, Instrument
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import OrderValidated
from tastyflow.domain.risk.facts import Facts
from tastyflow.domain.risk.profile import Profile, of_ticket
from tastyflow.domain.risk.worst_case import Trade
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import Chain, DryRun, Quote
from tastyflow.errors import Refused, VenueFailure
from tastyflow.ports import MarketSession

T = TypeVar("T")


@frozen
class Surroundings:
    """What is seen around a ticket; None where it is not to be had."""

    chain: Chain | None
    session: MarketSession | None
    quotes: Mapping[Instrument, Quote]
    held: Standing | None
    dry_run: DryRun | None
    dry_run_failure: str
    at: datetime


class _Known(TypedDict, total=False):
    """What is judged or recorded of an order, as fields of its card."""

    reference: str
    words: str
    replaces: str
    replaced_words: str
    trader: str
    completions: tuple[str, ...]
    is_judged: bool
    loss_usd: Decimal | None
    counted_usd: Decimal
    checks: CardChecks
    refusal: Refused | None
    confirm_until: datetime | None


async def surroundings_of(
    context: Context, ticket: Ticket, sight: Sight | None = None, *, apart_from: UUID | None = None
) -> Surroundings:
    """
    Look around *ticket*.

    Args:
        sight: Quotes and dry run that were asked for already.
        apart_from: The order that the card is of, where it is in the log: what it closes itself is not closed already.
    """
    instruments = [leg.instrument for leg in ticket.legs]
    asks_again = sight is None or sight.dry_run is None
    chain, session, quotes, account, dry_run = await asyncio.gather(
        or_none(context.market.chain(ticket.underlying)),
        or_none(context.market.session()),
        or_none(context.market.quotes(instruments) if sight is None else _already(sight.quotes)),
        or_none(context.view.look()),
        dry_run_or_why(context, ticket) if asks_again or sight is None else _already((sight.dry_run, "")),
    )
    held = None if account is None else context.view.held(account, apart_from=apart_from)
    return Surroundings(chain, session, quotes or {}, held, *dry_run, context.clock.now())


def card_of_judged(
    context: Context, trader: str, completed: Completed, facts: Facts, judgement: Judgement, seen: Surroundings
) -> Card:
    """The card of an order that was completed and judged, and is not in the log."""
    risk = facts.risk
    return _card(
        context,
        completed.ticket,
        seen,
        words=completed.words,
        trader=trader,
        completions=completed.completions,
        is_judged=risk is not None,
        loss_usd=risk.loss_usd if risk else None,
        counted_usd=risk.added_usd if risk else Decimal(0),
        checks=CardChecks(judgement.recorded(), judgement.sentences),
        refusal=judgement.refusal,
    )


def card_of_order(context: Context, order: Order, ticket: Ticket, seen: Surroundings) -> Card:
    """The card of *order*, whose ticket is *ticket*, as it stands in the log."""
    validated = [each for each in context.ledger.history(order.id) if isinstance(each, OrderValidated)]
    checks = CardChecks(validated[-1].risk, validated[-1].checks) if validated else CardChecks()
    replaced = context.ledger.read(Order, order.replaces) if order.replaces else None
    return _card(
        context,
        ticket,
        seen,
        reference=order.reference,
        words=order.words,
        replaces=replaced.reference if replaced else "",
        replaced_words=replaced.words if replaced else "",
        trader=order.asked.user,
        completions=tuple(each for each in order.completions if each not in checks.warnings),
        is_judged=order.book is not None,
        loss_usd=order.loss_usd,
        counted_usd=order.notional_usd,
        checks=checks,
        confirm_until=order.confirm_until if order.waits_for_confirmation else None,
    )


def _card(context: Context, ticket: Ticket, seen: Surroundings, **known: Unpack[_Known]) -> Card:
    today = new_york_date(seen.at)
    dry = seen.dry_run
    return Card(
        digest=ticket.digest,
        place=context.place_words,
        name=seen.chain.name if seen.chain else "",
        ticket=ticket,
        legs=tuple(
            CardLeg(
                leg,
                _expires(leg.instrument, seen, today) if isinstance(leg.instrument, EquityOption) else None,
                None if seen.held is None else seen.held.get(leg.instrument, 0),
                seen.quotes.get(leg.instrument),
                0 if seen.held is None else seen.held.holding(leg.instrument).closing,
            )
            for leg in ticket.legs
        ),
        market=_market(ticket, seen.quotes),
        cash_usd=_cash(ticket, seen.quotes),
        profile=_profile(ticket, seen.quotes),
        costs=CardCosts(failure=seen.dry_run_failure)
        if dry is None
        else CardCosts(dry.fees_usd, dry.buying_power_change_usd, dry.buying_power_after_usd, dry.warnings),
        session=seen.session,
        seen_at=seen.at,
        **known,
    )


def _expires(option: EquityOption, seen: Surroundings, today: date) -> Expires:
    listed = seen.chain.expiration_of(option) if seen.chain else None
    if listed is None:
        return expires(option, today, None, last_trade_day(option.expiration, settles_am=False))
    return expires(option, today, listed.settles_am, listed.last_trade_day)


def _market(ticket: Ticket, quotes: Mapping[Instrument, Quote]) -> CardMarket | None:
    net = net_market(ticket.legs, quotes)
    return None if net is None else CardMarket(net.natural, net.passive, signed_limit(ticket))


def _cash(ticket: Ticket, quotes: Mapping[Instrument, Quote]) -> Decimal | None:
    try:
        return Trade.of(ticket, quotes).cash_usd
    except KeyError:
        return None


def _profile(ticket: Ticket, quotes: Mapping[Instrument, Quote]) -> Profile | None:
    """By itself; None of what closes anything: then what is held says what is lost and gained."""
    if any(not leg.action.opens for leg in ticket.legs):
        return None
    try:
        return of_ticket(ticket, quotes)
    except KeyError:
        return None


async def or_none(asking: Awaitable[T]) -> T | None:
    """What *asking* comes to; None where the venue cannot say."""
    try:
        return await asking
    except VenueFailure:
        return None


async def _already(answer: T) -> T:
    return answer


async def dry_run_or_why(context: Context, ticket: Ticket) -> tuple[DryRun | None, str]:
    """The dry run of *ticket*; or None, and why there is none."""
    try:
        return await context.account.dry_run(ticket), ""
    except VenueFailure as failure:
        return None, failure.message
