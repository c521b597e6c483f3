"""
Does the time in force fit the order? Asked once it is known which contracts it names.

    until a day ─▶ do all its options still trade on that day? ┐
    ext         ─▶ is it a limit?                              ┴─▶ fits, or Unsettled with what would fit

The domain asks the same of every new ticket (`Ticket.require_orderable`), as far as a ticket alone shows it: which
options settle in the morning stands in the chain.
"""

from collections.abc import Sequence
from datetime import date

from attrs import evolve

from tastyflow.application.intake.unsettled import Unsettled, unpriced
from tastyflow.domain.commands import PlaceOrder
from tastyflow.domain.instruments import EquityOption, Instrument
from tastyflow.domain.ticket import (
    EXT_NEEDS_LIMIT,
    EXT_TYPES,
    OUTLIVES_OPTION,
    Duration,
    OrderType,
    TimeInForce,
)
from tastyflow.domain.venue import Chain


def require_fitting_duration(asked: PlaceOrder, instruments: Sequence[Instrument], chain: Chain) -> None:
    """
    Raises:
        Unsettled: Until a day on which an option of it no longer trades, or in extended hours without a limit.
    """
    _require_life(asked, instruments, chain)
    if asked.time_in_force.duration is not Duration.EXT or asked.order_type in (None, *EXT_TYPES):
        return
    raise Unsettled(
        "In extended hours only limit orders trade.",
        code=EXT_NEEDS_LIMIT,
        hint="Name a limit price, or leave 'ext' out.",
        instead=[unpriced(asked)] if asked.order_type is OrderType.MARKET else (),  # without its stop it trades at once
    )


def _require_life(asked: PlaceOrder, instruments: Sequence[Instrument], chain: Chain) -> None:
    until = asked.time_in_force.until
    options = [each for each in instruments if isinstance(each, EquityOption)]
    if until is None or not options:
        return
    first = min(options, key=lambda option: _last_day(option, chain))
    last = _last_day(first, chain)
    if until > last:
        raise Unsettled(
            f"The {first.in_words()} trades for the last time on {last:%a %b %d}: the order cannot be good until"
            f" {until:%a %b %d %Y}.",
            code=OUTLIVES_OPTION,
            hint="Name an earlier day, or write 'gtc': it ends with the option.",
            instead=[
                evolve(asked, time_in_force=TimeInForce(Duration.GTD, last)),
                evolve(asked, time_in_force=TimeInForce(Duration.GTC)),
            ],
        )


def _last_day(option: EquityOption, chain: Chain) -> date:
    listing = chain.expiration_of(option)
    return listing.last_trade_day if listing else option.expiration
