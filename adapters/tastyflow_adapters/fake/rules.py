"""
What the fake venue refuses at once, in tastytrade's codes; those that it does not document begin with ``sim.``.

    account allowed? ─▶ listed? ─▶ in time? ─▶ positions and working orders ─▶ buying power

Not among them: a price off its tick. tastytrade takes such an order and lets it die on the way to the exchange.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from tastyflow.domain.expirations import new_york_date
from tastyflow.domain.instruments import Equity, Instrument, chat_symbol
from tastyflow.domain.ticket import EXT_TYPES, Duration, Leg, OrderType, Ticket
from tastyflow.domain.venue import CLOSING_WITH_NO_POSITION, Account, Position
from tastyflow.errors import VenueRefused
from tastyflow_adapters.fake.market import FakeMarket, option_ends
from tastyflow_adapters.fake.order_row import Row

Holdings = Mapping[Instrument, Position]


def check_listed(ticket: Ticket, market: FakeMarket, *, works_from: datetime) -> None:
    """Every leg is listed, can be held, and still trades when the order begins to work."""
    for leg in ticket.legs:
        instrument = leg.instrument
        chain = market.chain_now(instrument.underlying)
        if isinstance(instrument, Equity):
            supported = chain is not None and chain.has_shares
        else:
            supported = market.lists(instrument) and works_from < market.stops_trading_at(instrument)
        if not supported:
            raise VenueRefused(f"Trading of {instrument.occ} is not supported", code="instrument_validation_failed")


def check_account(ticket: Ticket, account: Account) -> None:
    """A frozen account trades nothing; a closing-only one opens nothing."""
    if account.is_frozen:
        raise VenueRefused("The account is frozen.", code="sim.account_frozen")
    if account.is_closing_only and ticket.opens:
        raise VenueRefused("The account may only close positions.", code="sim.closing_only")


def check_times(ticket: Ticket, market: FakeMarket, *, works_on: date) -> None:
    """
    No opening market order over night; none in extended hours without a limit; a GTD order ends before its option.

    A ticket has seen to the rest of its shape.
    """
    is_open = market.session_now().is_open
    if not is_open and ticket.opens and ticket.order_type is OrderType.MARKET:
        raise VenueRefused(
            "Opening market orders not allowed when market closed.", code="tif_no_after_hours_opening_market_orders"
        )
    until = ticket.time_in_force.until
    if until is not None and until < works_on:
        raise VenueRefused(f"The order would have ended on {until}.", code="sim.gtd_has_passed")
    if until is not None and any(until > new_york_date(end) for end in option_ends(ticket, market)):
        raise VenueRefused(f"An option of the order does not trade until {until}.", code="sim.gtd_outlives_option")
    if ticket.time_in_force.duration is Duration.EXT and ticket.order_type not in EXT_TYPES:
        raise VenueRefused("In extended hours only limit orders trade.", code="sim.extended_hours_limit_only")


def check_positions(ticket: Ticket, holdings: Holdings, working: Sequence[Row], *, shown: Holdings) -> None:
    """
    Close what is held and no more; hold and work one side of a symbol at a time.

    Args:
        holdings: What is held, by which every close is judged: closes are strict here, as ours at tastytrade are.
        shown: What the record of positions shows, which may lag behind, and by which an opening is judged.
    """
    for leg in ticket.legs:
        others = list(_same_symbol(leg.instrument, working))
        if any(other.action.buys is not leg.action.buys for other, _ in others):
            raise VenueRefused(
                "Cannot buy and sell against the same symbol.", code="illegal_buy_and_sell_on_same_symbol"
            )
        if leg.action.opens:
            _check_opening(leg, _quantity(shown, leg))
        else:
            spoken_for = sum(left for other, left in others if not other.action.opens)
            _check_closing(leg, _quantity(holdings, leg), spoken_for=spoken_for)


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


def _quantity(holdings: Holdings, leg: Leg) -> int:
    position = holdings.get(leg.instrument)
    return position.quantity if position else 0


def _check_opening(leg: Leg, held: int) -> None:
    if held and (held > 0) is not leg.action.buys:
        side, name = "long" if held > 0 else "short", chat_symbol(leg.instrument.occ)
        raise VenueRefused(f"The account is {side} {abs(held)} {name}: close that first.", code="sim.opposite_position")


def _check_closing(leg: Leg, held: int, *, spoken_for: int) -> None:
    available = -held if leg.action.buys else held
    if available <= 0:
        raise VenueRefused(
            "You cannot route a closing order without an existing position to close.", code=CLOSING_WITH_NO_POSITION
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
