"""
What the clock does to the account: the end of an option, of a day, and the sandbox's night.

    an option expires   out of the money ─▶ removed
                        in the money     ─▶ shares change hands at the strike (exercised, assigned)
                                            or, on an index, the difference is paid
    a day is over       a snapshot of the balances, a point of the net liquidating value
    the sandbox forgets orders, positions and transactions; the cash is what it was at first
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from attrs import evolve

from tastyflow.domain.expirations import new_york_date
from tastyflow.domain.instruments import EquityOption, Right, from_occ
from tastyflow_simulator.book import order_hours
from tastyflow_simulator.book.account_reports import balances_json, net_liq
from tastyflow_simulator.book.buying_power import intrinsic
from tastyflow_simulator.book.formats import CENT, ZERO
from tastyflow_simulator.book.positions import Holding
from tastyflow_simulator.book.state import State, What
from tastyflow_simulator.book.transactions import Transaction, delivery
from tastyflow_simulator.options import Side

LAST_MOMENT: Final = timedelta(milliseconds=1)
MOST_SNAPSHOTS: Final = 5_000


def open_account(state: State, now: datetime) -> None:
    """Open the account at the first settlement: the deposit, and what is planned for later."""
    state.opened_at = now
    _deposit(state, now)
    _plan_close(state, now)
    _plan_night(state, now)


def mature(state: State, symbol: str, at: datetime) -> None:
    """An option is over."""
    held, option = state.holdings.get(symbol), from_occ(symbol)
    if held is None or not held.quantity or not isinstance(option, EquityOption):
        return
    worth = intrinsic(option, state.spot(held.underlying, at - LAST_MOMENT))
    in_cash = state.market.is_index(held.underlying)
    verb = "Exercise" if held.quantity > 0 else "Assignment"
    if worth < CENT:
        _remove(state, held, "Expiration", ZERO, ZERO, at)
    elif in_cash:
        value = worth * held.quantity * held.multiplier
        _remove(state, held, f"Cash Settled {verb}", value, worth, at)
    else:
        _remove(state, held, verb, ZERO, ZERO, at)
        _deliver(state, held, option, verb, at)


def close_day(state: State, at: datetime) -> None:
    """Keep the day's last figures, and plan the next day's."""
    if len(state.snapshots) < MOST_SNAPSHOTS:
        last = at - LAST_MOMENT
        state.snapshots.append(balances_json(state, last) | {"time-of-day": "EOD"})
        state.worth.append((at, net_liq(state, last)))
    today = new_york_date(at - LAST_MOMENT)
    for symbol in [each.symbol for each in state.holdings.values() if not each.quantity]:
        if new_york_date(state.holdings[symbol].updated_at) <= today:
            del state.holdings[symbol]  # closed positions are shown on their day
    _plan_close(state, at)


def forget(state: State, at: datetime) -> None:
    """The sandbox's night."""
    state.forget()
    state.cash = ZERO
    open_account(state, at)


def _deposit(state: State, now: datetime) -> None:
    state.note(
        Transaction(
            number=state.next_turn(),
            kind="Money Movement",
            sub_kind="Deposit",
            description="Cash deposit",
            at=now,
            value=state.options.cash_usd,
        )
    )


def _plan_close(state: State, now: datetime) -> None:
    state.plan(order_hours.next_close(now, state.options.hours), What.CLOSE, None)


def _plan_night(state: State, now: datetime) -> None:
    hour = state.options.sandbox_resets_at
    if state.side is Side.SANDBOX and hour is not None:
        state.plan(order_hours.next_hour(hour % 24, now), What.NIGHT, None)


def _remove(state: State, held: Holding, sub_kind: str, value: Decimal, price: Decimal, at: datetime) -> None:
    state.note(delivery(state.next_turn(), held, sub_kind, value, at))
    state.hold(held.symbol, -held.quantity, price, at)


def _deliver(state: State, held: Holding, option: EquityOption, verb: str, at: datetime) -> None:
    """Shares for the strike: the holder of a call and the writer of a put get them."""
    gets = (held.quantity > 0) is (option.right is Right.CALL)
    shares = abs(held.quantity) * held.multiplier * (1 if gets else -1)
    line = delivery(state.next_turn(), held, verb, -shares * option.strike, at)
    state.note(
        evolve(
            line,
            symbol=held.underlying,
            instrument_type=state.market.instrument_type(held.underlying),
            action="Buy to Open" if gets else "Sell to Open",
            quantity=abs(shares),
            price=option.strike,
            description=f"{verb} of {held.symbol}: {abs(shares)} shares at {option.strike}",
        )
    )
    state.hold(held.underlying, shares, option.strike, at)
