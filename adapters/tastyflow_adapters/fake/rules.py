"""
What the fake venue refuses at once, in tastytrade's codes; those that it does not document begin with ``sim.``.

    listed? ─▶ account allowed? ─▶ price the right way round? ─▶ positions and working orders ─▶ buying power

Not among them: a price off its tick. tastytrade takes such an order and lets it die on the way to the exchange.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from tastyflow.domain.instruments import Equity, Instrument, chat_symbol
from tastyflow.domain.ticket import Leg, PriceEffect, Ticket
from tastyflow.domain.venue import Account, Position
from tastyflow.errors import VenueRefused
from tastyflow_adapters.fake.market import FakeMarket
from tastyflow_adapters.fake.rows import Row


def check_listed(ticket: Ticket, market: FakeMarket, *, works_on: date) -> None:
    """Every leg is listed, can be held, and lives to see the session in which the order works."""
    for leg in ticket.legs:
        instrument = leg.instrument
        chain = market.chain_now(instrument.underlying)
        is_share = isinstance(instrument, Equity)
        alive = is_share or instrument.expiration >= works_on
        if chain is None or not alive or not market.lists(instrument) or (is_share and not chain.has_shares):
            raise VenueRefused(
                f"Trading of {instrument.wire} is not supported", code="instrument_validation_failed"
            )


def check_account(ticket: Ticket, account: Account) -> None:
    """A frozen account trades nothing; a closing-only one opens nothing."""
    if account.is_frozen:
        raise VenueRefused("The account is frozen.", code="sim.account_frozen")
    if account.is_closing_only and ticket.opens:
        raise VenueRefused("The account may only close positions.", code="sim.closing_only")


def check_direction(ticket: Ticket, *, works_on: date) -> None:
    """Who only buys pays, who only sells is paid; and a GTD order has not ended before it begins."""
    sides = {leg.action.buys for leg in ticket.legs}
    if sides == {True} and ticket.price_effect is PriceEffect.CREDIT:
        raise VenueRefused("You cannot buy for a credit.", code="cant_buy_for_credit")
    if sides == {False} and ticket.price_effect is PriceEffect.DEBIT:
        raise VenueRefused("You cannot sell for a debit.", code="sim.cant_sell_for_debit")
    until = ticket.time_in_force.until
    if until is not None and until < works_on:
        raise VenueRefused(f"The order would have ended on {until}.", code="sim.gtd_has_passed")


def check_positions(ticket: Ticket, holdings: Mapping[Instrument, Position], working: Sequence[Row]) -> None:
    """Close what is held and no more; hold and work one side of a symbol at a time."""
    for leg in ticket.legs:
        others = list(_same_symbol(leg.instrument, working))
        if any(other.action.buys is not leg.action.buys for other, _ in others):
            raise VenueRefused(
                "Cannot buy and sell against the same symbol.", code="illegal_buy_and_sell_on_same_symbol"
            )
        position = holdings.get(leg.instrument)
        held = position.quantity if position else 0
        if leg.action.opens:
            _check_opening(leg, held)
        else:
            _check_closing(leg, held, spoken_for=sum(left for other, left in others if not other.action.opens))


def check_buying_power(needs_usd: Decimal, has_usd: Decimal) -> None:
    if needs_usd > max(has_usd, Decimal(0)):
        raise VenueRefused(
            f"The order needs {needs_usd:,.2f} of buying power; there is {has_usd:,.2f}.", code="margin_check_failed"
        )


def check_replacement(old: Row, ticket: Ticket) -> None:
    """The same legs, and no more of them than the old order has left: together they never overfill."""
    if [(leg.action, leg.instrument) for leg in ticket.legs] != [(l.action, l.instrument) for l in old.ticket.legs]:
        raise VenueRefused("A replacement has the legs of the order it replaces.", code="sim.replace_changes_legs")
    if any(leg.quantity > was.quantity - old.filled(i) for i, (leg, was) in enumerate(zip(ticket.legs, old.ticket.legs, strict=True))):
        raise VenueRefused("That is more than the order has left to fill.", code="sim.replace_more_than_left")


def _check_opening(leg: Leg, held: int) -> None:
    if held and (held > 0) is not leg.action.buys:
        side, name = "long" if held > 0 else "short", chat_symbol(leg.instrument.wire)
        raise VenueRefused(f"The account is {side} {abs(held)} {name}: close that first.", code="sim.opposite_position")


def _check_closing(leg: Leg, held: int, *, spoken_for: int) -> None:
    available = -held if leg.action.buys else held
    if available <= 0:
        raise VenueRefused(
            "You cannot route a closing order without an existing position to close.", code="closing_with_no_position"
        )
    if leg.quantity + spoken_for > available:
        raise VenueRefused(
            f"Cannot close {leg.quantity}: {available} held, {spoken_for} in closing orders already.",
            code="cannot_close_against_more_than_existing_position",
        )


def _same_symbol(instrument: Instrument, working: Sequence[Row]) -> Iterable[tuple[Leg, int]]:
    """Legs of working orders in the instrument, each with the quantity still to be done."""
    for row in working:
        for index, leg in enumerate(row.ticket.legs):
            if leg.instrument == instrument:
                yield leg, leg.quantity - row.filled(index)
