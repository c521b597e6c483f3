"""
What the fake venue refuses at once, in tastytrade's codes; those that it does not document begin with ``sim.``.

    account allowed? ─▶ listed? ─▶ in time? ─▶ positions and working orders ─▶ buying power

Not among them: a price off its tick. tastytrade takes such an order and lets it die on the way to the exchange.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from tastyflow.domain.instruments import Equity, Instrument, chat_symbol
from tastyflow.domain.ticket import Leg, OrderType, Ticket
from tastyflow.domain.venue import Account, Position
from tastyflow.errors import VenueRefused
from tastyflow_adapters.fake.market import FakeMarket
from tastyflow_adapters.fake.order_row import Row


def check_listed(ticket: Ticket, market: FakeMarket, *, works_on: date) -> None:
    """Every leg is listed, can be held, and lives to see the session in which the order works."""
    for leg in ticket.legs:
        instrument = leg.instrument
        chain = market.chain_now(instrument.underlying)
        if isinstance(instrument, Equity):
            supported = chain is not None and chain.has_shares
        else:
            supported = market.lists(instrument) and instrument.expiration >= works_on
        if not supported:
            raise VenueRefused(f"Trading of {instrument.occ} is not supported", code="instrument_validation_failed")


def check_account(ticket: Ticket, account: Account) -> None:
    """A frozen account trades nothing; a closing-only one opens nothing."""
    if account.is_frozen:
        raise VenueRefused("The account is frozen.", code="sim.account_frozen")
    if account.is_closing_only and ticket.opens:
        raise VenueRefused("The account may only close positions.", code="sim.closing_only")


def check_times(ticket: Ticket, *, works_on: date, is_open: bool) -> None:
    """No opening market order over night, no GTD order from yesterday. A ticket has seen to the rest of its shape."""
    if not is_open and ticket.opens and ticket.order_type is OrderType.MARKET:
        raise VenueRefused(
            "Opening market orders not allowed when market closed.", code="tif_no_after_hours_opening_market_orders"
        )
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
    if [(leg.action, leg.instrument) for leg in ticket.legs] != [
        (leg.action, leg.instrument) for leg in old.ticket.legs
    ]:
        raise VenueRefused("A replacement has the legs of the order it replaces.", code="sim.replace_changes_legs")
    left = [leg.quantity - old.filled(index) for index, leg in enumerate(old.ticket.legs)]
    if any(leg.quantity > most for leg, most in zip(ticket.legs, left, strict=True)):
        raise VenueRefused("That is more than the order has left to fill.", code="sim.replace_more_than_left")


def _check_opening(leg: Leg, held: int) -> None:
    if held and (held > 0) is not leg.action.buys:
        side, name = "long" if held > 0 else "short", chat_symbol(leg.instrument.occ)
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
