"""
What tastytrade refuses at once: 422, with every reason found.

    account ─▶ instruments ─▶ shape of the order ─▶ times ─▶ positions ─▶ buying power
    frozen…    listed, stale  legs, type, price     session  close, open  margin_check_failed

Codes that no source names carry the prefix ``sim.``: they are not tastytrade's. A closing order without a
position is turned into an opening one, with a warning, unless it asks to be checked strictly.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from attrs import frozen

from tastyflow.domain.expirations import new_york_date
from tastyflow.errors import Invalid
from tastyflow_simulator.admin.faults import FaultKind
from tastyflow_simulator.book import buying_power, order_hours
from tastyflow_simulator.book.buying_power import Needs
from tastyflow_simulator.book.formats import EQUITY, OPENS, OPTION, ZERO, buys
from tastyflow_simulator.book.orders import Leg
from tastyflow_simulator.book.position_checks import (
    ALONE,
    Circumstances,
    Message,
    PreflightFindings,
    check_crossing,
    check_positions,
)
from tastyflow_simulator.book.requests import NOTIONAL, TRIGGERED, LegRequest, OrderRequest
from tastyflow_simulator.book.state import State

MOST_OPTION_LEGS: Final = 4
UNPRICED: Final = frozenset({"Market", "Marketable Limit", "Stop", NOTIONAL})
MOST_OPEN_ORDERS: Final = 5_000


@frozen
class Admission:
    """What the checks made of a request."""

    legs: tuple[Leg, ...]
    underlying: str
    underlying_type: str
    needs: Needs
    warnings: tuple[Message, ...]


def admit(state: State, request: OrderRequest, now: datetime, context: Circumstances = ALONE) -> Admission:
    """
    Check *request*, and say what it becomes.

    Raises:
        ApiError: 422, with the reasons beneath.
    """
    found = PreflightFindings()
    _check_account(found, state)
    _check_listed(found, state, request, now)
    found.raise_if_any()  # the rest would make no sense of such symbols
    _check_legs(found, state, request)
    _check_type(found, request)
    _check_side(found, request)
    _check_times(found, state, request, now)
    found.raise_if_any()
    legs = tuple(_leg(state, leg) for leg in request.legs)
    if not context.waits:
        legs = check_positions(found, state, request, legs, context)
        check_crossing(found, state, legs, context)
    _check_standing(found, state, legs)
    found.raise_if_any()
    needs = buying_power.needs(state, request, legs, now)
    if (
        not context.waits
        and needs.usd > 0
        and needs.usd > buying_power.available(state, now, without=context.instead_of)
    ):
        found.refuse("margin_check_failed", "The account does not have sufficient buying power for this order.")
    found.raise_if_any()
    underlying = state.market.underlying_of(legs[0].symbol)
    kind = state.market.instrument_type(underlying)
    return Admission(legs, underlying, kind, needs, tuple(found.warnings))


def _check_account(found: PreflightFindings, state: State) -> None:
    if state.flags.get("is_closed"):
        found.refuse("sim.account_closed", "The account is closed.")
    if state.flags.get("is_frozen"):
        found.refuse("sim.account_frozen", "The account is frozen.")
    if len(state.working) >= MOST_OPEN_ORDERS:
        found.refuse("sim.too_many_open_orders", f"The account has {MOST_OPEN_ORDERS} open orders.")


def _check_standing(found: PreflightFindings, state: State, legs: Iterable[Leg]) -> None:
    if any(leg.opens for leg in legs) and state.flags.get("is_closing_only"):
        found.refuse("sim.account_closing_only", "The account may only close positions.")
    options = any(leg.opens and leg.instrument_type == OPTION for leg in legs)
    if options and state.flags.get("options_level") == "No Options Permissions":
        found.refuse("sim.invalid_option_level", "The account may not trade options.")


def _check_listed(found: PreflightFindings, state: State, request: OrderRequest, now: datetime) -> None:
    tag = request.external_identifier or ""
    for leg in request.legs:
        known = _is_listed(state, leg, now)
        if not known or state.hazards.strikes(FaultKind.STALE_SYMBOLS, order=tag) is not None:
            symbol = " ".join(leg.symbol.split())
            found.refuse("instrument_validation_failed", f"Trading of {symbol} is not supported")


def _is_listed(state: State, leg: LegRequest, now: datetime) -> bool:
    try:
        market = state.market
        return (
            market.lists(leg.symbol, now)
            and market.instrument_type(leg.symbol) == leg.instrument_type
            and not market.is_index(leg.symbol)
        )
    except (Invalid, LookupError):
        return False


def _check_legs(found: PreflightFindings, state: State, request: OrderRequest) -> None:
    legs = request.legs
    underlying_of = state.market.underlying_of
    shares = [leg for leg in legs if leg.instrument_type == EQUITY]
    if len(legs) > MOST_OPTION_LEGS or len(shares) > 1:
        found.refuse("sim.leg_count", "An order has one leg of shares, and four legs at most.")
    if len({underlying_of(leg.symbol) for leg in legs}) > 1:
        found.refuse("sim.mixed_underlyings", "The legs of an order are on the same underlying.")
    if len({leg.symbol for leg in legs}) < len(legs):
        found.refuse("sim.duplicate_legs", "The legs of an order have distinct symbols.")
    if any(leg.quantity is not None and leg.quantity % 1 for leg in legs):
        if len(shares) < len(legs):
            found.refuse("sim.fractional_quantity", "Options trade in whole contracts.")
        elif request.order_type != "Market":
            found.refuse("fractional_market_orders_only", "Fractional shares trade by market orders only.")


def _check_type(found: PreflightFindings, request: OrderRequest) -> None:
    kind, tif, legs = request.order_type, request.time_in_force, request.legs
    if kind in UNPRICED and request.price is not None:
        found.refuse("order_must_omit_price", "This order can not be submitted with an associated price.")
    if kind == "Market" and len(legs) > 1:
        found.refuse("sim.market_order_legs", "A market order has one leg.")
    if kind == "Market" and (tif in order_hours.UNTIL_CANCELLED or tif == "GTD"):
        found.refuse("gtc_market_orders_not_supported", "GTC/GTD Market orders are not supported.")
    if kind == "Stop" and tif in order_hours.UNTIL_CANCELLED and any(leg.action in OPENS for leg in legs):
        found.refuse("sim.opening_stop_tif", "An opening stop order can not be good till cancelled.")
    if "Ext" in tif and (len(legs) > 1 or legs[0].instrument_type != EQUITY):
        found.refuse("sim.extended_hours", "Extended hours are for single orders in shares.")
    if "Ext" in tif and kind != "Limit":
        found.refuse("sim.extended_hours_limit_only", "In extended hours only limit orders trade.")
    if kind == NOTIONAL:
        if len(legs) > 1 or legs[0].instrument_type != EQUITY:
            found.refuse("sim.notional_instrument", "Notional orders are for one leg of shares.")
        if any(leg.quantity is not None for leg in legs):
            found.refuse("sim.notional_quantity", "A notional order has a value, and no quantity.")
        if not request.value:
            found.refuse("sim.notional_value", "A notional order needs a value above zero.")
    if kind in TRIGGERED and not request.stop_trigger:
        found.refuse("sim.stop_trigger", "A stop trigger is above zero.")


def _check_side(found: PreflightFindings, request: OrderRequest) -> None:
    """An order that only buys is a debit, and one that only sells is a credit."""
    given = request.price_effect or request.value_effect
    sides = {buys(leg.action) for leg in request.legs}
    if sides == {True} and given == "Credit":
        found.refuse("cant_buy_for_credit", "You cannot buy for a credit.")
    if sides == {False} and given == "Debit":
        found.refuse("sim.cant_sell_for_debit", "You cannot sell for a debit.")


def _check_times(found: PreflightFindings, state: State, request: OrderRequest, now: datetime) -> None:
    tif = request.time_in_force
    if request.gtc_date is not None and request.gtc_date < new_york_date(now):
        found.refuse("sim.gtc_date", "The date until which an order is good is not in the past.")
    last_trades = (state.market.stops_trading_at(leg.symbol) for leg in request.legs)
    last_days = [new_york_date(at) for at in last_trades if at is not None]
    if tif == "GTD" and request.gtc_date is not None and last_days and request.gtc_date > min(last_days):
        found.refuse("sim.gtd_outlives_option", f"An option of the order trades until {min(last_days)} only.")
    if order_hours.works(tif, now, state.options.hours):
        return
    if request.order_type == "Market" and any(leg.action in OPENS for leg in request.legs):
        found.refuse(
            "tif_no_after_hours_opening_market_orders", "Opening market orders not allowed when market closed."
        )
    if tif == "IOC":
        found.refuse("sim.tif_ioc_market_closed", "Immediate-or-cancel orders need an open market.")
    found.warn("tif.next_valid_session", "Your order will begin working during next valid session.")


def _leg(state: State, leg: LegRequest) -> Leg:
    return Leg(leg.instrument_type, leg.symbol, leg.action, leg.quantity or ZERO, state.market.multiplier(leg.symbol))
